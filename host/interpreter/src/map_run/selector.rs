//! `ItemSelector`, for the items of a Map Run.

use std::cell::Cell;

use serde_json::Value;
use stepwell_asl::{
    Json, StateMachine,
    definition::{Kind, Map},
};

use super::{Order, missing_state};
use crate::{
    Execution, Failure,
    context::Environment,
    io::Processing,
    random::Random,
    strand::{Item, Strand},
};

/// The state whose items are selected, with what its expressions see.
pub(super) struct Selector<'a> {
    execution: &'a Execution,
    strand: &'a Strand,
    map: &'a Map,
    map_run_arn: &'a str,
    /// The state's input behind `InputPath`.
    input: Json,
    last_context: Cell<Option<Value>>,
}

impl<'a> Selector<'a> {
    pub(super) fn new(
        machine: &'a StateMachine,
        order: &'a Order,
        scope: &'a Execution,
    ) -> Result<Self, Failure> {
        let state = machine.states.get(&order.state).map(|state| &state.kind);
        let strand = scope.strands.get(&order.strand);
        let (Some(Kind::Map(map)), Some(strand)) = (state, strand) else {
            return Err(missing_state(&order.state));
        };
        let mut selector = Self {
            execution: scope,
            strand,
            map,
            map_run_arn: &order.map_run_arn,
            input: Json::empty(),
            last_context: Cell::default(),
        };
        let random = Random::default();
        let input = selector.processing(&random, None).input();
        selector.input = input.map_err(|raised| raised.failure)?;
        Ok(selector)
    }

    /// What becomes of an item: `ItemSelector`'s value, else the item itself.
    pub(super) fn select(&self, item: &Item) -> Result<Json, Failure> {
        let Some(template) = &self.map.item_selector else { return Ok(item.value.clone()) };
        // Each item has random numbers of its own.
        let random = Random::seeded(self.map_run_arn, item.index);
        let processing = self.processing(&random, Some(item));
        processing
            .template(template, &processing.scope(&self.input), "ItemSelector")
            .map_err(|raised| raised.failure)
    }

    fn processing<'s>(&'s self, random: &'s Random, item: Option<&'s Item>) -> Processing<'s> {
        let mut environment =
            Environment::new(self.execution, self.strand, random, &self.last_context);
        environment.retryable = true;
        environment.item = item;
        Processing { environment, io: &self.map.io }
    }
}
