//! Compiled plugins on disk, so that a host that starts again need not compile again.
//!
//! A compiled plugin is machine code that the host runs: whoever can write one owns the host. So
//! the directory must belong to the host's user alone, and what lies in it is used only where its
//! digest is the one that was noted when it was written. That finds damaged files, and files left
//! by somebody else's hand; against the host's own user there is no defence, and it needs none.

use std::{
    hash::{Hash, Hasher},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use wasmtime::{Engine, component::Component};

use crate::{
    info::{Digest, Info},
    private,
};

/// Goes up whenever what is kept, or how plugins are adapted, changes.
const FORMAT: u32 = 2;

/// Why the cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be read or written.
    #[error("cannot use {} to keep compiled plugins in: {cause}", path.display())]
    Io {
        /// The directory, or the file in it.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// Somebody else may write in it.
    #[error(
        "cannot use {} to keep compiled plugins in: other users may write there. Take that right \
         away (chmod 700), or name another directory",
        .0.display()
    )]
    Exposed(PathBuf),
}

/// A directory of compiled plugins.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
    /// Of the engine that compiles; part of each file's name.
    settings: String,
}

/// What is kept beside a compiled plugin.
#[derive(Serialize, Deserialize)]
struct Note {
    artefact: Fingerprint,
    info: Info,
}

impl Cache {
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, Error> {
        private::create(dir)
            .and_then(|()| private::is_exposed(dir))
            .map_err(|cause| Error::Io { path: dir.to_owned(), cause })
            .and_then(|exposed| match exposed {
                true => Err(Error::Exposed(dir.to_owned())),
                false => Ok(()),
            })?;
        Ok(Self { dir: dir.to_owned(), settings: settings(engine) })
    }

    /// A file for a compiled form that may be [kept](Self::keep).
    pub(crate) fn begin(&self) -> Result<NamedTempFile, Error> {
        NamedTempFile::new_in(&self.dir)
            .map_err(|cause| Error::Io { path: self.dir.clone(), cause })
    }

    /// The plugin of that digest, if it was compiled by an engine like this one and is unharmed.
    pub(crate) fn load(&self, digest: &Digest, engine: &Engine) -> Option<(Component, Info)> {
        let note = std::fs::read(self.path(digest, "json")).ok()?;
        let note: Note = serde_json::from_slice(&note).ok()?;
        if note.info.digest != *digest {
            return None;
        }
        let path = self.path(digest, "cwasm");
        if Fingerprint::of(&path).ok()? != note.artefact {
            return None;
        }
        Some((map(&path, engine).ok()?, note.info))
    }

    /// Keeps the compiled form of what a plugin says of itself. From here on it is found.
    pub(crate) fn keep(&self, info: &Info, artefact: NamedTempFile) -> Result<(), Error> {
        let path = self.path(&info.digest, "cwasm");
        let kept = Fingerprint::of(artefact.path()).and_then(|fingerprint| {
            artefact.as_file().sync_data()?;
            artefact.persist(&path)?;
            Ok(fingerprint)
        });
        let artefact = kept.map_err(|cause| Error::Io { path, cause })?;
        let note = serde_json::to_vec(&Note { artefact, info: info.clone() })
            .map_err(|error| Error::Io { path: self.dir.clone(), cause: error.into() })?;
        self.write(&self.path(&info.digest, "json"), &note)
    }

    fn path(&self, digest: &Digest, extension: &str) -> PathBuf {
        let name = format!("{}-{}.{extension}", digest.hex(), self.settings);
        self.dir.join(name)
    }

    /// Writes a file whole or not at all, whatever dies when.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        let written = NamedTempFile::new_in(&self.dir).and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_data()?;
            file.persist(path)?;
            Ok(())
        });
        written.map_err(|cause| Error::Io { path: path.to_owned(), cause })
    }
}

/// Maps a compiled plugin into memory.
///
/// The file must be one that Wasmtime made for this host, and that only the host's user can write.
pub(crate) fn map(path: &Path, engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: code is safe to run where Wasmtime made it. The callers see to it that the file is
    // one that this host's user compiled and wrote, and it lies where only that user can write.
    // That the engine is like the one that compiled it is checked by Wasmtime.
    unsafe { Component::deserialize_file(engine, path) }
}

/// BLAKE3 of a compiled form, which takes a fraction of the time that SHA-256 does, by all
/// processors: a start waits for it.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Fingerprint(String);

impl Fingerprint {
    fn of(path: &Path) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_mmap_rayon(path)?;
        Ok(Self(hasher.finalize().to_hex().to_string()))
    }
}

/// What tells engines apart whose code is not interchangeable: Wasmtime's version and settings.
fn settings(engine: &Engine) -> String {
    struct Stable(Sha256);
    impl Hasher for Stable {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            let digest = self.0.clone().finalize();
            digest.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
        }
    }
    let mut hasher = Stable(Sha256::new());
    FORMAT.hash(&mut hasher);
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
