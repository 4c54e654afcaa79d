//! The plugins that a host runs tasks in: those of a directory, those that are installed in its
//! data directory, and those of a project; of the same name the later counts.

use std::{collections::HashMap, convert::Infallible, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use stepwell_sandbox::Sandbox;
use stepwell_tasks::{Installed, TenantPlugins};

use super::{
    config::{Plugin, PluginLimits},
    directory,
    name::whom,
    store::{Generation, Key, Record, Store},
};
use crate::project::Project;

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

/// The tenant that has a plugin, or none where all have it, and the plugin's name.
type Entry = (Option<String>, String, Installed);

/// The installed plugins, kept up to date.
#[derive(Debug)]
pub(crate) struct Installation {
    sandbox: Sandbox,
    /// Those of the directory and of the project: they stay as they are.
    before: Vec<Entry>,
    after: Vec<Entry>,
    store: Option<Store>,
    generation: Option<Generation>,
    stored: HashMap<Key, (Record, Installed)>,
    plugins: Arc<TenantPlugins>,
}

impl Installation {
    /// Admits all plugins there are.
    pub(crate) async fn open(sources: Sources<'_>, sandbox: Sandbox) -> Result<Self> {
        let mut before = Vec::new();
        if let Some(directory) = sources.directory {
            for (key, file) in directory::read(directory)? {
                let limits = PluginLimits::default();
                let plugin = Plugin { file, limits, grants: Default::default() };
                let installed = plugin.install(Path::new(""), &sandbox).await;
                before.push(entry(&key, &installed.with_context(|| unusable(&key))?));
            }
        }
        let mut after = Vec::new();
        if let Some(project) = sources.project {
            for (name, installed) in project.install(&sandbox).await? {
                after.push((None, name, installed));
            }
        }
        let mut this = Self {
            sandbox,
            before,
            after,
            store: sources.data.map(Store::of),
            generation: None,
            stored: HashMap::new(),
            plugins: Arc::default(),
        };
        if !this.refresh().await? {
            this.publish();
        }
        Ok(this)
    }

    /// What runs tasks in them.
    pub(crate) fn plugins(&self) -> Arc<TenantPlugins> {
        self.plugins.clone()
    }

    /// Takes up what was installed or removed; whether anything was. Where that cannot be done all
    /// stays as it is.
    async fn refresh(&mut self) -> Result<bool> {
        let Some(store) = &self.store else { return Ok(false) };
        let generation = store.generation()?;
        if self.generation.as_ref() == Some(&generation) {
            return Ok(false);
        }
        // What cannot be used is told once, and not until it is mended.
        self.generation = Some(generation);
        let mut stored = HashMap::new();
        for (key, record) in store.list()? {
            let installed = match self.stored.get(&key) {
                Some((known, installed)) if *known == record => installed.clone(),
                _ => store.open(&record, &self.sandbox).await.with_context(|| unusable(&key))?,
            };
            stored.insert(key, (record, installed));
        }
        self.stored = stored;
        self.publish();
        Ok(true)
    }

    fn publish(&self) {
        let stored = self.stored.iter().map(|(key, (_, installed))| entry(key, installed));
        let (before, after) = (self.before.iter().cloned(), self.after.iter().cloned());
        self.plugins.replace(before.chain(stored).chain(after).collect());
    }

    /// Takes up what is installed or removed from now on.
    pub(crate) async fn keep_up(mut self) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.refresh().await {
                Ok(false) => {}
                Ok(true) => tracing::info!("the installed plugins are taken up"),
                Err(error) => {
                    tracing::error!("the installed plugins cannot be taken up: {error:#}");
                }
            }
        }
    }
}

fn entry((tenant, name): &Key, installed: &Installed) -> Entry {
    let tenant = tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    (tenant, name.as_str().to_owned(), installed.clone())
}

fn unusable((tenant, name): &Key) -> String {
    format!("the plugin `{name}` of {} cannot be used", whom(tenant.as_ref()))
}
