//! StartSyncExecution.

use stepwell_asl::definition::Type;
use stepwell_engine::host::{Ended, Order};
use stepwell_interpreter::Outcome;

use super::{
    Host, beside,
    executions::{input, name, not_supported, target},
    own_machine,
};
use crate::{
    action::{
        ExecutionStatus, IncludedData,
        executions::{BillingDetails, DataDetails, StartSyncExecution, SyncExecution},
    },
    arn::{Arn, Qualified},
    error::Error,
    service::{Action, Caller},
};

/// What AWS bills at least, and in steps of which duration.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_BillingDetails.html>
const BILLED_MEGABYTES: u64 = 64;
const BILLED_MILLISECONDS: u64 = 100;

pub(super) async fn start_sync_execution(
    host: &Host,
    caller: &Caller,
    request: StartSyncExecution,
) -> Result<SyncExecution, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::StartSyncExecution, &arn)?;
    let input = input(request.input)?;
    let target = target(host, &arn).await?;
    if target.revision.type_ == Type::Standard {
        return Err(not_supported());
    }
    let order = Order {
        target,
        name: name(request.name),
        input: input.clone(),
        trace_header: request.trace_header.clone(),
        parent: None,
    };
    let Ended { identity, started_at, stopped_at, outcome } =
        host.engine.run_express(order).await?;
    let included = request.included_data == IncludedData::AllData;
    let details = DataDetails { included };
    let (status, output, failure) = match outcome {
        Outcome::Succeeded { output } => (ExecutionStatus::Succeeded, Some(output), None),
        Outcome::Failed(failure) | Outcome::Aborted(failure) => {
            (ExecutionStatus::Failed, None, Some(failure))
        }
        Outcome::TimedOut(failure) => (ExecutionStatus::TimedOut, None, Some(failure)),
    };
    let (error, cause) = failure.map_or((None, None), |failure| (failure.error, failure.cause));
    let took = stopped_at.duration_since(started_at).as_millis();
    Ok(SyncExecution {
        execution_arn: Arn::parse(&identity.execution_arn)?,
        state_machine_arn: beside(&arn, Qualified::StateMachine(arn.resource.machine().clone())),
        name: identity.execution_name,
        start_date: started_at.into(),
        stop_date: stopped_at.into(),
        status,
        error,
        cause,
        input: included.then(|| input.text().to_owned()),
        input_details: Some(details),
        output_details: output.is_some().then_some(details),
        output: output.filter(|_| included).map(|output| output.text().to_owned()),
        trace_header: request.trace_header,
        billing_details: BillingDetails {
            billed_memory_used_in_mb: BILLED_MEGABYTES,
            billed_duration_in_milliseconds: billed(took),
        },
    })
}

/// Milliseconds, rounded up to what is billed.
fn billed(milliseconds: i128) -> u64 {
    let milliseconds = u64::try_from(milliseconds).unwrap_or_default();
    milliseconds.div_ceil(BILLED_MILLISECONDS).max(1) * BILLED_MILLISECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_billed_in_steps() {
        assert_eq!([-1, 0, 1, 100, 101, 250].map(billed), [100, 100, 100, 100, 200, 300]);
    }
}
