//! `cargo xtask clients`: the clients that people drive a host with, driving `stepwell dev`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use clap::Args;

use stepwell_build::toolchain::Source;

use crate::{guests, process};

/// Drive `stepwell dev` with boto3, the AWS CLI and the AWS CDK
///
/// Installs them below target/clients, in the versions of tests/clients.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Run the tests whose names match this expression of pytest alone
    #[arg(short, value_name = "EXPRESSION")]
    k: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build(Source::Auto)?;
    process::run(process::cargo().args(["build", "--workspace", "--bins"]))?;
    let missing = test(arguments.k.as_deref())?;
    if let Some(missing) = missing {
        bail!("{missing}");
    }
    Ok(())
}

/// Runs the tests with the host that is built. Tells what is missing where they cannot be run.
pub(crate) fn test(expression: Option<&str>) -> Result<Option<String>> {
    let tests = process::root().join("tests/clients");
    let target = process::root().join("target/clients");
    fs::create_dir_all(&target).context("target/clients cannot be made")?;
    let Some(python) = python(&tests, &target)? else {
        return Ok(Some("python3 with its module venv is not installed".into()));
    };
    let mut pytest = Command::new(python);
    pytest
        .args(["-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-q", "-rs"])
        .arg(&tests)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("STEPWELL", process::root().join("target/debug/stepwell"));
    let cdk = cdk(&tests.join("cdk"), &target.join("cdk"))?;
    if let Some(cdk) = &cdk {
        pytest.env("STEPWELL_CDK", cdk);
    }
    if let Some(expression) = expression {
        pytest.args(["-k", expression]);
    }
    process::run(&mut pytest)?;
    Ok(cdk.is_none().then(|| "npm is not installed: the CDK was left out".into()))
}

/// The Python that has the clients.
fn python(tests: &Path, target: &Path) -> Result<Option<PathBuf>> {
    let venv = target.join("venv");
    let python = venv.join("bin/python");
    let wanted = tests.join("requirements.txt");
    if is_made_of(&venv, &wanted)? {
        return Ok(Some(python));
    }
    let made = process::is_installed("python3")
        && process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).is_ok();
    if !made {
        return Ok(None);
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(pip.arg(&wanted))?;
    made_of(&venv, &wanted)?;
    Ok(Some(python))
}

/// The folder with the CDK's app and what it needs.
fn cdk(app: &Path, target: &Path) -> Result<Option<PathBuf>> {
    if !process::is_installed("npm") {
        return Ok(None);
    }
    fs::create_dir_all(target)?;
    for name in ["app.mjs", "package.json", "package-lock.json"] {
        fs::copy(app.join(name), target.join(name))?;
    }
    let wanted = app.join("package-lock.json");
    if !is_made_of(target, &wanted)? {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(target);
        process::run(&mut npm)?;
        made_of(target, &wanted)?;
    }
    Ok(Some(target.to_owned()))
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
