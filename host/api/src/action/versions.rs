//! Actions on the versions of state machines.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize};

use super::Request;
use crate::{
    arn::{Arn, Qualified, Version},
    time::Time,
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishStateMachineVersion {
    pub state_machine_arn: Arn<Qualified>,
    pub revision_id: Option<String>,
    pub description: Option<String>,
}

impl Request for PublishStateMachineVersion {}

/// What PublishStateMachineVersion answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedStateMachineVersion {
    pub creation_date: Time,
    pub state_machine_version_arn: Arn<Version>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachineVersion {
    pub state_machine_version_arn: Arn<Version>,
}

impl Request for DeleteStateMachineVersion {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineVersions {
    pub state_machine_arn: Arn<Qualified>,
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
}

impl Request for ListStateMachineVersions {}

/// What ListStateMachineVersions answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineVersions {
    pub state_machine_versions: Vec<StateMachineVersionListItem>,
    pub next_token: Option<String>,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineVersionListItem {
    pub state_machine_version_arn: Arn<Version>,
    pub creation_date: Time,
}
