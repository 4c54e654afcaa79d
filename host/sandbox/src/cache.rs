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

use crate::info::{Digest, Info};

/// Goes up whenever what is kept, or how plugins are adapted, changes.
const FORMAT: u32 = 1;

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
    artefact: Digest,
    info: Info,
}

impl Cache {
    pub(crate) fn open(dir: &Path, engine: &Engine) -> Result<Self, Error> {
        create(dir)
            .and_then(|()| is_exposed(dir))
            .map_err(|cause| Error::Io { path: dir.to_owned(), cause })
            .and_then(|exposed| match exposed {
                true => Err(Error::Exposed(dir.to_owned())),
                false => Ok(()),
            })?;
        Ok(Self { dir: dir.to_owned(), settings: settings(engine) })
    }

    /// The plugin of that digest, if it was compiled by an engine like this one and is unharmed.
    pub(crate) fn load(&self, digest: &Digest, engine: &Engine) -> Option<(Component, Info)> {
        let note = std::fs::read(self.path(digest, "json")).ok()?;
        let note: Note = serde_json::from_slice(&note).ok()?;
        if note.info.digest != *digest {
            return None;
        }
        let path = self.path(digest, "cwasm");
        if Digest::of_file(&path).ok()? != note.artefact {
            return None;
        }
        // SAFETY: code is safe to run where Wasmtime made it. The digest is that of an artefact
        // this host's user compiled and wrote, and only that user can write in the directory, so
        // the file is still the one that was just read. That the engine is like the one that
        // compiled it is checked by Wasmtime.
        let component = unsafe { Component::deserialize_file(engine, &path) }.ok()?;
        Some((component, note.info))
    }

    /// Keeps a compiled plugin, and gives it back as mapped from the disk.
    pub(crate) fn keep(
        &self,
        digest: &Digest,
        artefact: &[u8],
        engine: &Engine,
    ) -> Result<Component, Error> {
        let path = self.write(digest, "cwasm", artefact)?;
        // SAFETY: as in `load`, of bytes that Wasmtime has just made.
        unsafe { Component::deserialize_file(engine, &path) }
            .map_err(|error| Error::Io { path, cause: io::Error::other(error.to_string()) })
    }

    /// Notes what a plugin that is kept says of itself. From here on it is found.
    pub(crate) fn note(&self, info: &Info, artefact: Digest) -> Result<(), Error> {
        let note = serde_json::to_vec(&Note { artefact, info: info.clone() })
            .map_err(|error| Error::Io { path: self.dir.clone(), cause: error.into() })?;
        self.write(&info.digest, "json", &note).map(|_| ())
    }

    fn path(&self, digest: &Digest, extension: &str) -> PathBuf {
        let name = format!("{}-{}.{extension}", digest.hex(), self.settings);
        self.dir.join(name)
    }

    /// Writes a file whole or not at all, whatever dies when.
    fn write(&self, digest: &Digest, extension: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let path = self.path(digest, extension);
        let written = NamedTempFile::new_in(&self.dir).and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_data()?;
            file.persist(&path)?;
            Ok(())
        });
        match written {
            Ok(()) => Ok(path),
            Err(cause) => Err(Error::Io { path, cause }),
        }
    }
}

#[cfg(unix)]
fn create(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
fn create(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// Whether anybody but the host's user may write in `dir`. A file made there tells who that is.
#[cfg(unix)]
fn is_exposed(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(dir)?;
    let user = NamedTempFile::new_in(dir)?.as_file().metadata()?.uid();
    Ok(found.uid() != user || found.mode() & 0o022 != 0)
}

/// Elsewhere the directory's inherited access list decides.
#[cfg(not(unix))]
fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
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
