//! `cargo xtask console-shots`: pictures of the console, for people to look at.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use stepwell_build::toolchain::Source;

use crate::{browser::Browser, guests, process};

/// Take pictures of each page of the console, wide and narrow, light and dark
///
/// The order example is run in several ways for them, and Maps with very many iterations. Prints
/// the paths of the pictures.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to put them; created where it is missing
    #[arg(long, default_value = "target/console-shots", value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    guests::build(Source::Auto)?;
    process::run(process::cargo().args(["build", "--workspace", "--bin", "stepwell"]))?;
    let browser = match Browser::get()? {
        Ok(browser) => browser,
        Err(missing) => bail!("{missing}"),
    };
    let out = std::path::absolute(&arguments.out).context("the folder cannot be named")?;
    let mut node = browser.node(&process::root().join("target/debug/stepwell"));
    process::run(node.arg("shots.mjs").arg(out))
}
