//! What an execution takes in with one commit.

use std::{
    collections::{BTreeSet, VecDeque},
    mem::take,
};

use jiff::Timestamp;
use stepwell_interpreter::{
    Effect, EndedAttempt, Event, Occurrence, RunTask, Step, TaskId, TimerId,
    event::Details,
    map_run::{self, MapRunId},
};
use stepwell_journal::{ExecutionId, MessageId, Outgoing};
use tokio::sync::oneshot;

use super::{
    Error, activities::Taken, loaded::Loaded, mail::Mail, map_runs::Steps, nested,
    redrive::Redriver,
};
use crate::{
    EffectClass, TaskEnd,
    run::{note_ran, note_told},
};

/// What happened to an execution.
pub(super) enum Input {
    /// It is told this.
    Tell {
        /// What.
        occurrence: Occurrence,
        /// When the execution was started that is meant: another may have its name by now.
        started_at: Option<Timestamp>,
        /// Who waits for an answer.
        answer: Option<Answer<Told>>,
    },
    /// A task that ran in this process has ended.
    TaskEnded(TaskId, TaskEnd),
    /// One of its timers, or more, are due.
    Due(TimerId),
    /// A message has come in.
    Mail(MessageId, Mail),
    /// It is a task's turn to run.
    Run(TaskId),
    /// A task's turn to run did not come before the host stops.
    NotRun(TaskId),
    /// A worker asks for an activity's task: none where it is not open any more.
    Take(TaskId, Option<String>, Answer<Option<Taken>>),
    /// One of its Map Runs is told this.
    MapRun(MapRunId, Box<map_run::Occurrence>),
    /// The limits of one of its Map Runs are changed: false where that has ended.
    UpdateMapRun(MapRunId, Box<map_run::Occurrence>, Answer<bool>),
    /// It is redriven, at the earliest after the turn in which it has ended.
    Redrive(Redriver, Answer<Timestamp>),
    /// Whoever carried out its effects is gone. These messages have come in.
    Recover(Vec<(MessageId, Mail)>),
}

/// To whom the answer goes. Whoever has gone meanwhile gets none.
pub(super) type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// What became of something that an execution was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It was taken in, at this time.
    Taken(Timestamp),
    /// The execution has ended.
    Ended,
    /// The task is not open any more.
    TaskClosed,
}

/// Tells somebody how the commit went.
type Reply = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// What is taken in with one commit.
pub(super) struct Turn {
    /// Of which execution.
    id: ExecutionId,
    pub(super) step: Step,
    /// Whether the state has changed, be it without any event.
    pub(super) changed: bool,
    /// Whether timers have fired.
    pub(super) fired: bool,
    /// Whether the execution was redriven.
    pub(super) redriven: bool,
    /// Messages that were taken in.
    pub(super) applied: Vec<MessageId>,
    /// Messages to send.
    pub(super) send: Vec<Outgoing>,
    /// Messages that nobody needs any more.
    pub(super) discarded: Vec<MessageId>,
    /// Messages that came too early: they stay in the inbox.
    pub(super) early: Vec<MessageId>,
    /// What to do besides the step's effects.
    pub(super) again: Vec<Effect>,
    /// What its Map Runs do.
    pub(super) map_runs: Steps,
    /// Who is told, once the commit is made or has failed for the first time.
    answers: Vec<Reply>,
    /// Which workers are told, once the commit is made or has failed for good.
    taken: Vec<Reply>,
    due: Option<TimerId>,
    recover: bool,
}

impl Turn {
    pub(super) fn new(id: ExecutionId, map_runs: Steps) -> Self {
        Self {
            id,
            step: Step::default(),
            changed: false,
            fired: false,
            redriven: false,
            applied: Vec::new(),
            send: Vec::new(),
            discarded: Vec::new(),
            early: Vec::new(),
            again: Vec::new(),
            map_runs,
            answers: Vec::new(),
            taken: Vec::new(),
            due: None,
            recover: false,
        }
    }

    /// Takes in one thing that happened.
    pub(super) fn take_in(&mut self, loaded: &mut Loaded, at: Timestamp, input: Input) {
        let ended = loaded.execution.outcome().is_some();
        match input {
            // All that is due by now fires at once.
            Input::Due(timer) => self.due = Some(timer),
            Input::Tell { occurrence, started_at, answer } => {
                let other = started_at.is_some_and(|at| at != loaded.execution.started_at());
                let told = match nested::task_of(&occurrence) {
                    _ if ended || other => Told::Ended,
                    Some(task) if !loaded.execution.is_open(task) => Told::TaskClosed,
                    _ => {
                        self.on(loaded, at, occurrence);
                        Told::Taken(loaded.execution.now())
                    }
                };
                if let Some(answer) = answer {
                    self.answer(answer, told);
                }
            }
            Input::TaskEnded(id, mut end) => {
                if let Some(task) = loaded.open_task(id) {
                    let before = self.step.events.len();
                    let (log, calls) = (take(&mut end.log), take(&mut end.calls));
                    self.on(loaded, at, nested::ended(&task, end));
                    note_told(&mut self.step.events[before..], log, calls);
                } else {
                    // This very turn may have given it up.
                    note_ran(&mut self.step, id, end.usage);
                }
            }
            Input::Mail(id, _) if ended => self.discarded.push(id),
            Input::Mail(id, mail) if is_early(loaded, &mail) => self.early.push(id),
            Input::Mail(id, mail) => {
                self.applied.push(id);
                self.read(loaded, at, mail);
            }
            Input::Run(id) => self.again.extend(loaded.open_task(id).map(run)),
            // The worker has gone: the task is offered to others.
            Input::Take(id, _, answer) if answer.is_closed() => {
                let task = loaded.open_task(id).filter(|task| !task.started);
                self.again.extend(task.map(run));
            }
            Input::Take(id, worker_name, answer) => {
                let taken = loaded.open_task(id).filter(|task| !task.started).map(|task| {
                    self.on(loaded, at, Occurrence::TaskStarted { task: id, worker_name });
                    Taken { token: task.task_token.unwrap_or_default(), input: task.input }
                });
                self.taken.push(reply(answer, taken));
            }
            Input::MapRun(map_run, occurrence) => {
                self.map_run_on(loaded, at, map_run, *occurrence);
            }
            Input::UpdateMapRun(map_run, occurrence, answer) => {
                let open = self.map_run_on(loaded, at, map_run, *occurrence);
                self.answer(answer, open);
            }
            Input::Redrive(by, answer) => match self.redrive(loaded, at, by) {
                Ok(at) => self.answer(answer, at),
                Err(error) => drop(answer.send(Err(error))),
            },
            Input::NotRun(task) => {
                self.send.extend(loaded.open_task(task).map(|_| Mail::NotRun { task }.to(self.id)));
            }
            Input::Recover(mail) => {
                for (id, mail) in mail {
                    self.take_in(loaded, at, Input::Mail(id, mail));
                }
                self.recover = true;
            }
        }
    }

    /// Goes on with what has failed. Returns when it was redriven.
    fn redrive(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        by: Redriver,
    ) -> Result<Timestamp, Error> {
        if let Some(redriven_at) = by.has_redriven(&loaded.execution, at) {
            return Ok(redriven_at);
        }
        let step = loaded
            .redrive(at, by.client_token())
            .map_err(|reason| Error::NotRedrivable(reason.to_string()))?;
        let redriven_at = loaded.execution.redriven_at().unwrap_or(at);
        self.redriven = true;
        self.begin(loaded, at, step);
        Ok(redriven_at)
    }

    fn read(&mut self, loaded: &mut Loaded, at: Timestamp, mail: Mail) {
        let occurrence = match mail {
            Mail::ChildEnded { task, result } => match result {
                Ok(output) => Occurrence::TaskSucceeded { task, output, usage: None },
                Err(failure) => Occurrence::TaskFailed { task, failure, usage: None },
            },
            Mail::TaskEnded { task, result, usage, log, calls } => {
                let end = TaskEnd { result, usage, log, calls };
                return self.take_in(loaded, at, Input::TaskEnded(task, end));
            }
            Mail::MapRunChildEnded { map_run, ended } => {
                let ended = map_run::Occurrence::ChildEnded(ended);
                self.map_run_on(loaded, at, map_run, ended);
                return;
            }
            // It is there already.
            Mail::StartChild(_) => return,
            Mail::NotRun { task } => {
                self.again.extend(loaded.open_task(task).map(run));
                return;
            }
            Mail::Stop { child_of: Some(parent), .. }
                if loaded.attributes.parent.as_ref() != Some(&parent) =>
            {
                return;
            }
            Mail::Stop { error, cause, .. } => Occurrence::Stop { error, cause },
        };
        self.on(loaded, at, occurrence);
    }

    /// Carries out again what is open in an execution whose host is gone: a task that was cut off
    /// is run again where that does no harm, and fails where it might. What `runs` goes on.
    pub(super) fn recover(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        runs: impl Fn(TaskId) -> bool,
        effect: impl Fn(&RunTask) -> EffectClass,
    ) {
        if !take(&mut self.recover) {
            return;
        }
        // What this very turn does is not done yet.
        let new = self.step.effects.iter().chain(&self.again).filter_map(|effect| match effect {
            Effect::RunTask(task) => Some(task.task),
            _ => None,
        });
        let new: BTreeSet<_> = new.collect();
        let mut cut_off = Vec::new();
        for pending in loaded.pending() {
            match pending {
                Effect::RunTask(task)
                    if task.submitted || new.contains(&task.task) || runs(task.task) => {}
                Effect::RunTask(task) => match effect(&task) {
                    EffectClass::Pure | EffectClass::Idempotent => {
                        // What runs elsewhere goes on there.
                        let ran = task.started && !task.resource.is_built_in();
                        cut_off.extend(ran.then(|| EndedAttempt::cut_off(&task)));
                        self.again.push(Effect::RunTask(task));
                    }
                    EffectClass::AtMostOnce => {
                        let cause =
                            "The host went down while it ran the task, which must not run twice.";
                        let end = TaskEnd::refused(HOST_LOST, cause);
                        self.on(loaded, at, nested::ended(&task, end));
                        self.forget_how_long_it_took(task.task);
                    }
                },
                // Timers are in the store, and Map Runs are below.
                _ => {}
            }
        }
        for attempt in cut_off {
            // What the failure of another gave up is counted already.
            match loaded.open_task(attempt.task) {
                Some(_) => self.step.ended.push(attempt),
                None => self.forget_how_long_it_took(attempt.task),
            }
        }
        for ended in self.map_runs.resume(loaded, at) {
            self.on(loaded, at, ended);
        }
    }

    /// Of an attempt that ended while the host was down nobody knows when it did.
    fn forget_how_long_it_took(&mut self, task: TaskId) {
        let ended = self.step.ended.iter_mut().find(|it| it.task == task);
        ended.into_iter().for_each(|attempt| attempt.took_ms = None);
    }

    /// Fires the timers that are due, once all else is taken in: what ended at the moment of its
    /// timeout has ended.
    pub(super) fn fire(&mut self, loaded: &mut Loaded, at: Timestamp) {
        if let Some(timer) = self.due.filter(|_| loaded.execution.outcome().is_none()) {
            self.on(loaded, at, Occurrence::TimerFired { timer });
            self.fired = true;
        }
    }

    /// Takes in the first step of an execution that is started or redriven.
    pub(super) fn begin(&mut self, loaded: &mut Loaded, at: Timestamp, step: Step) {
        let ended = self.map_runs.follow(loaded, at, &step);
        self.changed = true;
        self.add(step);
        ended.into_iter().for_each(|occurrence| self.on(loaded, at, occurrence));
    }

    fn on(&mut self, loaded: &mut Loaded, at: Timestamp, occurrence: Occurrence) {
        let mut occurrences = VecDeque::from([occurrence]);
        while let Some(occurrence) = occurrences.pop_front() {
            let starts = matches!(occurrence, Occurrence::TaskStarted { .. });
            let step = loaded.on(at, occurrence);
            // A task that is run again was started before.
            self.changed |= !starts || step != Step::default();
            // A Map Run may end as soon as it is started.
            occurrences.extend(self.map_runs.follow(loaded, at, &step));
            self.add(step);
        }
    }

    /// Tells a Map Run what happened to it. Returns whether it was open.
    fn map_run_on(
        &mut self,
        loaded: &mut Loaded,
        at: Timestamp,
        map_run: MapRunId,
        occurrence: map_run::Occurrence,
    ) -> bool {
        let (open, ended) = self.map_runs.on(loaded, at, map_run, occurrence);
        if let Some(ended) = ended {
            self.on(loaded, at, ended);
        }
        open
    }

    fn add(&mut self, step: Step) {
        self.step.events.extend(step.events);
        self.step.effects.extend(step.effects);
        self.step.ended.extend(step.ended);
        self.step.outcome = step.outcome.or(self.step.outcome.take());
    }

    fn answer<T: Send + 'static>(&mut self, answer: Answer<T>, with: T) {
        self.answers.push(reply(answer, with));
    }

    /// Keeps the end of a task as a message of the execution to itself.
    pub(super) fn keep_for_later(&mut self, task: TaskId, end: TaskEnd) {
        let TaskEnd { result, usage, log, calls } = end;
        self.send.push(Mail::TaskEnded { task, result, usage, log, calls }.to(self.id));
    }

    /// Whether messages that came too early may be taken in from now on.
    pub(super) fn has_submitted(&self) -> bool {
        let submitted = |event: &Event| matches!(event.details, Details::TaskSubmitted(..));
        self.step.events.iter().any(submitted)
    }

    /// Whether there is anything to commit. That attempts were cut off is none of it.
    pub(super) fn is_empty(&self) -> bool {
        let Step { events, effects, outcome, ended: _ } = &self.step;
        (events.is_empty() && effects.is_empty() && outcome.is_none())
            && !self.changed
            && self.map_runs.is_empty()
            && self.applied.is_empty()
            && self.send.is_empty()
    }

    /// Tells who waits for an answer how the commit went.
    pub(super) fn tell(&mut self, result: &Result<(), Error>) {
        self.answers.append(&mut self.taken);
        for answer in take(&mut self.answers) {
            answer(result.clone());
        }
    }

    /// Tells who waits for an answer why it takes long. Not the workers: what they have taken is
    /// theirs once the commit is made.
    pub(super) fn tell_trouble(&mut self, error: &Error) {
        for answer in take(&mut self.answers) {
            answer(Err(error.clone()));
        }
    }
}

/// The error of a task that was cut off, and that must not run twice.
const HOST_LOST: &str = "Stepwell.HostLost";

/// Whether a child has ended before it is known that it was started: that comes first.
fn is_early(loaded: &Loaded, mail: &Mail) -> bool {
    match mail {
        Mail::ChildEnded { task, .. } => {
            loaded.open_task(*task).is_some_and(|task| !task.submitted)
        }
        _ => false,
    }
}

fn reply<T: Send + 'static>(answer: Answer<T>, with: T) -> Reply {
    Box::new(move |result| {
        let _ = answer.send(result.map(|()| with));
    })
}

fn run(task: RunTask) -> Effect {
    Effect::RunTask(Box::new(task))
}

impl Input {
    /// What nobody waits for an answer to.
    pub(super) fn told(occurrence: Occurrence) -> Self {
        Self::Tell { occurrence, started_at: None, answer: None }
    }

    /// Refuses what somebody waits for an answer to. Gives back what is to be taken in later.
    pub(super) fn refuse(self, error: &Error) -> Option<Self> {
        match self {
            Self::Tell { answer: Some(answer), .. } => drop(answer.send(Err(error.clone()))),
            // One that nobody waits for any more is offered to others.
            Self::Take(_, _, answer) if !answer.is_closed() => {
                drop(answer.send(Err(error.clone())));
            }
            Self::Redrive(_, answer) => drop(answer.send(Err(error.clone()))),
            Self::UpdateMapRun(_, _, answer) => drop(answer.send(Err(error.clone()))),
            later => return Some(later),
        }
        None
    }
}
