//! `stepwell.toml`: what belongs to one workflow. The plugins its tasks run, what each is granted,
//! and how much it may use.

mod inputs;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use stepwell_api::console::inputs::ProjectInputs;
use stepwell_registry::{Reference, lock::Locked};
use stepwell_sandbox::{Sandbox, grants::Spec, key_value};
use stepwell_storage::Buckets;
use stepwell_tasks::Plugins;

use crate::{
    plugin::{
        config::{Admitted, Plugin},
        from::From,
        locking, publishers, pulled,
        registry::Believed,
    },
    sandbox,
};

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
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// The state machine's name.
    name: String,
    /// The definition, a file of the project.
    definition: PathBuf,
    /// JSON Schema of the executions' input, a file of the project.
    input_schema: Option<PathBuf>,
    /// The folder with inputs to try it with; `inputs` where there is one.
    inputs: Option<PathBuf>,
    /// The plugins, by the name that a `Resource` gives them.
    #[serde(default)]
    plugins: BTreeMap<String, Plugin>,
    /// Whose plugins may come from registries.
    #[serde(default)]
    publishers: Vec<publishers::Config>,
    /// The buckets that distributed Maps read from and write to, by the name that their `Bucket`
    /// gives them.
    #[serde(default)]
    buckets: BucketConfigs,
}

/// A plugin of a project.
pub(crate) struct ProjectPlugin<'a> {
    pub(crate) name: &'a str,
    pub(crate) from: &'a From,
    /// The publisher who had signed it when it was locked.
    pub(crate) signed_by: Option<String>,
    pub(crate) admitted: Admitted,
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

    /// What executions may be started with, where the state machine is an account's.
    pub(crate) fn inputs(&self, account: &str) -> Result<ProjectInputs> {
        let schema = self.settings.input_schema.as_ref();
        let schema = schema.map(|file| inputs::schema(&self.directory.join(file)));
        Ok(ProjectInputs {
            account: account.to_owned(),
            machine: self.settings.name.clone(),
            schema: schema.transpose()?,
            examples: inputs::examples(&self.directory, self.settings.inputs.as_ref())?,
        })
    }

    /// Admits the plugins, with their grants and limits. Their key-value data is gone with the
    /// process.
    pub(crate) async fn admit(&self, sandbox: &Sandbox) -> Result<Plugins> {
        let key_value: Arc<dyn key_value::Store> = Arc::new(key_value::Memory::default());
        let mut plugins = Plugins::default();
        for ProjectPlugin { name, admitted, .. } in self.install(sandbox).await? {
            let mut installed = admitted.installed;
            installed.grants = installed.grants.with_key_value(key_value.clone(), name);
            plugins.install(name, installed);
        }
        Ok(plugins)
    }

    /// The same plugins with what is told of them.
    pub(crate) async fn install(&self, sandbox: &Sandbox) -> Result<Vec<ProjectPlugin<'_>>> {
        let mut plugins = Vec::new();
        for (name, plugin) in &self.settings.plugins {
            let admitted = async {
                let file = match &plugin.from {
                    From::File(file) => sandbox::read(&self.directory.join(file))?,
                    From::Registry(oci) => self.pulled(name, oci, plugin.unsigned).await?,
                };
                plugin.install(name, &self.directory, file, sandbox).await
            };
            let admitted =
                admitted.await.with_context(|| format!("the plugin `{name}` cannot be used"))?;
            let signed_by = match &plugin.from {
                From::File(_) => None,
                From::Registry(oci) => self.locked(name, oci)?.signed.map(|it| it.publisher),
            };
            plugins.push(ProjectPlugin { name, from: &plugin.from, signed_by, admitted });
        }
        Ok(plugins)
    }

    /// The file of a plugin that a registry has, as it is locked.
    async fn pulled(&self, name: &str, oci: &Reference, unsigned: bool) -> Result<Vec<u8>> {
        pulled::get(name, &self.locked(name, oci)?, &self.believed(unsigned)?).await
    }

    fn locked(&self, name: &str, oci: &Reference) -> Result<Locked> {
        let mut lock = locking::read(&self.lock_file())?.unwrap_or_default();
        let locked = lock.plugins.remove(name).filter(|locked| locked.oci == *oci);
        locked.with_context(|| {
            format!(
                "{oci} is not locked in {}: run `stepwell plugin lock`",
                self.lock_file().display()
            )
        })
    }

    /// The plugins that come from registries, and whose artifacts may be them.
    pub(crate) fn distributed(&self) -> Result<Vec<(&str, &Reference, Believed)>> {
        let mut all = Vec::new();
        for (name, plugin) in &self.settings.plugins {
            if let From::Registry(oci) = &plugin.from {
                all.push((&**name, oci, self.believed(plugin.unsigned)?));
            }
        }
        Ok(all)
    }

    fn believed(&self, unsigned: bool) -> Result<Believed> {
        if unsigned {
            return Ok(Believed::Unsigned);
        }
        let publishers = self.settings.publishers.iter();
        let publishers = publishers.map(|it| it.read(&self.directory));
        Ok(Believed::Signed(publishers.collect::<Result<_>>()?))
    }

    /// The file that says which artifacts the plugins are.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.directory.join(locking::FILE)
    }

    /// Opens the buckets.
    pub(crate) fn buckets(&self) -> Result<Buckets> {
        open_buckets(&self.settings.buckets, &self.directory)
    }

    /// What the project grants to the plugins that are this file, by their names.
    pub(crate) fn granted(&self, from: &From) -> Vec<(String, Spec)> {
        let same = |plugin: &Plugin| match (&plugin.from, from) {
            (From::File(theirs), From::File(file)) => {
                let theirs = self.directory.join(theirs).canonicalize().ok();
                theirs.is_some() && theirs == file.canonicalize().ok()
            }
            (theirs, from) => theirs == from,
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
