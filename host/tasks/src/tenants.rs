//! The plugins of all tenants.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use futures::future::BoxFuture;
use stepwell_asl::resource::Resource;
use stepwell_engine::{Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner};
use stepwell_interpreter::RunTask;

use crate::{Plugins, Versions};

/// Who has what plugins: those that all tenants have, and each tenant's own, which come before
/// those of all where they have the same name.
#[derive(Debug, Clone, Default)]
pub struct Tenants {
    shared: Arc<Plugins>,
    /// Of the tenants that have any of their own: all that they have.
    own: HashMap<String, Arc<Plugins>>,
    generation: Option<Generation>,
}

/// Runs each task in its own tenant's plugins, which can be replaced while tasks run: a task keeps
/// the plugin that it began with.
#[derive(Debug, Default)]
pub struct TenantPlugins(RwLock<Tenants>);

impl FromIterator<(Option<String>, String, Versions)> for Tenants {
    /// Installs plugins for a tenant, or for all, by their names.
    fn from_iter<I: IntoIterator<Item = (Option<String>, String, Versions)>>(all: I) -> Self {
        let mut shared = Plugins::default();
        let mut own: HashMap<String, Vec<(String, Versions)>> = HashMap::new();
        for (tenant, name, versions) in all {
            match tenant {
                None => shared.install_versions(&name, versions),
                Some(tenant) => own.entry(tenant).or_default().push((name, versions)),
            }
        }
        let own = own.into_iter().map(|(tenant, own)| {
            let mut plugins = shared.clone();
            for (name, versions) in own {
                plugins.install_versions(&name, versions);
            }
            (tenant, Arc::new(plugins))
        });
        Self { own: own.collect(), shared: Arc::new(shared), generation: None }
    }
}

impl Tenants {
    /// The same plugins, as those of a generation.
    #[must_use]
    pub fn of(self, generation: Generation) -> Self {
        Self { generation: Some(generation), ..self }
    }

    /// The plugins that a tenant's tasks may run in.
    pub fn plugins(&self, tenant: &str) -> Arc<Plugins> {
        self.own.get(tenant).unwrap_or(&self.shared).clone()
    }
}

impl TenantPlugins {
    /// Runs tasks in these.
    pub fn new(tenants: Tenants) -> Self {
        Self(RwLock::new(tenants))
    }

    /// Runs tasks that come from now on in these.
    pub fn replace(&self, tenants: Tenants) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = tenants;
    }

    /// The plugins that a tenant's tasks run in now.
    pub fn plugins(&self, tenant: &str) -> Arc<Plugins> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).plugins(tenant)
    }
}

impl TaskRunner for TenantPlugins {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        self.plugins(&attempt.tenant).run(attempt, reporter)
    }

    fn effect(&self, tenant: &str, generation: Option<Generation>, task: &RunTask) -> EffectClass {
        self.plugins(tenant).effect(tenant, generation, task)
    }

    fn plugin(
        &self,
        tenant: &str,
        generation: Option<Generation>,
        resource: &Resource,
        callee: Option<&str>,
    ) -> Option<String> {
        self.plugins(tenant).plugin(tenant, generation, resource, callee)
    }

    fn generation(&self) -> Option<Generation> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).generation
    }
}
