//! One execution's loop: something happens, a step is made, the step is published, its effects
//! are performed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::Timestamp;
use stepwell_asl::Json;
use stepwell_interpreter::{
    Calls, Effect, Event, Execution, Failure, Identity, Occurrence, Outcome, RunTask, Step, TaskId,
    TimerId, Usage,
    event::Details,
    map_run::{MapRunId, StartMapRun},
    test_state::{self, Answer, Request, TestState},
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    Attempt, Engine, Generation, Machine, Reporter, TaskEnd, Update,
    attempt::Running,
    clock::{Busy, Sleeper},
    engine::Stop,
    map_run,
    runner::Report,
};

/// An execution under way, with the tasks, Map Runs and timers it waits for.
pub(crate) struct Run {
    engine: Engine,
    tenant: String,
    identity: Arc<Identity>,
    /// The runner's when it was started.
    generation: Option<Generation>,
    /// Nobody follows a child execution.
    updates: Option<mpsc::Sender<Update>>,
    report: mpsc::UnboundedSender<Message>,
    inbox: mpsc::UnboundedReceiver<Message>,
    running: HashMap<TaskId, Task>,
    /// The task that runs where the execution waits for it: the only one there is.
    here: Option<TaskId>,
    map_runs: HashMap<MapRunId, map_run::Handle>,
    timers: BTreeSet<(Timestamp, TimerId)>,
}

/// An execution that has ended.
pub(crate) struct Ended {
    pub(crate) execution: Execution,
    pub(crate) outcome: Outcome,
    pub(crate) busy: Busy,
}

/// A task that is running; dropping it stops the task.
struct Task {
    /// Where somebody follows: it is told with the end.
    task: Option<Box<RunTask>>,
    /// The event that says it started; the one that scheduled it until then.
    started: u64,
    running: Running,
    /// No time is skipped while it runs, nor before its end is taken in.
    _busy: Busy,
}

/// What reaches an execution's inbox.
enum Message {
    Report(TaskId, Report),
    Ended(TaskId),
    /// A Map Run ended, and no time is skipped before this is taken in.
    MapRunEnded(MapRunId, Result<Json, Failure>, Busy),
}

/// What an execution waits for.
enum Woken {
    Message(Message),
    /// The task that runs here has ended.
    Ended(TaskId, TaskEnd),
    Timer(TimerId),
    Stopped(Stop),
}

impl Run {
    pub(crate) fn new(
        engine: Engine,
        tenant: String,
        identity: Identity,
        generation: Option<Generation>,
        updates: Option<mpsc::Sender<Update>>,
    ) -> Self {
        let (report, inbox) = mpsc::unbounded_channel();
        Self {
            engine,
            tenant,
            identity: Arc::new(identity),
            generation,
            updates,
            report,
            inbox,
            running: HashMap::new(),
            here: None,
            map_runs: HashMap::new(),
            timers: BTreeSet::new(),
        }
    }

    /// Runs an execution that was started to its end. Whoever it ends for is busy from then on.
    pub(crate) async fn drive(
        mut self,
        machine: Arc<Machine>,
        (mut execution, mut step): (Execution, Step),
        mut busy: Busy,
        mut stop: Option<watch::Receiver<Option<Stop>>>,
    ) -> Ended {
        loop {
            if let Some(outcome) = self.carry_out(&machine, step).await {
                return Ended { execution, outcome, busy };
            }
            let occurrence;
            (occurrence, busy) = self.next(busy, &mut stop).await;
            step = execution.on(&machine.definition, self.engine.clock.now(), occurrence);
        }
    }

    /// Tests one state.
    pub(crate) async fn test(mut self, request: &Request) -> Result<Answer, test_state::Error> {
        let identity = Identity::clone(&self.identity);
        let mut busy = self.engine.clock.busy();
        let (mut test, mut step) = TestState::start(request, identity, self.engine.clock.now())?;
        loop {
            for effect in step.effects {
                if let Effect::CancelTask { task } = effect {
                    self.running.remove(&task);
                }
                self.perform(effect);
            }
            if let Some(answer) = step.answer {
                return Ok(answer);
            }
            let occurrence;
            (occurrence, busy) = self.next(busy, &mut None).await;
            step = test.on(self.engine.clock.now(), occurrence);
        }
    }

    /// The next thing that the execution has to know of.
    async fn next(
        &mut self,
        mut busy: Busy,
        stop: &mut Option<watch::Receiver<Option<Stop>>>,
    ) -> (Occurrence, Busy) {
        loop {
            let sleeper = self.timers.first().map(|(at, _)| self.engine.clock.sleeper(*at));
            drop(busy);
            let woken = self.wait(sleeper.as_ref(), stop).await;
            busy = self.engine.clock.busy();
            let occurrence = match woken {
                Woken::Timer(timer) => Occurrence::TimerFired { timer },
                Woken::Stopped(Stop { error, cause }) => Occurrence::Stop { error, cause },
                // It has ended meanwhile, which is more.
                Woken::Message(Message::Report(task, _)) if !self.running.contains_key(&task) => {
                    continue;
                }
                Woken::Message(Message::Report(task, Report::Started)) => {
                    Occurrence::TaskStarted { task, worker_name: None }
                }
                Woken::Message(Message::Report(task, Report::Alive)) => {
                    Occurrence::TaskHeartbeat { task }
                }
                Woken::Message(Message::Ended(id)) => {
                    // It may have been stopped meanwhile.
                    let Some(mut task) = self.running.remove(&id) else { continue };
                    let end = task.running.end().await;
                    self.ended(id, task, end).await
                }
                Woken::Ended(id, end) => {
                    let Some(task) = self.running.remove(&id) else { continue };
                    self.ended(id, task, end).await
                }
                Woken::Message(Message::MapRunEnded(map_run, result, _busy)) => {
                    self.map_runs.remove(&map_run);
                    Occurrence::MapRunEnded { map_run, result }
                }
            };
            return (occurrence, busy);
        }
    }

    /// Publishes a step, then performs its effects.
    async fn carry_out(&mut self, machine: &Arc<Machine>, mut step: Step) -> Option<Outcome> {
        self.note_started(&step);
        self.stop_tasks(&mut step).await;
        if let Some(statistics) = &self.engine.statistics {
            let (tasks, tenant) = (&self.engine.tasks, &self.tenant);
            statistics.attempts_run_by(tenant, &self.identity, &step.ended, |it| {
                tasks.plugin(tenant, self.generation, &it.resource, it.callee.as_deref())
            });
        }
        // Where nobody follows, nobody else needs them.
        let effects = match &self.updates {
            Some(_) => step.effects.clone(),
            None => std::mem::take(&mut step.effects),
        };
        let outcome = step.outcome.clone();
        self.publish(Update::Step(step)).await;
        for effect in effects {
            match effect {
                Effect::StartMapRun(start) => self.start_map_run(machine.clone(), *start),
                effect => self.perform(effect),
            }
        }
        outcome
    }

    fn note_started(&mut self, step: &Step) {
        for event in &step.events {
            if matches!(event.details, Details::TaskStarted(_) | Details::LambdaFunctionStarted)
                && let Some(running) = self.running.get_mut(&TaskId(event.previous_event_id))
            {
                running.started = event.id;
            }
        }
    }

    /// Stops the tasks that a step gives up, and writes what they used into the events that say
    /// that they timed out. Unlike other effects this comes before the commit: an execution that
    /// loses its commit to another host has no use for its tasks either.
    async fn stop_tasks(&mut self, step: &mut Step) {
        for id in cancelled(&step.effects) {
            let Some(Task { task, started, mut running, _busy }) = self.running.remove(&id) else {
                continue;
            };
            running.stop();
            let end = running.end().await;
            note_usage(step, id, started, &end);
            if let Some(task) = task {
                self.publish(Update::TaskEnded(task, end)).await;
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::RunTask(task) => self.start(task),
            // It was stopped before the step was published.
            Effect::CancelTask { .. } => {}
            // Only an execution starts one, and not the test of a state.
            Effect::StartMapRun(_) => {}
            Effect::StopMapRun { map_run } => {
                self.map_runs.remove(&map_run);
            }
            Effect::SetTimer { timer, at, .. } => {
                self.timers.insert((at, timer));
            }
            Effect::CancelTimer { timer } => self.timers.retain(|(_, set)| *set != timer),
        }
    }

    fn start(&mut self, task: Box<RunTask>) {
        let id = task.task;
        let followed = self.updates.as_ref().map(|_| task.clone());
        let attempt = Attempt {
            task: *task,
            identity: self.identity.clone(),
            tenant: self.tenant.clone(),
            generation: self.generation,
            at: self.engine.clock.now(),
            stop: CancellationToken::new(),
        };
        // An execution that has ended takes no more reports.
        let report = self.report.clone();
        let reporter = Reporter::new(move |reported| {
            let _ = report.send(Message::Report(id, reported));
        });
        let running = Running::here(self.engine.tasks.clone(), attempt, reporter);
        let _busy = self.engine.clock.busy();
        let is_only = self.running.is_empty();
        self.running.insert(id, Task { task: followed, started: id.0, running, _busy });
        if is_only {
            self.here = Some(id);
            return;
        }
        for id in self.here.take().into_iter().chain([id]) {
            let report = self.report.clone();
            if let Some(task) = self.running.get_mut(&id) {
                task.running.part(move || {
                    let _ = report.send(Message::Ended(id));
                });
            }
        }
    }

    fn start_map_run(&mut self, machine: Arc<Machine>, start: StartMapRun) {
        let id = start.order.map_run;
        let report = self.report.clone();
        let ended = move |result, busy| {
            // An execution that has ended takes no more reports.
            let _ = report.send(Message::MapRunEnded(id, result, busy));
        };
        let parent =
            map_run::Parent { machine, generation: self.generation, updates: self.updates.clone() };
        let handle = map_run::start(self.engine.clone(), parent, start, ended);
        self.map_runs.insert(id, handle);
    }

    /// Waits for the next thing to happen. Messages come before timers: a task that ended at the
    /// moment of its timeout has ended.
    async fn wait(
        &mut self,
        sleeper: Option<&Sleeper>,
        stop: &mut Option<watch::Receiver<Option<Stop>>>,
    ) -> Woken {
        let Self { running, here, inbox, timers, .. } = self;
        let timer = async {
            match sleeper {
                Some(sleeper) => sleeper.wake().await,
                None => std::future::pending().await,
            }
        };
        let stopped = async {
            let Some(stop) = stop else { return std::future::pending().await };
            match stop.wait_for(Option::is_some).await.ok().and_then(|stop| stop.clone()) {
                Some(stop) => stop,
                None => std::future::pending().await,
            }
        };
        let ended = async {
            match here.and_then(|id| Some((id, running.get_mut(&id)?))) {
                Some((id, task)) => (id, task.running.end().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            stop = stopped => Woken::Stopped(stop),
            Some(message) = inbox.recv() => Woken::Message(message),
            (id, end) = ended => Woken::Ended(id, end),
            () = timer => match timers.pop_first() {
                Some((_, timer)) => Woken::Timer(timer),
                // The sleeper was made for the first of them.
                None => std::future::pending().await,
            },
        }
    }

    /// Takes in the end of an attempt.
    async fn ended(&mut self, id: TaskId, task: Task, end: TaskEnd) -> Occurrence {
        if let Some(task) = task.task {
            self.publish(Update::TaskEnded(task, end.clone())).await;
        }
        let TaskEnd { result, usage, .. } = end;
        match result {
            Ok(output) => Occurrence::TaskSucceeded { task: id, output, usage },
            Err(failure) => Occurrence::TaskFailed { task: id, failure, usage },
        }
    }

    async fn publish(&mut self, update: Update) {
        // Nobody needs to follow an execution.
        if let Some(updates) = &self.updates {
            let _ = updates.send(update).await;
        }
    }
}

/// The tasks that a step gives up.
pub(crate) fn cancelled(effects: &[Effect]) -> Vec<TaskId> {
    let cancelled = |effect: &Effect| match effect {
        Effect::CancelTask { task } => Some(*task),
        _ => None,
    };
    effects.iter().filter_map(cancelled).collect()
}

/// Writes what a task that was stopped used into where its end is told, and into the event that says
/// that it timed out, if it did. `started` is the event that says the task started, or the one that
/// scheduled it.
pub(crate) fn note_usage(step: &mut Step, task: TaskId, started: u64, end: &TaskEnd) {
    let timed_out = step.events.iter_mut().find(|event| {
        event.previous_event_id == started
            && matches!(
                event.details,
                Details::TaskTimedOut(..) | Details::LambdaFunctionTimedOut(_)
            )
    });
    if let Some(event) = timed_out {
        event.usage = end.usage;
        event.log.clone_from(&end.log);
        event.calls.clone_from(&end.calls);
    }
    note_ran(step, task, end.usage);
}

/// Takes note that a task whose end a step tells ran in this host, and of what it used.
pub(crate) fn note_ran(step: &mut Step, task: TaskId, usage: Option<Usage>) {
    if let Some(attempt) = step.ended.iter_mut().find(|attempt| attempt.task == task) {
        attempt.ran(usage);
    }
}

/// Writes what a task logged and called into the event that ends it: the first such among those that
/// followed from its end.
pub(crate) fn note_told(events: &mut [Event], log: String, calls: Calls) {
    let ended = events.iter_mut().find(|event| {
        matches!(
            event.details,
            Details::TaskSucceeded(..)
                | Details::TaskSubmitted(..)
                | Details::TaskSubmitFailed(..)
                | Details::TaskFailed(..)
                | Details::LambdaFunctionSucceeded { .. }
                | Details::LambdaFunctionFailed(_)
        )
    });
    if let Some(event) = ended {
        event.log = log;
        event.calls = calls;
    }
}
