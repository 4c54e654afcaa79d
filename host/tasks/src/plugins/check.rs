//! What a definition's tasks are checked against before anything runs.

use bytesize::ByteSize;
use stepwell_asl::{
    diagnostic::Code,
    resource::{Resource, Wasm},
    tasks::{Call, Problem, Task, Tasks},
};
use stepwell_sandbox::Limits;

use super::{Convention, Plugins, Unresolved, unresolved};

/// Up to how many names are listed where one is unknown.
const MAX_LISTED: usize = 20;

impl Tasks for Plugins {
    fn find(&self, call: &Call<'_>) -> Result<Task<'_>, Problem> {
        let target = match self.resolve(call.resource, call.callee, None) {
            Ok(target) => target,
            // A host has its own; and what is called shows when the state runs.
            Err(Unresolved::BuiltIn | Unresolved::FunctionName | Unresolved::TaskDefinition) => {
                return Ok(Task::default());
            }
            Err(why) => return Err(why.problem()),
        };
        let info = target.installed.plugin.info();
        let warning = match call.resource {
            Resource::Wasm(wasm) => not_granted(wasm, &target.installed.limits),
            _ => None,
        };
        let input_schema = match target.convention {
            Convention::Plain | Convention::Invoked => {
                info.task(&target.task).and_then(|task| task.input_schema.as_ref())
            }
            // What it takes is for the function elsewhere to say, or what RunTask takes.
            Convention::Invokes | Convention::InvokesFunction(_) | Convention::Container => None,
        };
        Ok(Task { input_schema, warning })
    }
}

impl Unresolved {
    /// The same as a finding about the definition.
    fn problem(&self) -> Problem {
        let (code, message, help) = match self {
            Self::Plugin { name, nearest, known } => (
                Code::UnknownPlugin,
                format!("There is no plugin '{name}'"),
                suggestion(nearest.as_deref(), "There are", known, "No plugin is installed."),
            ),
            Self::Task { plugin, task, nearest, known } => (
                Code::UnknownTask,
                format!("The plugin '{plugin}' has no task '{task}'"),
                suggestion(nearest.as_deref(), "It has", known, "It has none."),
            ),
            Self::Ambiguous { plugin, tasks } => (
                Code::UnknownTask,
                format!("The plugin '{plugin}' is no Lambda function"),
                format!(
                    "A function stands for a plugin with one task, or for the one called \
                     \"handler\". This one has: {}. Name one as wasm:{plugin}/TASK.",
                    listed(tasks)
                ),
            ),
            Self::Version { plugin, installed, awaiting, wanted } => (
                Code::VersionMismatch,
                format!(
                    "The plugin '{plugin}' has {}, not {wanted}",
                    unresolved::versions(installed)
                ),
                match &**awaiting {
                    [] => {
                        format!("Pin @{}, or install the other version.", installed.join(" or @"))
                    }
                    held => format!("{} is held until it is approved.", held.join(", ")),
                },
            ),
            Self::Gone { plugin, version } => (
                Code::VersionMismatch,
                format!("Version {version} of the plugin '{plugin}' cannot be used"),
                "`stepwell doctor` tells why.".to_owned(),
            ),
            Self::BuiltIn => (
                Code::NeedsHost,
                "The task is the host's own, and not a plugin's".to_owned(),
                "It needs a host with an API.".to_owned(),
            ),
            Self::FunctionName => (
                Code::InvalidArguments,
                "'FunctionName' is missing, or is no string".to_owned(),
                "Give the name or the ARN of a function.".to_owned(),
            ),
            Self::TaskDefinition => (
                Code::InvalidArguments,
                "'TaskDefinition' is missing, or is no string".to_owned(),
                "Give the name or the ARN of a task definition.".to_owned(),
            ),
            Self::NoCommand { plugin, tasks } => (
                Code::UnknownTask,
                format!("The plugin '{plugin}' is no WASI command"),
                format!(
                    "ecs:runTask runs nothing else. This one has: {}. Name one as \
                     wasm:{plugin}/TASK.",
                    listed(tasks)
                ),
            ),
            Self::Unawaited => (
                Code::UnknownTask,
                "ecs:runTask is run to its end here, and not begun and left alone".to_owned(),
                "Write arn:aws:states:::ecs:runTask.sync, or .waitForTaskToken.".to_owned(),
            ),
        };
        Problem { code, message, help }
    }
}

fn suggestion(nearest: Option<&str>, there_are: &str, known: &[String], none: &str) -> String {
    let all = match known {
        [] => none.to_owned(),
        known => format!("{there_are}: {}.", listed(known)),
    };
    match nearest {
        Some(nearest) => format!("Did you mean \"{nearest}\"? {all}"),
        None => all,
    }
}

fn listed(names: &[String]) -> String {
    let mut listed = names.iter().take(MAX_LISTED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > MAX_LISTED {
        listed += &format!(" and {} more", names.len() - MAX_LISTED);
    }
    listed
}

/// A limit that the state sets above what its plugin may use: the lower one counts.
fn not_granted(wasm: &Wasm, granted: &Limits) -> Option<Problem> {
    let above = |asked: Option<u64>, granted: u64| asked.filter(|asked| *asked > granted);
    let (asked, may_use) = if let Some(fuel) = above(wasm.fuel, granted.fuel) {
        (format!("{fuel} of fuel"), granted.fuel.to_string())
    } else {
        let memory = above(wasm.memory, granted.memory)?;
        let size = |bytes| ByteSize::b(bytes).to_string();
        (format!("{} of memory", size(memory)), size(granted.memory))
    };
    Some(Problem {
        code: Code::LimitNotGranted,
        message: format!("The plugin '{}' may use {may_use}, not {asked}", wasm.plugin),
        help: "The lower limit counts. Ask for no more than that, or grant the plugin more."
            .to_owned(),
    })
}
