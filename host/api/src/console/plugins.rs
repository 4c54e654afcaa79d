//! The plugins that a tenant's tasks run in.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_asl::tasks::Tasks;

use crate::{
    action::Request,
    error::{Code, Error},
    host::Host,
    service::Caller,
};

/// What a host knows of the plugins that its tenants' tasks run in. It is asked anew for each
/// request: what is installed while the host runs shows at once.
pub trait Plugins: Send + Sync {
    /// Those that a tenant has, its own and those of all, by their names.
    fn list(&self, account: &str) -> Vec<PluginSummary>;

    /// The one that a tenant has by a name.
    fn describe(&self, account: &str, name: &str) -> Option<DescribedPlugin>;

    /// What each call of a plugin's current version may use; none where there is no such plugin, or
    /// nothing of it can run.
    fn bounds(&self, account: &str, name: &str) -> Option<PluginBounds>;

    /// What a tenant's definitions may call.
    fn tasks(&self, account: &str) -> Arc<dyn Tasks + Send + Sync>;
}

/// What each call of a plugin may use of what figures are kept of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PluginBounds {
    /// Fuel: about one unit for each Wasm instruction.
    pub fuel: u64,
    /// Memory held at once, in bytes.
    pub memory: u64,
    /// Wall-clock time.
    pub time: Duration,
}

/// Asks for the plugins that the caller's tasks may run in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ListPlugins {}

impl Request for ListPlugins {}

/// What ListPlugins answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedPlugins {
    /// By their names.
    pub plugins: Vec<PluginSummary>,
}

/// Asks for one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DescribePlugin {
    /// What a `Resource` calls it.
    pub name: String,
}

impl Request for DescribePlugin {}

/// A plugin in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginSummary {
    /// What a `Resource` calls it.
    pub name: String,
    /// Whether all tenants have it, and it is not this one's own.
    pub shared: bool,
    /// The version that is current, as the plugin gives it; none where nothing can run: what is
    /// current cannot be used, or all versions wait for approval. What else is told of it is then
    /// that of the version that would run, as far as its file can be read.
    pub version: Option<String>,
    /// Of the file of that version: `sha256:` and 64 hexadecimal digits.
    pub digest: Option<String>,
    /// Which of the two kinds it is; none where no file of it can be read.
    pub kind: Option<PluginKind>,
    /// How many tasks it has.
    pub tasks: usize,
    /// How many of its versions wait for approval.
    pub held: usize,
    /// Where the current version came from: `oci://...`, or a file's name.
    pub source: Option<String>,
    /// The publisher who had signed it.
    pub signed_by: Option<String>,
}

/// The kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PluginKind {
    /// A component that exports the contract.
    Component,
    /// A WASI command.
    Command,
}

/// What DescribePlugin answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedPlugin {
    /// What lists show of it.
    #[serde(flatten)]
    pub plugin: PluginSummary,
    /// One line for people; may be empty.
    pub summary: String,
    /// The tasks, in the plugin's own order.
    pub task_list: Vec<PluginTask>,
    /// The versions, in the order in which they were installed.
    pub versions: Vec<PluginVersion>,
    /// What each call may use.
    pub limits: Vec<PluginLimit>,
    /// What it can use of each kind of thing, and why.
    pub access: Vec<PluginAccess>,
    /// What its publisher, or who installed it, had the conformance kit say of this version.
    pub conformance: Option<PluginConformance>,
}

/// A task of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginTask {
    /// What a `Resource` calls it, after the plugin's name.
    pub name: String,
    /// One line for people; may be empty.
    pub summary: String,
    /// What running it twice would mean: `pure`, `idempotent`, `at-most-once`.
    pub effect: &'static str,
    /// JSON Schema of the input; none where anything goes.
    pub input_schema: Option<Value>,
    /// JSON Schema of the output; none where anything goes.
    pub output_schema: Option<Value>,
}

/// A version of a plugin that is installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginVersion {
    /// What the plugin says.
    pub version: String,
    /// Its file's.
    pub digest: String,
    /// Whether it runs.
    pub state: VersionState,
    /// Where it came from: `oci://...`, or a file's name.
    pub source: Option<String>,
    /// The publisher who had signed it.
    pub signed_by: Option<String>,
}

/// Whether a version runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum VersionState {
    /// In executions that start.
    Current,
    /// In executions that began with it, or pin it.
    Approved,
    /// In none, until it is approved.
    Held,
}

/// A limit of each call, with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginLimit {
    /// As a `stepwell.toml` has it.
    pub name: &'static str,
    /// For people.
    pub value: String,
}

/// What a plugin can use of one kind of thing. Values of secrets, variables and configuration are
/// not among it, nor are places of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginAccess {
    /// `http`, `connect`, `directory`, ...
    pub capability: &'static str,
    /// Whether the file imports what it could use it with.
    pub imported: bool,
    /// What it says it wants.
    pub wanted: Vec<String>,
    /// What it is granted.
    pub granted: Vec<String>,
    /// What comes of it.
    pub effective: Vec<String>,
    /// Why.
    pub reason: String,
}

/// What a report of the conformance kit comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginConformance {
    /// How far the checks went: `core`, `strict`, `hardened`.
    pub level: String,
    /// How many checks passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many did not apply.
    pub skipped: usize,
    /// The version of the kit; `unknown` where the report does not say.
    pub kit: String,
    /// Each check.
    pub checks: Vec<PluginCheck>,
}

/// A check of the conformance kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginCheck {
    /// Its name.
    pub id: String,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// What it saw, where that is anything.
    pub saw: Option<String>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum CheckOutcome {
    Passed,
    Failed,
    Skipped,
    /// What should be is not.
    Warning,
}

pub(super) async fn list_plugins(
    host: &Host,
    caller: &Caller,
    _: ListPlugins,
) -> Result<ListedPlugins, Error> {
    let plugins = host.plugins().map(|plugins| plugins.list(&caller.account));
    Ok(ListedPlugins { plugins: plugins.unwrap_or_default() })
}

pub(super) async fn describe_plugin(
    host: &Host,
    caller: &Caller,
    request: DescribePlugin,
) -> Result<DescribedPlugin, Error> {
    let found = host.plugins().and_then(|it| it.describe(&caller.account, &request.name));
    found.ok_or_else(|| {
        let message = format!("There is no plugin `{}`.", request.name);
        Error::new(Code::ResourceNotFound, message)
    })
}
