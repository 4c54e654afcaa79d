//! Actions on activities.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize};

use super::{Request, state_machines::EncryptionConfiguration, tags::Tag};
use crate::{
    arn::{Activity, Arn},
    name::Name,
    time::Time,
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateActivity {
    pub name: Name,
    #[serde(default)]
    pub tags: Vec<Tag>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for CreateActivity {}

/// What CreateActivity answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedActivity {
    pub activity_arn: Arn<Activity>,
    pub creation_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeActivity {
    pub activity_arn: Arn<Activity>,
}

impl Request for DescribeActivity {}

/// What DescribeActivity answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedActivity {
    pub activity_arn: Arn<Activity>,
    pub name: String,
    pub creation_date: Time,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteActivity {
    pub activity_arn: Arn<Activity>,
}

impl Request for DeleteActivity {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListActivities {
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
}

impl Request for ListActivities {}

/// What ListActivities answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Activities {
    pub activities: Vec<ActivityListItem>,
    pub next_token: Option<String>,
}

/// An activity in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityListItem {
    pub activity_arn: Arn<Activity>,
    pub name: String,
    pub creation_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetActivityTask {
    pub activity_arn: Arn<Activity>,
    pub worker_name: Option<String>,
}

impl Request for GetActivityTask {}

/// What GetActivityTask answers; nothing where there was no task within a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityTask {
    pub task_token: Option<String>,
    pub input: Option<String>,
}
