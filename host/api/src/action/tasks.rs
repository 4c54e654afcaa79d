//! Actions with task tokens.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::Deserialize;

use super::Request;

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskSuccess {
    pub task_token: String,
    pub output: String,
}

impl Request for SendTaskSuccess {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskFailure {
    pub task_token: String,
    pub error: Option<String>,
    pub cause: Option<String>,
}

impl Request for SendTaskFailure {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendTaskHeartbeat {
    pub task_token: String,
}

impl Request for SendTaskHeartbeat {}
