//! A directory as a bucket: an object's key is the path of a file below it.
//!
//! Everything goes through cap-std, which resolves each part of a path itself and refuses one that
//! leads out of the directory: by `..`, from the root, or by symbolic links, those included that
//! are put there between two looks. `object_store`'s own `LocalFileSystem` follows symbolic links
//! wherever they lead, and checks nothing that it opens; so it is not used.

use std::{
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use bytes::Bytes;
use cap_std::{
    ambient_authority,
    fs::{Dir, File, Metadata, OpenOptions},
};

use crate::store::{Known, Listed};

/// An open directory. Renaming it on the host does not change which directory is granted.
#[derive(Debug, Clone)]
pub(crate) struct Directory(Arc<Dir>);

/// What is wrong with a key.
pub(crate) type Invalid = &'static str;

impl Directory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(Arc::new(Dir::open_ambient_dir(path, ambient_authority())?)))
    }

    /// Whether the text names a file below a directory. cap-std would not let the others out
    /// either, but an error that says which rule it breaks is of more use.
    pub(crate) fn check(key: &str) -> Result<(), Invalid> {
        if key.is_empty() {
            return Err("it is empty");
        }
        if key.starts_with('/') {
            return Err("it starts with a slash, and a granted directory is not left");
        }
        for part in key.split('/') {
            match part {
                "" => return Err("a part of it between slashes is empty, and no file's name is"),
                ".." => return Err("it has `..` in it, and a granted directory is not left"),
                "." => return Err("it has `.` in it, which names no file"),
                _ if part.contains('\0') => return Err("it has NUL in it"),
                _ => {}
            }
        }
        Ok(())
    }

    /// What is known of a file.
    pub(crate) fn head(&self, key: &str) -> io::Result<Known> {
        file(&self.0.metadata(key)?)
    }

    /// Bytes of a file, if it is still the one that was known.
    pub(crate) fn range(
        &self,
        key: &str,
        known: &Known,
        from: u64,
        size: usize,
    ) -> io::Result<Option<Bytes>> {
        let mut opened = self.0.open(key)?;
        if file(&opened.metadata()?)?.tag != known.tag {
            return Ok(None);
        }
        opened.seek(io::SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        opened.take(size as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes.into()))
    }

    /// Shows `each` what is below the directory and has a key that starts with `prefix`, in the
    /// order of the keys' bytes. Symbolic links to files count as long as they stay inside; those
    /// to directories do not, for they may lead in circles.
    pub(crate) fn list<E>(
        &self,
        prefix: &str,
        each: &mut dyn FnMut(Listed) -> Result<(), E>,
    ) -> io::Result<Result<(), E>> {
        let parent = prefix.rfind('/').map_or("", |end| &prefix[..end]);
        if !parent.is_empty() && Self::check(parent).is_err() {
            return Ok(Ok(()));
        }
        let start = if parent.is_empty() { "." } else { parent };
        match self.0.open_dir(start) {
            Ok(directory) => walk(&directory, parent, prefix, each),
            Err(error) if absent(&error) => Ok(Ok(())),
            Err(error) => Err(error),
        }
    }

    /// A new file that has another name until it is whole.
    pub(crate) fn create(&self, key: &str) -> io::Result<Draft> {
        let (parent, name) = key.rsplit_once('/').unwrap_or((".", key));
        self.0.create_dir_all(parent)?;
        let parent = self.0.open_dir(parent)?;
        let draft = format!(".{name}{DRAFT}");
        let file =
            parent.open_with(&draft, OpenOptions::new().write(true).create(true).truncate(true))?;
        Ok(Draft { file, parent, draft, name: name.to_owned() })
    }
}

/// How a file's name ends that is being written. Such files are not listed.
const DRAFT: &str = ".partial";

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Draft {
    file: File,
    parent: Dir,
    /// Empty once the file has its name.
    draft: String,
    name: String,
}

impl Draft {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Puts the file at its key, in the place of what was there.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        self.parent.rename(&self.draft, &self.parent, &self.name)?;
        self.draft.clear();
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.draft.is_empty() {
            // What is left behind is not listed.
            let _ = self.parent.remove_file(&self.draft);
        }
    }
}

fn file(metadata: &Metadata) -> io::Result<Known> {
    if !metadata.is_file() {
        return Err(io::Error::from(io::ErrorKind::NotFound));
    }
    let modified = metadata.modified()?.into_std();
    let modified = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Known {
        size: metadata.len(),
        modified: i64::try_from(modified.as_secs()).unwrap_or(i64::MAX),
        tag: Some(format!("\"{:x}-{:x}\"", modified.as_nanos(), metadata.len())),
    })
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn walk<E>(
    directory: &Dir,
    path: &str,
    prefix: &str,
    each: &mut dyn FnMut(Listed) -> Result<(), E>,
) -> io::Result<Result<(), E>> {
    // A directory sorts as its name with the slash that its keys have: `a.txt` is before `a/b`.
    let mut names = Vec::new();
    for entry in directory.entries()? {
        let entry = entry?;
        // A name that is not Unicode cannot be a key.
        if let Ok(name) = entry.file_name().into_string() {
            if name.starts_with('.') && name.ends_with(DRAFT) {
                continue;
            }
            let slash = if entry.file_type()?.is_dir() { "/" } else { "" };
            names.push(name + slash);
        }
    }
    names.sort_unstable();
    for name in names {
        let key = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        let leads_on = name.ends_with('/') && prefix.starts_with(&key);
        if !leads_on && !key.starts_with(prefix) {
            continue;
        }
        let ended = if let Some(name) = name.strip_suffix('/') {
            match directory.open_dir(name) {
                Ok(below) => walk(&below, key.trim_end_matches('/'), prefix, each)?,
                Err(error) if absent(&error) => continue,
                Err(error) => return Err(error),
            }
        } else {
            // One that leads out, or nowhere, or was removed by now.
            let Ok(known) = directory.metadata(&name).and_then(|found| file(&found)) else {
                continue;
            };
            each(Listed { key, known })
        };
        if ended.is_err() {
            return Ok(ended);
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests;
