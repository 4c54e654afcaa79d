//! The events of a task: AWS has three families of them, by what its `Resource` names.

use stepwell_asl::{
    Json,
    resource::{Integration, Pattern, Resource},
};

use crate::{
    Failure,
    event::{Details, ResourceName, Scheduled, TaskScheduled},
};

/// The family of a task's events.
pub(super) enum Family<'a> {
    /// `LambdaFunctionScheduled`, ..., with the function's ARN.
    Lambda(&'a str),
    /// `ActivityScheduled`, ..., with the activity's ARN.
    Activity(&'a str),
    /// `TaskScheduled`, ...
    Task(ResourceName),
}

impl<'a> Family<'a> {
    pub(super) fn of(resource: &'a Resource) -> Self {
        match resource {
            Resource::Lambda(lambda) => Self::Lambda(&lambda.arn),
            Resource::Activity(arn) => Self::Activity(arn),
            Resource::Wasm(wasm) => Self::Task(ResourceName {
                resource_type: "wasm".to_owned(),
                resource: format!("{}/{}", wasm.plugin, wasm.task),
            }),
            Resource::Integration(integration) => Self::Task(ResourceName {
                resource_type: integration.service.to_string(),
                resource: format!("{}{}", integration.action, ending(integration)),
            }),
        }
    }

    /// What errors call the task: `resourceType`, or the ARN.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Lambda(arn) | Self::Activity(arn) => arn,
            Self::Task(name) => &name.resource_type,
        }
    }

    pub(super) fn scheduled(
        self,
        region: &str,
        input: Json,
        timeout_in_seconds: Option<u64>,
        heartbeat_in_seconds: Option<u64>,
        credentials: Option<&Json>,
    ) -> Details {
        let credentials_role_arn = credentials
            .and_then(|credentials| credentials.value().get("RoleArn")?.as_str())
            .map(ToOwned::to_owned);
        match self {
            Self::Lambda(arn) => Details::LambdaFunctionScheduled(Box::new(Scheduled {
                resource: arn.to_owned(),
                input,
                timeout_in_seconds,
                heartbeat_in_seconds: None,
                credentials_role_arn,
            })),
            Self::Activity(arn) => Details::ActivityScheduled(Box::new(Scheduled {
                resource: arn.to_owned(),
                input,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials_role_arn: None,
            })),
            Self::Task(name) => Details::TaskScheduled(Box::new(TaskScheduled {
                name,
                region: region.to_owned(),
                parameters: input,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials_role_arn,
            })),
        }
    }

    pub(super) fn started(self, worker_name: Option<String>) -> Details {
        match self {
            Self::Lambda(_) => Details::LambdaFunctionStarted,
            Self::Activity(_) => Details::ActivityStarted { worker_name },
            Self::Task(name) => Details::TaskStarted(name),
        }
    }

    /// None where the family has no such event.
    pub(super) fn submitted(self, output: Json) -> Option<Details> {
        match self {
            Self::Lambda(_) | Self::Activity(_) => None,
            Self::Task(name) => Some(Details::TaskSubmitted(name, output)),
        }
    }

    pub(super) fn succeeded(self, output: Json) -> Details {
        match self {
            Self::Lambda(_) => Details::LambdaFunctionSucceeded { output },
            Self::Activity(_) => Details::ActivitySucceeded { output },
            Self::Task(name) => Details::TaskSucceeded(name, output),
        }
    }

    pub(super) fn failed(self, failure: Failure) -> Details {
        match self {
            Self::Lambda(_) => Details::LambdaFunctionFailed(failure),
            Self::Activity(_) => Details::ActivityFailed(failure),
            Self::Task(name) => Details::TaskFailed(name, failure),
        }
    }

    pub(super) fn timed_out(self, failure: Failure) -> Details {
        match self {
            Self::Lambda(_) => Details::LambdaFunctionTimedOut(failure),
            Self::Activity(_) => Details::ActivityTimedOut(failure),
            Self::Task(name) => Details::TaskTimedOut(name, failure),
        }
    }
}

fn ending(integration: &Integration) -> &'static str {
    match integration.pattern {
        Pattern::RequestResponse => "",
        Pattern::Sync => ".sync",
        Pattern::Sync2 => ".sync:2",
        Pattern::WaitForTaskToken => ".waitForTaskToken",
    }
}
