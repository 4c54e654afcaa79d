//! A file that is to be installed.

use anyhow::{Context as _, Error, Result};
use stepwell_sandbox::{Plugin, Sandbox};

use crate::plugin::name::Name;

/// A file that is to be installed, and is admitted.
pub(crate) struct Admitted {
    pub(crate) bytes: Vec<u8>,
    pub(crate) plugin: Plugin,
    /// What it is to be installed as.
    pub(crate) name: Name,
}

impl Admitted {
    /// Admits a file from `shown`, which is installed as what it calls itself unless it is named.
    pub(crate) async fn new(
        bytes: Vec<u8>,
        shown: &str,
        name: Option<Name>,
        sandbox: &Sandbox,
    ) -> Result<Self> {
        let plugin = sandbox.admit(bytes.clone()).await;
        let plugin = plugin.with_context(|| format!("{shown} cannot be used as a plugin"))?;
        let name = match name {
            Some(name) => name,
            None => {
                plugin.info().name.parse().map_err(Error::msg).context("name it with --name")?
            }
        };
        Ok(Self { bytes, plugin, name })
    }
}
