//! A Map Run as a value: the child executions of a distributed Map.
//!
//! Like an [`Execution`](crate::Execution) it is plain data that is told what happened, and answers
//! with what is to be done: which items to read, which children to start and stop, which results to
//! write. However many items there are, it holds those that were read ahead, the numbers of the
//! children that run and of those that may be redriven, and no more results than a state may
//! return. What a child was started with is its host's to keep.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-examine-map-run.html>

mod batch;
mod children;
mod counts;
mod effect;
mod end;
mod occurrence;
mod order;
mod redrive;
mod results;
mod resume;
mod selector;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_asl::{
    Json, StateMachine,
    definition::{Kind, Mode, ResultWriter},
};

pub(crate) use batch::{Filling, Input};
pub use counts::Counts;
pub use effect::{Effect, RedriveChild, StartChild};
pub use occurrence::{EndedChild, Occurrence, ReadItem};
pub use order::{Batch, ChildType, Items, MapRunId, Order, StartMapRun};
pub(crate) use order::{items, length};
pub use results::{Record, Status};

use children::Child;

use crate::{Execution, Failure, errors, strand::Item};
use results::Results;
use selector::Selector;

/// How many children run at once where `MaxConcurrency` does not say.
const DEFAULT_CONCURRENCY: u64 = 10_000;

/// How many children are started in one step: the host commits them together.
pub const START_AT_ONCE: usize = 256;

/// How many items are asked for at once, and held before a child has taken them.
pub const READ_AHEAD: usize = 1_000;

/// With how many bytes of items, as JSON, no more are asked for, nor reported at once.
pub const READ_AHEAD_BYTES: usize = 8 << 20;

/// A Map Run: plain data, to be cloned and stored between any two steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MapRun {
    order: Order,
    /// The execution, as far as `ItemSelector` sees it.
    scope: Box<Execution>,
    max_concurrency: u64,
    tolerated_failure_count: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    /// Items that no child has taken yet.
    waiting: VecDeque<Item>,
    filling: Filling,
    /// Inputs of children that are yet to be started.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    ready: VecDeque<Input>,
    source: Source,
    /// The next item's index, and the next child's number.
    next_item: u64,
    next_child: u64,
    /// How many items are counted: some may have to be read again.
    #[serde(default)]
    counted: u64,
    /// Whether it has asked to be told when to start more children.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    starting: bool,
    children: BTreeMap<u64, Child>,
    /// Those that ended other than in success: a redrive runs them again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unsuccessful: BTreeMap<u64, Child>,
    /// Those that a redrive is yet to run again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    again: BTreeMap<u64, Child>,
    items: Counts,
    executions: Counts,
    results: Results,
    phase: Phase,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redriven_at: Option<Timestamp>,
}

/// How far the items were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Source {
    /// There are more.
    Open,
    /// Some were asked for.
    Asked,
    /// There are no more.
    Drained,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Phase {
    Running,
    /// It has failed, and waits for the children that it has stopped.
    Stopping(Failure),
    /// No child runs any more, and the results are being written.
    Writing(Option<Failure>),
    Ended,
}

/// Whether a number says no more than its default.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How many children run at once, and how many items may fail: `UpdateMapRun` changes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// `MaxConcurrency`; 0 where there is none but the host's.
    pub max_concurrency: u64,
    /// `ToleratedFailureCount`.
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage`.
    pub tolerated_failure_percentage: Option<f64>,
}

/// What follows from one occurrence.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// What to do, in this order.
    pub effects: Vec<Effect>,
    /// How the Map Run ended, in the step in which it did.
    pub end: Option<Result<Json, Failure>>,
}

/// What one step works with.
struct Turn<'a> {
    machine: &'a StateMachine,
    at: Timestamp,
    step: Step,
}

impl MapRun {
    /// Starts a Map Run.
    pub fn start(machine: &StateMachine, start: StartMapRun, at: Timestamp) -> (Self, Step) {
        let mut map_run = Self::new(start);
        let step = map_run.turn(machine, at, |_, _| Ok(()));
        (map_run, step)
    }

    /// A Map Run that is not started, because its results cannot be written: it has failed.
    pub fn refuse(
        machine: &StateMachine,
        start: StartMapRun,
        failure: Failure,
        at: Timestamp,
    ) -> (Self, Step) {
        let mut map_run = Self::new(start);
        let step = map_run.turn(machine, at, |_, _| Err(failure));
        (map_run, step)
    }

    fn new(start: StartMapRun) -> Self {
        let StartMapRun { order, scope } = start;
        let mut map_run = Self {
            max_concurrency: order.max_concurrency,
            tolerated_failure_count: order.tolerated_failure_count,
            tolerated_failure_percentage: order.tolerated_failure_percentage,
            waiting: VecDeque::new(),
            filling: Filling::default(),
            ready: VecDeque::new(),
            source: Source::Open,
            next_item: 0,
            next_child: 0,
            counted: 0,
            starting: false,
            children: BTreeMap::new(),
            unsuccessful: BTreeMap::new(),
            again: BTreeMap::new(),
            items: Counts::default(),
            executions: Counts::default(),
            results: Results::default(),
            phase: Phase::Running,
            redriven_at: None,
            order,
            scope: Box::new(scope),
        };
        if let Items::State(items) = &map_run.order.items {
            map_run.items.total = length(items);
            map_run.items.pending = map_run.items.total;
        }
        map_run
    }

    /// Takes in what happened.
    pub fn on(&mut self, machine: &StateMachine, at: Timestamp, occurrence: Occurrence) -> Step {
        if self.phase == Phase::Ended {
            return Step::default();
        }
        self.turn(machine, at, |map_run, turn| map_run.occur(turn, occurrence))
    }

    /// What it is to do. Its limits may have been updated since.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// When it was last redriven.
    pub fn redriven_at(&self) -> Option<Timestamp> {
        self.redriven_at
    }

    /// `itemCounts`.
    pub fn item_counts(&self) -> Counts {
        self.items
    }

    /// `executionCounts`.
    pub fn execution_counts(&self) -> Counts {
        self.executions
    }

    /// Its limits as they are now.
    pub fn limits(&self) -> Limits {
        Limits {
            max_concurrency: self.max_concurrency,
            tolerated_failure_count: self.tolerated_failure_count,
            tolerated_failure_percentage: self.tolerated_failure_percentage,
        }
    }

    /// How many items were [read](Occurrence::ItemsRead), those apart that are to be read again.
    pub fn items_read(&self) -> u64 {
        match self.order.items {
            Items::State(_) => 0,
            Items::Reader { .. } => self.next_item,
        }
    }

    fn turn(
        &mut self,
        machine: &StateMachine,
        at: Timestamp,
        occur: impl FnOnce(&mut Self, &mut Turn<'_>) -> Result<(), Failure>,
    ) -> Step {
        let mut turn = Turn { machine, at, step: Step::default() };
        let went = occur(self, &mut turn).and_then(|()| match self.phase {
            Phase::Running => self.run(&mut turn),
            Phase::Stopping(_) | Phase::Writing(_) | Phase::Ended => Ok(()),
        });
        if let Err(failure) = went {
            self.fail(&mut turn, failure);
        }
        self.stopped(&mut turn);
        turn.step
    }

    fn occur(&mut self, turn: &mut Turn<'_>, occurrence: Occurrence) -> Result<(), Failure> {
        match occurrence {
            Occurrence::ItemsRead { from, items, last } => {
                if !self.is_reading() {
                    return Ok(());
                }
                if from != self.next_item {
                    self.source = Source::Open;
                    return Ok(());
                }
                let count = items.len() as u64;
                let counted = self.counted.max(from);
                self.counted = counted.max(from + count);
                self.items.total += self.counted - counted;
                self.items.pending += self.counted - counted;
                self.waiting.extend(items.into_iter().zip(self.next_item..).map(
                    |(item, index)| Item {
                        index,
                        value: item.value,
                        key: item.key,
                        source: Some(item.source.into()),
                    },
                ));
                self.next_item += count;
                self.source = if last { Source::Drained } else { Source::Open };
            }
            Occurrence::ReadFailed(failure) if self.is_reading() => return Err(failure),
            Occurrence::WriteFailed(failure) if self.order.destination.is_some() => {
                return Err(failure);
            }
            Occurrence::ReadFailed(_) | Occurrence::WriteFailed(_) => {}
            Occurrence::StartMore => self.starting = false,
            Occurrence::ChildEnded(ended) => self.child_ended(turn, *ended),
            Occurrence::ResultsWritten(details) => {
                let Phase::Writing(failure) = &mut self.phase else { return Ok(()) };
                let failure = failure.take();
                self.phase = Phase::Ended;
                turn.step.end = Some(failure.map_or(Ok(details), Err));
            }
            Occurrence::Updated {
                max_concurrency,
                tolerated_failure_count,
                tolerated_failure_percentage,
            } => {
                self.max_concurrency = max_concurrency.unwrap_or(self.max_concurrency);
                self.tolerated_failure_count =
                    tolerated_failure_count.or(self.tolerated_failure_count);
                self.tolerated_failure_percentage =
                    tolerated_failure_percentage.or(self.tolerated_failure_percentage);
            }
        }
        Ok(())
    }

    /// Starts what can start, asks for what is needed, and ends where nothing is left.
    fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if self.too_many_failed() {
            return Err(Failure::new(
                errors::EXCEED_TOLERATED_FAILURE_THRESHOLD,
                "The specified tolerated failure threshold was exceeded",
            ));
        }
        let concurrency = match self.max_concurrency {
            0 => DEFAULT_CONCURRENCY,
            concurrency => concurrency.min(DEFAULT_CONCURRENCY),
        };
        let concurrency = usize::try_from(concurrency).unwrap_or(usize::MAX);
        self.start_children(turn, concurrency)?;
        let reads = matches!(self.order.items, Items::Reader { .. });
        if reads && self.source == Source::Open && self.has_room() {
            self.source = Source::Asked;
            let from = self.next_item;
            turn.step.effects.push(Effect::ReadItems { from, count: READ_AHEAD });
        }
        let nothing_waits = self.waiting.is_empty()
            && self.filling.is_empty()
            && self.ready.is_empty()
            && self.again.is_empty();
        if self.source == Source::Drained && nothing_waits && self.children.is_empty() {
            self.finish(turn, None);
        }
        Ok(())
    }

    /// Whether more items may be held.
    fn has_room(&self) -> bool {
        let bytes = || self.waiting.iter().map(|item| item.value.text().len()).sum::<usize>();
        self.waiting.len() < READ_AHEAD && bytes() < READ_AHEAD_BYTES
    }

    /// Whether items that were asked for are waited for.
    fn is_reading(&self) -> bool {
        self.phase == Phase::Running && self.source == Source::Asked
    }

    /// Makes the inputs of the next children, up to so many.
    fn fill(&mut self, machine: &StateMachine, room: usize) -> Result<(), Failure> {
        if self.ready.len() >= room {
            return Ok(());
        }
        let selector = Selector::new(machine, &self.order, &self.scope)?;
        let mut bytes = 0;
        while self.ready.len() < room && bytes < READ_AHEAD_BYTES {
            let drained = self.source == Source::Drained;
            let select = |item: &Item| selector.select(item);
            match self.filling.next(
                self.order.batch.as_ref(),
                &mut self.waiting,
                drained,
                select,
            )? {
                Some(input) => {
                    bytes += input.0.text().len();
                    self.ready.push_back(input);
                }
                None => {
                    let Items::State(data) = &self.order.items else { break };
                    if drained {
                        break;
                    }
                    let waiting = self.waiting.len();
                    self.waiting.extend(items(data, self.next_item, READ_AHEAD));
                    match self.waiting.len() - waiting {
                        0 => self.source = Source::Drained,
                        more => self.next_item += more as u64,
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether more items have failed than may. Of how many a percentage is, is known once all
    /// are read.
    fn too_many_failed(&self) -> bool {
        let failed = self.items.failed + self.items.timed_out + self.items.aborted;
        if failed == 0 {
            return false;
        }
        let known = self.source == Source::Drained || matches!(self.order.items, Items::State(_));
        match (self.tolerated_failure_count, self.tolerated_failure_percentage) {
            (None, None) => true,
            (count, percentage) => {
                count.is_some_and(|count| failed > count)
                    || percentage.is_some_and(|percentage| {
                        known && failed as f64 * 100.0 > percentage * self.items.total as f64
                    })
            }
        }
    }
}

/// The `ResultWriter` of a Map state.
fn writer<'a>(machine: &'a StateMachine, state: &str) -> Option<&'a ResultWriter> {
    match &machine.states.get(state)?.kind {
        Kind::Map(map) => match &map.mode {
            Mode::Distributed(distributed) => distributed.result_writer.as_ref(),
            Mode::Inline => None,
        },
        _ => None,
    }
}

/// A Map Run of a state that the machine does not have.
pub(crate) fn missing_state(state: &str) -> Failure {
    Failure::new(errors::RUNTIME, format!("The Map state '{state}' is not in the definition."))
}
