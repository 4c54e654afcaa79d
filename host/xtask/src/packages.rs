//! Installs what PyPI and npm have, in folders of their own below `target`, in pinned versions.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::process;

/// The `bin` of a virtual environment that has the packages of a requirements file. `None` where
/// the machine has no Python that makes one.
pub(crate) fn python(requirements: &Path, venv: &Path) -> Result<Option<PathBuf>> {
    let bin = venv.join("bin");
    if is_made_of(venv, requirements)? {
        return Ok(Some(bin));
    }
    let made = process::is_installed("python3")
        && process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv)).is_ok();
    if !made {
        return Ok(None);
    }
    let mut pip = Command::new(bin.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(pip.arg(requirements))?;
    made_of(venv, requirements)?;
    Ok(Some(bin))
}

/// Copies files of a package into a folder and installs there what its lock file says. Returns the
/// folder of its programs; `None` where the machine has no npm.
pub(crate) fn npm(package: &Path, files: &[&str], folder: &Path) -> Result<Option<PathBuf>> {
    if !process::is_installed("npm") {
        return Ok(None);
    }
    fs::create_dir_all(folder)?;
    for name in files.iter().chain(&["package.json", "package-lock.json"]) {
        let from = package.join(name);
        fs::copy(&from, folder.join(name))
            .with_context(|| format!("{} cannot be copied", from.display()))?;
    }
    let lock = package.join("package-lock.json");
    if !is_made_of(folder, &lock)? {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(folder);
        process::run(&mut npm)?;
        made_of(folder, &lock)?;
    }
    Ok(Some(folder.join("node_modules/.bin")))
}

/// Installs what a package's lock file says in the package's own folder, also what it is only
/// developed with; scripts of its packages are not run. Returns the folder of its programs; `None`
/// where the machine has no npm.
pub(crate) fn npm_in_place(package: &Path) -> Result<Option<PathBuf>> {
    if !process::is_installed("npm") {
        return Ok(None);
    }
    let lock = package.join("package-lock.json");
    let folder = package.join("node_modules");
    // Whoever installs anew takes the folder away, and with it what says that this was all.
    if !is_made_of(&folder, &lock)? {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]);
        process::run(npm.current_dir(package))?;
        made_of(&folder, &lock)?;
    }
    Ok(Some(folder.join(".bin")))
}

/// Whether what is in a folder was made of this file as it is now.
fn is_made_of(folder: &Path, file: &Path) -> Result<bool> {
    let made = fs::read(folder.join(MADE_OF)).unwrap_or_default();
    Ok(made == fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?)
}

fn made_of(folder: &Path, file: &Path) -> Result<()> {
    fs::copy(file, folder.join(MADE_OF))?;
    Ok(())
}

/// The copy of the file that a folder was made of: the last thing that is written.
const MADE_OF: &str = "made-of";
