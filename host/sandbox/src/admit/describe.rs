//! What a plugin says of itself, checked.

use std::{fmt, time::Duration};

use crate::{
    contract::{plugin, types},
    info::{COMMAND_TASK, Digest, Effect, Info, Kind, Task, Wants},
    limits::Limits,
};

use super::Candidate;

/// What is wrong with a description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Description {
    /// The plugin's name.
    #[error(
        "its name `{0}` is not 1 to 64 of A-Z, a-z, 0-9, `-`, `_` and `.`, beginning with a letter \
         or digit"
    )]
    Name(String),
    /// The plugin's version.
    #[error("its version `{version}` is no semantic version: {why}")]
    Version {
        /// What it says.
        version: String,
        /// What is wrong with it.
        why: String,
    },
    /// There are none.
    #[error("it has no tasks")]
    NoTasks,
    /// A task's name.
    #[error(
        "the name of its task `{0}` is not 1 to 64 of A-Z, a-z, 0-9, `-`, `_`, `.` and `:`, \
         beginning with a letter or digit"
    )]
    TaskName(String),
    /// Several tasks of one name.
    #[error("it has two tasks of the name `{0}`")]
    SameTask(String),
    /// A schema of a task.
    #[error("the {which} schema of its task `{task}` is no JSON Schema: {why}")]
    Schema {
        /// The task.
        task: String,
        /// Of what.
        which: Which,
        /// What is wrong with it.
        why: String,
    },
}

/// Which of a task's two schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// That of the input.
    Input,
    /// That of the output.
    Output,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
        })
    }
}

/// What `describe` may use up.
pub(crate) fn limits() -> Limits {
    Limits {
        fuel: 1_000_000_000,
        memory: 256 << 20,
        time: Duration::from_secs(10),
        output: 1 << 20,
        log: 4 << 10,
        host_calls: 1_000_000,
        http_requests: 0,
        http_body: 0,
        file_bytes: 0,
    }
}

/// What there is to say of a command.
pub(crate) fn of_command(candidate: &Candidate, digest: Digest) -> Info {
    let name = candidate.name.as_deref().unwrap_or_default();
    // Linkers leave file names there, such as `resize.wasm`.
    let name = name.strip_suffix(".wasm").unwrap_or(name);
    Info {
        name: if is_name(name) { name } else { "command" }.to_owned(),
        version: "0.0.0".to_owned(),
        summary: String::new(),
        kind: Kind::Command,
        digest,
        tasks: vec![Task {
            name: COMMAND_TASK.to_owned(),
            summary: String::new(),
            effect: Effect::AtMostOnce,
            input_schema: None,
            output_schema: None,
        }],
        wants: Wants::default(),
        imports: candidate.imports.clone(),
    }
}

/// What a component said of itself, checked against the rules of the contract.
pub(crate) fn of_component(
    said: plugin::Info,
    candidate: &Candidate,
    digest: Digest,
) -> Result<Info, Description> {
    if !is_name(&said.name) {
        return Err(Description::Name(said.name));
    }
    if let Err(error) = semver::Version::parse(&said.version) {
        return Err(Description::Version { version: said.version, why: error.to_string() });
    }
    if said.tasks.is_empty() {
        return Err(Description::NoTasks);
    }
    let mut tasks: Vec<Task> = Vec::with_capacity(said.tasks.len());
    for task in said.tasks {
        let task = checked(task)?;
        if tasks.iter().any(|other| other.name == task.name) {
            return Err(Description::SameTask(task.name));
        }
        tasks.push(task);
    }
    Ok(Info {
        name: said.name,
        version: said.version,
        summary: said.summary,
        kind: Kind::Component,
        digest,
        tasks,
        wants: Wants {
            http: said.wants.http,
            secrets: said.wants.secrets,
            config: said.wants.config,
            directories: said.wants.directories,
            key_value: said.wants.key_value,
        },
        imports: candidate.imports.clone(),
    })
}

fn checked(task: plugin::TaskInfo) -> Result<Task, Description> {
    if !is_task_name(&task.name) {
        return Err(Description::TaskName(task.name));
    }
    let schema = |which, text: Option<String>| {
        let why = |why| Description::Schema { task: task.name.clone(), which, why };
        text.map(|text| schema(&text).map_err(why)).transpose()
    };
    Ok(Task {
        input_schema: schema(Which::Input, task.input_schema)?,
        output_schema: schema(Which::Output, task.output_schema)?,
        effect: match task.effect {
            types::Effect::Pure => Effect::Pure,
            types::Effect::Idempotent => Effect::Idempotent,
            types::Effect::AtMostOnce => Effect::AtMostOnce,
        },
        name: task.name,
        summary: task.summary,
    })
}

fn schema(text: &str) -> Result<serde_json::Value, String> {
    let schema: serde_json::Value =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    if !(schema.is_object() || schema.is_boolean()) {
        return Err("it is neither an object nor true or false".to_owned());
    }
    jsonschema::draft202012::meta::validate(&schema)
        .map_err(|error| format!("{error} (at `{}`)", error.instance_path()))?;
    Ok(schema)
}

fn is_name(name: &str) -> bool {
    is_task_name(name) && !name.contains(':')
}

fn is_task_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}
