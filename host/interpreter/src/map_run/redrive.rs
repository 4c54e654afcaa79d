//! Redriving a Map Run: what did not succeed is run again.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>

use stepwell_asl::StateMachine;

use super::{MapRun, Order, Phase, StartMapRun, Step};
use crate::Timestamp;

impl MapRun {
    /// Runs again what did not succeed, and what was not run: the execution was redriven, and asks
    /// for its Map Run [once more](Order::redrive_count). Its limits stay as they are.
    ///
    /// The step is empty where the Map Run has not ended, or was redriven as often already.
    pub fn redrive(&mut self, machine: &StateMachine, start: StartMapRun, at: Timestamp) -> Step {
        let StartMapRun { order, scope } = start;
        if self.phase != Phase::Ended || self.order.redrive_count >= order.redrive_count {
            return Step::default();
        }
        self.order = Order { redrive_count: order.redrive_count, ..self.order.clone() };
        *self.scope = scope;
        self.again = std::mem::take(&mut self.unsuccessful);
        let written = self.order.destination.is_some();
        self.items.redrive(written);
        self.executions.redrive(written);
        self.results.forget(self.again.keys());
        self.forget_asked();
        self.phase = Phase::Running;
        self.redriven_at = Some(at);
        self.turn(machine, at, |_, _| Ok(()))
    }
}
