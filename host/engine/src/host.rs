//! The durable host: executions that survive whatever kills the process.
//!
//! What happens to an execution reaches its actor, which makes a step, commits it to the journal,
//! and only then performs the step's effects. Whatever is in memory follows from the journal:
//!
//! - `residents`: the actors there are; all other executions are in the store only;
//! - `loaded`: an execution that is in memory, and what the host keeps with it;
//! - `actor`, `turn`, `commit`, `act`: an execution's way from what happened to what is done;
//! - `timers`, `inbox`, `mail`: what the store says is due, and what executions tell each other;
//! - `outbox`: what is told outside;
//! - `watch`: what is told to whoever watches;
//! - `running`, `activities`, `nested`: tasks in plugins, of workers, and that are executions;
//! - `map_runs`: the Map Runs of executions, and their children;
//! - `start`, `callback`, `redrive`, `express`: what is asked from outside;
//! - `recovery`: what a host carries on with that comes after another;
//! - `statistics`: what was done is counted, and what was counted kept;
//! - `open`, `health`: how many executions are open and who waits for them, and whether the journal
//!   can be written.

mod act;
pub mod activities;
mod actor;
mod callback;
mod commit;
mod express;
mod health;
mod inbox;
mod loaded;
mod mail;
mod map_runs;
mod nested;
mod open;
mod outbox;
mod recovery;
mod redrive;
mod residents;
mod running;
mod start;
mod statistics;
mod timers;
mod turn;
mod watch;

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;

use stepwell_interpreter::token::Key;
use stepwell_journal::{Catalog, ExecutionId, Lease, Shard, Store};
use stepwell_storage::Buckets;
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use activities::Taken;
pub use callback::Callback;
pub use express::Ended;
pub use loaded::{Attributes, Parent, Wait, Waits};
pub use map_runs::NewLimits;
pub use redrive::RedriveStatus;
pub use start::{Order, Started};
pub use watch::{Change, Changes, Next};

use crate::{
    Clock, Engine, TaskRunner, events::Destination, resources::Resources, statistics::Recorder,
};
use turn::Input;

/// The durable host. Clones share everything.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

/// What a host is made of.
pub struct Parts {
    /// Where executions are kept.
    pub store: Arc<dyn Store>,
    /// Where state machines and activities are kept.
    pub catalog: Arc<dyn Catalog>,
    /// What runs tasks.
    pub runner: Arc<dyn TaskRunner>,
    /// The time.
    pub clock: Clock,
    /// What Map Runs read and write.
    pub buckets: Buckets,
    /// The rest.
    pub settings: Settings,
}

/// How much a host takes on.
#[derive(Clone)]
pub struct Settings {
    /// What task tokens are signed with.
    pub token_key: Key,
    /// How many tasks run at once in this process.
    pub tasks: usize,
    /// How many executions are in memory at once. All others wait in the store.
    pub resident: usize,
    /// How many starts may wait for the journal at once: what comes beyond that is throttled.
    pub starts: usize,
    /// How many Express executions may run at once; and as many that are children of Map Runs.
    pub express: usize,
    /// How many Standard executions a tenant may have open.
    ///
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>
    pub open_executions: u64,
    /// How many may watch a tenant's executions at once.
    pub watchers: usize,
    /// How long executions are kept after their end.
    pub retention: Duration,
    /// Where the status changes of Standard executions are sent.
    pub events: Vec<Arc<dyn Destination>>,
}

impl Settings {
    /// AWS's quotas, and what one machine can do.
    pub fn new(token_key: Key) -> Self {
        Self {
            token_key,
            tasks: 1_000,
            resident: 1_024,
            starts: 4_096,
            express: 10_000,
            open_executions: 1_000_000,
            watchers: 100,
            retention: Duration::from_secs(90 * 24 * 60 * 60),
            events: Vec::new(),
        }
    }
}

struct Inner {
    store: Arc<dyn Store>,
    resources: Resources,
    runner: Arc<dyn TaskRunner>,
    clock: Clock,
    /// Runs what is not durable: Express executions, and tests of states.
    engine: Engine,
    settings: Settings,
    leases: Vec<Lease>,
    residents: residents::Residents,
    turns: Arc<Semaphore>,
    starts: Arc<Semaphore>,
    express: Arc<Semaphore>,
    tasks: running::Tasks,
    timers: timers::Timers,
    inbox: inbox::Inbox,
    activities: activities::Activities,
    map_runs: map_runs::MapRuns,
    open: open::Open,
    ended: open::Ended,
    health: health::Health,
    outbox: outbox::Outbox,
    watchers: watch::Watchers,
    statistics: Arc<Recorder>,
    /// Cancelled when the host takes on nothing more.
    stopping: CancellationToken,
    /// What runs besides the actors.
    loops: tokio::sync::Mutex<JoinSet<()>>,
}

/// Why the host does not do what it is asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The journal fails.
    #[error(transparent)]
    Store(#[from] stepwell_journal::Error),
    /// State machines cannot be read.
    #[error(transparent)]
    Resources(#[from] crate::resources::Error),
    /// There is another execution of this name.
    #[error("There is another execution of this name.")]
    AlreadyExists,
    /// There is no such execution.
    #[error("There is no such execution.")]
    NoSuchExecution,
    /// There is no such Map Run.
    #[error("There is no such Map Run.")]
    NoSuchMapRun,
    /// The Map Run has ended.
    #[error("The Map Run has ended.")]
    MapRunEnded,
    /// The execution cannot be redriven, for this reason of AWS's.
    #[error("{0}")]
    NotRedrivable(String),
    /// The token is none, or none of this host.
    #[error("The task token is not valid.")]
    InvalidToken,
    /// The task, or its execution, has ended.
    #[error("The task has ended.")]
    TaskTimedOut,
    /// The tenant has as many executions open as it may.
    #[error("As many executions are open as may be.")]
    TooManyOpen,
    /// As many workers wait for the activity's tasks as may.
    #[error("As many workers wait for tasks of the activity as may.")]
    TooManyPollers,
    /// As many watch the tenant's executions as may.
    #[error("As many watch the account's executions as may.")]
    TooManyWatchers,
    /// More is asked for than can be done.
    #[error("More is asked for at once than can be done.")]
    Throttled,
    /// The host is about to stop.
    #[error("The host is about to stop.")]
    Stopping,
    /// The state machine's definition is gone.
    #[error("The revision {0} of the state machine is missing.")]
    MissingRevision(String),
    /// The host failed in the middle of it.
    #[error("The host failed while it worked on the request.")]
    Lost,
}

impl Error {
    /// Whether it stays so: what is stored is gone or damaged.
    fn is_lasting(&self) -> bool {
        use stepwell_journal::Error::Corrupt;
        match self {
            Self::MissingRevision(_) => true,
            Self::Store(error) | Self::Resources(crate::resources::Error::Store(error)) => {
                matches!(error, Corrupt { .. })
            }
            _ => false,
        }
    }
}

impl Host {
    /// Opens a host: it claims all executions of the store, and goes on with those that are open.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn open(parts: Parts) -> Result<Self, Error> {
        let Parts { store, catalog, runner, clock, buckets, settings } = parts;
        let owner = uuid::Uuid::new_v4().to_string();
        let leases = store.claim(&owner, &Shard::all()).await?;
        let builtin = Arc::new(nested::Builtin::new(runner.clone()));
        let statistics = Arc::new(Recorder::new(catalog.clone(), clock.clone()));
        let inner = Arc::new(Inner {
            store,
            resources: Resources::new(catalog),
            runner,
            engine: Engine::new(builtin.clone(), clock.clone())
                .with_buckets(buckets)
                .with_statistics(statistics.clone()),
            statistics,
            clock,
            leases,
            residents: residents::Residents::new(),
            turns: Arc::new(Semaphore::new(settings.resident)),
            starts: Arc::new(Semaphore::new(settings.starts)),
            express: Arc::new(Semaphore::new(settings.express)),
            tasks: running::Tasks::new(settings.tasks),
            timers: timers::Timers::new(),
            inbox: inbox::Inbox::default(),
            activities: activities::Activities::default(),
            map_runs: map_runs::MapRuns::new(settings.express),
            open: open::Open::new(settings.open_executions),
            ended: open::Ended::default(),
            health: health::Health::default(),
            outbox: outbox::Outbox::new(settings.events.clone()),
            watchers: watch::Watchers::new(settings.watchers),
            settings,
            stopping: CancellationToken::new(),
            loops: tokio::sync::Mutex::default(),
        });
        let host = Self { inner };
        builtin.serve(&host);
        host.recover().await?;
        host.recover_outbox().await?;
        if let Err(error) = host.inner.statistics.resume().await {
            tracing::warn!(%error, "the state machines of this step's statistics cannot be read");
        }
        let mut loops = host.inner.loops.lock().await;
        for run in [
            host.clone().run_timers().boxed(),
            host.clone().run_inbox().boxed(),
            host.clone().run_retention().boxed(),
            host.clone().run_statistics().boxed(),
        ] {
            let stopping = host.inner.stopping.clone();
            loops.spawn(async move {
                stopping.run_until_cancelled(run).await;
            });
        }
        drop(loops);
        Ok(host)
    }

    /// The state machines, activities and tags.
    pub fn resources(&self) -> &Resources {
        &self.inner.resources
    }

    /// Where executions are kept: to be read.
    pub fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// Runs what is not durable: tests of states.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// What was done and used.
    pub fn statistics(&self) -> &Recorder {
        &self.inner.statistics
    }

    /// Why nothing can be committed now; none where all is well.
    pub fn trouble(&self) -> Option<stepwell_journal::Error> {
        self.inner.health.trouble()
    }

    /// What goes on.
    pub fn load(&self) -> Load {
        let (running, waiting) = self.inner.tasks.counts();
        Load {
            open_executions: self.inner.open.total(),
            resident_executions: self.inner.residents.len(),
            running_tasks: running,
            waiting_tasks: waiting,
        }
    }

    /// Waits until an execution has ended; none where there is no such.
    ///
    /// # Errors
    /// Where the journal fails.
    pub async fn ended(
        &self,
        id: ExecutionId,
    ) -> Result<Option<stepwell_journal::Description>, Error> {
        loop {
            let ended = self.inner.ended.wait(id);
            match self.inner.store.describe(id).await? {
                Some(description) if description.outcome.is_none() => ended.told().await,
                description => return Ok(description),
            }
        }
    }

    /// Stops: nothing more is begun, and what runs is waited for until `grace` is over. What has
    /// not ended by then, the next host of the store goes on with.
    pub async fn stop(&self, grace: impl Future<Output = ()>) {
        self.inner.stopping.cancel();
        while self.inner.loops.lock().await.join_next().await.is_some() {}
        self.inner.outbox.stopped().await;
        for (execution, task) in self.inner.tasks.give_up() {
            self.deliver(execution, Input::NotRun(task));
        }
        let idle = async {
            // Whoever has all permits knows that nobody runs.
            let express = u32::try_from(self.inner.settings.express).unwrap_or(u32::MAX);
            drop(self.inner.express.acquire_many(express).await);
            self.inner.map_runs.express.idle(express).await;
            while self.inner.tasks.counts().0 > 0 {
                self.inner.residents.changed().await;
            }
        };
        tokio::select! {
            () = idle => {}
            () = grace => {}
        }
        self.inner.tasks.clear();
        for work in self.inner.map_runs.clear() {
            // One that has panicked has ended.
            let _ = work.await;
        }
        // What was taken in is committed, or was not taken in.
        while self.inner.residents.len() > 0 {
            self.inner.residents.changed().await;
        }
        self.flush_statistics().await;
    }

    fn is_stopping(&self) -> bool {
        self.inner.stopping.is_cancelled()
    }

    /// Tells an execution that something happened.
    fn deliver(&self, id: ExecutionId, input: Input) {
        self.inner.residents.deliver(self, id, actor::Call::Input(input));
    }

    fn lease(&self, shard: Shard) -> Lease {
        // All shards were claimed, and are in the order of their numbers.
        self.inner.leases[usize::from(shard.number())]
    }
}

/// What goes on in a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Standard executions that are open.
    pub open_executions: u64,
    /// Those of them in which something happens right now.
    pub resident_executions: usize,
    /// Tasks that run in this process.
    pub running_tasks: usize,
    /// Tasks that wait for their turn.
    pub waiting_tasks: usize,
}
