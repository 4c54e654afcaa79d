//! Actions on tags.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize};

use super::Request;
use crate::arn::Arn;

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Tag.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub value: String,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagResource {
    pub resource_arn: Arn,
    pub tags: Vec<Tag>,
}

impl Request for TagResource {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UntagResource {
    pub resource_arn: Arn,
    pub tag_keys: Vec<String>,
}

impl Request for UntagResource {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTagsForResource {
    pub resource_arn: Arn,
}

impl Request for ListTagsForResource {}

/// What ListTagsForResource answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tags {
    pub tags: Vec<Tag>,
}
