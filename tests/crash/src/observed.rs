//! A store that says when it commits.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stepwell_interpreter::{Event, Timestamp};
use stepwell_journal::{
    After, Delta, Description, Direction, Error, ExecutionId, Filter, Lease, Listing, MapRunRecord,
    Message, MessageId, NoticeId, Page, Pending, Position, Seq, Shard, State, Store, Timer, Token,
    catalog::{Catalog, Document, Key, Kind, Write},
};

/// One side of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment {
    /// The id of the execution, or `catalog`.
    pub of: String,
    /// Which of its commits; of the catalog, which of the process's.
    pub seq: u64,
    /// Whether it is durable.
    pub made: bool,
}

impl Moment {
    /// Whether hosts are to die there. What is lost with a host may be done anew with further
    /// commits: were they to die at all of those, nothing would ever end.
    pub fn is_deadly(&self) -> bool {
        self.seq <= 15
    }
}

/// Who is told of commits.
type Observer = Box<dyn Fn(&Moment) -> Result<(), Error> + Send + Sync>;

/// A store, and who is told of its commits: before they are made, and once they are.
pub struct Observed<S> {
    store: Arc<S>,
    observer: Observer,
    /// How often the catalog was written.
    writes: AtomicU64,
}

impl<S> Observed<S> {
    /// Has somebody see all commits of a store, who may refuse to make them, and may not return.
    pub fn new(
        store: Arc<S>,
        observer: impl Fn(&Moment) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        Self { store, observer: Box::new(observer), writes: AtomicU64::new(0) }
    }
}

/// Waits for a commit on another thread: as long as one is busy, a clock that is paused stands
/// still.
async fn by_itself<T: Send + 'static>(
    commit: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    tokio::task::spawn_blocking(|| futures::executor::block_on(commit)).await.ok()
}

#[async_trait]
impl<S: Store> Store for Observed<S> {
    async fn commit(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        let moments: Vec<_> = batch.iter().map(|delta| moment(delta, false)).collect();
        if let Err(error) = moments.iter().try_for_each(&self.observer) {
            return moments.iter().map(|_| Err(error.clone())).collect();
        }
        let store = self.store.clone();
        let answers = by_itself(async move { store.commit(batch).await }).await;
        let answers =
            answers.unwrap_or_else(|| moments.iter().map(|_| Err(Error::Stopped)).collect());
        let seen = moments.into_iter().zip(answers).map(|(moment, answer)| {
            let seq = answer?;
            (self.observer)(&Moment { made: true, ..moment })?;
            Ok(seq)
        });
        seen.collect()
    }

    async fn claim(&self, owner: &str, want: &[Shard]) -> Result<Vec<Lease>, Error> {
        self.store.claim(owner, want).await
    }

    async fn position(&self, execution: ExecutionId) -> Result<Option<Position>, Error> {
        self.store.position(execution).await
    }

    async fn state(&self, execution: ExecutionId) -> Result<Option<State>, Error> {
        self.store.state(execution).await
    }

    async fn load(
        &self,
        shard: Shard,
        after: Option<ExecutionId>,
        limit: usize,
    ) -> Result<Vec<State>, Error> {
        self.store.load(shard, after, limit).await
    }

    async fn due(
        &self,
        shards: &[Shard],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Timer>, Error> {
        self.store.due(shards, until, limit).await
    }

    async fn inbox(&self, shards: &[Shard], limit: usize) -> Result<Vec<Message>, Error> {
        self.store.inbox(shards, limit).await
    }

    async fn discard(&self, lease: Lease, messages: Vec<MessageId>) -> Result<(), Error> {
        self.store.discard(lease, messages).await
    }

    async fn outbox(&self, destination: &str, limit: usize) -> Result<Vec<Pending>, Error> {
        self.store.outbox(destination, limit).await
    }

    async fn destinations(&self) -> Result<Vec<String>, Error> {
        self.store.destinations().await
    }

    async fn delivered(&self, notices: Vec<NoticeId>) -> Result<(), Error> {
        self.store.delivered(notices).await
    }

    async fn history(
        &self,
        execution: ExecutionId,
        from: u64,
        direction: Direction,
        limit: usize,
    ) -> Result<Page<Event, u64>, Error> {
        self.store.history(execution, from, direction, limit).await
    }

    async fn describe(&self, execution: ExecutionId) -> Result<Option<Description>, Error> {
        self.store.describe(execution).await
    }

    async fn list(
        &self,
        filter: Filter,
        limit: usize,
        token: Option<Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        self.store.list(filter, limit, token).await
    }

    async fn map_runs(&self, execution: ExecutionId) -> Result<Vec<MapRunRecord>, Error> {
        self.store.map_runs(execution).await
    }

    async fn map_run(&self, arn: &str) -> Result<Option<(ExecutionId, MapRunRecord)>, Error> {
        self.store.map_run(arn).await
    }

    async fn retain(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        self.store.retain(ended_before, limit).await
    }
}

#[async_trait]
impl<S: Catalog> Catalog for Observed<S> {
    async fn get(&self, key: &Key) -> Result<Option<Document>, Error> {
        self.store.get(key).await
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<(), Error> {
        let seq = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
        (self.observer)(&Moment { of: "catalog".into(), seq, made: false })?;
        let store = self.store.clone();
        by_itself(async move { store.apply(writes).await }).await.ok_or(Error::Stopped)??;
        (self.observer)(&Moment { of: "catalog".into(), seq, made: true })
    }

    async fn scan(
        &self,
        tenant: &str,
        kind: Kind,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Document, String>, Error> {
        self.store.scan(tenant, kind, prefix, after, limit).await
    }

    async fn count(&self, tenant: &str, kind: Kind) -> Result<usize, Error> {
        self.store.count(tenant, kind).await
    }
}

fn moment(delta: &Delta, made: bool) -> Moment {
    let seq = match delta.after {
        After::Start(_) => Seq::FIRST,
        After::Commit(seq) | After::Redrive(seq) => seq.next(),
    };
    Moment { of: delta.execution.to_string(), seq: seq.0, made }
}
