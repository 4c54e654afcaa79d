//! Directories that nobody but the host's user may write in.

use std::{io, path::Path};

#[cfg(unix)]
pub(crate) fn create(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(not(unix))]
pub(crate) fn create(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// Whether anybody but the host's user may write in `dir`. A file made there tells who that is.
#[cfg(unix)]
pub(crate) fn is_exposed(dir: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(dir)?;
    let user = tempfile::NamedTempFile::new_in(dir)?.as_file().metadata()?.uid();
    Ok(found.uid() != user || found.mode() & 0o022 != 0)
}

/// Elsewhere the directory's inherited access list decides.
#[cfg(not(unix))]
pub(crate) fn is_exposed(_: &Path) -> io::Result<bool> {
    Ok(false)
}
