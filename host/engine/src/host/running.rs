//! Tasks that run in this process, and those that wait for their turn.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stepwell_interpreter::{Occurrence, RunTask, Step, TaskId, event::Details};
use stepwell_journal::ExecutionId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::{Host, loaded::Loaded, turn::Input};
use crate::{
    Attempt, Reporter, TaskEnd,
    attempt::Running,
    run::{cancelled, note_ran, note_usage},
    runner::Report,
};

/// How long a task runs before its execution is told that it does: one that ends sooner tells both
/// with one commit.
const UNTOLD: Duration = Duration::from_millis(100);

pub(super) struct Tasks {
    state: Mutex<State>,
    /// How many may run at once.
    permits: Arc<Semaphore>,
}

#[derive(Default)]
struct State {
    running: HashMap<(ExecutionId, TaskId), Entry>,
    /// Those that have ended, of which their executions have not taken it in yet.
    ended: HashSet<(ExecutionId, TaskId)>,
    waiting: Waiting,
}

/// Tasks that wait for their turn, each once, in the order in which they came. They are in their
/// executions: only who they are is kept.
#[derive(Default)]
struct Waiting {
    order: VecDeque<(ExecutionId, TaskId)>,
    members: HashSet<(ExecutionId, TaskId)>,
}

impl Waiting {
    fn push(&mut self, task: (ExecutionId, TaskId)) {
        if self.members.insert(task) {
            self.order.push_back(task);
        }
    }

    fn pop(&mut self) -> Option<(ExecutionId, TaskId)> {
        let next = self.order.pop_front()?;
        self.members.remove(&next);
        Some(next)
    }
}

struct Entry {
    running: Running,
    /// The event that says it started; the one that scheduled it until then.
    started: u64,
    _permit: OwnedSemaphorePermit,
}

impl Tasks {
    pub(super) fn new(at_once: usize) -> Self {
        Self { state: Mutex::default(), permits: Arc::new(Semaphore::new(at_once)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many run, and how many wait for their turn.
    pub(super) fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.running.len(), state.waiting.order.len())
    }

    /// Whether a task runs, waits for its turn, or has ended and its execution is yet to know.
    pub(super) fn has(&self, execution: ExecutionId, task: TaskId) -> bool {
        let state = self.state();
        let key = (execution, task);
        state.running.contains_key(&key)
            || state.ended.contains(&key)
            || state.waiting.members.contains(&key)
    }

    /// An execution takes in that a task has ended.
    pub(super) fn taken_in(&self, execution: ExecutionId, task: TaskId) {
        self.state().ended.remove(&(execution, task));
    }

    /// Those that wait for their turn, which will not come.
    pub(super) fn give_up(&self) -> VecDeque<(ExecutionId, TaskId)> {
        std::mem::take(&mut self.state().waiting).order
    }

    /// Stops all that run.
    pub(super) fn clear(&self) {
        self.state().running.clear();
    }
}

impl Host {
    /// Runs a task in a plugin, at once or when it is its turn.
    pub(super) fn run_task(&self, id: ExecutionId, loaded: &Loaded, task: RunTask) {
        let key = (id, task.task);
        let tasks = &self.inner.tasks;
        let mut state = tasks.state();
        if state.running.contains_key(&key) {
            return;
        }
        let Ok(permit) = tasks.permits.clone().try_acquire_owned() else {
            state.waiting.push(key);
            return;
        };
        let heartbeats = task.heartbeat_seconds.is_some();
        let attempt = Attempt {
            task,
            identity: Arc::new(loaded.execution.identity().clone()),
            tenant: loaded.start.key.tenant.clone(),
            generation: loaded.attributes.generation,
            at: self.inner.clock.now(),
            stop: CancellationToken::new(),
        };
        let host = self.clone();
        let reporter = Reporter::new(move |report| match report {
            Report::Started => host.tell_started(key),
            Report::Alive if heartbeats => {
                host.deliver(key.0, Input::told(Occurrence::TaskHeartbeat { task: key.1 }));
            }
            Report::Alive => {}
        });
        let host = self.clone();
        let ended = move || {
            tokio::spawn(async move { host.task_ended(key).await });
        };
        let mut running = Running::here(self.inner.runner.clone(), attempt, reporter);
        running.part(ended);
        state.running.insert(key, Entry { running, started: key.1.0, _permit: permit });
    }

    /// Tells an execution that its task runs, if it does not end soon.
    fn tell_started(&self, key: (ExecutionId, TaskId)) {
        let host = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(UNTOLD).await;
            if host.inner.tasks.state().running.contains_key(&key) {
                let occurrence = Occurrence::TaskStarted { task: key.1, worker_name: None };
                host.deliver(key.0, Input::told(occurrence));
            }
        });
    }

    /// A task has ended, if it was not stopped.
    async fn task_ended(&self, key: (ExecutionId, TaskId)) {
        let entry = {
            let mut state = self.inner.tasks.state();
            let entry = state.running.remove(&key);
            state.ended.extend(entry.is_some().then_some(key));
            entry
        };
        let Some(mut entry) = entry else { return };
        let end = entry.running.end().await;
        drop(entry._permit);
        self.deliver(key.0, Input::TaskEnded(key.1, end));
        self.run_next();
    }

    /// Has the next task run that waits for its turn. It may not be open any more: whoever finds out
    /// calls this again.
    pub(super) fn run_next(&self) {
        let tasks = &self.inner.tasks;
        let next = {
            let mut state = tasks.state();
            (tasks.permits.available_permits() > 0).then(|| state.waiting.pop()).flatten()
        };
        if let Some((execution, task)) = next {
            self.deliver(execution, Input::Run(task));
        }
    }

    /// Stops the tasks that a step gives up, and writes what they used into the events that say
    /// that they timed out. Unlike other effects this comes before the commit: an execution that
    /// loses its commit to another host has no use for its tasks either.
    pub(super) async fn stop_tasks(&self, id: ExecutionId, step: &mut Step) {
        for event in &step.events {
            if matches!(event.details, Details::TaskStarted(_) | Details::LambdaFunctionStarted)
                && let Some(entry) =
                    self.inner.tasks.state().running.get_mut(&(id, TaskId(event.previous_event_id)))
            {
                entry.started = event.id;
            }
        }
        for task in cancelled(&step.effects) {
            let (entry, has_ended) = {
                let mut state = self.inner.tasks.state();
                (state.running.remove(&(id, task)), state.ended.contains(&(id, task)))
            };
            let Some(mut entry) = entry else {
                // Its end comes too late to be told.
                if has_ended {
                    note_ran(step, task, None);
                }
                continue;
            };
            entry.running.stop();
            let end: TaskEnd = entry.running.end().await;
            note_usage(step, task, entry.started, &end);
            drop(entry._permit);
            self.run_next();
        }
    }
}
