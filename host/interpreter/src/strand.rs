//! Strands: the execution itself, each branch of a Parallel and each iteration of a Map. They share
//! one history.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_asl::{Json, definition::Name};

use crate::{TaskId, TimerId, map_run::Order};

/// A strand, unique in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct StrandId(pub(crate) u64);

impl StrandId {
    /// The execution itself.
    pub(crate) const ROOT: Self = Self(0);
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Strand {
    pub(crate) id: StrandId,
    /// The strand whose Parallel or Map state runs this one, and which of its branches or
    /// iterations it is.
    pub(crate) parent: Option<(StrandId, usize)>,
    /// The strand's last event: the next one's `previousEventId`.
    pub(crate) previous: u64,
    /// Variables assigned in this strand. Those of the parents are read through.
    pub(crate) variables: BTreeMap<String, Json>,
    /// `$$.Map.Item` of an iteration.
    pub(crate) item: Option<Item>,
    /// The state it is in.
    pub(crate) visit: Visit,
}

/// `$$.Map.Item`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) index: u64,
    pub(crate) value: Json,
    /// Where the items are those of an object.
    pub(crate) key: Option<String>,
    /// Where it was read from; none for the state's data.
    pub(crate) source: Option<Arc<str>>,
}

/// A state from its StateEntered to its StateExited event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Visit {
    pub(crate) state: Name,
    /// The state's input, before `InputPath`.
    pub(crate) input: Json,
    pub(crate) entered_at: Timestamp,
    /// The id of its StateEntered event.
    pub(crate) entered: u64,
    /// The `previousEventId` of that.
    pub(crate) before: u64,
    /// How often each retrier has tried again.
    pub(crate) retries: Vec<u64>,
    pub(crate) phase: Phase,
}

impl Visit {
    /// A state that is about to be entered, after an event.
    pub(crate) fn next(state: Name, input: Json, previous: u64, at: Timestamp) -> Self {
        Self {
            state,
            input,
            entered_at: at,
            entered: previous,
            before: previous,
            retries: Vec::new(),
            phase: Phase::Ready,
        }
    }

    /// Whether the state was entered: it may be yet to be.
    pub(crate) fn is_entered(&self) -> bool {
        self.before != self.entered
    }

    /// Forgets what was waited for, but for what a redrive goes on with.
    pub(crate) fn stop(&mut self) {
        match self.phase {
            Phase::Forked(_) | Phase::Distributed(_) => {}
            _ => self.phase = Phase::Ready,
        }
    }

    /// `$$.State.RetryCount`.
    pub(crate) fn retry_count(&self) -> u64 {
        self.retries.iter().sum()
    }
}

/// What a strand waits for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// For nothing.
    Ready,
    /// For its turn in a later step. It has not entered its state yet.
    Paused(TimerId),
    /// For the time of a Wait state.
    Waiting(TimerId),
    /// For the next attempt.
    BackingOff(TimerId),
    /// For a task.
    Running(Box<Running>),
    /// For its branches or iterations.
    Forked(Box<Fork>),
    /// For its Map Run. Where that has failed or was stopped, a redrive goes on with it.
    Distributed(Box<Order>),
}

/// A task that runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) task: TaskId,
    /// When it was scheduled; none where that was not stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scheduled_at: Option<Timestamp>,
    pub(crate) input: Json,
    /// Whether its ...Started event is there.
    pub(crate) started: bool,
    /// Whether its TaskSubmitted event is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) submitted: bool,
    pub(crate) task_token: Option<String>,
    pub(crate) credentials: Option<Json>,
    pub(crate) heartbeat_seconds: Option<u64>,
    pub(crate) timeout: Option<TimerId>,
    pub(crate) heartbeat: Option<TimerId>,
}

/// The branches or iterations of a state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fork {
    /// What each returned, in the order of the definition or the items.
    pub(crate) results: Vec<Option<Json>>,
    /// Those that run.
    pub(crate) children: BTreeMap<usize, StrandId>,
    /// Those that failed or were aborted, where they stood then: a redrive goes on with them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) stopped: BTreeMap<usize, Strand>,
    /// Iterations of a Map.
    pub(crate) iterations: Option<Iterations>,
}

/// What is left to do of a Map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Iterations {
    /// The array, or the object whose members are the items.
    pub(crate) items: Json,
    /// The state's input behind `InputPath`, which `ItemSelector` is applied to; none after the
    /// execution was stored, until the next iteration starts.
    #[serde(skip)]
    pub(crate) input: Option<Json>,
    /// The next to start.
    pub(crate) next: usize,
    /// Those that a redrive is yet to go on with: they come first.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) again: BTreeMap<usize, Strand>,
    /// How many have failed.
    pub(crate) failed: u64,
    /// How many may fail; none where the first failure is the Map's own.
    pub(crate) tolerated: Option<u64>,
}
