//! Actions with task tokens, and the workers of activities.

use std::time::Duration;

use stepwell_asl::Json;
use stepwell_engine::host::{Callback, Error as Failed};
use stepwell_interpreter::Failure;

use super::{Host, activities, failure::invalid_token, own};
use crate::{
    action::{
        Empty,
        activities::{ActivityTask, GetActivityTask},
        tasks::{SendTaskFailure, SendTaskHeartbeat, SendTaskSuccess},
    },
    error::{Code, Error},
    service::{Action, Caller},
};

/// How long a worker's request for a task is held open.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html>
const LONG_POLL: Duration = Duration::from_secs(60);

pub(super) async fn send_task_success(
    host: &Host,
    caller: &Caller,
    request: SendTaskSuccess,
) -> Result<Empty, Error> {
    let output = Json::parse(request.output)
        .map_err(|error| Error::new(Code::InvalidOutput, format!("Invalid Output: '{error}'")))?;
    answer(host, caller, &request.task_token, Callback::Success(output)).await
}

pub(super) async fn send_task_failure(
    host: &Host,
    caller: &Caller,
    request: SendTaskFailure,
) -> Result<Empty, Error> {
    let SendTaskFailure { task_token, error, cause } = request;
    let failure = Failure { error, cause, retry_after: None };
    answer(host, caller, &task_token, Callback::Failure(failure)).await
}

pub(super) async fn send_task_heartbeat(
    host: &Host,
    caller: &Caller,
    request: SendTaskHeartbeat,
) -> Result<Empty, Error> {
    answer(host, caller, &request.task_token, Callback::Heartbeat).await
}

async fn answer(
    host: &Host,
    caller: &Caller,
    token: &str,
    callback: Callback,
) -> Result<Empty, Error> {
    match host.engine.callback(&caller.account, token, callback).await {
        Ok(()) => Ok(Empty {}),
        Err(Failed::InvalidToken) => Err(invalid_token()),
        Err(Failed::TaskTimedOut) => Err(Error::new(
            Code::TaskTimedOut,
            "Task Timed Out: 'Provided task does not exist anymore'",
        )),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn get_activity_task(
    host: &Host,
    caller: &Caller,
    request: GetActivityTask,
) -> Result<ActivityTask, Error> {
    let arn = request.activity_arn;
    own(caller, Action::GetActivityTask, &arn)?;
    if activities::find(host, &arn).await?.is_none() {
        return Err(activities::does_not_exist(&arn));
    }
    let worker = request.worker_name.as_deref();
    let taken = host.engine.get_activity_task(&arn.to_string(), worker, LONG_POLL).await?;
    Ok(ActivityTask {
        input: taken.as_ref().map(|taken| taken.input.text().to_owned()),
        task_token: taken.map(|taken| taken.token),
    })
}
