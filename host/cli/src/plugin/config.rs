//! A plugin as a `stepwell.toml` has it: its file, what it is granted, and how much it may use.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use bytesize::ByteSize;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use stepwell_registry::Reference;
use stepwell_sandbox::{
    Grants, Limits, Sandbox,
    grants::{Access, Source, Spec},
};
use stepwell_tasks::Installed;

use super::{from::From, reported, table};

/// A plugin to be installed.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
pub(crate) struct Plugin {
    /// Where the component or module is.
    pub(crate) from: From,
    /// Whether it need not be signed by a publisher of the project's, where a registry has it.
    pub(crate) unsigned: bool,
    /// A report of the conformance kit about that file.
    pub(crate) conformance: Option<PathBuf>,
    pub(crate) limits: PluginLimits,
    pub(crate) grants: Spec,
}

/// A plugin that was admitted, with what is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) installed: Installed,
    /// All that it is granted, whether or not it can use it.
    pub(crate) granted: Spec,
    /// The report of the conformance kit, as one line of JSON.
    pub(crate) report: Option<String>,
}

/// The same as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    file: Option<PathBuf>,
    oci: Option<Reference>,
    #[serde(default)]
    unsigned: bool,
    conformance: Option<PathBuf>,
    #[serde(default)]
    limits: PluginLimits,
    #[serde(default)]
    grants: Spec,
}

impl TryFrom<Written> for Plugin {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { file, oci, unsigned, conformance, limits, grants } = written;
        let from = match (file, oci) {
            (Some(_), None) if unsigned => return Err("`unsigned` is for a plugin with `oci`"),
            (Some(file), None) => From::File(file),
            (None, Some(oci)) => From::Registry(oci),
            _ => return Err("a plugin has either a `file` or an `oci`"),
        };
        Ok(Self { from, unsigned, conformance, limits, grants })
    }
}

/// [`Limits`] as people write them; what is left out keeps its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PluginLimits {
    /// Instructions, about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fuel: Option<u64>,
    /// Such as `64MiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) memory: Option<ByteSize>,
    /// Such as `30s`, `1m 30s`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<SignedDuration>,
    /// Such as `256KiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<ByteSize>,
    /// Such as `64KiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log: Option<ByteSize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) host_calls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_requests: Option<u64>,
    /// Such as `8MiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) http_body: Option<ByteSize>,
    /// Such as `256MiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file_bytes: Option<ByteSize>,
}

impl Plugin {
    /// Admits the plugin's file and opens what of its grants it can use; paths are below the
    /// directory. Of grants that have no effect a warning tells.
    pub(crate) async fn install(
        &self,
        name: &str,
        directory: &Path,
        file: Vec<u8>,
        sandbox: &Sandbox,
    ) -> Result<Admitted> {
        let shown = || match &self.from {
            From::File(file) => directory.join(file).display().to_string(),
            from => from.to_string(),
        };
        let plugin = sandbox.admit(file).await.with_context(shown)?;
        let spec = seen_from_here(directory, &self.grants);
        make_directories(&spec)?;
        let effective = spec.effective(plugin.info());
        table::warn(name, &effective);
        let report = self.conformance.as_ref().map(|file| directory.join(file));
        let report = report.map(|file| reported::read(&file, plugin.info())).transpose()?;
        let grants = Grants::open(effective.spec)?;
        let installed = Installed { plugin, limits: self.limits.limits()?, grants };
        Ok(Admitted { installed, granted: spec, report })
    }
}

/// The grants with their paths as seen from here, where they are written as seen from the
/// directory.
pub(super) fn seen_from_here(directory: &Path, grants: &Spec) -> Spec {
    let mut spec = grants.clone();
    for granted in &mut spec.directories {
        granted.host = directory.join(&granted.host);
    }
    for secret in &mut spec.secrets {
        if let Source::File(file) = &mut secret.from {
            *file = directory.join(&file);
        }
    }
    spec
}

/// Makes the directories that a plugin may write to, where they are not there.
pub(super) fn make_directories(spec: &Spec) -> Result<()> {
    for granted in &spec.directories {
        if granted.access == Access::ReadWrite {
            std::fs::create_dir_all(&granted.host)
                .with_context(|| format!("cannot make the directory {}", granted.host.display()))?;
        }
    }
    Ok(())
}

impl PluginLimits {
    /// The limits that they mean.
    pub(crate) fn limits(&self) -> Result<Limits> {
        self.limits_over(Limits::default())
    }

    /// The limits that they mean where those that are left out stay as they are.
    pub(crate) fn limits_over(&self, default: Limits) -> Result<Limits> {
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
            host_calls: self.host_calls.unwrap_or(default.host_calls),
            http_requests: self.http_requests.unwrap_or(default.http_requests),
            http_body: bytes(self.http_body, default.http_body),
            file_bytes: bytes(self.file_bytes, default.file_bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn limits_are_read_and_what_is_left_out_keeps_its_default() {
        let plugin: Plugin = toml::from_str(
            r#"
            file = "payments.wasm"
            limits = { fuel = 5_000_000, memory = "32MiB", time = "1m 30s" }
            "#,
        )
        .unwrap();
        let limits = plugin.limits.limits().unwrap();
        assert_eq!(limits.fuel, 5_000_000);
        assert_eq!(limits.memory, 32 << 20);
        assert_eq!(limits.time, Duration::from_secs(90));
        assert_eq!(limits.output, Limits::default().output);
    }

    #[test]
    fn a_plugin_comes_from_a_file_or_from_a_registry() {
        let read = |text: &str| toml::from_str::<Plugin>(text).map_err(|it| it.to_string());
        let plugin = read("oci = \"a.com/pay:1\"\nunsigned = true\n").unwrap();
        assert_eq!(plugin.from, From::Registry("a.com/pay:1".parse().unwrap()));
        assert!(plugin.unsigned);
        for (text, why) in [
            ("", "a plugin has either a `file` or an `oci`"),
            ("file = \"a\"\noci = \"a.com/pay:1\"\n", "a plugin has either a `file` or an `oci`"),
            ("file = \"a\"\nunsigned = true\n", "`unsigned` is for a plugin with `oci`"),
            ("oci = \"pay:1\"\n", "`pay` names no registry: write its host first"),
            ("fiel = \"a\"\n", "unknown field `fiel`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_time_limit_of_nothing_is_refused() {
        let limits = PluginLimits { time: Some(SignedDuration::ZERO), ..PluginLimits::default() };
        assert_eq!(
            limits.limits().unwrap_err().to_string(),
            "limits.time is 0s; it must be more than nothing"
        );
    }
}
