//! `Step Functions Execution Status Change`.

use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_interpreter::{Execution, Outcome, Timestamp};
use stepwell_journal::{Start, Status};
use uuid::Uuid;

use crate::host::RedriveStatus;

/// The most bytes that the input and output may have, escaped as in JSON: larger ones are left out.
const MAX_DATA: usize = 248 * 1024;

/// What an execution is when its status changes.
pub(crate) struct StatusChange<'a> {
    pub(crate) execution: &'a Execution,
    pub(crate) start: &'a Start,
    /// How it has ended; none where it begins.
    pub(crate) outcome: Option<&'a Outcome>,
    pub(crate) redrive_status: RedriveStatus,
    /// When.
    pub(crate) at: Timestamp,
}

impl StatusChange<'_> {
    /// The event. What it does not have is null.
    pub(crate) fn to_event(&self) -> Json {
        let Self { execution, start, outcome, redrive_status, at } = self;
        let identity = execution.identity();
        let machine_arn = &identity.state_machine_arn;
        let qualified =
            |name: &Option<String>| name.as_ref().map(|name| format!("{machine_arn}:{name}"));
        let (output, failure) = match outcome {
            None => (None, None),
            Some(Outcome::Succeeded { output }) => (Some(output), None),
            Some(
                Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure),
            ) => (None, Some(failure)),
        };
        let output_size = output.map_or(0, escaped);
        let input_included = escaped(execution.input()) + output_size <= MAX_DATA;
        let output_included = output_size <= MAX_DATA;
        let text = |data: &Json, included: bool| included.then(|| data.text().to_owned());
        let details = |included: bool| json!({ "included": included });
        let redrive_date = execution.redriven_at().map(Timestamp::as_millisecond);
        // arn:PARTITION:states:REGION:ACCOUNT:execution:...
        let part = |index| identity.execution_arn.split(':').nth(index).unwrap_or_default();
        let event: Value = json!({
            "version": "0",
            "id": Uuid::new_v4().to_string(),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": part(4),
            "time": format!("{at:.0}"),
            "region": part(3),
            "resources": [identity.execution_arn],
            "detail": {
                "executionArn": identity.execution_arn,
                "stateMachineArn": machine_arn,
                "name": identity.execution_name,
                "status": outcome.map_or(Status::Running, Status::from).as_str(),
                "startDate": execution.started_at().as_millisecond(),
                "stopDate": outcome.map(|_| at.as_millisecond()),
                "input": text(execution.input(), input_included),
                "output": output.and_then(|output| text(output, output_included)),
                "stateMachineVersionArn": qualified(&start.version),
                "stateMachineAliasArn": qualified(&start.alias),
                "redriveCount": execution.redrive_count(),
                "redriveDate": redrive_date,
                "redriveStatus": redrive_status.as_str(),
                "redriveStatusReason": redrive_status.reason(),
                "inputDetails": details(input_included),
                "outputDetails": output.map(|_| details(output_included)),
                "error": failure.and_then(|failure| failure.error.as_deref()),
                "cause": failure.and_then(|failure| failure.cause.as_deref()),
            },
        });
        event.into()
    }
}

/// How many bytes a document has as a string in JSON.
fn escaped(data: &Json) -> usize {
    serde_json::to_string(data.text()).map_or(usize::MAX, |text| text.len())
}
