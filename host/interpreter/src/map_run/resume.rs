//! A Map Run that is stored, and goes on.

use std::collections::VecDeque;

use stepwell_asl::StateMachine;

use super::{Effect, Filling, MapRun, Phase, Source, Step};
use crate::Timestamp;

impl MapRun {
    /// As it is to be stored: without the items that were read ahead, which are read again when
    /// they are needed. So what is written at each commit does not grow with them.
    #[must_use]
    pub fn checkpoint(&self) -> Self {
        let ahead = self.waiting.len() + self.filling.len();
        // What will not be run any more is a result.
        if ahead == 0 || self.phase != Phase::Running {
            return self.clone();
        }
        Self {
            waiting: VecDeque::new(),
            filling: Filling::default(),
            counted: self.counted.max(self.next_item),
            next_item: self.next_item - ahead as u64,
            source: match self.source {
                Source::Drained => Source::Open,
                source => source,
            },
            ..self.clone()
        }
    }

    /// Goes on after its host was lost: what was asked for and not reported is asked for again.
    ///
    /// Children that were to be started, run or stopped are the host's to have kept, and so are the
    /// results of those that have ended. Children that were to be redriven are among the effects,
    /// and the results of those that were never started.
    pub fn resume(&mut self, machine: &StateMachine, at: Timestamp) -> Step {
        self.forget_asked();
        match &self.phase {
            Phase::Running => {
                let redriven = self.redriven();
                let mut step = self.turn(machine, at, |_, _| Ok(()));
                step.effects.splice(0..0, redriven);
                step
            }
            Phase::Stopping(_) => Step { effects: self.redriven(), end: None },
            Phase::Ended => Step::default(),
            Phase::Writing(failure) => {
                let rest = failure.is_some().then(|| self.not_started(machine));
                let effects = rest.into_iter().flatten().chain([Effect::FinishResults]);
                Step { effects: effects.collect(), end: None }
            }
        }
    }

    /// Whoever was asked is gone.
    pub(super) fn forget_asked(&mut self) {
        self.starting = false;
        if self.source == Source::Asked {
            self.source = Source::Open;
        }
    }
}
