//! How many executions there are, and which.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stepwell_journal::{Filter, Of};

use crate::{
    action::{ExecutionStatus, Request, executions::ExecutionListItem},
    arn::{Arn, Qualified, StateMachine},
    error::Error,
    host::{
        Host, beside, executions, page,
        state_machines::{does_not_exist, named},
    },
    service::Caller,
    target::Target,
};

use super::{OwnAction, places::Places};

/// Counts the executions of the caller's state machines, or of one. Children of Map Runs are not
/// counted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CountExecutions {
    /// Only those of this one.
    pub state_machine_arn: Option<Arn<Qualified>>,
}

impl Request for CountExecutions {}

/// How many executions are in which status. What there is none of is left out.
pub type Counts = BTreeMap<&'static str, u64>;

/// What CountExecutions answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionCounts {
    /// Of all that are counted.
    pub counts: Counts,
    /// Of each state machine that has any.
    pub state_machines: Vec<MachineCounts>,
}

/// How many executions a state machine has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineCounts {
    /// Whose.
    pub state_machine_arn: Arn<Qualified>,
    /// How many.
    pub counts: Counts,
}

pub(super) async fn count_executions(
    host: &Host,
    caller: &Caller,
    request: CountExecutions,
) -> Result<ExecutionCounts, Error> {
    let only = match &request.state_machine_arn {
        Some(arn) => Some(machine(host, caller, OwnAction::CountExecutions, arn).await?),
        None => None,
    };
    count(&mut Places::new(host, caller), only.as_deref()).await
}

/// Counts those of one state machine or of all.
pub(super) async fn count(
    places: &mut Places<'_>,
    only: Option<&str>,
) -> Result<ExecutionCounts, Error> {
    let all = places.host.store().counts(&places.caller.account, only).await?;
    let mut counts = Counts::new();
    let mut state_machines = Vec::with_capacity(all.len());
    for (name, of) in all {
        let of: Counts = of.into_iter().map(|(status, count)| (status.as_str(), count)).collect();
        for (status, count) in &of {
            *counts.entry(status).or_default() += count;
        }
        let place = places.of(&name).await?;
        let machine = Qualified::StateMachine(StateMachine { name, label: None });
        state_machines
            .push(MachineCounts { state_machine_arn: beside(place, machine), counts: of });
    }
    Ok(ExecutionCounts { counts, state_machines })
}

/// Lists executions of one of the caller's state machines or of all, the newest first. Children of
/// Map Runs are left out.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchExecutions {
    /// Only those of this one, of this version, or started through this alias.
    pub state_machine_arn: Option<Arn<Qualified>>,
    /// Only those in one of these; in any where it is empty.
    #[serde(default)]
    pub status_filter: Vec<ExecutionStatus>,
    /// Only those whose names begin so; upper and lower case are told apart.
    #[serde(default)]
    pub name_prefix: String,
    /// Only those started at this time or later.
    pub started_after: Option<f64>,
    /// Only those started before this time.
    pub started_before: Option<f64>,
    /// How many at most.
    #[serde(default)]
    pub max_results: u32,
    /// Where to go on.
    pub next_token: Option<String>,
}

impl Request for SearchExecutions {}

/// What SearchExecutions answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundExecutions {
    /// Some of those there are.
    pub executions: Vec<ExecutionListItem>,
    /// Where to go on; none where that is all.
    pub next_token: Option<String>,
}

pub(super) async fn search_executions(
    host: &Host,
    caller: &Caller,
    request: SearchExecutions,
) -> Result<FoundExecutions, Error> {
    let asked = &request.status_filter;
    let statuses: BTreeSet<_> =
        asked.iter().filter_map(|status| executions::stored_status(*status)).collect();
    // No execution is in the one that is not kept.
    let none = statuses.is_empty() && !asked.is_empty();
    let of = match &request.state_machine_arn {
        None => Of::Account,
        Some(arn) => {
            let name = machine(host, caller, OwnAction::SearchExecutions, arn).await?;
            match &arn.resource {
                Qualified::StateMachine(_) => Of::Machine(name),
                Qualified::Version(version) => Of::Version(name, version.number.to_string()),
                Qualified::Alias(alias) => Of::Alias(name, alias.name.clone()),
            }
        }
    };
    if none {
        return Ok(FoundExecutions { executions: Vec::new(), next_token: None });
    }
    let filter = Filter {
        statuses,
        name_prefix: request.name_prefix,
        started_from: request.started_after.map(time),
        started_before: request.started_before.map(time),
        ..Filter::all(&caller.account, of)
    };
    let token = request.next_token.map(|token| token.parse()).transpose()?;
    let page = host.store().list(filter, page::size(request.max_results), token).await?;
    let mut places = Places::new(host, caller);
    let mut found = Vec::with_capacity(page.items.len());
    for listing in page.items {
        let place = places.of(&listing.key.machine).await?;
        found.push(executions::item(place, listing, false)?);
    }
    let next_token = page.next.map(|token| token.to_string());
    Ok(FoundExecutions { executions: found, next_token })
}

/// The name of a state machine of the caller's.
pub(super) async fn machine(
    host: &Host,
    caller: &Caller,
    action: impl Into<Target>,
    arn: &Arn<Qualified>,
) -> Result<String, Error> {
    crate::host::own_machine(caller, action, arn)?;
    Ok(named(host, arn).await?.ok_or_else(|| does_not_exist(arn))?.name)
}

/// A time in seconds since 1970, to the microsecond that executions are kept with. The request's
/// constraints keep it in the range of times.
pub(super) fn time(seconds: f64) -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is in range, and whole microseconds do"
    )]
    let microseconds = (seconds * 1e6).round() as i64;
    Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX)
}
