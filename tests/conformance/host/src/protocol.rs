//! What the suite and an adapter say to each other: JSON documents, one a line.
//!
//! The suite writes a [`Request`] to the adapter's standard input, the adapter a [`Reply`] of the
//! same number to its standard output, in any order. An adapter works on requests side by side:
//! some cases are about calls that run at the same time. When its input ends it ends.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the protocol, which the suite says with [`Ask::Hello`].
pub const VERSION: u32 = 1;

/// What the suite asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Names the request; the reply has the same.
    pub id: u64,
    /// What is to be done.
    #[serde(flatten)]
    pub ask: Ask,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Ask {
    /// Says what the host is and can be asked to do: [`Answer::Hello`].
    Hello(Greeting),
    /// Admits a file: [`Answer::Admitted`] or [`Answer::Refused`].
    Admit {
        /// The file.
        file: PathBuf,
    },
    /// Runs a task once: [`Answer::Done`].
    Run(Box<Run>),
    /// Stops a run as a host does whose execution was stopped: [`Answer::Stopping`], at once. The
    /// run itself is answered as any other.
    Stop {
        /// Number of the request that it was begun with.
        run: u64,
    },
    /// Runs an execution of a state machine: [`Answer::Done`] with the execution's output or error.
    Execute(Box<Execute>),
}

/// What the suite says of itself and its surroundings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Greeting {
    /// [`VERSION`].
    pub protocol: u32,
    /// What host names in HTTP requests resolve to, where the host claims `names`. Others resolve
    /// to nothing.
    pub names: BTreeMap<String, Vec<IpAddr>>,
    /// Addresses whose HTTP connections lead to another, at the same port, where the host claims
    /// `names`.
    pub ways: BTreeMap<IpAddr, IpAddr>,
}

/// A task to run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// The plugin's file.
    pub file: PathBuf,
    /// What the plugin is installed as.
    pub plugin: String,
    /// The task.
    pub task: String,
    /// The input as the task gets it: JSON text.
    pub input: String,
    /// About the call.
    pub call: Call,
    /// What is granted. Nothing else is.
    pub grants: Grants,
    /// Limits that differ from the contract's defaults.
    pub limits: Limits,
}

/// What the plugin may ask about the call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are those of `call.context` in wit/task.wit")]
pub struct Call {
    pub tenant: String,
    pub execution_arn: String,
    pub state_name: String,
    pub attempt: u32,
    pub idempotency_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline_unix_ms: Option<u64>,
}

/// What is granted to a plugin.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Grants {
    /// Configuration values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, String>,
    /// Environment variables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    /// Key-value stores, with the bytes that each may have.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub key_value: BTreeMap<String, u64>,
    /// Directories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub directories: Vec<Directory>,
    /// Bytes that may be written to `/scratch`; without them there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<u64>,
    /// HTTP requests, as the contract writes them: `GET https://api.example.com/v1/*`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<String>,
    /// TCP connections, as `host:port`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connect: Vec<String>,
    /// What random numbers follow from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Where the wall clock stands, in milliseconds since 1970-01-01T00:00:00Z.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_unix_ms: Option<u64>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Secret {
    /// What the plugin calls it.
    pub name: String,
    /// The secret itself.
    pub value: String,
    /// The hosts that a placeholder stands for it at; without them the plugin sees the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Directory {
    /// Where it is.
    pub host: PathBuf,
    /// The path at which the plugin finds it.
    pub guest: String,
    /// Whether the plugin may write in it.
    #[serde(default)]
    pub write: bool,
}

/// The limits of a call, as the contract has them. What is left out has the contract's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Instructions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<u64>,
    /// Bytes of memories and tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u64>,
    /// Bytes of output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Bytes of log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<u64>,
    /// Calls to the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u64>,
    /// HTTP requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_requests: Option<u64>,
    /// Bytes of the body of an HTTP request, or response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_body: Option<u64>,
    /// Bytes written to files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_bytes: Option<u64>,
}

/// An execution to run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Execute {
    /// The plugins that are installed, by name.
    pub plugins: BTreeMap<String, PathBuf>,
    /// The state machine, in the Amazon States Language.
    pub definition: Value,
    /// The execution's input.
    pub input: Value,
    /// What each of them is granted.
    pub grants: Grants,
    /// Limits of the plugins that differ from the contract's defaults.
    pub limits: Limits,
}

/// What the adapter answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Number of the request.
    pub id: u64,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// What the host is.
    Hello(Hello),
    /// The file is a plugin.
    Admitted(Plugin),
    /// The file is none, and what the host says to it.
    Refused(String),
    /// A run ended.
    Done(Done),
    /// The host has begun to stop it.
    Stopping,
    /// The adapter, and not the host, could not do it: this fails the case, whatever it expects.
    Failed(String),
}

/// What a host is, and can be asked to do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What the host claims of that which not every host has. Cases that need more are not run,
    /// and counted as not claimed.
    pub claims: BTreeSet<Claim>,
}

/// What a host may leave out: an operator cannot grant it there, or the adapter cannot bring it
/// about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// WASI commands are plugins.
    Commands,
    /// Configuration values can be granted.
    Config,
    /// Environment variables can be granted.
    Environment,
    /// Secrets can be granted whose value the plugin sees.
    Secrets,
    /// Secrets can be granted for which the plugin gets placeholders.
    Placeholders,
    /// Key-value stores can be granted.
    KeyValue,
    /// Directories can be granted.
    Directories,
    /// A scratch directory can be granted.
    Scratch,
    /// HTTP requests can be granted.
    Http,
    /// TCP connections can be granted.
    Tcp,
    /// A seed for random numbers can be granted.
    Seed,
    /// A wall clock that stands can be granted.
    Clock,
    /// Heartbeats are told.
    Heartbeats,
    /// A run can be stopped.
    Stop,
    /// The names and ways of [`Greeting`] hold for HTTP requests.
    Names,
    /// Executions of state machines can be run.
    Executions,
}

/// A plugin, as the host sees it after admission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plugin {
    /// `component` or `command`.
    pub kind: String,
    /// Its name, as it says itself.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its summary.
    pub summary: String,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// A task, as the plugin announces it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its summary.
    pub summary: String,
    /// `pure`, `idempotent` or `at-most-once`.
    pub effect: String,
    /// Its input's JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_schema: Option<Value>,
    /// Its output's JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// How.
    pub ended: Ended,
    /// The call's log.
    #[serde(default)]
    pub log: String,
    /// Heartbeats of the task that reached the host, those that came close together merged.
    #[serde(default)]
    pub heartbeats: u64,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// With an output: JSON text, as the host hands it on.
    Output(String),
    /// With an error that Retry and Catch match.
    Failure(Failure),
    /// Because it was to be stopped.
    Stopped,
}

/// An error that Retry and Catch match.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Failure {
    /// Its name.
    pub error: String,
    /// Its cause.
    pub cause: String,
    /// What the plugin asked to wait before another attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}
