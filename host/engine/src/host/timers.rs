//! Timers: those of the next minute are in memory, the others in the store only.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use stepwell_interpreter::TimerId;
use stepwell_journal::{ExecutionId, Shard};
use tokio::sync::Notify;

use super::{Host, turn::Input};

/// How far ahead timers are in memory.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// How often the store is asked for those of the next minute.
const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// How many of each shard are asked for at once.
const AT_ONCE: usize = 1_000;

/// How long to wait at most before the clock is looked at again: it may have been set.
const LOOK: Duration = Duration::from_secs(10);

/// How long to wait before the store is asked again that failed.
const AGAIN: SignedDuration = SignedDuration::from_secs(1);

pub(super) struct Timers {
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    set: BTreeSet<(Timestamp, ExecutionId, TimerId)>,
    times: HashMap<(ExecutionId, TimerId), Timestamp>,
    /// Up to when all timers are in memory.
    horizon: Timestamp,
}

impl State {
    fn insert(&mut self, execution: ExecutionId, timer: TimerId, at: Timestamp) {
        if let Some(before) = self.times.insert((execution, timer), at) {
            self.set.remove(&(before, execution, timer));
        }
        self.set.insert((at, execution, timer));
    }
}

impl Timers {
    pub(super) fn new() -> Self {
        let state = State { set: BTreeSet::new(), times: HashMap::new(), horizon: Timestamp::MIN };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A timer was set, and is in the store.
    pub(super) fn set(&self, execution: ExecutionId, timer: TimerId, at: Timestamp) {
        let mut state = self.state();
        if at > state.horizon {
            return;
        }
        state.insert(execution, timer, at);
        if state.set.first().is_some_and(|first| (first.1, first.2) == (execution, timer)) {
            self.changed.notify_one();
        }
    }

    /// A timer is not needed any more.
    pub(super) fn cancel(&self, execution: ExecutionId, timer: TimerId) {
        let mut state = self.state();
        if let Some(at) = state.times.remove(&(execution, timer)) {
            state.set.remove(&(at, execution, timer));
        }
    }

    /// Takes out what is due: each execution once, with one of its timers.
    fn due(&self, now: Timestamp) -> HashMap<ExecutionId, TimerId> {
        let mut due = HashMap::new();
        let mut state = self.state();
        while let Some((_, execution, timer)) =
            state.set.first().copied().filter(|(at, ..)| *at <= now)
        {
            state.set.pop_first();
            state.times.remove(&(execution, timer));
            due.insert(execution, timer);
        }
        due
    }
}

impl Host {
    /// Fires timers as long as the host runs.
    pub(super) async fn run_timers(self) {
        let Self { inner } = &self;
        let mut ask_at = Timestamp::MIN;
        loop {
            let now = inner.clock.now();
            if now >= ask_at {
                ask_at = self.look_ahead(now).await;
            }
            for (execution, timer) in inner.timers.due(now) {
                self.deliver(execution, Input::Due(timer));
            }
            let first = inner.timers.state().set.first().map(|(at, ..)| *at);
            let next = first.map_or(ask_at, |first| first.min(ask_at));
            let sleep = inner.clock.until(next).min(LOOK);
            tokio::select! {
                () = inner.timers.changed.notified() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    /// Takes the timers of the next minute into memory. Returns when to do so again.
    async fn look_ahead(&self, now: Timestamp) -> Timestamp {
        let Self { inner } = self;
        let horizon = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        // Before the store is asked: what is set from now on is told to us.
        let before = std::mem::replace(&mut inner.timers.state().horizon, horizon);
        let due = match inner.store.due(&Shard::all(), horizon, AT_ONCE).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "timers cannot be read");
                inner.timers.state().horizon = before;
                return now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
            }
        };
        let mut counts = HashMap::<Shard, (usize, Timestamp)>::new();
        let mut state = inner.timers.state();
        for timer in due {
            let count = counts.entry(timer.execution.shard()).or_insert((0, timer.due));
            *count = (count.0 + 1, count.1.max(timer.due));
            state.insert(timer.execution, timer.id, timer.due);
        }
        let again = |after| now.checked_add(after).unwrap_or(Timestamp::MAX);
        // Of a shard that has more, the next are asked for once these are due. Those that are due
        // already are in the store until they are committed.
        let more = counts.into_values().filter(|(count, _)| *count >= AT_ONCE);
        let next = more.map(|(_, last)| if last > now { last } else { again(AGAIN) });
        next.fold(again(EVERY), Timestamp::min)
    }
}
