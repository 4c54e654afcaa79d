//! The tasks: the name of a plugin is the effect class, that of the task what it does.

use std::time::Duration;

use futures::{FutureExt as _, future::BoxFuture};
use stepwell_asl::{Json, resource::Resource};
use stepwell_engine::{Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner};
use stepwell_interpreter::RunTask;
use tokio::sync::mpsc::UnboundedSender;

use crate::news::{Ran, Tell, What};

/// The event that schedules the task of the first state.
const FIRST: u64 = 3;

/// Runs the tasks, and tells of each before it does anything else.
pub struct Tasks {
    /// The test.
    pub tell: Tell,
    /// Who answers for tokens.
    pub asked: UnboundedSender<String>,
}

impl TaskRunner for Tasks {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let RunTask { task, state, input, idempotency_key, task_token, .. } = attempt.task.clone();
        (self.tell)(What::Ran(Ran {
            execution: attempt.identity.execution_arn.clone(),
            task: task.0,
            state: state.to_string(),
            at_most_once: class(&attempt.task) == EffectClass::AtMostOnce,
            key: idempotency_key,
        }));
        let (_, action) = names(&attempt.task.resource);
        let action = action.to_owned();
        if let Some(token) = task_token {
            (self.tell)(What::Asked { token: token.clone() });
            // Nobody is there any more where the host is about to go.
            let _ = self.asked.send(token);
        }
        async move {
            reporter.started();
            match &*action {
                "slow" => tokio::time::sleep(Duration::from_secs(1)).await,
                "flaky" if attempt.task.attempt < 2 => {
                    return TaskEnd::refused("Custom.Flaky", "It was to fail.");
                }
                // Whatever it is that was to be mended, it is when it is scheduled again.
                "mend" if task.0 == FIRST => {
                    return TaskEnd::refused("Custom.Failure", "It is to be mended.");
                }
                "fail" => return TaskEnd::refused("Custom.Failure", "It was to fail."),
                _ => {}
            }
            let output = if action == "ask" { Json::empty() } else { input };
            TaskEnd::without_usage(Ok(output))
        }
        .boxed()
    }

    fn effect(&self, _: &str, _: Option<Generation>, task: &RunTask) -> EffectClass {
        class(task)
    }
}

fn class(task: &RunTask) -> EffectClass {
    match names(&task.resource) {
        ("pure", _) => EffectClass::Pure,
        ("idempotent", _) => EffectClass::Idempotent,
        _ => EffectClass::AtMostOnce,
    }
}

/// The names of plugin and task.
fn names(resource: &Resource) -> (&str, &str) {
    match resource {
        Resource::Wasm(wasm) => (&wasm.plugin, &wasm.task),
        Resource::Integration(integration) => (&integration.service, &integration.action),
        Resource::Lambda(_) | Resource::Activity(_) => ("", ""),
    }
}
