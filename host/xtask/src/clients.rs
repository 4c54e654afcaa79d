//! `cargo xtask clients`: the clients that people drive a host with, driving `stepwell dev`.

use std::{fs, process::Command};

use anyhow::{Context, Result, bail};
use clap::Args;

use stepwell_build::toolchain::Source;

use crate::{guests, packages, process};

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
    let requirements = tests.join("requirements.txt");
    let Some(bin) = packages::python(&requirements, &target.join("venv"))? else {
        return Ok(Some("python3 with its module venv is not installed".into()));
    };
    let mut pytest = Command::new(bin.join("python"));
    pytest
        .args(["-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-q", "-rs"])
        .arg(&tests)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("STEPWELL", process::root().join("target/debug/stepwell"));
    let cdk = target.join("cdk");
    let installed = packages::npm(&tests.join("cdk"), &["app.mjs"], &cdk)?;
    if installed.is_some() {
        pytest.env("STEPWELL_CDK", cdk);
    }
    if let Some(expression) = expression {
        pytest.args(["-k", expression]);
    }
    process::run(&mut pytest)?;
    Ok(installed.is_none().then(|| "npm is not installed: the CDK was left out".into()))
}
