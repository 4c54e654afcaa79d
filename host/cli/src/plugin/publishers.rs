//! The publishers that a project trusts, as its `stepwell.toml` has them.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Deserialize;
use stepwell_registry::{Pattern, trust::Publisher};

use super::key;

/// A publisher whose plugins the project may have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    name: String,
    /// The file of the key, a cosign.pub, below the project.
    key: PathBuf,
    /// For which repositories the publisher speaks.
    repositories: Vec<Pattern>,
}

impl Config {
    /// The publisher, with the key.
    pub(crate) fn read(&self, directory: &Path) -> Result<Publisher> {
        Ok(Publisher {
            name: self.name.clone(),
            key: key::read_public(&directory.join(&self.key))?,
            repositories: self.repositories.clone(),
        })
    }
}
