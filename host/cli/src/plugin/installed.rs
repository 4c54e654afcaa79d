//! The plugins that a host runs tasks in: those of a directory, those that are installed in its
//! data directory, and those of a project; of the same name the later counts.

use std::{collections::HashMap, convert::Infallible, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use stepwell_engine::Generation;
use stepwell_sandbox::{Sandbox, key_value};
use stepwell_tasks::{KeyValue, TenantPlugins, Tenants, Versions};

use super::{
    catalogue::{Catalogue, Idle, Item, Known, Report},
    config::{Admitted, Plugin, PluginLimits},
    directory,
    from::From,
    name::whom,
    store::{Key, Record, Store},
};
use crate::{
    project::{Project, ProjectPlugin},
    sandbox,
};

/// How often it is looked whether something was installed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Where a host's plugins come from.
#[derive(Debug, Default)]
pub(crate) struct Sources<'a> {
    /// A directory of plugins, which get nothing granted.
    pub(crate) directory: Option<&'a Path>,
    /// The host's data directory.
    pub(crate) data: Option<&'a Path>,
    /// A project, whose plugins all tenants have.
    pub(crate) project: Option<&'a Project>,
}

impl Sources<'_> {
    /// Where plugins keep key-value data: in the data directory, or as long as the process lives.
    fn key_value(&self) -> Result<Arc<dyn key_value::Store>> {
        Ok(match self.data {
            Some(data) => Arc::new(KeyValue::open(data)?),
            None => Arc::new(key_value::Memory::default()),
        })
    }
}

/// The tenant that has a plugin, or none where all have it, the plugin's name, and what is told of
/// it.
type Entry = (Option<String>, String, Versions, Option<Known>);

/// What was installed when it was last taken up.
struct Stored {
    /// None where it could not be read.
    record: Option<Record>,
    versions: Versions,
    known: Known,
    /// Whether nothing of it failed; else it is opened again with the next change.
    is_whole: bool,
}

/// The installed plugins, kept up to date.
pub(crate) struct Installation {
    sandbox: Sandbox,
    key_value: Arc<dyn key_value::Store>,
    /// Those of the directory and of the project: they stay as they are.
    before: Vec<Entry>,
    after: Vec<Entry>,
    store: Option<Store>,
    /// Of the store, as it was when it was last taken up.
    seen: Option<Generation>,
    /// The one that executions are started in.
    generation: Generation,
    stored: HashMap<Key, Stored>,
    plugins: Arc<TenantPlugins>,
    catalogue: Arc<Catalogue>,
}

impl Installation {
    /// Admits all plugins there are.
    pub(crate) async fn open(sources: Sources<'_>, sandbox: Sandbox) -> Result<Self> {
        let mut before = Vec::new();
        if let Some(directory) = sources.directory {
            for (key, file) in directory::read(directory)? {
                let limits = PluginLimits::default();
                let read = sandbox::read(&file);
                let from = From::File(file);
                let plugin = Plugin {
                    from,
                    unsigned: false,
                    conformance: None,
                    limits,
                    grants: Default::default(),
                };
                let admitted =
                    async { plugin.install(key.1.as_str(), Path::new(""), read?, &sandbox).await };
                let admitted = admitted.await.with_context(|| unusable(&key))?;
                let known = known(&admitted, &plugin.from, None);
                before.push(entry(&key, &Versions::only(admitted.installed), Some(known)));
            }
        }
        let mut after = Vec::new();
        if let Some(project) = sources.project {
            for ProjectPlugin { name, from, signed_by, admitted } in
                project.install(&sandbox).await?
            {
                let known = known(&admitted, from, signed_by);
                let versions = Versions::only(admitted.installed);
                after.push((None, name.to_owned(), versions, Some(known)));
            }
        }
        let plugins = Arc::<TenantPlugins>::default();
        let store = sources.data.map(Store::of);
        let mut this = Self {
            catalogue: Arc::new(Catalogue::new(plugins.clone(), store.clone())),
            sandbox,
            key_value: sources.key_value()?,
            before,
            after,
            store,
            seen: None,
            generation: Generation::default(),
            stored: HashMap::new(),
            plugins,
        };
        match this.refresh().await? {
            None => this.publish(),
            // The others are to run.
            Some(failed) => tell(&failed),
        }
        Ok(this)
    }

    /// What runs tasks in them.
    pub(crate) fn plugins(&self) -> Arc<TenantPlugins> {
        self.plugins.clone()
    }

    /// What the console shows of them.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        self.catalogue.clone()
    }

    /// Takes up what has changed, and tells what of it cannot be used; none where nothing has
    /// changed.
    async fn refresh(&mut self) -> Result<Option<Vec<anyhow::Error>>> {
        let Some(store) = self.store.clone() else { return Ok(None) };
        let seen = store.generation()?;
        if self.seen == Some(seen) {
            return Ok(None);
        }
        let snapshot = {
            let store = store.clone();
            // Others may be changing it.
            tokio::task::spawn_blocking(move || store.snapshot()).await?
        };
        let (generation, all) = snapshot?;
        let mut failed = Vec::new();
        let mut stored = HashMap::new();
        for (key, found) in all {
            let opened = match (found, self.stored.remove(&key)) {
                (Ok(record), Some(before))
                    if before.is_whole && before.record.as_ref() == Some(&record) =>
                {
                    before
                }
                // What it was may be more than it is granted now, or a version that was removed.
                (Ok(record), _) => {
                    let (versions, errors) = store.open(&record, &self.sandbox).await;
                    let is_whole = errors.is_empty();
                    failed.extend(errors.into_iter().map(|error| error.context(unusable(&key))));
                    let idle = match versions.now() {
                        Some(_) => None,
                        None => self.idle(&store, &record).await,
                    };
                    let known = Known::recorded(&record, idle);
                    Stored { record: Some(record), versions, known, is_whole }
                }
                (Err(error), _) => {
                    failed.push(error.context(unusable(&key)));
                    let (versions, known) = (Versions::unknown(), Known::damaged());
                    Stored { record: None, versions, known, is_whole: false }
                }
            };
            stored.insert(key, opened);
        }
        self.stored = stored;
        self.seen = Some(seen);
        self.generation = generation;
        self.publish();
        Ok(Some(failed))
    }

    /// What there is of a plugin that cannot run; none where it was removed.
    async fn idle(&self, store: &Store, record: &Record) -> Option<Idle> {
        let version = record.current().or(record.versions().last())?;
        // Why it cannot be admitted was told, unless it is held.
        let plugin = store.admit(version, &self.sandbox).await.ok();
        Some(Idle { plugin, limits: Some(record.limits.clone()) })
    }

    fn publish(&self) {
        let stored = self.stored.iter();
        let stored = stored.map(|(key, it)| entry(key, &it.versions, Some(it.known.clone())));
        let (before, after) = (self.before.iter().cloned(), self.after.iter().cloned());
        let all: Vec<Entry> = before.chain(stored).chain(after).collect();
        self.catalogue.replace(all.iter().filter_map(item).collect());
        let all = all.into_iter().map(|(tenant, name, versions, _)| {
            let owner = owner(tenant.as_deref(), &name);
            let versions = versions.with_key_value(&self.key_value, &owner);
            (tenant, name, versions)
        });
        let all: Tenants = all.collect();
        self.plugins.replace(all.of(self.generation));
    }

    /// Takes up what is installed, granted or removed from now on.
    pub(crate) async fn keep_up(mut self) -> Infallible {
        let mut told = String::new();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.refresh().await {
                Ok(None) => {}
                Ok(Some(failed)) => {
                    tell(&failed);
                    tracing::info!("the installed plugins are taken up");
                    told.clear();
                }
                Err(error) => {
                    let error = format!("the installed plugins cannot be taken up: {error:#}");
                    if error != told {
                        tracing::error!("{error}");
                        told = error;
                    }
                }
            }
        }
    }
}

/// Tells what cannot be used.
fn tell(failed: &[anyhow::Error]) {
    for error in failed {
        tracing::error!("{error:#}; it does not run until that is mended");
    }
}

fn entry((tenant, name): &Key, versions: &Versions, known: Option<Known>) -> Entry {
    let tenant = tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    (tenant, name.as_str().to_owned(), versions.clone(), known)
}

/// What is told of a plugin that is no part of the store.
fn known(admitted: &Admitted, from: &From, signed_by: Option<String>) -> Known {
    let info = admitted.installed.plugin.info();
    let report = Report::Here(admitted.report.as_deref().map(Into::into));
    Known { report, ..Known::only(info, from, signed_by, admitted.granted.clone()) }
}

/// What the console shows: plugins that may run, or cannot and are not removed.
fn item((tenant, name, versions, known): &Entry) -> Option<Item> {
    let (installed, known) = (versions.now().cloned(), known.clone()?);
    let is_there = installed.is_some() || known.idle.is_some();
    is_there.then(|| Item { tenant: tenant.clone(), name: name.clone(), installed, known })
}

/// Whose key-value data it is: a tenant's own plugin has none of that of the one that all tenants
/// have by its name. No name has `/` in it.
fn owner(tenant: Option<&str>, name: &str) -> String {
    match tenant {
        Some(_) => format!("own/{name}"),
        None => name.to_owned(),
    }
}

fn unusable((tenant, name): &Key) -> String {
    format!("the plugin `{name}` of {} cannot be used", whom(tenant.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_own_plugin_has_key_value_data_of_its_own() {
        assert_eq!(owner(None, "pay"), "pay");
        assert_eq!(owner(Some("123456789012"), "pay"), "own/pay");
        assert!("own/pay".parse::<super::super::name::Name>().is_err());
    }
}
