//! Looks on while a state is tested.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};

use super::InspectionData;

/// What a run is told that tests one state, and what it tells.
#[derive(Debug)]
pub(crate) struct Inspector {
    /// The context object, where one is given.
    pub(crate) context: Option<Map<String, Value>>,
    /// `$$.State.RetryCount`, where it is given.
    pub(crate) retry_count: Option<u64>,
    /// The iterations of a Map.
    iterations: Cell<Iterations>,
    data: RefCell<InspectionData>,
}

/// How many iterations a Map has, and how many of them may fail.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Iterations {
    pub(crate) length: u64,
    /// None where any number may.
    pub(crate) tolerated: Option<u64>,
}

impl Inspector {
    pub(super) fn new(context: Option<Map<String, Value>>, retry_count: Option<u64>) -> Self {
        Self { context, retry_count, iterations: Cell::default(), data: RefCell::default() }
    }

    pub(crate) fn inspect(&self, tell: impl FnOnce(&mut InspectionData)) {
        tell(&mut self.data.borrow_mut());
    }

    pub(crate) fn inspect_iterations(&self, iterations: Iterations) {
        self.iterations.set(iterations);
    }

    pub(super) fn iterations(&self) -> Iterations {
        self.iterations.get()
    }

    pub(super) fn take(&self) -> InspectionData {
        self.data.take()
    }
}
