//! Directories that are granted, each in one that is not.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::case::Entry;

/// A file that lies beside each directory, and what is in it.
const OUTSIDE: (&str, &str) = ("outside.txt", "nobody is granted this");

/// The directories of one case, which are gone with it.
pub(crate) struct Directories {
    /// Each granted directory's surroundings, by its name.
    around: BTreeMap<String, TempDir>,
}

impl Directories {
    pub(crate) fn make(said: &BTreeMap<String, BTreeMap<PathBuf, Entry>>) -> io::Result<Self> {
        let mut around = BTreeMap::new();
        for (name, files) in said {
            let outer = TempDir::with_prefix("stepwell-host-conformance-")?;
            fs::write(outer.path().join(OUTSIDE.0), OUTSIDE.1)?;
            let inner = outer.path().join(name);
            fs::create_dir(&inner)?;
            for (path, entry) in files {
                let path = inner.join(path);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent)?;
                }
                match entry {
                    Entry::Text(text) => fs::write(path, text)?,
                    Entry::Link { link: to } => link(to, &path)?,
                    Entry::Pipe { .. } => pipe(&path)?,
                }
            }
            around.insert(name.clone(), outer);
        }
        Ok(Self { around })
    }

    /// Where a directory is; nowhere at all where no case made it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.around.get(name).map(|outer| outer.path().join(name)).unwrap_or_default()
    }

    /// What is different around a directory, if anything.
    pub(crate) fn disturbed(&self, name: &str) -> Option<String> {
        let outer = self.around.get(name)?.path();
        let text = fs::read_to_string(outer.join(OUTSIDE.0)).unwrap_or_default();
        if text != OUTSIDE.1 {
            return Some(format!("a file outside of the directory has changed: {text:?}"));
        }
        let entries = fs::read_dir(outer).ok()?.flatten().map(|entry| entry.file_name());
        let mut others = entries.filter(|entry| entry != OUTSIDE.0 && entry != name);
        let other = others.next()?;
        Some(format!("outside of the directory there is a new {}", other.display()))
    }
}

#[cfg(unix)]
fn link(to: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, path)
}

#[cfg(target_os = "linux")]
fn pipe(path: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    Ok(mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?)
}

#[cfg(not(target_os = "linux"))]
fn pipe(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
