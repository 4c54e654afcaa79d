//! A store that tells when executions end, and what the commits were like that went through it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use stepwell_interpreter::{Event, event::Details};
use stepwell_journal::{Around, Delta, Error, ExecutionId, Seq, Sqlite, Store};
use tokio::sync::oneshot;

use crate::raw::Rows;

/// SQLite, watched.
pub(crate) struct Watched {
    sqlite: Arc<Sqlite>,
    seen: Mutex<Seen>,
}

/// What was seen.
#[derive(Default)]
pub(crate) struct Seen {
    open: HashMap<ExecutionId, Open>,
    pub(crate) executions: u32,
    pub(crate) commits: u32,
    pub(crate) transitions: u32,
    /// Of each commit how long it was since the one before, or since the execution was begun, for
    /// each state that it leaves.
    pub(crate) times: Vec<Duration>,
    /// The rows of one execution, while somebody asks for them.
    recording: Option<Vec<Rows>>,
}

/// An execution that goes on.
struct Open {
    since: Instant,
    ended: oneshot::Sender<()>,
}

impl Watched {
    pub(crate) fn new(sqlite: Arc<Sqlite>) -> Self {
        Self { sqlite, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// An execution is about to start. The answer comes when it has ended.
    pub(crate) fn begin(&self, execution: ExecutionId) -> oneshot::Receiver<()> {
        let (ended, end) = oneshot::channel();
        self.seen().open.insert(execution, Open { since: Instant::now(), ended });
        end
    }

    /// Takes out what was seen since the last time. Nothing goes on.
    pub(crate) fn take(&self) -> Seen {
        std::mem::take(&mut *self.seen())
    }

    /// Takes down the rows of what comes now.
    pub(crate) fn record(&self) {
        self.seen().recording = Some(Vec::new());
    }

    /// What was taken down.
    pub(crate) fn recorded(&self) -> Vec<Rows> {
        self.take().recording.unwrap_or_default()
    }

    /// How many transactions there were.
    pub(crate) fn transactions(&self) -> u64 {
        self.sqlite.transactions()
    }
}

impl Seen {
    fn commit(&mut self, execution: ExecutionId, transitions: u32, ends: bool) {
        self.commits += 1;
        self.transitions += transitions;
        let Some(open) = self.open.get_mut(&execution) else { return };
        let now = Instant::now();
        let since = now - std::mem::replace(&mut open.since, now);
        if transitions > 0 {
            self.times.push(since / transitions);
        }
        if ends && let Some(open) = self.open.remove(&execution) {
            self.executions += 1;
            let _ = open.ended.send(());
        }
    }
}

fn transitions(events: &[Event]) -> u32 {
    let left = |event: &&Event| matches!(event.details, Details::StateExited { .. });
    u32::try_from(events.iter().filter(left).count()).unwrap_or(u32::MAX)
}

#[async_trait]
impl Around for Watched {
    type Inner = Sqlite;

    fn inner(&self) -> Result<&Sqlite, Error> {
        Ok(&self.sqlite)
    }

    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        if let Some(recording) = &mut self.seen().recording {
            recording.extend(batch.iter().map(Rows::of));
        }
        let about = |delta: &Delta| {
            let ends = delta.state.as_ref().is_some_and(|state| state.outcome().is_some());
            (delta.execution, transitions(&delta.events), ends)
        };
        let about: Vec<_> = batch.iter().map(about).collect();
        let answers = self.sqlite.commit(batch).await;
        let mut seen = self.seen();
        for ((execution, transitions, ends), answer) in about.into_iter().zip(&answers) {
            if answer.is_ok() {
                seen.commit(execution, transitions, ends);
            }
        }
        answers
    }
}
