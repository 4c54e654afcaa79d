//! Files that are there whole or not at all.
//!
//! What a plugin may open are the directories it was granted; everything else is not there.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Writes a file in one step: a reader sees what was there before or all of `contents`, also
/// after a crash.
///
/// The contents go to a file beside it, `NAME.partial`, which is flushed and renamed.
///
/// # Errors
/// Whatever the file system reports, with the path in front.
pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    let path = path.as_ref();
    let mut partial = OsString::from(path);
    partial.push(".partial");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(contents.as_ref())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&partial, path)
    };
    write().map_err(|error| named(path, &error))
}

/// Reads a file as text; `None` where there is none.
///
/// # Errors
/// Whatever the file system reports, with the path in front.
pub fn read(path: impl AsRef<Path>) -> io::Result<Option<String>> {
    let path = path.as_ref();
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(named(path, &error)),
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("note.txt");
        assert_eq!(read(&path)?, None);
        write(&path, "one")?;
        write(&path, "two")?;
        assert_eq!(read(&path)?.as_deref(), Some("two"));
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn an_error_names_the_file() {
        let error = write("/no/such/folder/note.txt", "one").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with("/no/such/folder/note.txt: "), "{error}");
    }
}
