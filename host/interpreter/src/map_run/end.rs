//! How a Map Run ends.

use stepwell_asl::StateMachine;

use super::{
    Effect, Input, Items, MapRun, Phase, Record, Source, Status, Step, Turn, items,
    selector::Selector,
};
use crate::{Failure, Outcome, errors};

impl MapRun {
    /// Aborts it, because its execution was stopped or goes on without it: stops its children.
    /// Nobody waits for its end, so that the step has none, and no results are finished.
    pub fn stop(&mut self) -> Step {
        let mut step = Step::default();
        if self.phase != Phase::Ended {
            self.stop_children(&mut step);
            for (number, child) in std::mem::take(&mut self.children) {
                self.end_child(&Outcome::Aborted(Failure::default()), number, child);
            }
            self.phase = Phase::Ended;
        }
        step
    }

    /// Stops what runs, to end in failure once it has ended.
    pub(super) fn fail(&mut self, turn: &mut Turn<'_>, failure: Failure) {
        match &self.phase {
            Phase::Running => {
                self.stop_children(&mut turn.step);
                self.phase = Phase::Stopping(failure);
            }
            // It has failed already; but now nothing can be written of it.
            Phase::Stopping(_) if is_of_the_writer(Some(&failure)) => {
                self.phase = Phase::Stopping(failure);
            }
            Phase::Writing(_) => self.finish(turn, Some(failure)),
            Phase::Stopping(_) | Phase::Ended => {}
        }
    }

    fn stop_children(&mut self, step: &mut Step) {
        if self.phase == Phase::Running {
            step.effects.extend(self.children.keys().map(|number| Effect::StopChild(*number)));
        }
        // Those that were to be redriven are as they were.
        for (number, child) in std::mem::take(&mut self.again) {
            self.items.give_up(child.items);
            self.executions.give_up(1);
            self.unsuccessful.insert(number, child);
        }
    }

    /// Ends in failure where all that was stopped has ended: keeps what was not run.
    pub(super) fn stopped(&mut self, turn: &mut Turn<'_>) {
        let Phase::Stopping(failure) = &self.phase else { return };
        if !self.children.is_empty() {
            return;
        }
        let failure = failure.clone();
        if self.is_written() && self.order.destination.is_some() {
            turn.step.effects.extend(self.not_started(turn.machine));
        }
        self.finish(turn, Some(failure));
    }

    /// Whether results are of use: unless it is the writer that has failed.
    pub(super) fn is_written(&self) -> bool {
        !matches!(&self.phase, Phase::Stopping(failure) if is_of_the_writer(Some(failure)))
    }

    /// The results of the children that were never started.
    pub(super) fn not_started(&self, machine: &StateMachine) -> Vec<Effect> {
        let results = (self.next_child..).zip(self.rest(machine)).map(|(number, (input, _))| {
            Effect::WriteResult(Box::new(Record {
                identity: self.identify(number),
                input,
                status: Status::Pending,
                started_at: None,
                stopped_at: None,
                redrive_count: 0,
            }))
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
