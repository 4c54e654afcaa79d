//! `stepwell.toml`: what belongs to one workflow. The plugins its tasks run, what each is granted,
//! and how much it may use.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use stepwell_sandbox::{Sandbox, grants::Spec, key_value};
use stepwell_storage::Buckets;
use stepwell_tasks::{Installed, Plugins};

use crate::plugin::config::Plugin;

/// The file that makes a directory a project.
pub(crate) const FILE: &str = "stepwell.toml";

/// A project that was read.
#[derive(Debug)]
pub(crate) struct Project {
    /// The directory that its paths are relative to.
    pub(crate) directory: PathBuf,
    settings: Settings,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The state machine's name.
    name: String,
    /// The definition, a file of the project.
    definition: PathBuf,
    /// The plugins, by the name that a `Resource` gives them.
    #[serde(default)]
    plugins: BTreeMap<String, Plugin>,
    /// The buckets that distributed Maps read from and write to, by the name that their `Bucket`
    /// gives them.
    #[serde(default)]
    buckets: BucketConfigs,
}

/// Buckets as they are written down, by their names.
pub(crate) type BucketConfigs = BTreeMap<String, stepwell_storage::Config>;

/// Opens buckets; paths are below the directory.
pub(crate) fn open_buckets(buckets: &BucketConfigs, directory: &Path) -> Result<Buckets> {
    let open = |(name, config): (&String, &stepwell_storage::Config)| {
        let bucket = config
            .open(directory, |variable| std::env::var(variable).ok())
            .with_context(|| format!("the bucket `{name}` cannot be used"))?;
        Ok((name.clone(), bucket))
    };
    buckets.iter().map(open).collect()
}

impl Project {
    /// Reads the project in a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        let file = directory.join(FILE);
        if !directory.is_dir() {
            bail!("{} is no directory; name one that holds a {FILE}", directory.display());
        }
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        // toml's message shows the line, and what is wrong in it.
        let settings = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}: {}", file.display(), error.to_string().trim()))?;
        Ok(Self { directory: directory.to_owned(), settings })
    }

    /// The state machine's name.
    pub(crate) fn name(&self) -> &str {
        &self.settings.name
    }

    /// The definition's file.
    pub(crate) fn definition(&self) -> PathBuf {
        self.directory.join(&self.settings.definition)
    }

    /// Admits the plugins, with their grants and limits. Their key-value data is gone with the
    /// process.
    pub(crate) async fn admit(&self, sandbox: &Sandbox) -> Result<Plugins> {
        let key_value: Arc<dyn key_value::Store> = Arc::new(key_value::Memory::default());
        let mut plugins = Plugins::default();
        for (name, mut installed) in self.install(sandbox).await? {
            installed.grants = installed.grants.with_key_value(key_value.clone(), &name);
            plugins.install(&name, installed);
        }
        Ok(plugins)
    }

    /// The same plugins by their names.
    pub(crate) async fn install(&self, sandbox: &Sandbox) -> Result<Vec<(String, Installed)>> {
        let mut plugins = Vec::new();
        for (name, plugin) in &self.settings.plugins {
            let installed = plugin
                .install(name, &self.directory, sandbox)
                .await
                .with_context(|| format!("the plugin `{name}` cannot be used"))?;
            plugins.push((name.clone(), installed));
        }
        Ok(plugins)
    }

    /// Opens the buckets.
    pub(crate) fn buckets(&self) -> Result<Buckets> {
        open_buckets(&self.settings.buckets, &self.directory)
    }

    /// What the project grants to the plugins that are this file, by their names.
    pub(crate) fn granted(&self, file: &Path) -> Vec<(String, Spec)> {
        let same = |plugin: &Plugin| {
            let theirs = self.directory.join(&plugin.file).canonicalize().ok();
            theirs.is_some() && theirs == file.canonicalize().ok()
        };
        let plugins = self.settings.plugins.iter().filter(|(_, plugin)| same(plugin));
        plugins.map(|(name, plugin)| (name.clone(), plugin.grants.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Project> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join(FILE), text)?;
        Project::read(directory.path())
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let error = read("name = \"a\"\ndefinition = \"b\"\nplugin = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        assert!(error.contains("unknown field `plugin`"), "{error}");
    }

    #[test]
    fn a_directory_without_a_project_is_named() {
        let error = Project::read(Path::new("/nowhere")).unwrap_err().to_string();
        assert_eq!(error, "/nowhere is no directory; name one that holds a stepwell.toml");
    }
}
