//! Runs an execution with its Map Runs in virtual time: nothing sleeps, and an hour's wait takes no
//! time.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Duration,
};

use jiff::Timestamp;
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Event, Execution, Failure, Identity, Occurrence, Outcome, RunTask, Step,
    map_run::{self, EndedChild, MapRun, MapRunId, ReadItem, StartChild},
    token::Key,
};

/// What task tokens are signed with.
fn key() -> Key {
    Key::new([7; 32])
}

/// What a task does: how long it takes, and what it returns.
pub struct Answer {
    /// From its start to its end.
    pub takes: Duration,
    /// Its end.
    pub result: Result<Json, Failure>,
}

/// What an execution finds outside.
pub trait World {
    /// What a task does. One that gets no answer never ends.
    fn run(&self, task: &RunTask) -> Option<Answer>;

    /// All items that a Map Run reads.
    fn read(
        &self,
        machine: &StateMachine,
        order: &map_run::Order,
    ) -> Result<Vec<ReadItem>, Failure>;
}

/// How an execution went.
#[derive(Debug)]
pub struct Report {
    /// Its history.
    pub events: Vec<Event>,
    /// Its end; none where nothing is left that could happen to it.
    pub outcome: Option<Outcome>,
}

/// What is yet to happen, earliest first, and in the order in which it was planned.
struct Planned {
    at: Timestamp,
    number: u64,
    to: To,
}

/// To whom it happens.
enum To {
    Execution(usize, Occurrence),
    MapRun(usize, map_run::Occurrence),
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A run of one execution.
pub struct Driver<'a> {
    machine: &'a StateMachine,
    world: &'a dyn World,
    planned: BinaryHeap<Reverse<Planned>>,
    count: u64,
    /// Those that run; the first is the execution itself. A child is in a Map Run, under a number.
    executions: HashMap<usize, (Execution, Option<(usize, u64)>)>,
    /// Those that run, each in an execution.
    map_runs: HashMap<usize, (MapRun, usize)>,
    last: usize,
    events: Vec<Event>,
}

/// From a task's scheduling to its start.
const START: Duration = Duration::from_millis(10);

/// The execution itself.
const ROOT: usize = 0;

impl<'a> Driver<'a> {
    /// A driver of executions of this machine.
    pub fn new(machine: &'a StateMachine, world: &'a dyn World) -> Self {
        Self {
            machine,
            world,
            planned: BinaryHeap::new(),
            count: 0,
            executions: HashMap::new(),
            map_runs: HashMap::new(),
            last: ROOT,
            events: Vec::new(),
        }
    }

    /// Plans something to happen to the execution at a time.
    pub fn plan(&mut self, at: Timestamp, occurrence: Occurrence) {
        self.plan_to(at, To::Execution(ROOT, occurrence));
    }

    fn plan_to(&mut self, at: Timestamp, to: To) {
        self.count += 1;
        self.planned.push(Reverse(Planned { at, number: self.count, to }));
    }

    /// Runs until the execution ends, or nothing is left to happen.
    pub fn run(mut self, identity: Identity, input: Json, at: Timestamp) -> Report {
        let (execution, step) = Execution::start(self.machine, identity, &key(), input, at);
        self.executions.insert(ROOT, (execution, None));
        let mut outcome = self.take(ROOT, step, at);
        while outcome.is_none() {
            let Some(Reverse(next)) = self.planned.pop() else { break };
            match next.to {
                To::Execution(key, occurrence) => {
                    let Some((execution, _)) = self.executions.get_mut(&key) else { continue };
                    let step = execution.on(self.machine, next.at, occurrence);
                    let ended = self.take(key, step, next.at);
                    if key == ROOT {
                        outcome = ended;
                    }
                }
                To::MapRun(key, occurrence) => {
                    let Some((map_run, _)) = self.map_runs.get_mut(&key) else { continue };
                    let step = map_run.on(self.machine, next.at, occurrence);
                    self.take_map_run(key, step, next.at);
                }
            }
        }
        Report { events: self.events, outcome }
    }

    fn take(&mut self, key: usize, step: Step, now: Timestamp) -> Option<Outcome> {
        if key == ROOT {
            self.events.extend(step.events);
        }
        for effect in step.effects {
            match effect {
                Effect::SetTimer { timer, at } => {
                    self.plan_to(at, To::Execution(key, Occurrence::TimerFired { timer }));
                }
                Effect::RunTask(run) => self.run_task(key, &run, now),
                Effect::StartMapRun(start) => {
                    let (map_run, step) = MapRun::start(self.machine, *start, now);
                    self.last += 1;
                    self.map_runs.insert(self.last, (map_run, key));
                    self.take_map_run(self.last, step, now);
                }
                Effect::StopMapRun { map_run } => self.stop_map_run(key, map_run),
                // What is cancelled may still be reported: the execution ignores it.
                Effect::CancelTask { .. } | Effect::CancelTimer { .. } => {}
            }
        }
        let outcome = step.outcome?;
        if let Some((execution, Some((map_run, child)))) = self.executions.remove(&key) {
            let (input, started_at) = (execution.input().clone(), execution.started_at());
            let ended = EndedChild { child, input, started_at, outcome: outcome.clone() };
            self.plan_to(now, To::MapRun(map_run, map_run::Occurrence::ChildEnded(ended.into())));
        }
        Some(outcome)
    }

    fn run_task(&mut self, key: usize, run: &RunTask, now: Timestamp) {
        let started = now + START;
        let task = run.task;
        self.plan_to(
            started,
            To::Execution(key, Occurrence::TaskStarted { task, worker_name: None }),
        );
        if let Some(answer) = self.world.run(run) {
            let occurrence = match answer.result {
                Ok(output) => Occurrence::TaskSucceeded { task, output, usage: None },
                Err(failure) => Occurrence::TaskFailed { task, failure, usage: None },
            };
            self.plan_to(started + answer.takes, To::Execution(key, occurrence));
        }
    }

    fn take_map_run(&mut self, at: usize, step: map_run::Step, now: Timestamp) {
        let Some((map_run, parent)) = self.map_runs.get(&at) else { return };
        let (order, parent) = (map_run.order().clone(), *parent);
        for effect in step.effects {
            match effect {
                map_run::Effect::ReadItems { from, .. } => {
                    let rest = usize::try_from(from).unwrap_or(usize::MAX);
                    let occurrence = match self.world.read(self.machine, &order) {
                        Ok(items) => {
                            let items = items.into_iter().skip(rest).collect();
                            map_run::Occurrence::ItemsRead { from, items, last: true }
                        }
                        Err(failure) => map_run::Occurrence::ReadFailed(failure),
                    };
                    self.plan_to(now, To::MapRun(at, occurrence));
                }
                map_run::Effect::StartChild(child) => self.start_child(at, *child, now),
                map_run::Effect::StartMore => {
                    self.plan_to(now, To::MapRun(at, map_run::Occurrence::StartMore));
                }
                map_run::Effect::StopChild(number) => {
                    let of = Some((at, number));
                    let child = self.executions.iter().find(|(_, (_, parent))| *parent == of);
                    if let Some((&child, _)) = child {
                        let stop = Occurrence::Stop { error: None, cause: None };
                        self.plan_to(now, To::Execution(child, stop));
                    }
                }
                // Nobody redrives anything here.
                map_run::Effect::RedriveChild(_) | map_run::Effect::WriteResult(_) => {}
                map_run::Effect::FinishResults => {
                    let written = map_run::Occurrence::ResultsWritten(Json::empty());
                    self.plan_to(now, To::MapRun(at, written));
                }
            }
        }
        if let Some(result) = step.end {
            self.map_runs.remove(&at);
            let ended = Occurrence::MapRunEnded { map_run: order.map_run, result };
            self.plan_to(now, To::Execution(parent, ended));
        }
    }

    fn start_child(&mut self, map_run: usize, child: StartChild, now: Timestamp) {
        let (number, input) = (child.child, child.input.clone());
        match Execution::start_child(self.machine, child, &key(), now) {
            Ok((execution, step)) => {
                self.last += 1;
                let child = self.last;
                self.executions.insert(child, (execution, Some((map_run, number))));
                self.take(child, step, now);
            }
            Err(failure) => {
                let outcome = Outcome::Failed(failure);
                let ended = EndedChild { child: number, input, started_at: now, outcome };
                let ended = map_run::Occurrence::ChildEnded(ended.into());
                self.plan_to(now, To::MapRun(map_run, ended));
            }
        }
    }

    fn stop_map_run(&mut self, parent: usize, stopped: MapRunId) {
        self.map_runs
            .retain(|_, (map_run, of)| (*of, map_run.order().map_run) != (parent, stopped));
    }
}
