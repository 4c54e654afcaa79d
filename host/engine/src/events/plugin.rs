//! A plugin that is handed events.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt as _;
use serde_json::{Value, json};
use stepwell_asl::{
    Json,
    resource::{Integration, Pattern, Resource},
};
use stepwell_interpreter::{Identity, RunTask, TaskId};
use stepwell_journal::Pending;
use tokio_util::sync::CancellationToken;

use super::{Delivered, Destination, Failure, one_by_one};
use crate::{Attempt, Clock, Reporter, TaskEnd, TaskRunner};

/// How long the task may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The error of a plugin that is not installed.
const UNKNOWN_PLUGIN: &str = "Stepwell.UnknownPlugin";

/// The task `putEvents` of the plugin `events`, of the tenant whose execution it is: what
/// `arn:aws:states:::events:putEvents` runs. A tenant that has no such plugin is told nothing.
pub struct Plugin {
    runner: Arc<dyn TaskRunner>,
    clock: Clock,
}

impl Plugin {
    /// The plugins of a runner.
    pub fn new(runner: Arc<dyn TaskRunner>, clock: Clock) -> Self {
        Self { runner, clock }
    }

    async fn put(&self, event: &Pending) -> Result<(), Failure> {
        let attempt = self.attempt(event);
        let tenant = attempt.tenant.clone();
        // Dropped, it is stopped.
        let stop = attempt.stop.clone().drop_guard();
        let run = self.runner.run(attempt, Reporter::none());
        let end = tokio::time::timeout(TIMEOUT, run).await;
        drop(stop);
        let failed = |error: &str, cause: &str| {
            let (error, cause) = (error.to_owned(), cause.to_owned());
            Err(Failure::Task { tenant: tenant.clone(), error, cause })
        };
        match end {
            Err(_) => failed("States.Timeout", "It took longer than a minute."),
            Ok(TaskEnd { result: Ok(output), .. }) => {
                match output.value().get("FailedEntryCount") {
                    Some(count) if *count != json!(0) => {
                        failed("EventBridge.FailedEntry", output.text())
                    }
                    _ => Ok(()),
                }
            }
            Ok(TaskEnd { result: Err(failure), .. }) => match failure.error.as_deref() {
                Some(UNKNOWN_PLUGIN) => Ok(()),
                error => {
                    let cause = failure.cause.as_deref().unwrap_or_default();
                    failed(error.unwrap_or_default(), cause)
                }
            },
        }
    }

    fn attempt(&self, event: &Pending) -> Attempt {
        let body = event.body.value();
        let text = |pointer: &str| match body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            _ => String::new(),
        };
        let state_machine_arn = text("/detail/stateMachineArn");
        let detail = body.get("detail").cloned().unwrap_or_default();
        let input = json!({ "Entries": [{
            "Source": body["source"],
            "DetailType": body["detail-type"],
            "Detail": Json::from(detail).text(),
            "Resources": body["resources"],
            "EventBusName": "default",
            "Time": body["time"],
        }] });
        let task = RunTask {
            task: TaskId(0),
            resource: Resource::Integration(Integration {
                service: "events".into(),
                action: "putEvents".into(),
                pattern: Pattern::RequestResponse,
            }),
            state: "events".into(),
            input: input.into(),
            attempt: 0,
            idempotency_key: text("/id"),
            started: false,
            submitted: false,
            task_token: None,
            deadline: None,
            heartbeat_seconds: None,
            credentials: None,
        };
        Attempt {
            task,
            identity: Arc::new(Identity {
                execution_arn: text("/detail/executionArn"),
                execution_name: text("/detail/name"),
                state_machine_name: name_of(&state_machine_arn),
                state_machine_arn,
                role_arn: String::new(),
            }),
            tenant: text("/account"),
            generation: None,
            at: self.clock.now(),
            stop: CancellationToken::new(),
        }
    }
}

/// What comes last in an ARN.
fn name_of(arn: &str) -> String {
    arn.rsplit(':').next().unwrap_or_default().to_owned()
}

#[async_trait]
impl Destination for Plugin {
    fn name(&self) -> String {
        "plugin:events".to_owned()
    }

    fn is_by_tenant(&self) -> bool {
        true
    }

    async fn deliver(&self, events: &[Pending]) -> Delivered {
        one_by_one(events, |event| self.put(event).boxed()).await
    }
}
