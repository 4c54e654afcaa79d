//! Looks on while a state is tested.

use std::cell::{Cell, RefCell};

use serde_json::{Map, Value};
use stepwell_asl::Json;

use super::{InspectionData, StateConfiguration};

/// What a run is told that tests one state, and what it tells.
#[derive(Debug)]
pub(crate) struct Inspector {
    /// The context object, where one is given.
    pub(crate) context: Option<Map<String, Value>>,
    /// `$$.State.RetryCount`, where it is given.
    pub(crate) retry_count: Option<u64>,
    /// What the ItemReader of a Map reads, where it is given.
    pub(crate) reader_data: Option<String>,
    /// The iterations of a Map.
    iterations: Cell<Iterations>,
    data: RefCell<InspectionData>,
}

/// How many iterations a Map has, and how many of them may fail.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Iterations {
    /// None where the items are not known.
    pub(crate) length: Option<u64>,
    /// None where any number may.
    pub(crate) tolerated: Option<u64>,
}

impl Inspector {
    pub(super) fn new(
        context: Option<Map<String, Value>>,
        configuration: &StateConfiguration,
        input: Json,
    ) -> Self {
        Self {
            context,
            retry_count: configuration.retrier_retry_count,
            reader_data: configuration.map_item_reader_data.clone(),
            iterations: Cell::default(),
            data: RefCell::new(InspectionData { input: Some(input), ..InspectionData::default() }),
        }
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
