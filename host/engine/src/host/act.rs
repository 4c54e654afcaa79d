//! What is done once a step is committed.

use std::collections::BTreeSet;

use stepwell_asl::resource::Resource;
use stepwell_interpreter::{Effect, RunTask, Step};
use stepwell_journal::ExecutionId;

use super::{Host, loaded::Loaded, nested};
use crate::{EffectClass, Generation};

impl Host {
    /// Performs a step's effects, and what is to be done besides.
    pub(super) fn act(&self, id: ExecutionId, loaded: &Loaded, step: Step, again: Vec<Effect>) {
        let cancelled: BTreeSet<_> = crate::run::cancelled(&step.effects).into_iter().collect();
        let ended = step.outcome.is_some();
        for effect in step.effects.into_iter().chain(again) {
            match effect {
                Effect::RunTask(task) if cancelled.contains(&task.task) => {}
                Effect::RunTask(task) => self.start_task(id, loaded, *task),
                // One that runs was stopped before the commit; an activity's worker finds out.
                Effect::CancelTask { task } => self.inner.activities.withdraw(id, task),
                Effect::SetTimer { timer, at } => self.inner.timers.set(id, timer, at),
                Effect::CancelTimer { timer } => self.inner.timers.cancel(id, timer),
                // They were started and stopped with the commit.
                Effect::StartMapRun(_) | Effect::StopMapRun { .. } => {}
            }
        }
        if ended {
            self.inner.open.ended(&loaded.start.key.tenant);
            self.inner.ended.tell(id);
        }
    }

    fn start_task(&self, id: ExecutionId, loaded: &Loaded, task: RunTask) {
        match &task.resource {
            Resource::Activity(arn) => self.inner.activities.offer(arn, id, task.task),
            Resource::Integration(integration) if nested::starts_execution(integration) => {
                self.start_nested(id, loaded, task);
            }
            _ => self.run_task(id, loaded, task),
        }
    }

    /// What carrying out a task twice would mean.
    pub(super) fn effect(
        &self,
        tenant: &str,
        generation: Option<Generation>,
        task: &RunTask,
    ) -> EffectClass {
        match &task.resource {
            // Who has taken it answers with its token.
            Resource::Activity(_) => EffectClass::Pure,
            // A start that is tried again is known by its name.
            Resource::Integration(integration) if nested::starts_execution(integration) => {
                EffectClass::Idempotent
            }
            _ => self.inner.runner.effect(tenant, generation, task),
        }
    }
}
