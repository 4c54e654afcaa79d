//! The sandbox as the command sets it up.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use stepwell_sandbox::{Options, Sandbox};

/// A sandbox whose compiled plugins are kept in the user's cache directory.
pub(crate) fn open() -> Result<Sandbox> {
    let options = Options { cache_dir: cache_dir(), ..Options::default() };
    Sandbox::new(&options).context("cannot set up the sandbox")
}

/// `$STEPWELL_CACHE_DIR`, or the user's cache directory. Where neither is known nothing is kept.
fn cache_dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("STEPWELL_CACHE_DIR") {
        return Some(dir.into());
    }
    let project = directories::ProjectDirs::from("", "", "stepwell")?;
    Some(project.cache_dir().join("compiled"))
}
