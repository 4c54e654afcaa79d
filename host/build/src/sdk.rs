//! What a script gets with every build: its SDK, and the parts of WASI that the SDK imports beside
//! the contract.

use std::{fs, path::Path};

use include_dir::{Dir, include_dir};

use crate::{Error, wit};

static WIT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/wit");

/// Writes an SDK into a folder.
pub(crate) fn write(sdk: &Dir<'_>, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::write(folder))?;
    sdk.extract(folder).map_err(Error::write(folder))
}

/// Writes the contract and the worlds of the SDKs into a folder, each text as `edit` makes it.
pub(crate) fn write_wit(folder: &Path, edit: impl Fn(&str) -> String) -> Result<(), Error> {
    let packages = folder.join("deps");
    fs::create_dir_all(&packages).map_err(Error::write(&packages))?;
    let mut files = vec![(packages.join("task.wit"), wit::TEXT)];
    for file in WIT.files() {
        let path = file.path();
        let folder = if path == Path::new("worlds.wit") { folder } else { &packages };
        files.push((folder.join(path), file.contents_utf8().unwrap_or_default()));
    }
    for (path, text) in files {
        fs::write(&path, edit(text)).map_err(Error::write(path))?;
    }
    Ok(())
}
