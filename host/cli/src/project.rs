//! `stepwell.toml`: what belongs to one workflow. The plugins its tasks run, what each is granted,
//! and how much it may use.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use bytesize::ByteSize;
use jiff::SignedDuration;
use serde::Deserialize;
use stepwell_sandbox::{
    Grants, Limits, Sandbox,
    grants::{Access, Spec},
};
use stepwell_storage::Buckets;
use stepwell_tasks::{Installed, Plugins};

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
    buckets: BTreeMap<String, stepwell_storage::Config>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    /// The component or module.
    file: PathBuf,
    #[serde(default)]
    limits: PluginLimits,
    #[serde(default)]
    grants: Spec,
}

/// [`Limits`] as people write them; what is left out keeps its default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct PluginLimits {
    /// Instructions, about.
    fuel: Option<u64>,
    /// Such as `64MiB`.
    memory: Option<ByteSize>,
    /// Such as `30s`, `1m 30s`.
    time: Option<SignedDuration>,
    /// Such as `256KiB`.
    output: Option<ByteSize>,
    /// Such as `64KiB`.
    log: Option<ByteSize>,
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

    /// Admits the plugins, with their grants and limits.
    pub(crate) async fn admit(&self, sandbox: &Sandbox) -> Result<Plugins> {
        let mut plugins = Plugins::default();
        for (name, plugin) in &self.settings.plugins {
            let installed = self
                .install(plugin, sandbox)
                .await
                .with_context(|| format!("the plugin `{name}` cannot be used"))?;
            plugins.install(name, installed);
        }
        Ok(plugins)
    }

    /// Opens the buckets.
    pub(crate) fn buckets(&self) -> Result<Buckets> {
        let open = |(name, config): (&String, &stepwell_storage::Config)| {
            let bucket = config
                .open(&self.directory, |variable| std::env::var(variable).ok())
                .with_context(|| format!("the bucket `{name}` cannot be used"))?;
            Ok((name.clone(), bucket))
        };
        self.settings.buckets.iter().map(open).collect()
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

    async fn install(&self, plugin: &Plugin, sandbox: &Sandbox) -> Result<Installed> {
        let file = self.directory.join(&plugin.file);
        let bytes =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let admitted = sandbox.admit(bytes).await.with_context(|| file.display().to_string())?;
        Ok(Installed {
            plugin: admitted,
            limits: plugin.limits.limits()?,
            grants: Grants::open(self.grants(&plugin.grants)?)?,
        })
    }

    /// The grants with their directories made absolute. One that the plugin may write to is made
    /// if it is not there.
    fn grants(&self, spec: &Spec) -> Result<Spec> {
        let mut spec = spec.clone();
        for directory in &mut spec.directories {
            directory.host = self.directory.join(&directory.host);
            if directory.access == Access::ReadWrite {
                std::fs::create_dir_all(&directory.host).with_context(|| {
                    format!("cannot make the directory {}", directory.host.display())
                })?;
            }
        }
        Ok(spec)
    }
}

impl PluginLimits {
    fn limits(&self) -> Result<Limits> {
        let default = Limits::default();
        let time = match self.time {
            None => default.time,
            Some(time) if time.is_positive() => time.unsigned_abs(),
            Some(time) => bail!("limits.time is {time:#}; it must be more than nothing"),
        };
        let bytes = |size: Option<ByteSize>, default| size.map_or(default, |size| size.as_u64());
        Ok(Limits {
            fuel: self.fuel.unwrap_or(default.fuel),
            memory: bytes(self.memory, default.memory),
            time,
            output: bytes(self.output, default.output),
            log: bytes(self.log, default.log),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn read(text: &str) -> Result<Project> {
        let directory = tempfile::tempdir()?;
        std::fs::write(directory.path().join(FILE), text)?;
        Project::read(directory.path())
    }

    #[test]
    fn limits_are_read_and_what_is_left_out_keeps_its_default() {
        let project = read(
            r#"
            name = "order"
            definition = "order.asl.json"
            [plugins.payments]
            file = "payments.wasm"
            limits = { fuel = 5_000_000, memory = "32MiB", time = "1m 30s" }
            "#,
        )
        .unwrap();
        let limits = project.settings.plugins["payments"].limits.limits().unwrap();
        assert_eq!(limits.fuel, 5_000_000);
        assert_eq!(limits.memory, 32 << 20);
        assert_eq!(limits.time, Duration::from_secs(90));
        assert_eq!(limits.output, Limits::default().output);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let error = read("name = \"a\"\ndefinition = \"b\"\nplugin = 1\n").unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        assert!(error.contains("unknown field `plugin`"), "{error}");
    }

    #[test]
    fn a_time_limit_of_nothing_is_refused() {
        let limits = PluginLimits { time: Some(SignedDuration::ZERO), ..PluginLimits::default() };
        assert_eq!(
            limits.limits().unwrap_err().to_string(),
            "limits.time is 0s; it must be more than nothing"
        );
    }

    #[test]
    fn a_directory_without_a_project_is_named() {
        let error = Project::read(Path::new("/nowhere")).unwrap_err().to_string();
        assert_eq!(error, "/nowhere is no directory; name one that holds a stepwell.toml");
    }
}
