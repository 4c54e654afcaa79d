//! The known differences: a list that can only shrink.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context as _;
use serde::Deserialize;

use super::Case;

/// What is known to differ, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differences {
    /// Reasons by the name of the case.
    #[serde(default)]
    pub cases: BTreeMap<String, String>,
    /// Reasons for all cases of a kind.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// A reason for all cases of a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What their definitions have in common.
    pub definition_contains: String,
    /// Why they differ.
    pub reason: String,
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

    /// The index of the rule that a case falls under.
    pub fn rule_of(&self, case: &Case) -> Option<usize> {
        self.rules.iter().position(|rule| case.definition.contains(&rule.definition_contains))
    }
}
