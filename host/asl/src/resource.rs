//! What a Task's `Resource` names.

use std::sync::Arc;

/// A parsed `Resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `wasm:PLUGIN/TASK`, with `@VERSION` and `?fuel=N&memory=SIZE`.
    Wasm(Wasm),
    /// A Lambda function by its ARN: the plugin of that name. AWS records it with
    /// `LambdaFunction...` events.
    Lambda(Lambda),
    /// `arn:aws:states:::SERVICE:ACTION`, with the pattern behind it.
    Integration(Integration),
    /// An activity by its ARN, the whole text.
    Activity(Arc<str>),
}

/// `wasm:payments/charge@1.2?fuel=5000000&memory=32MiB`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wasm {
    /// The plugin's name.
    pub plugin: Arc<str>,
    /// The task's name.
    pub task: Arc<str>,
    /// A version, whole or a prefix of its numbers, that the plugin must have.
    pub version: Option<Arc<str>>,
    /// A lower limit of fuel for this state.
    pub fuel: Option<u64>,
    /// A lower limit of memory for this state, in bytes.
    pub memory: Option<u64>,
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lambda {
    /// The whole ARN.
    pub arn: Arc<str>,
    /// The function's name.
    pub function: Arc<str>,
}

/// `arn:aws:states:::SERVICE:ACTION[.sync|.sync:2|.waitForTaskToken]`; the service may itself have
/// colons, as in `aws-sdk:s3:getObject`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// `lambda`, `sqs`, `aws-sdk:s3`: what AWS gives as `resourceType`.
    pub service: Arc<str>,
    /// `invoke`, `sendMessage`: without the pattern.
    pub action: Arc<str>,
    /// How the result is waited for.
    pub pattern: Pattern,
}

/// The service integration patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pattern {
    /// The call's own answer is the result.
    #[default]
    RequestResponse,
    /// `.sync`.
    Sync,
    /// `.sync:2`.
    Sync2,
    /// `.waitForTaskToken`.
    WaitForTaskToken,
}
