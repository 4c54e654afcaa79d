//! What all recordings have: functions that are named after their handlers, and placeholders.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use regex::{Captures, Regex};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// The role of whatever is run.
pub(super) const ROLE: &str = "arn:aws:iam::111111111111:role/sfn-role";

/// A Lambda function that a recording calls.
#[derive(Debug, Deserialize)]
pub(super) struct Lambda {
    name: String,
    handler: String,
}

/// The files of a folder of recordings, in the order of their names; none where they are not at
/// hand.
///
/// # Errors
/// Where the folder cannot be read.
pub fn files(folder: &str) -> anyhow::Result<Option<Vec<PathBuf>>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/aws");
    let root = root.join(folder);
    if !root.is_dir() {
        return Ok(None);
    }
    let mut files = std::fs::read_dir(root)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(Some(files))
}

/// The steps of the script of this name.
pub(super) fn steps(script: &str) -> anyhow::Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct Script {
        steps: Vec<Value>,
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/aws/scripts");
    read::<Script>(&root.join(format!("{script}.json"))).map(|script| script.steps)
}

/// Reads a recording, with its functions named after their handlers.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    #[derive(Deserialize)]
    struct Lambdas {
        lambdas: Vec<Lambda>,
    }
    let unreadable = || format!("cannot read {}", path.display());
    let mut text = std::fs::read_to_string(path).with_context(unreadable)?;
    let lambdas: Lambdas = serde_json::from_str(&text).with_context(unreadable)?;
    for lambda in lambdas.lambdas {
        let file = lambda.handler.rsplit('/').next().unwrap_or_default();
        text = text.replace(&lambda.name, file.split('.').next().unwrap_or_default());
    }
    serde_json::from_str(&text).with_context(unreadable)
}

/// What the placeholders of one recording stand for.
pub(super) struct Placeholders<'a> {
    lambdas: &'a [Lambda],
    pattern: Regex,
    uids: HashMap<String, String>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn new(lambdas: &'a [Lambda]) -> anyhow::Result<Self> {
        let pattern = Regex::new(r"\{\{([a-z_]+(?::[^{}]*)?)\}\}")?;
        Ok(Self { lambdas, pattern, uids: HashMap::new() })
    }

    /// A text with its placeholders filled in. Each stands for the same wherever it stands.
    pub(super) fn fill(&mut self, text: &str) -> String {
        let Self { lambdas, pattern, uids } = self;
        let replace = |found: &Captures<'_>| {
            let name = &found[1];
            if name.starts_with("uid:") {
                let next = format!("{:08x}", uids.len() + 1);
                return uids.entry(name.to_owned()).or_insert(next).clone();
            }
            if name == "role_arn" {
                return ROLE.to_owned();
            }
            name.strip_prefix("lambda_arn:")
                .and_then(|index| lambdas.get(index.parse::<usize>().ok()?))
                .map_or_else(
                    || found[0].to_owned(),
                    |lambda| {
                        format!("arn:aws:lambda:us-east-1:111111111111:function:{}", lambda.name)
                    },
                )
        };
        pattern.replace_all(text, replace).into_owned()
    }
}
