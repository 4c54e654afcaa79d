//! The known differences: a list that can only shrink.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::Deserialize;

/// What is known to differ, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differences {
    /// Reasons by the name of the case.
    #[serde(default)]
    pub cases: BTreeMap<String, String>,
}

impl Differences {
    /// Reads the list.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no such list.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("cannot read {}", path.display()))
    }
}
