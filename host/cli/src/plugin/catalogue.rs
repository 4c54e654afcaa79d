//! The plugins that a host runs tasks in, as the console shows them.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use bytesize::ByteSize;
use stepwell_api::console::plugins::{
    CheckOutcome, DescribedPlugin, PluginAccess, PluginBounds, PluginCheck, PluginConformance,
    PluginKind, PluginLimit, PluginSummary, PluginTask, PluginVersion, Plugins, VersionState,
};
use stepwell_asl::tasks::Tasks;
use stepwell_conformance::{Outcome, report::Summary};
use stepwell_registry::reference::SCHEME;
use stepwell_sandbox::{Digest, Info, Kind, Limits, Plugin, grants::Spec};
use stepwell_tasks::{Installed, TenantPlugins};

use super::{
    from::From,
    store::{Record, Store, Version},
};

/// A plugin, and what is told of it.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// The only one who has it; none where all have it.
    pub(crate) tenant: Option<String>,
    pub(crate) name: String,
    /// The version that runs in executions that start; none where none can.
    pub(crate) installed: Option<Installed>,
    pub(crate) known: Known,
}

impl Item {
    /// What the file says that runs, or that would.
    fn info(&self) -> Option<&Info> {
        let plugin = self.installed.as_ref().map(|installed| &installed.plugin);
        let idle = || self.known.idle.as_ref()?.plugin.as_ref();
        Some(plugin.or_else(idle)?.info())
    }

    fn limits(&self) -> Option<&Limits> {
        let limits = self.installed.as_ref().map(|installed| &installed.limits);
        limits.or_else(|| self.known.idle.as_ref()?.limits.as_ref())
    }
}

/// What is told of a plugin besides what runs.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// All that it is granted.
    pub(crate) granted: Spec,
    pub(crate) versions: Vec<PluginVersion>,
    pub(crate) report: Report,
    /// What there is of it, where none of it can run.
    pub(crate) idle: Option<Idle>,
}

/// A plugin of which no version can run in executions that start.
#[derive(Debug, Clone)]
pub(crate) struct Idle {
    /// The version that is current, or else the last that waits for approval; none where its file is
    /// not what was installed.
    pub(crate) plugin: Option<Plugin>,
    /// None where what is installed cannot be read.
    pub(crate) limits: Option<Limits>,
}

/// Where a report of the conformance kit is.
#[derive(Debug, Clone)]
pub(crate) enum Report {
    /// Here, or there is none.
    Here(Option<Arc<str>>),
    /// In the store, with the version, if it is anywhere.
    Stored,
}

impl Known {
    /// Of a plugin of which there is one version, which is from there.
    pub(crate) fn only(info: &Info, from: &From, signed_by: Option<String>, granted: Spec) -> Self {
        let source = match from {
            From::File(file) => file.file_name().map(|name| name.to_string_lossy().into_owned()),
            From::Registry(_) => Some(from.to_string()),
        };
        let (version, digest) = (info.version.clone(), info.digest.to_string());
        let state = VersionState::Current;
        let versions = vec![PluginVersion { version, digest, state, source, signed_by }];
        Self { granted, versions, report: Report::Here(None), idle: None }
    }

    /// Of what cannot be read.
    pub(crate) fn damaged() -> Self {
        Self {
            granted: Spec::default(),
            versions: Vec::new(),
            report: Report::Here(None),
            idle: Some(Idle { plugin: None, limits: None }),
        }
    }

    /// Of what is installed.
    pub(crate) fn recorded(record: &Record, idle: Option<Idle>) -> Self {
        let current = record.current();
        let version = |version: &Version| PluginVersion {
            version: version.version.clone(),
            digest: version.digest.to_string(),
            state: match version.approved {
                _ if current == Some(version) => VersionState::Current,
                Some(_) => VersionState::Approved,
                None => VersionState::Held,
            },
            source: version.source.as_ref().map(|source| format!("{SCHEME}{}", source.oci)),
            signed_by: signer(version),
        };
        Self {
            granted: record.grants.clone(),
            versions: record.versions().iter().map(version).collect(),
            report: Report::Stored,
            idle,
        }
    }
}

fn signer(version: &Version) -> Option<String> {
    let signed = version.source.as_ref()?.signed.as_ref()?;
    Some(signed.publisher.clone())
}

/// All plugins of a host, kept up to date.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    items: RwLock<Vec<Item>>,
    plugins: Arc<TenantPlugins>,
    store: Option<Store>,
}

impl Catalogue {
    /// Of none so far; definitions may call what `plugins` has.
    pub(crate) fn new(plugins: Arc<TenantPlugins>, store: Option<Store>) -> Self {
        Self { items: RwLock::default(), plugins, store }
    }

    /// Has these from now on. Of two that one tenant has by one name the later counts.
    pub(crate) fn replace(&self, items: Vec<Item>) {
        *self.items.write().unwrap_or_else(PoisonError::into_inner) = items;
    }

    /// Those that a tenant has, by their names: its own come before those of all.
    fn of(&self, account: &str) -> BTreeMap<String, Item> {
        let items = self.items.read().unwrap_or_else(PoisonError::into_inner);
        let shared = items.iter().filter(|item| item.tenant.is_none());
        let own = items.iter().filter(|item| item.tenant.as_deref() == Some(account));
        shared.chain(own).map(|item| (item.name.clone(), item.clone())).collect()
    }

    /// What the report on an item's current version comes to; none where there is none that is
    /// about it.
    fn conformance(&self, item: &Item) -> Option<PluginConformance> {
        let digest = item.info()?.digest;
        let text = match &item.known.report {
            Report::Here(text) => text.as_deref()?.to_owned(),
            Report::Stored => match self.store.as_ref()?.report(&digest) {
                Ok(text) => text?,
                Err(error) => {
                    tracing::warn!("the report on the plugin `{}`: {error:#}", item.name);
                    return None;
                }
            },
        };
        conformance(&text, &digest)
    }
}

impl Plugins for Catalogue {
    fn list(&self, account: &str) -> Vec<PluginSummary> {
        self.of(account).values().map(summary).collect()
    }

    fn describe(&self, account: &str, name: &str) -> Option<DescribedPlugin> {
        let item = self.of(account).remove(name)?;
        let info = item.info();
        let task = |task: &stepwell_sandbox::Task| PluginTask {
            name: task.name.clone(),
            summary: task.summary.clone(),
            effect: task.effect.as_str(),
            input_schema: task.input_schema.clone(),
            output_schema: task.output_schema.clone(),
        };
        let access = |it: stepwell_sandbox::grants::Overview| PluginAccess {
            capability: it.capability.as_str(),
            imported: it.imported,
            wanted: it.wanted,
            granted: it.granted,
            effective: it.effective,
            reason: it.reason,
        };
        let overview = info.map(|info| item.known.granted.overview(info)).unwrap_or_default();
        Some(DescribedPlugin {
            plugin: summary(&item),
            summary: info.map(|info| info.summary.clone()).unwrap_or_default(),
            task_list: info.map(|it| it.tasks.iter().map(task).collect()).unwrap_or_default(),
            versions: item.known.versions.clone(),
            limits: item.limits().map(limits).unwrap_or_default(),
            access: overview.into_iter().map(access).collect(),
            conformance: self.conformance(&item),
        })
    }

    fn bounds(&self, account: &str, name: &str) -> Option<PluginBounds> {
        let Limits { fuel, memory, time, .. } = self.of(account).remove(name)?.installed?.limits;
        Some(PluginBounds { fuel, memory, time })
    }

    fn tasks(&self, account: &str) -> Arc<dyn Tasks + Send + Sync> {
        self.plugins.plugins(account)
    }
}

fn summary(item: &Item) -> PluginSummary {
    let info = item.info();
    let runs = item.installed.as_ref().map(|installed| installed.plugin.info());
    let is = |state| move |version: &&PluginVersion| version.state == state;
    let versions = &item.known.versions;
    let current = versions.iter().find(is(VersionState::Current));
    PluginSummary {
        name: item.name.clone(),
        shared: item.tenant.is_none(),
        version: runs.map(|info| info.version.clone()),
        digest: runs.map(|info| info.digest.to_string()),
        kind: info.map(|info| match info.kind {
            Kind::Component => PluginKind::Component,
            Kind::Command => PluginKind::Command,
        }),
        tasks: info.map_or(0, |info| info.tasks.len()),
        held: versions.iter().filter(is(VersionState::Held)).count(),
        source: current.and_then(|version| version.source.clone()),
        signed_by: current.and_then(|version| version.signed_by.clone()),
    }
}

/// The limits, under the names that a `stepwell.toml` has.
fn limits(limits: &Limits) -> Vec<PluginLimit> {
    let Limits {
        fuel,
        memory,
        time,
        output,
        log,
        host_calls,
        http_requests,
        http_body,
        file_bytes,
    } = limits;
    let bytes = |bytes: &u64| ByteSize::b(*bytes).to_string();
    [
        ("fuel", fuel.to_string()),
        ("memory", bytes(memory)),
        ("time", format!("{time:?}")),
        ("output", bytes(output)),
        ("log", bytes(log)),
        ("host-calls", host_calls.to_string()),
        ("http-requests", http_requests.to_string()),
        ("http-body", bytes(http_body)),
        ("file-bytes", bytes(file_bytes)),
    ]
    .map(|(name, value)| PluginLimit { name, value })
    .to_vec()
}

fn conformance(text: &str, digest: &Digest) -> Option<PluginConformance> {
    let summary = Summary::read(text).ok().filter(|it| it.digest == Some(*digest))?;
    let checks = summary.checks.iter().map(|check| PluginCheck {
        id: check.id.clone(),
        outcome: match check.outcome {
            Outcome::Passed => CheckOutcome::Passed,
            Outcome::Failed => CheckOutcome::Failed,
            Outcome::Warned => CheckOutcome::Warning,
            Outcome::Skipped => CheckOutcome::Skipped,
        },
        saw: (!check.saw.is_empty()).then(|| check.saw.join("\n")),
    });
    Some(PluginConformance {
        level: summary.level.to_string(),
        passed: summary.count(Outcome::Passed),
        failed: summary.count(Outcome::Failed),
        skipped: summary.count(Outcome::Skipped),
        kit: summary.kit.clone().unwrap_or_else(|| "unknown".to_owned()),
        checks: checks.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_counts_for_the_file_that_it_is_about() {
        let digest = Digest::of(b"file");
        let check = |id: &str, outcome: &str| json!({ "id": id, "outcome": outcome, "saw": [id] });
        let report = json!({
            "plugin": { "digest": digest }, "level": "strict", "seed": 1, "conforms": true,
            "kit": "1.2.3", "checks": [check("a", "passed"), check("b", "warned")],
        })
        .to_string();
        let shown = conformance(&report, &digest).unwrap();
        assert_eq!((&*shown.level, &*shown.kit, shown.passed), ("strict", "1.2.3", 1));
        assert_eq!(shown.checks[1].outcome, CheckOutcome::Warning);
        assert_eq!(shown.checks[1].saw.as_deref(), Some("b"));
        assert_eq!(conformance(&report, &Digest::of(b"other")), None);
        assert_eq!(conformance("{}", &digest), None);
    }

    #[test]
    fn limits_are_shown_with_their_units() {
        let shown = limits(&Limits::default());
        let shown: Vec<_> = shown.iter().map(|it| (it.name, &*it.value)).take(3).collect();
        assert_eq!(shown, [("fuel", "10000000000"), ("memory", "128.0 MiB"), ("time", "300s")]);
    }
}
