//! The figures of the last day that the rules look at, put together as they are read.

use std::collections::BTreeMap;

use stepwell_engine::statistics::{Executions, Figures, Fold, OTHER, Step};

use super::{DAY, HOUR};

/// Of so many states the figures are kept: beyond lies what nobody reads findings of.
const STATES: usize = 50_000;

/// Figures of an account.
pub(super) struct Day {
    now: i64,
    /// By state machine and state, without their durations.
    pub(super) states: BTreeMap<(String, String), Figures>,
    /// By plugin, without their durations.
    pub(super) plugins: BTreeMap<String, Figures>,
    pub(super) machines: BTreeMap<String, Machine>,
}

/// Figures of a state machine's executions.
#[derive(Default)]
pub(super) struct Machine {
    pub(super) day: Executions,
    /// Without their durations, as those of the day before it.
    pub(super) last_hour: Executions,
    pub(super) before: Executions,
}

impl Day {
    pub(super) fn until(now: i64) -> Self {
        let (states, plugins, machines) = Default::default();
        Self { now, states, plugins, machines }
    }
}

impl Fold for Day {
    fn add(&mut self, step: Step) {
        let is_known = step.machine != OTHER;
        // A step is of the time that it began in.
        let is_of_day = step.at >= self.now - DAY;
        let executions = &step.figures.executions;
        if is_known {
            let machine = self.machines.entry(step.machine.clone()).or_default();
            let part = if step.at >= self.now - HOUR {
                &mut machine.last_hour
            } else {
                &mut machine.before
            };
            part.merge_but_durations(executions);
            if is_of_day {
                machine.day.merge(executions);
            }
        }
        if !is_of_day {
            return;
        }
        for ((state, called), figures) in step.figures.states {
            if let Some(called) = called {
                self.plugins.entry(called.plugin).or_default().merge_but_durations(&figures);
            }
            let key = (step.machine.clone(), state);
            let has_room = self.states.len() < STATES || self.states.contains_key(&key);
            if is_known && key.1 != OTHER && has_room {
                self.states.entry(key).or_default().merge_but_durations(&figures);
            }
        }
    }
}
