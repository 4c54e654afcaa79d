//! What AWS answers to TestState.

use serde::Serialize;
use stepwell_asl::{Json, definition::Name};

/// The answer, with AWS's names where it is serialised.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// How the state ended.
    pub status: Status,
    /// Its output; none where it failed, or would be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Json>,
    /// The error's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The state that it goes on to; none where it ends its workflow, fails, or would be tried
    /// again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_state: Option<Name>,
    /// What became of the data on the way, at the levels DEBUG and TRACE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_data: Option<Box<InspectionData>>,
}

/// How a tested state ended: `TestExecutionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It went on, or ended its workflow.
    Succeeded,
    /// It failed, and no catcher matches.
    Failed,
    /// It failed, and a retrier would try it again.
    Retriable,
    /// It failed, and a catcher has matched.
    CaughtError,
}

/// What became of the data on their way through a state, in this order. Each is there where the
/// state's type and query language have such a step, and it was reached.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionData {
    /// The state's input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Json>,
    /// Behind `InputPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_input_path: Option<Json>,
    /// Behind `Parameters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_parameters: Option<Json>,
    /// Behind `Arguments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_arguments: Option<Json>,
    /// The items of a Map, behind `ItemsPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_path: Option<Json>,
    /// The items of a Map, behind `ItemsPointer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_pointer: Option<Json>,
    /// The inputs of a Map's iterations, behind `ItemSelector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_selector: Option<Json>,
    /// The inputs of a Map's iterations, behind `ItemBatcher`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_batcher: Option<Json>,
    /// `MaxConcurrency` of a Map; 0 where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u64>,
    /// `ToleratedFailureCount` of a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage` of a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// The HTTP request of an HTTP Task, at the level TRACE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<HttpRequest>,
    /// The HTTP response to an HTTP Task, at the level TRACE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpResponse>,
    /// What the state's work returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Json>,
    /// Behind `ResultSelector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_selector: Option<Json>,
    /// Behind `ResultPath`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_path: Option<Json>,
    /// All variables, those that were given and those that the state assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<Json>,
    /// The retrier and the catcher that matched the state's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<ErrorDetails>,
}

/// Which retrier and which catcher matched an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails {
    /// The index of the catcher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_index: Option<usize>,
    /// The index of the retrier, whether it has an attempt left or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_index: Option<usize>,
    /// How long the next attempt would wait, in seconds; none where none is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_backoff_interval_seconds: Option<u64>,
}

/// The request that an HTTP Task sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HttpRequest {
    pub protocol: String,
    pub method: String,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The response that an HTTP Task receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct HttpResponse {
    pub protocol: String,
    pub status_code: String,
    pub status_message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}
