//! The children of a Map Run.

use serde::{Deserialize, Serialize};
use stepwell_asl::Json;

use super::{
    ChildType, Effect, EndedChild, MapRun, READ_AHEAD_BYTES, Record, RedriveChild, START_AT_ONCE,
    StartChild, Status, Turn, is_zero, writer,
};
use crate::{Failure, Identity, Outcome, random::uuid};

/// A child that was started. Its number is that of its identity.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Child {
    /// How many items it has.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(super) items: u64,
    /// How often it was redriven.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) redrive_count: u64,
}

fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(number: &u64) -> bool {
    *number == 1
}

impl MapRun {
    /// Who a child is.
    pub fn identify(&self, child: u64) -> Identity {
        let name = uuid(&self.order.map_run_arn, child);
        self.order.identify(&name, &self.scope.identity.role_arn)
    }

    /// How many children were ever started: their numbers are those below.
    pub fn children_started(&self) -> u64 {
        self.next_child
    }

    /// Starts as many children as may run at once, and no more than may be started in one step.
    pub(super) fn start_children(
        &mut self,
        turn: &mut Turn<'_>,
        concurrency: usize,
    ) -> Result<(), Failure> {
        if self.starting {
            return Ok(());
        }
        let room = concurrency.saturating_sub(self.children.len()).min(START_AT_ONCE);
        let (mut started, mut bytes) = (0, 0);
        while started < room
            && let Some((number, child)) = self.again.pop_first()
        {
            self.restart_child(turn, number, child);
            started += 1;
        }
        self.fill(turn.machine, room - started)?;
        // More may be ready, where filling others has failed before.
        while started < room
            && let Some((input, items)) = self.ready.pop_front()
        {
            bytes += input.text().len();
            started += 1;
            self.start_child(turn, input, items);
        }
        let at_once = started >= START_AT_ONCE || bytes >= READ_AHEAD_BYTES;
        if at_once && self.children.len() < concurrency {
            self.starting = true;
            turn.step.effects.push(Effect::StartMore);
        }
        Ok(())
    }

    fn start_child(&mut self, turn: &mut Turn<'_>, input: Json, items: u64) {
        let number = self.next_child;
        self.next_child += 1;
        self.items.start(items);
        self.executions.total += 1;
        self.executions.running += 1;
        turn.step.effects.push(Effect::StartChild(Box::new(StartChild {
            child: number,
            identity: self.identify(number),
            input,
            items,
            state: self.order.state.clone(),
            child_type: self.order.child_type,
        })));
        self.children.insert(number, Child { items, redrive_count: 0 });
    }

    /// Runs a child again.
    fn restart_child(&mut self, turn: &mut Turn<'_>, number: u64, child: Child) {
        let child = Child { redrive_count: child.redrive_count + 1, ..child };
        self.items.restart(child.items);
        self.executions.restart(1);
        turn.step.effects.push(self.redrive_child(number, child));
        self.children.insert(number, child);
    }

    fn redrive_child(&self, number: u64, child: Child) -> Effect {
        Effect::RedriveChild(Box::new(RedriveChild {
            child: number,
            identity: self.identify(number),
            redrive_count: child.redrive_count,
            child_type: self.order.child_type,
        }))
    }

    /// Has the children that are redriven redriven once more: each is so often only as it says.
    pub(super) fn redriven(&self) -> Vec<Effect> {
        let redriven = self.children.iter().filter(|(_, child)| child.redrive_count > 0);
        redriven.map(|(number, child)| self.redrive_child(*number, *child)).collect()
    }

    pub(super) fn child_ended(&mut self, turn: &mut Turn<'_>, ended: EndedChild) {
        let EndedChild { child: number, input, started_at, outcome } = ended;
        let Some(child) = self.children.remove(&number) else { return };
        self.end_child(&outcome, number, child);
        if self.is_written() {
            let record = Record {
                identity: self.identify(number),
                input,
                status: Status::of(outcome),
                started_at: Some(started_at),
                stopped_at: Some(turn.at),
                // One that is started anew is not redriven.
                redrive_count: match self.order.child_type {
                    ChildType::Standard => child.redrive_count,
                    ChildType::Express => 0,
                },
            };
            self.keep(turn, number, record, child.items);
        }
    }

    /// Counts a child as ended.
    pub(super) fn end_child(&mut self, outcome: &Outcome, number: u64, child: Child) {
        self.items.end(outcome, child.items);
        self.executions.end(outcome, 1);
        if !matches!(outcome, Outcome::Succeeded { .. }) {
            self.unsuccessful.insert(number, child);
        }
    }

    fn keep(&mut self, turn: &mut Turn<'_>, number: u64, record: Record, items: u64) {
        if self.order.destination.is_some() {
            self.items.results_written += items;
            self.executions.results_written += 1;
            turn.step.effects.push(Effect::WriteResult(Box::new(record)));
        } else {
            let writer = writer(turn.machine, &self.order.state);
            self.results.keep(number, record, writer);
        }
    }
}
