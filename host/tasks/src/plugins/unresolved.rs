//! Resources that name no task.

use stepwell_engine::Attempt;
use stepwell_interpreter::Failure;

use super::{ecs, lambda};

/// Why a resource names no task that can run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No plugin of that name.
    #[error("no plugin is called `{name}`{}", hint(nearest))]
    Plugin {
        /// The name.
        name: String,
        /// The most similar one there is.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The plugin has no such task.
    #[error("the plugin `{plugin}` has no task `{task}`{}", hint(nearest))]
    Task {
        /// The plugin.
        plugin: String,
        /// The task.
        task: String,
        /// The most similar one it has.
        nearest: Option<String>,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A Lambda function's plugin has more than one task, and none that a function stands for.
    #[error(
        "the plugin `{plugin}` has the tasks {}: a Lambda function stands for a plugin with one \
         task, or for the one called `handler`",
        listed(tasks)
    )]
    Ambiguous {
        /// The plugin.
        plugin: String,
        /// Its tasks.
        tasks: Vec<String>,
    },
    /// The plugin has other versions.
    #[error("the plugin `{plugin}` has {}, not {wanted}{}", versions(installed), held(awaiting))]
    Version {
        /// The plugin.
        plugin: String,
        /// The versions it has.
        installed: Vec<String>,
        /// Those that would do, and are not approved.
        awaiting: Vec<String>,
        /// The one the state pins.
        wanted: String,
    },
    /// The version that the execution began with is not there.
    #[error(
        "the execution began with version {version} of the plugin `{plugin}`, which was removed, \
         or cannot be used: install it again, or start a new execution"
    )]
    Gone {
        /// The plugin.
        plugin: String,
        /// The version.
        version: String,
    },
    /// It is the host's own: [`Resource::is_built_in`].
    #[error("it is the host's own, and not a plugin's")]
    BuiltIn,
    /// `lambda:invoke` without the name of a function.
    #[error("`FunctionName` is missing from the parameters of lambda:invoke, or is no string")]
    FunctionName,
    /// `ecs:runTask` without the name of a task definition.
    #[error("`TaskDefinition` is missing from the parameters of ecs:runTask, or is no string")]
    TaskDefinition,
    /// `ecs:runTask` of a plugin that is no command.
    #[error(
        "the plugin `{plugin}` is no WASI command, and ecs:runTask runs nothing else: call its \
         tasks by `wasm:{plugin}/TASK`, with {}",
        listed(tasks)
    )]
    NoCommand {
        /// The plugin.
        plugin: String,
        /// Its tasks.
        tasks: Vec<String>,
    },
    /// `ecs:runTask` that nobody waits for.
    #[error(
        "ecs:runTask is run to its end here, and not begun and left alone: write \
         `arn:aws:states:::ecs:runTask.sync`, or `.waitForTaskToken`"
    )]
    Unawaited,
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Versions in words.
pub(super) fn versions(versions: &[String]) -> String {
    match versions {
        [] => "no version that can be used".to_owned(),
        [only] => format!("version {only}"),
        all => format!("the versions {}", all.join(", ")),
    }
}

fn held(versions: &[String]) -> String {
    match versions {
        [] => String::new(),
        held => format!("; {} is held until it is approved", held.join(", ")),
    }
}

impl Unresolved {
    /// What a state ends in where this shows only when it runs.
    pub(super) fn failure(&self, attempt: &Attempt) -> Failure {
        let error = match self {
            // What a definition that was written for AWS may catch.
            Self::Plugin { name, .. } if lambda::is_called_by(&attempt.task.resource) => {
                return lambda::not_found(name, attempt);
            }
            Self::Plugin { .. } if attempt.task.resource.is_ecs_run_task() => {
                return ecs::not_found();
            }
            Self::NoCommand { .. } => ecs::CLIENT_EXCEPTION,
            Self::Plugin { .. } => "Stepwell.UnknownPlugin",
            Self::Task { .. } | Self::Ambiguous { .. } => "Stepwell.UnknownTask",
            Self::Version { .. } | Self::Gone { .. } => "Stepwell.VersionMismatch",
            Self::BuiltIn => "Stepwell.NeedsHost",
            Self::FunctionName | Self::TaskDefinition => "Stepwell.InvalidParameters",
            Self::Unawaited => "Stepwell.UnsupportedPattern",
        };
        Failure::new(error, self.to_string())
    }
}
