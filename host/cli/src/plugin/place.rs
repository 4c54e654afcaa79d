//! Where a plugin is installed, and for whom.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::{
    name::{Name, Tenant, whom},
    store::{Key, Record, Store},
};

/// Where a plugin is installed, and for whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// The only tenant that has it, by its account id; all tenants have it by default.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Option<Tenant>,
}

impl Place {
    pub(crate) fn store(&self) -> Store {
        Store::of(&self.data)
    }

    pub(crate) fn key(&self, name: &Name) -> Key {
        (self.tenant.clone(), name.clone())
    }

    /// For whom, in words.
    pub(crate) fn whom(&self) -> String {
        whom(self.tenant.as_ref())
    }

    /// What is installed by a name.
    pub(crate) fn installed(&self, name: &Name) -> Result<Record> {
        self.known(name, self.store().installed(&self.key(name))?)
    }

    /// What is installed by a name, of which this is known.
    pub(crate) fn known(&self, name: &Name, record: Option<Record>) -> Result<Record> {
        record.filter(|record| record.current().is_some()).with_context(|| {
            let (whom, data) = (self.whom(), self.data.display());
            format!(
                "no plugin is installed as `{name}` for {whom} in {data}: `stepwell plugin list \
                 --data {data}` shows those that are"
            )
        })
    }

    /// The options that lead here.
    pub(crate) fn options(&self) -> String {
        let data = format!("--data {}", self.data.display());
        match &self.tenant {
            Some(tenant) => format!("{data} --tenant {}", tenant.as_str()),
            None => data,
        }
    }
}
