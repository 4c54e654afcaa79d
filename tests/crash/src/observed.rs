//! A store that says when it commits.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use stepwell_journal::{
    After, Around, Delta, Error, Page, Seq, Store,
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
impl<S: Store> Around for Observed<S> {
    type Inner = S;

    fn inner(&self) -> Result<&S, Error> {
        Ok(&self.store)
    }

    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
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
