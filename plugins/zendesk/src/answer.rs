//! What Zendesk answers.

use std::time::Duration;

use serde::Deserialize;
use stepwell_task::{
    Failure,
    http::{Error, Response},
};

use crate::Opened;

/// How long to wait at least where a busy server does not say.
const PAUSE: Duration = Duration::from_secs(1);

/// Longest time that a server may have an execution wait.
const MAX_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// Most characters of an answer that go into a cause.
const MAX_TEXT: usize = 2000;

#[derive(Deserialize)]
struct Answer {
    ticket: Known,
}

#[derive(Deserialize)]
struct Known {
    id: u64,
    #[serde(default)]
    status: String,
}

/// The ticket, or why there is none.
pub(crate) fn read(base: &str, response: Response) -> Result<Opened, Failure> {
    let status = response.status;
    if matches!(status, 200 | 201) {
        let Known { id, status } = match response.json::<Answer>() {
            Ok(answer) => answer.ticket,
            Err(error) => {
                let cause = format!("the answer has no ticket: {error}");
                return Err(Failure::new("BrokenResponse", cause));
            }
        };
        let existed = response.header("x-idempotency-lookup") == Some("hit");
        return Ok(Opened { id, url: format!("{base}/agent/tickets/{id}"), status, existed });
    }
    let name = match status {
        400 if names_idempotency(&response) => "IdempotencyKeyReused",
        401 => "AuthenticationFailed",
        403 => "Forbidden",
        404 => "NotFound",
        400 | 413 | 415 | 422 => "InvalidTicket",
        409 => "Conflict",
        429 => "RateLimited",
        500.. => "TemporarilyUnavailable",
        _ => "UnexpectedAnswer",
    };
    let text: String = response.text().trim().chars().take(MAX_TEXT).collect();
    let cause = if text.is_empty() {
        format!("status {status}")
    } else {
        format!("status {status}: {text}")
    };
    let failure = Failure::new(name, cause);
    // Another attempt at once is of use in none of the other cases.
    if !matches!(status, 409 | 429 | 500..) {
        return Err(failure);
    }
    let seconds = response.header("retry-after").and_then(|text| text.trim().parse().ok());
    Err(failure.retry_after(seconds.map_or(PAUSE, Duration::from_secs).min(MAX_PAUSE)))
}

/// Zendesk answers a known key with another ticket in it by 400, and says that it is about the key.
fn names_idempotency(response: &Response) -> bool {
    response.text().to_ascii_lowercase().contains("idempot")
}

/// Why there is no answer.
pub(crate) fn unanswered(error: Error) -> Failure {
    match error {
        Error::TimedOut(_) => Failure::caused_by("TimedOut", &error).retry_after(PAUSE),
        Error::Unreachable(_) | Error::Broken(_) => {
            Failure::caused_by("TemporarilyUnavailable", &error).retry_after(PAUSE)
        }
        other => other.into(),
    }
}
