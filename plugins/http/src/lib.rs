//! Calls HTTPS APIs, as AWS's HTTP Task does: `arn:aws:states:::http:invoke`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html>. `README.md` beside
//! this crate says what is the same, and where an operator puts the connections.

mod answer;
mod connection;
mod form;
mod parameters;
mod request;

use std::time::Duration;

use stepwell_task::{Call, Failure, config, http};

pub use answer::Output;
pub use parameters::Parameters;

use connection::Connection;

stepwell_task::plugin! {
    summary: "Calls HTTPS APIs, as http:invoke of AWS Step Functions does.",
    wants: {
        http: ["*"],
        config: ["connection.*", "timeout-seconds"],
        secrets: ["connection.*"],
    },
    tasks: [
        // What a request does to the API, and whether it may be sent twice, only its author knows.
        "invoke": at_most_once "Sends a request to an HTTPS API, and gives its answer." => invoke,
    ],
}

/// The names of errors that AWS documents for HTTP Tasks and the connections they use.
mod names {
    /// What was asked for can never work.
    pub(crate) const RUNTIME: &str = "States.Runtime";
    /// There was no answer, or none in time.
    pub(crate) const SOCKET: &str = "States.Http.Socket";
    /// The answer is larger than a state's data may be.
    pub(crate) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// The connection may not be used.
    pub(crate) const ACCESS_DENIED: &str = "Events.ConnectionResource.AccessDenied";
    /// The connection cannot be used as it is.
    pub(crate) const INVALID_STATE: &str = "Events.ConnectionResource.InvalidConnectionState";
}

/// How long AWS waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(60);

fn invoke(parameters: Parameters, call: &Call) -> Result<Output, Failure> {
    let timeout = timeout()?;
    let connection = Connection::find(parameters.connection()?)?;
    let request = request::Draft::new(&parameters, call)?;
    let additions = connection.additions(timeout)?;
    let request = request.with(additions)?.build(timeout);
    answer::output(request.send().map_err(failure)?)
}

/// How long to wait: no longer than AWS does.
fn timeout() -> Result<Duration, Failure> {
    let Some(text) = config::get("timeout-seconds") else { return Ok(TIMEOUT) };
    let seconds = text.parse().ok().filter(|seconds| (1..=TIMEOUT.as_secs()).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        let cause = format!("the configuration value timeout-seconds is {text:?}, and not 1 to 60");
        Failure::new("InvalidConfiguration", cause)
    })
}

/// Why there is no answer, by the name that a definition written for AWS catches.
fn failure(error: http::Error) -> Failure {
    use http::Error;
    let name = match error {
        Error::Invalid(_) => names::RUNTIME,
        Error::TooLarge(_) => names::DATA_LIMIT_EXCEEDED,
        Error::TimedOut(_) | Error::Unreachable(_) | Error::Broken(_) => names::SOCKET,
        // Not AWS's: there everybody may call any public API.
        Error::Refused(_) => "PermissionDenied",
    };
    Failure::caused_by(name, &error)
}

#[cfg(test)]
mod tests;
