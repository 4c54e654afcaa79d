//! The plugins that the suite has a host run: files that are built beforehand, and those that it
//! makes itself.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use crate::case::{Made, Plugin};

/// What begins the room for a description in the probe's file; see `description.rs` of the probe.
const MARK: &[u8] = b"stepwell-probe-description:";
/// Bytes of the room, with its mark.
const ROOM: usize = 16 << 10;

/// Why there is no file for a plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A probe is not built.
    #[error("the probe {} cannot be read ({cause}): build the probes with `cargo xtask guests`, or name their directory with `--probes`", path.display())]
    Probe {
        /// Where it should be.
        path: PathBuf,
        /// Why it cannot be read.
        cause: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The probe has no room for a description, or not enough.
    #[error("the probe has no room for the description of {0} bytes")]
    Room(usize),
    /// The text of a plugin is none.
    #[error("the text of a plugin is no WebAssembly: {0}")]
    Text(#[from] wat::Error),
}

/// The probes of a suite.
#[derive(Debug)]
pub struct Probes {
    /// Where those are that are built.
    built: PathBuf,
    /// Where those go that are made.
    made: tempfile::TempDir,
}

impl Probes {
    /// The probes that are built in a directory, with room for others.
    ///
    /// # Errors
    ///
    /// Where no directory can be made.
    pub fn new(built: PathBuf) -> io::Result<Self> {
        let made = tempfile::TempDir::with_prefix("stepwell-host-conformance-probes-")?;
        Ok(Self { built, made })
    }

    /// The file of a plugin. The same plugin has the same file.
    ///
    /// # Errors
    ///
    /// Where it is not built, or cannot be made.
    pub(crate) fn file(&self, plugin: &Plugin) -> Result<PathBuf, Error> {
        let (name, bytes) = match plugin {
            Plugin::Probe(name) => {
                let path = self.path(name);
                return match path.metadata() {
                    Ok(_) => Ok(path),
                    Err(cause) => Err(Error::Probe { path, cause }),
                };
            }
            Plugin::Described(description) => {
                let text = description.to_string();
                (name("described", text.as_bytes()), self.described(&text)?)
            }
            Plugin::Text(text) => (name("text", text.as_bytes()), wat::parse_str(text)?),
            Plugin::Made(made) => (name("made", format!("{made:?}").as_bytes()), self.make(*made)?),
        };
        let path = self.made.path().join(name);
        if path.exists() {
            return Ok(path);
        }
        fs::write(&path, bytes).map_err(|cause| Error::Write { path: path.clone(), cause })?;
        Ok(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.built.join(format!("{name}.wasm"))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, Error> {
        fs::read(path).map_err(|cause| Error::Probe { path: path.to_owned(), cause })
    }

    /// The probe with a description in its file.
    fn described(&self, text: &str) -> Result<Vec<u8>, Error> {
        let mut bytes = self.read(&self.path("probe"))?;
        let room = Error::Room(text.len());
        let found = bytes.windows(MARK.len()).position(|window| window == MARK);
        let Some(begin) = found.map(|at| at + MARK.len()) else { return Err(room) };
        let Some(room_left) = bytes.get_mut(begin..begin + ROOM - MARK.len()) else {
            return Err(room);
        };
        if text.len() > room_left.len() || room_left.iter().any(|byte| *byte != b' ') {
            return Err(room);
        }
        room_left[..text.len()].copy_from_slice(text.as_bytes());
        Ok(bytes)
    }

    fn make(&self, made: Made) -> Result<Vec<u8>, Error> {
        Ok(match made {
            Made::Text => b"#!/bin/sh\necho this is no plugin\n".to_vec(),
            Made::Half => {
                let mut bytes = self.read(&self.path("probe"))?;
                bytes.truncate(bytes.len() / 2);
                bytes
            }
            Made::Bytes(bytes) => padded(wat::parse_str(command(""))?, bytes),
            Made::Functions(count) => wat::parse_str(command(&"(func)".repeat(count)))?,
            Made::FunctionBytes(bytes) => {
                wat::parse_str(command(&format!("(func {})", "nop ".repeat(bytes))))?
            }
            Made::Modules(count) => {
                wat::parse_str(component(&"(core module)".repeat(count.saturating_sub(1)), 1))?
            }
            Made::Nesting(depth) => {
                let inner = depth.saturating_sub(1);
                let text = format!("{}{}", "(component ".repeat(inner), ")".repeat(inner));
                wat::parse_str(component(&text, 1))?
            }
            Made::Pages(pages) => wat::parse_str(command_of(pages, ""))?,
            Made::Memories(count) => wat::parse_str(component("", count))?,
        })
    }
}

/// A command that writes nothing, with something more in it.
fn command(more: &str) -> String {
    command_of(1, more)
}

/// The same, whose memory has so many pages at first.
fn command_of(pages: usize, more: &str) -> String {
    format!("(module (memory (export \"memory\") {pages}) (func (export \"_start\")) {more})")
}

/// A component that exports `wasi:cli/run`, with something more in it, and with so many modules
/// that have a memory each, all of them in its instance.
fn component(more: &str, memories: usize) -> String {
    let mut text = format!("(component {more}");
    for number in 0..memories {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "(core module $m{number} (memory 1) (func (export \"run\") (result i32) i32.const 0))\
             (core instance $i{number} (instantiate $m{number}))"
        );
    }
    text + "(func $run (result (result)) (canon lift (core func $i0 \"run\")))\
            (instance $command (export \"run\" (func $run)))\
            (export \"wasi:cli/run@0.2.0\" (instance $command)))"
}

/// A module with a section for nobody, which makes it so many bytes.
fn padded(mut module: Vec<u8>, bytes: usize) -> Vec<u8> {
    // The number of a custom section, its size as five bytes of LEB128, and a name of one letter.
    const HEAD: usize = 1 + 5 + 2;
    let padding = bytes.saturating_sub(module.len() + HEAD);
    let mut size = padding + 2;
    module.push(0);
    for at in 0..5 {
        let more = if at < 4 { 0x80 } else { 0 };
        module.push((size & 0x7f) as u8 | more);
        size >>= 7;
    }
    module.extend([1, b'x']);
    module.resize(module.len() + padding, 0);
    module
}

/// A name for a file that is the same for the same plugin, and no other.
fn name(kind: &str, of: &[u8]) -> String {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    format!("{kind}-{:016x}.wasm", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_padded_is_of_that_size_and_still_a_module() {
        let module = wat::parse_str(command("")).unwrap();
        for bytes in [200, 1 << 20] {
            assert_eq!(padded(module.clone(), bytes).len(), bytes);
        }
    }

    #[test]
    fn a_probe_that_is_not_built_is_named_with_what_builds_it() {
        let probes = Probes::new("/nowhere".into()).unwrap();
        assert_eq!(
            probes.file(&Plugin::default()).unwrap_err().to_string(),
            "the probe /nowhere/probe.wasm cannot be read (No such file or directory (os error 2)): \
             build the probes with `cargo xtask guests`, or name their directory with `--probes`"
        );
    }

    #[test]
    fn a_description_needs_room() {
        let folder = tempfile::tempdir().unwrap();
        let probe = folder.path().join("probe.wasm");
        let described = |name: String| {
            let probes = Probes::new(folder.path().to_owned()).unwrap();
            let file = probes.file(&Plugin::Described(serde_json::json!({ "name": name })))?;
            Ok::<_, Error>(fs::read(file).unwrap())
        };
        let room = [MARK, &[b' '; ROOM - MARK.len()], b"the rest"].concat();
        fs::write(&probe, &room).unwrap();
        let bytes = described("a".to_owned()).unwrap();
        assert_eq!(bytes.len(), room.len());
        assert!(bytes.starts_with(&[MARK, b"{\"name\":\"a\"} "].concat()));
        let long = described("a".repeat(ROOM)).unwrap_err().to_string();
        assert_eq!(long, "the probe has no room for the description of 16395 bytes");
        fs::write(&probe, b"no room").unwrap();
        let none = described("a".to_owned()).unwrap_err().to_string();
        assert_eq!(none, "the probe has no room for the description of 12 bytes");
    }

    #[test]
    fn what_is_no_text_of_webassembly_is_told() {
        let probes = Probes::new("/nowhere".into()).unwrap();
        let error = probes.file(&Plugin::Text("(modul)".to_owned())).unwrap_err().to_string();
        assert!(error.starts_with("the text of a plugin is no WebAssembly: "), "{error}");
    }
}
