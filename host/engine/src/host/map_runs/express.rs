//! Express children of Map Runs: they run in memory, and are kept from their end on.
//!
//! The message that has one started stays in the inbox until its end is committed: where the host
//! goes down before, it is run again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stepwell_interpreter::{Event, Execution, Step};
use stepwell_journal::{self as journal, Delta, Error as StoreError, ExecutionId, MessageId, Seq};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::AbortHandle,
};

use super::NewChild;
use crate::{
    Update,
    engine::Stop,
    host::{Error, Host, mail::Mail, nested, turn::Input},
    run::Run,
};

/// How long to wait before a child is run again whose end was refused.
const AGAIN: Duration = Duration::from_secs(1);

/// How many steps a child runs ahead of its events being taken.
const UPDATES_AHEAD: usize = 16;

/// What a run of a child follows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum After {
    /// Nothing.
    Nothing,
    /// One that has ended other than in success, with so many commits and events so far.
    Run {
        /// Commits.
        seq: Seq,
        /// Events.
        last_event: u64,
    },
}

/// Those that run, or wait for their turn.
pub(crate) struct Children {
    running: Mutex<HashMap<ExecutionId, Child>>,
    /// How many may run at once.
    permits: Arc<Semaphore>,
}

struct Child {
    stop: watch::Sender<Option<Stop>>,
    /// Messages that its end takes in.
    messages: Vec<MessageId>,
    task: AbortHandle,
}

impl Children {
    pub(super) fn new(at_once: usize) -> Self {
        Self { running: Mutex::default(), permits: Arc::new(Semaphore::new(at_once)) }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<ExecutionId, Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message to a child that runs. False where it is for somebody else.
    pub(crate) fn takes(&self, id: ExecutionId, input: &Input) -> bool {
        let Input::Mail(message, Mail::Stop { error, cause, .. }) = input else { return false };
        let mut running = self.running();
        let Some(child) = running.get_mut(&id) else { return false };
        child.messages.push(*message);
        child.stop.send_replace(Some(Stop { error: error.clone(), cause: cause.clone() }));
        true
    }

    /// Waits until none runs.
    pub(crate) async fn idle(&self, at_once: u32) {
        drop(self.permits.acquire_many(at_once).await);
    }

    /// Abandons all: another host runs them again.
    pub(super) fn clear(&self) {
        self.running().drain().for_each(|(_, child)| child.task.abort());
    }
}

impl Host {
    /// Runs an Express child, as a message says or a redrive. Whoever has it redriven is told why
    /// it has to be done again, and nothing where it has ended.
    pub(crate) fn run_express_child(
        &self,
        id: ExecutionId,
        message: Option<MessageId>,
        child: NewChild,
        after: After,
    ) -> oneshot::Receiver<Error> {
        let (refused, told) = oneshot::channel();
        let mut running = self.inner.map_runs.express.running();
        if running.contains_key(&id) {
            return told;
        }
        let (stop, stopped) = watch::channel(None);
        let host = self.clone();
        let task = tokio::spawn(async move {
            // They are never closed.
            let _permit = host.inner.map_runs.express.permits.clone().acquire_owned().await;
            // The next host runs it.
            if host.is_stopping() {
                return;
            }
            if let After::Nothing = after {
                host.child_started(child.map_run());
            }
            let of = child.map_run();
            let ended = host.express_child(id, child, after, stopped).await;
            let children = &host.inner.map_runs.express;
            let child = children.running().remove(&id);
            let mut messages = child.map(|child| child.messages).unwrap_or_default();
            match ended {
                Ok(applied) => messages.retain(|message| !applied.contains(message)),
                Err(Error::Store(StoreError::NameTaken { .. })) => {}
                // It is run again, if no try to commit its end has come through.
                Err(error) => {
                    tracing::error!(execution = %id, %error, "the end of a child is refused");
                    tokio::time::sleep(AGAIN).await;
                    host.inner.inbox.done(id.shard(), &std::mem::take(&mut messages));
                    let parent = of.map(|(parent, _)| parent.shard());
                    host.inner.inbox.poke(parent.into_iter().chain([id.shard()]));
                    let _ = refused.send(error);
                }
            }
            // What is left is of no use any more.
            host.discard(id.shard(), messages).await;
        });
        // It ends later: it waits for the lock then.
        running.insert(
            id,
            Child { stop, messages: message.into_iter().collect(), task: task.abort_handle() },
        );
        told
    }

    /// Runs a child to its end, and commits it. Returns the messages that were taken in.
    async fn express_child(
        &self,
        id: ExecutionId,
        child: NewChild,
        after: After,
        stopped: watch::Receiver<Option<Stop>>,
    ) -> Result<Vec<MessageId>, Error> {
        let (mut loaded, first) = self.begin_child(child, self.inner.clock.now()).await?;
        let machine = loaded.revision.machine.clone();
        let (updates, mut received) = mpsc::channel(UPDATES_AHEAD);
        let identity = loaded.execution.identity().clone();
        let engine = self.inner.engine.clone();
        let busy = engine.clock.busy();
        let generation = loaded.attributes.generation;
        let run = Run::new(engine, machine.tenant.clone(), identity, generation, Some(updates));
        let events = async {
            let mut events = Vec::<Event>::new();
            while let Some(update) = received.recv().await {
                if let Update::Step(step) = update {
                    events.extend(step.events);
                }
            }
            events
        };
        let started = (Execution::clone(&loaded.execution), first);
        let drive = run.drive(machine, started, busy, Some(stopped));
        let (ended, events) = tokio::join!(drive, events);
        loaded.execution = Arc::new(ended.execution);
        let mut step = Step { events, outcome: Some(ended.outcome), ..Step::default() };
        let redriven = matches!(after, After::Run { .. });
        let after = match after {
            After::Nothing => journal::After::Start(Box::new(loaded.start.clone())),
            After::Run { seq, last_event } => {
                follow(&mut step.events, last_event);
                journal::After::Redrive(seq)
            }
        };
        let lease = self.lease(id.shard());
        let mut delta = Delta::new(lease, id, after, &step, loaded.execution.clone());
        delta.send.extend(nested::farewell(&loaded, step.outcome.as_ref()));
        if let Some(child) = self.inner.map_runs.express.running().get(&id) {
            delta.applied.clone_from(&child.messages);
        }
        let applied = delta.applied.clone();
        let sent: Vec<_> = delta.send.iter().map(|message| message.to.shard()).collect();
        self.commit(delta, |_| {}).await?;
        self.inner.inbox.done(id.shard(), &applied);
        self.inner.inbox.poke(sent);
        self.inner.ended.tell(id);
        match redriven {
            // What came before is not in memory.
            true => self.tell_as_kept(id, &loaded.execution.identity().execution_arn).await,
            false => self.inner.watchers.tell(&loaded, true),
        }
        Ok(applied)
    }
}

/// Numbers the events of a run that comes after another.
fn follow(events: &mut [Event], last: u64) {
    for event in events {
        event.id += last;
        // 0 is no event.
        if event.previous_event_id > 0 {
            event.previous_event_id += last;
        }
    }
}
