//! Stores around others.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use stepwell_interpreter::{Event, Timestamp, event::Outline};

use crate::{
    Counts, Delta, Description, Direction, Error, ExecutionId, Filter, Lease, Listing,
    MapRunRecord, Message, MessageId, NoticeId, Page, Pending, Position, Seq, Shard, State, Store,
    Timer, Token,
};

/// A store around another one, which it leaves all to but commits, and counts where it wants to.
#[async_trait]
pub trait Around: Send + Sync + 'static {
    /// The other one.
    type Inner: Store;

    /// The other one.
    ///
    /// # Errors
    /// Where it is not there to be asked.
    fn inner(&self) -> Result<&Self::Inner, Error>;

    /// What [`Store::commit`] does.
    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>>;

    /// What [`Store::counts`] does.
    async fn counts_around(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        self.inner()?.counts(tenant, machine).await
    }
}

#[async_trait]
impl<T: Around> Store for T {
    async fn commit(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        self.commit_around(batch).await
    }

    async fn claim(&self, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error> {
        self.inner()?.claim(owner, want).await
    }

    async fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error> {
        self.inner()?.position(execution).await
    }

    async fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error> {
        self.inner()?.state(execution).await
    }

    async fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error> {
        self.inner()?.load(shard, after, limit).await
    }

    async fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error> {
        self.inner()?.due(shards, until, limit).await
    }

    async fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error> {
        self.inner()?.inbox(shards, limit).await
    }

    async fn discard(&self, lease: Lease, messages: Vec<MessageId>) -> Result<(), Error> {
        self.inner()?.discard(lease, messages).await
    }

    async fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error> {
        self.inner()?.outbox(destination, limit).await
    }

    async fn destinations(&self) -> Result<Vec<String>, Error> {
        self.inner()?.destinations().await
    }

    async fn delivered(&self, notices: Vec<NoticeId>) -> Result<(), Error> {
        self.inner()?.delivered(notices).await
    }

    async fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        self.inner()?.history(execution, from, direction, limit).await
    }

    async fn events(
        &self,
        execution: ExecutionId,
        ids: BTreeSet<u64>,
    ) -> Result<Page<Event, u64>, Error> {
        self.inner()?.events(execution, ids).await
    }

    async fn outline(
        &self,
        execution: ExecutionId,
        from: u64,
        limit: usize,
    ) -> Result<Page<Outline, u64>, Error> {
        self.inner()?.outline(execution, from, limit).await
    }

    async fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error> {
        self.inner()?.describe(execution).await
    }

    async fn list(
        &self,
        filter: Filter,
        limit: usize,
        token: Option<Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        self.inner()?.list(filter, limit, token).await
    }

    async fn counts(
        &self,
        tenant: &str,
        machine: Option<&str>,
    ) -> Result<BTreeMap<String, Counts>, Error> {
        self.counts_around(tenant, machine).await
    }

    async fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error> {
        self.inner()?.map_runs(execution).await
    }

    async fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error> {
        self.inner()?.map_run(arn).await
    }

    async fn retain(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        self.inner()?.retain(ended_before, limit).await
    }
}
