//! The servers that tests of plugins talk to.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{packages, process};

/// Installs moto, which speaks the APIs of AWS, below `target/services`, in the version of
/// `tests/services`. Returns its program; `None` where the machine has no Python that can have it.
pub(crate) fn moto() -> Result<Option<PathBuf>> {
    let requirements = process::root().join("tests/services/requirements.txt");
    let target = process::root().join("target/services");
    fs::create_dir_all(&target).context("target/services cannot be made")?;
    let bin = packages::python(&requirements, &target.join("venv"))?;
    Ok(bin.map(|bin| bin.join("moto_server")))
}
