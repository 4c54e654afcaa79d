//! The sandbox as the command sets it up.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use stepwell_sandbox::{Compiler, Options, Sandbox};

/// A sandbox whose compiled plugins are kept in the user's cache directory.
pub(crate) fn open() -> Result<Sandbox> {
    let options = Options { cache_dir: cache_dir(), compiler: compiler()?, ..Options::default() };
    Sandbox::new(&options).context("cannot set up the sandbox")
}

/// This program, in a process of its own.
fn compiler() -> Result<Compiler> {
    let program = match cfg!(target_os = "linux") {
        // What runs, also where its file has been replaced since.
        true => PathBuf::from("/proc/self/exe"),
        false => std::env::current_exe().context("cannot find out which program this is")?,
    };
    Ok(Compiler::Process { program, arguments: vec!["compile-plugin".to_owned()] })
}

/// `$STEPWELL_CACHE_DIR`, or the user's cache directory. Where neither is known nothing is kept.
fn cache_dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("STEPWELL_CACHE_DIR") {
        return Some(dir.into());
    }
    let project = directories::ProjectDirs::from("", "", "stepwell")?;
    Some(project.cache_dir().join("compiled"))
}
