//! One execution's loop: something happens, a step is made, the step is published, its effects
//! are performed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{
    Effect, Execution, Identity, Occurrence, Outcome, RunTask, Step, TaskId, TimerId,
};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

use crate::{
    Attempt, Clock, Machine, Reporter, TaskEnd, TaskRunner, Update, engine::Stop, runner::Message,
};

/// An execution under way, with the tasks and timers it waits for.
pub(crate) struct Run {
    machine: Arc<Machine>,
    identity: Identity,
    tasks: Arc<dyn TaskRunner>,
    clock: Clock,
    updates: mpsc::Sender<Update>,
    report: mpsc::UnboundedSender<Message>,
    inbox: mpsc::UnboundedReceiver<Message>,
    running: HashMap<TaskId, Running>,
    timers: BTreeSet<(Timestamp, TimerId)>,
}

/// A task that is running; dropping it stops the task.
struct Running {
    task: Box<RunTask>,
    abort: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// What an execution waits for.
enum Woken {
    Message(Message),
    Timer(TimerId),
    Stopped(Stop),
}

impl Run {
    pub(crate) fn new(
        machine: Arc<Machine>,
        identity: Identity,
        tasks: Arc<dyn TaskRunner>,
        clock: Clock,
        updates: mpsc::Sender<Update>,
    ) -> Self {
        let (report, inbox) = mpsc::unbounded_channel();
        Self {
            machine,
            identity,
            tasks,
            clock,
            updates,
            report,
            inbox,
            running: HashMap::new(),
            timers: BTreeSet::new(),
        }
    }

    pub(crate) async fn to_end(
        mut self,
        input: Json,
        mut stop: watch::Receiver<Option<Stop>>,
    ) -> Outcome {
        let machine = self.machine.clone();
        let (mut execution, mut step) =
            Execution::start(&machine.definition, self.identity.clone(), input, self.clock.now());
        loop {
            if let Some(outcome) = self.carry_out(step).await {
                return outcome;
            }
            let occurrence = match self.wait(&mut stop).await {
                Woken::Timer(timer) => Occurrence::TimerFired { timer },
                Woken::Stopped(Stop { error, cause }) => Occurrence::Stop { error, cause },
                Woken::Message(Message::Occurrence(occurrence)) => occurrence,
                Woken::Message(Message::Ended(id, end)) => match self.ended(id, end).await {
                    Some(occurrence) => occurrence,
                    None => {
                        step = Step::default();
                        continue;
                    }
                },
            };
            step = execution.on(&machine.definition, self.clock.now(), occurrence);
        }
    }

    /// Publishes a step, then performs its effects.
    async fn carry_out(&mut self, step: Step) -> Option<Outcome> {
        let effects = step.effects.clone();
        let outcome = step.outcome.clone();
        self.publish(Update::Step(step)).await;
        for effect in effects {
            self.perform(effect);
        }
        outcome
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::RunTask(task) => {
                let id = task.task;
                let attempt = Attempt {
                    task: (*task).clone(),
                    identity: self.identity.clone(),
                    tenant: self.machine.tenant.clone(),
                    at: self.clock.now(),
                };
                let report = self.report.clone();
                let run = self.tasks.run(attempt, Reporter::new(id, report.clone()));
                let spawned = tokio::spawn(async move {
                    let end = run.await;
                    // An execution that has ended takes no more reports.
                    let _ = report.send(Message::Ended(id, end));
                });
                self.running.insert(id, Running { task, abort: spawned.abort_handle() });
            }
            Effect::CancelTask { task } => {
                self.running.remove(&task);
            }
            Effect::SetTimer { timer, at, .. } => {
                self.timers.insert((at, timer));
            }
            Effect::CancelTimer { timer } => self.timers.retain(|(_, set)| *set != timer),
        }
    }

    /// Waits for the next thing to happen. Messages come before timers: a task that ended at the
    /// moment of its timeout has ended.
    async fn wait(&mut self, stop: &mut watch::Receiver<Option<Stop>>) -> Woken {
        let next = self.timers.first().copied();
        let clock = self.clock;
        let timer = async move {
            match next {
                Some((at, timer)) => {
                    clock.sleep_until(at).await;
                    timer
                }
                None => std::future::pending().await,
            }
        };
        let stopped = async {
            match stop.wait_for(Option::is_some).await.ok().and_then(|stop| stop.clone()) {
                Some(stop) => stop,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            stop = stopped => Woken::Stopped(stop),
            Some(message) = self.inbox.recv() => Woken::Message(message),
            timer = timer => {
                self.timers.pop_first();
                Woken::Timer(timer)
            }
        }
    }

    /// Takes in the end of an attempt; none where it was cancelled meanwhile.
    async fn ended(&mut self, id: TaskId, end: TaskEnd) -> Option<Occurrence> {
        let running = self.running.remove(&id)?;
        let occurrence = match end.result.clone() {
            Ok(output) => Occurrence::TaskSucceeded { task: id, output, usage: end.usage },
            Err(failure) => Occurrence::TaskFailed { task: id, failure, usage: end.usage },
        };
        self.publish(Update::TaskEnded(running.task.clone(), end)).await;
        Some(occurrence)
    }

    async fn publish(&self, update: Update) {
        // Nobody needs to follow an execution.
        let _ = self.updates.send(update).await;
    }
}
