//! The durable host that `stepwell dev` and `stepwell serve` run, over the store that keeps what
//! it is given.

use std::{path::Path, sync::Arc};

use anyhow::Result;
use stepwell_api::HostKey;
use stepwell_engine::{
    Clock, Host, TaskRunner,
    host::{Parts, Settings},
};
use stepwell_interpreter::token;
use stepwell_journal::{Catalog, Memory, Sqlite, Store, sqlite};
use stepwell_storage::Buckets;

/// Where a host keeps what it is given.
pub(crate) struct Stores {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) catalog: Arc<dyn Catalog>,
    /// What secrets and task tokens are kept safe with.
    pub(crate) key: HostKey,
}

impl Stores {
    /// The stores of a data directory, which one process at a time can have. The host's key is read
    /// from its file, beside the directory unless another is named.
    pub(crate) async fn open(options: &sqlite::Options, host_key: Option<&Path>) -> Result<Self> {
        let journal = Arc::new(Sqlite::open(options)?);
        let default = HostKey::default_path(&options.directory);
        let key = HostKey::open(host_key.unwrap_or(&default), &*journal).await?;
        Ok(Self { store: journal.clone(), catalog: journal, key })
    }

    /// Stores that are gone with the process.
    pub(crate) fn in_memory() -> Result<Self> {
        let memory = Arc::new(Memory::default());
        Ok(Self { store: memory.clone(), catalog: memory, key: HostKey::random()? })
    }

    /// Opens the host: it goes on with what is open in its store.
    pub(crate) async fn host(
        &self,
        runner: Arc<dyn TaskRunner>,
        buckets: Buckets,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Host> {
        let mut settings = Settings::new(token::Key::new(self.key.derive("task tokens")));
        change(&mut settings);
        let host = Host::open(Parts {
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            runner,
            clock: Clock::system(),
            buckets,
            settings,
        });
        Ok(host.await?)
    }
}
