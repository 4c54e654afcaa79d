//! Actions on Map Runs.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize};

use super::Request;
use crate::{
    arn::{Arn, Execution, MapRun, Qualified},
    time::Time,
};

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeMapRun {
    pub map_run_arn: Arn<MapRun>,
}

impl Request for DescribeMapRun {}

/// What DescribeMapRun answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedMapRun {
    pub map_run_arn: Arn<MapRun>,
    pub execution_arn: Arn<Execution>,
    pub status: MapRunStatus,
    pub start_date: Time,
    pub stop_date: Option<Time>,
    pub max_concurrency: u32,
    pub tolerated_failure_percentage: f64,
    pub tolerated_failure_count: u64,
    pub item_counts: Counts,
    pub execution_counts: Counts,
    pub redrive_count: u64,
    pub redrive_date: Option<Time>,
}

/// `MapRunStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MapRunStatus {
    Running,
    Succeeded,
    Failed,
    Aborted,
}

/// `MapRunItemCounts` and `MapRunExecutionCounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    pub pending: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    pub total: u64,
    pub results_written: u64,
    pub failures_not_redrivable: Option<u64>,
    pub pending_redrive: Option<u64>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListMapRuns.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListMapRuns {
    pub execution_arn: Arn<Execution>,
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
}

impl Request for ListMapRuns {}

/// What ListMapRuns answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRuns {
    pub map_runs: Vec<MapRunListItem>,
    pub next_token: Option<String>,
}

/// A Map Run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapRunListItem {
    pub execution_arn: Arn<Execution>,
    pub map_run_arn: Arn<MapRun>,
    pub state_machine_arn: Arn<Qualified>,
    pub start_date: Time,
    pub stop_date: Option<Time>,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateMapRun.html>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateMapRun {
    pub map_run_arn: Arn<MapRun>,
    pub max_concurrency: Option<u32>,
    pub tolerated_failure_percentage: Option<f64>,
    pub tolerated_failure_count: Option<u64>,
}

impl Request for UpdateMapRun {}
