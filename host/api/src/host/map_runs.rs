//! Actions on Map Runs.

use stepwell_engine::host::{Error as Failed, NewLimits};
use stepwell_interpreter::map_run;
use stepwell_journal::{ExecutionId, MapRunRecord, MapRunStatus as Ended};

use super::{
    Host, beside,
    executions::{find, id, machine, no_such_resource, own_standard},
    own,
    page::{self, List},
};
use crate::{
    action::{
        Empty,
        map_runs::{
            Counts, DescribeMapRun, DescribedMapRun, ListMapRuns, MapRunListItem, MapRunStatus,
            MapRuns, UpdateMapRun,
        },
    },
    arn::{Arn, Execution, MapRun, Qualified},
    error::{Error, Reason},
    service::{Action, Caller},
};

pub(crate) async fn describe_map_run(
    host: &Host,
    caller: &Caller,
    request: DescribeMapRun,
) -> Result<DescribedMapRun, Error> {
    let arn = request.map_run_arn;
    own(caller, Action::DescribeMapRun, &arn)?;
    let (execution, record) = find_map_run(host, &arn).await?;
    let MapRunRecord { started_at, ended, state, .. } = record;
    let limits = state.limits();
    Ok(DescribedMapRun {
        execution_arn: execution_of(host, &arn, execution).await?,
        status: ended.map_or(MapRunStatus::Running, |(_, status)| status.into()),
        start_date: started_at.into(),
        stop_date: ended.map(|(at, _)| at.into()),
        max_concurrency: u32::try_from(limits.max_concurrency).unwrap_or(u32::MAX),
        tolerated_failure_percentage: limits.tolerated_failure_percentage.unwrap_or_default(),
        tolerated_failure_count: limits.tolerated_failure_count.unwrap_or_default(),
        item_counts: state.item_counts().into(),
        execution_counts: state.execution_counts().into(),
        redrive_count: state.order().redrive_count,
        redrive_date: state.redriven_at().map(Into::into),
        map_run_arn: arn,
    })
}

pub(super) async fn list_map_runs(
    host: &Host,
    caller: &Caller,
    request: ListMapRuns,
) -> Result<MapRuns, Error> {
    let arn = request.execution_arn;
    own_standard(caller, Action::ListMapRuns, &arn)?;
    find(host, &arn).await?;
    let of = arn.to_string();
    let list = List { caller, action: Action::ListMapRuns, of: &of };
    let after = list.after(request.next_token.as_deref())?;
    let of_machine = beside(&arn, Qualified::StateMachine(arn.resource.machine.clone()));
    let mut records = host.store().map_runs(id(&arn)?).await?;
    // They are in the order they were started, and so are their numbers.
    if let Some(after) = after.and_then(|after| after.parse::<u64>().ok()) {
        records.retain(|record| record.id.0 > after);
    }
    let size = page::size(request.max_results);
    let more = records.len() > size;
    records.truncate(size);
    let next = records.last().filter(|_| more).map(|last| last.id.0.to_string());
    let item = |record: MapRunRecord| {
        Ok(MapRunListItem {
            execution_arn: arn.clone(),
            map_run_arn: Arn::parse(&record.arn)?,
            state_machine_arn: of_machine.clone(),
            start_date: record.started_at.into(),
            stop_date: record.ended.map(|(at, _)| at.into()),
        })
    };
    Ok(MapRuns {
        map_runs: records.into_iter().map(item).collect::<Result<_, Error>>()?,
        next_token: list.token(next),
    })
}

pub(super) async fn update_map_run(
    host: &Host,
    caller: &Caller,
    request: UpdateMapRun,
) -> Result<Empty, Error> {
    let arn = request.map_run_arn;
    own(caller, Action::UpdateMapRun, &arn)?;
    let limits = NewLimits {
        max_concurrency: request.max_concurrency.map(Into::into),
        tolerated_failure_count: request.tolerated_failure_count,
        tolerated_failure_percentage: request.tolerated_failure_percentage,
    };
    match host.engine.update_map_run(&arn.to_string(), limits).await {
        Ok(()) => Ok(Empty {}),
        Err(Failed::NoSuchMapRun) => Err(no_such_resource(&arn)),
        Err(Failed::MapRunEnded) => Err(Error {
            reason: Some(Reason::CannotUpdateCompletedMapRun),
            ..Error::validation(format!("Cannot update a Map Run that has completed: '{arn}'"))
        }),
        Err(other) => Err(other.into()),
    }
}

/// A Map Run, and whose it is.
pub(crate) async fn find_map_run(
    host: &Host,
    arn: &Arn<MapRun>,
) -> Result<(ExecutionId, MapRunRecord), Error> {
    let found = host.store().map_run(&arn.to_string()).await?;
    found.ok_or_else(|| no_such_resource(arn))
}

/// The ARN of the execution whose Map Run it is.
async fn execution_of(
    host: &Host,
    arn: &Arn<MapRun>,
    execution: ExecutionId,
) -> Result<Arn<Execution>, Error> {
    // It is kept as long as its Map Runs.
    let described = host.store().describe(execution).await?;
    let key = described.ok_or_else(|| no_such_resource(arn))?.listing.key;
    let execution = Execution { machine: machine(&key.machine), name: key.name, express: None };
    Ok(beside(arn, execution))
}

impl From<Ended> for MapRunStatus {
    fn from(status: Ended) -> Self {
        match status {
            Ended::Succeeded => Self::Succeeded,
            Ended::Failed => Self::Failed,
            Ended::Aborted => Self::Aborted,
        }
    }
}

impl From<map_run::Counts> for Counts {
    fn from(counts: map_run::Counts) -> Self {
        Self {
            pending: counts.pending,
            running: counts.running,
            succeeded: counts.succeeded,
            failed: counts.failed,
            timed_out: counts.timed_out,
            aborted: counts.aborted,
            total: counts.total,
            results_written: counts.results_written,
            failures_not_redrivable: None,
            pending_redrive: Some(counts.pending_redrive),
        }
    }
}
