//! How a Map Run ends.

use stepwell_asl::StateMachine;

use super::{
    Child, Effect, Input, Items, MapRun, Phase, Source, Status, Step, Turn, items,
    selector::Selector,
};
use crate::{Failure, Outcome, Timestamp, errors};

impl MapRun {
    /// Aborts it, because its execution was stopped or goes on without it: stops its children.
    /// Nobody waits for its end, so that the step has none, and no results are finished.
    pub fn stop(&mut self) -> Step {
        let mut step = Step::default();
        if self.phase != Phase::Ended {
            self.stop_children(&mut step);
            self.phase = Phase::Ended;
        }
        step
    }

    /// Stops what runs, keeps what was not run, and ends in failure.
    pub(super) fn fail(&mut self, turn: &mut Turn<'_>, failure: Failure) {
        if self.phase == Phase::Ended {
            return;
        }
        let keeps = !is_of_the_writer(Some(&failure));
        for (number, child) in self.stop_children(&mut turn.step) {
            if keeps {
                let status = Status::Aborted(Failure::default());
                let record = self.record(number, &child, status, Some(turn.at));
                self.keep(turn, number, record, child.items);
            }
        }
        if keeps && self.order.destination.is_some() {
            turn.step.effects.extend(self.not_started(turn.machine));
        }
        self.finish(turn, Some(failure));
    }

    fn stop_children(&mut self, step: &mut Step) -> Vec<(u64, Child)> {
        let children: Vec<_> = std::mem::take(&mut self.children).into_iter().collect();
        for (number, child) in &children {
            step.effects.push(Effect::StopChild(*number));
            self.end_child(&Outcome::Aborted(Failure::default()), *number, child);
        }
        // Those that were to be redriven are as they were.
        for (number, child) in std::mem::take(&mut self.again) {
            self.items.give_up(child.items);
            self.executions.give_up(1);
            self.unsuccessful.insert(number, child);
        }
        children
    }

    /// The results of the children that were never started.
    pub(super) fn not_started(&self, machine: &StateMachine) -> Vec<Effect> {
        let results =
            (self.next_child..).zip(self.rest(machine)).map(|(number, (input, items))| {
                let started_at = Timestamp::UNIX_EPOCH;
                let child = Child { input, started_at, items, redrive_count: 0 };
                let record = self.record(number, &child, Status::Pending, None);
                Effect::WriteResult(Box::new(record))
            });
        results.collect()
    }

    /// The inputs that further children would have had. An item that makes none is one itself.
    fn rest(&self, machine: &StateMachine) -> Vec<Input> {
        let mut inputs: Vec<_> = self.ready.iter().cloned().collect();
        let (mut waiting, mut filling) = (self.waiting.clone(), self.filling.clone());
        if let (Items::State(data), Source::Open) = (&self.order.items, self.source) {
            waiting.extend(items(data, self.next_item, usize::MAX));
        }
        let selector = Selector::new(machine, &self.order, &self.scope).ok();
        let select = |item: &_| {
            let selected = selector.as_ref().and_then(|selector| selector.select(item).ok());
            Ok(selected.unwrap_or_else(|| item.value.clone()))
        };
        loop {
            match filling.next(self.order.batch.as_ref(), &mut waiting, true, select) {
                Ok(Some(input)) => inputs.push(input),
                Ok(None) => return inputs,
                // It does not fit, and is the first that waits.
                Err(_) => inputs.extend(waiting.pop_front().map(|item| (item.value, 1))),
            }
        }
    }

    pub(super) fn finish(&mut self, turn: &mut Turn<'_>, failure: Option<Failure>) {
        let writes = self.order.destination.is_some() && !matches!(self.phase, Phase::Writing(_));
        if writes && !is_of_the_writer(failure.as_ref()) {
            self.phase = Phase::Writing(failure);
            turn.step.effects.push(Effect::FinishResults);
            return;
        }
        self.phase = Phase::Ended;
        turn.step.end = Some(match failure {
            Some(failure) => Err(failure),
            None => self.results.take(&self.order.state),
        });
    }
}

/// Whether it is the writer itself that failed, and there is nothing to finish.
fn is_of_the_writer(failure: Option<&Failure>) -> bool {
    failure.and_then(|failure| failure.error.as_deref()) == Some(errors::RESULT_WRITER_FAILED)
}
