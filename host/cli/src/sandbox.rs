//! The sandbox as the command sets it up.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result};
use serde::Deserialize;
use stepwell_sandbox::{Compiler, Network, Options, Sandbox, SystemNetwork, admit};

use crate::plugin::inline::inline;

/// The sandbox of a host, as its configuration has it; what is left out has its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// Calls that run at once.
    concurrency: Option<u32>,
    /// Plugins that are compiled at once.
    compilations: Option<u32>,
    /// Authorities that plugins' HTTPS requests believe besides those of the system.
    ca_file: Option<PathBuf>,
    cache_dir: Option<PathBuf>,
    scratch_dir: Option<PathBuf>,
}

impl Config {
    /// The same, with paths that are relative to a directory.
    pub(crate) fn below(self, directory: &Path) -> Self {
        let below = |path: Option<PathBuf>| path.map(|path| directory.join(path));
        Self {
            ca_file: below(self.ca_file),
            cache_dir: below(self.cache_dir),
            scratch_dir: below(self.scratch_dir),
            ..self
        }
    }

    /// Such a sandbox.
    pub(crate) fn open(&self) -> Result<Sandbox> {
        self.open_with(Arc::new(SystemNetwork))
    }

    /// The same, with a network that plugins' HTTP requests go out to.
    pub(crate) fn open_with(&self, network: Arc<dyn Network>) -> Result<Sandbox> {
        let default = Options::default();
        let options = Options {
            concurrency: self.concurrency.unwrap_or(default.concurrency),
            compilations: self.compilations.unwrap_or(default.compilations),
            ca_file: self.ca_file.clone(),
            cache_dir: self.cache_dir.clone().or_else(cache_dir),
            scratch_dir: self.scratch_dir.clone(),
            compiler: compiler()?,
            admission: admission()?,
        };
        Sandbox::with_network(&options, network).context("cannot set up the sandbox")
    }
}

/// A sandbox whose compiled plugins are kept in the user's cache directory.
pub(crate) fn open() -> Result<Sandbox> {
    Config::default().open()
}

/// A plugin's file; where it is larger than it may be no more of it than shows that.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>> {
    let most = admission()?.file_bytes.saturating_add(1);
    let read = || {
        let mut bytes = Vec::new();
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    read().with_context(|| format!("cannot read {}", file.display()))
}

/// How many bytes a plugin's file may have.
pub(crate) fn file_bytes() -> Result<u64> {
    Ok(admission()?.file_bytes)
}

/// Where plugins are kept that projects pull from registries; nowhere where no cache is known.
pub(crate) fn pulled_dir() -> Option<PathBuf> {
    Some(cache_dir()?.join("pulled"))
}

/// What a plugin's file may be like. `$STEPWELL_ADMISSION` raises or lowers it, of hosts and of
/// commands alike, lest one admits what the other refuses.
fn admission() -> Result<admit::Limits> {
    let Ok(text) = std::env::var("STEPWELL_ADMISSION") else { return Ok(Default::default()) };
    inline(&text)
        .map_err(anyhow::Error::msg)
        .context("$STEPWELL_ADMISSION is no table such as { file-bytes = 200_000_000 }")
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
