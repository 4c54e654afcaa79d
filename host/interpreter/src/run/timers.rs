//! The timers of an execution: set, cancelled, and what happens when they fire.

use jiff::Timestamp;

use super::{Run, Turn};
use crate::{
    Effect, Outcome, TaskId, TimerId,
    errors::{self, Raised},
    event::Details,
    execution::{Purpose, Timer},
    states,
};

impl Run<'_> {
    pub(crate) fn set_timer(&mut self, at: Timestamp, purpose: Purpose) -> TimerId {
        self.execution.last_timer += 1;
        let timer = TimerId(self.execution.last_timer);
        self.execution.timers.insert(timer, Timer { at, purpose });
        self.effect(Effect::SetTimer { timer, at });
        timer
    }

    pub(crate) fn cancel_timer(&mut self, timer: TimerId) {
        if self.execution.timers.remove(&timer).is_some() {
            self.effect(Effect::CancelTimer { timer });
        }
    }

    /// Fires the timers that are due, in the order of their times.
    pub(crate) fn fire(&mut self, reported: TimerId) {
        if let Some(&Timer { at, .. }) = self.execution.timers.get(&reported)
            && at > self.now()
        {
            self.effect(Effect::SetTimer { timer: reported, at });
        }
        let mut due: Vec<_> = self
            .execution
            .timers
            .iter()
            .filter(|(_, timer)| timer.at <= self.execution.now)
            .map(|(&id, timer)| (timer.at, id, timer.purpose))
            .collect();
        // The end of the execution comes first: what was due before it would go on only now.
        due.sort_unstable_by_key(|&(at, id, purpose)| {
            (!matches!(purpose, Purpose::ExecutionTimeout), at, id)
        });
        for (at, id, purpose) in due {
            // One that fired before may have cancelled it.
            if self.execution.timers.remove(&id).is_none() {
                continue;
            }
            match purpose {
                Purpose::ExecutionTimeout => return self.time_out(at),
                Purpose::Resume(strand) => self.enqueue(strand, Turn::Resume),
                Purpose::Wake(strand) => self.enqueue(strand, Turn::Wake),
                Purpose::Retry(strand) => self.enqueue(strand, Turn::Retry),
                Purpose::TaskTimeout(task) => self.task_timed_out(task, false),
                Purpose::Heartbeat(task) => self.task_timed_out(task, true),
            }
        }
    }

    fn time_out(&mut self, at: Timestamp) {
        let failure = errors::timeout();
        // It ended when its time was up, and not when the host came to see it.
        self.execution.now = at.max(self.before);
        let outcome = Outcome::TimedOut(failure.clone());
        self.finish(0, Details::ExecutionTimedOut(failure), outcome);
    }

    fn task_timed_out(&mut self, task: TaskId, missed_heartbeat: bool) {
        let Some(&id) = self.execution.tasks.get(&task) else { return };
        let Some(mut strand) = self.execution.strands.remove(&id) else { return };
        let failure = errors::timeout();
        states::task::timed_out(self, &mut strand, &failure);
        self.execution.strands.insert(id, strand);
        self.enqueue(id, Turn::TimedOut(Raised { missed_heartbeat, ..failure.into() }));
    }
}
