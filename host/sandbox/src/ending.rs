//! How a call ended, in the terms of Retry and Catch.

use std::time::Duration;

use wasmtime::{Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::{
    contract::types,
    failure::{Failure, names},
    limits::Limits,
    log::Log,
    stdio::Full,
};

pub(crate) fn cancelled() -> Failure {
    Failure::new(names::CANCELLED, "Nobody waits for the call any more: it was stopped.")
}

/// Whether Wasmtime refused to copy what a guest hands over. It has no public type for that.
pub(crate) fn is_too_much_at_once(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().ends_with("fuel allocated for hostcalls has been exhausted")
}

/// Why Wasmtime stopped the guest.
pub(crate) fn stopped(error: &wasmtime::Error, limits: &Limits, log: &Log) -> Failure {
    if let Some(Trap::OutOfFuel) = error.downcast_ref() {
        let fuel = limits.fuel;
        return Failure::new(
            names::OUT_OF_FUEL,
            format!("The call is over its fuel limit of {fuel}: it used all of it."),
        );
    }
    if let Some(full) = error.downcast_ref::<Full>() {
        return Failure::new(names::DATA_LIMIT_EXCEEDED, full.to_string());
    }
    let mut cause = match error.downcast_ref() {
        Some(I32Exit(status)) => {
            format!("the plugin exited with status {status} and gave no answer")
        }
        None => error.root_cause().to_string(),
    };
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        let frames = backtrace.to_string();
        let frames = frames.split_once('\n').map_or("", |(_title, frames)| frames);
        cause.push_str(&format!("\nwasm backtrace:\n{}", frames.trim_end()));
    }
    // Languages write there what they panic about.
    let tail = log.tail();
    if !tail.is_empty() {
        cause.push_str(&format!("\nthe log ends with:\n{tail}"));
    }
    Failure::new(names::TRAP, cause)
}

/// The status a command ended with.
pub(crate) fn status(ended: wasmtime::Result<Result<(), ()>>) -> wasmtime::Result<i32> {
    match ended {
        Ok(Ok(())) => Ok(0),
        Ok(Err(())) => Ok(1),
        Err(error) => match error.downcast_ref() {
            Some(I32Exit(status)) => Ok(*status),
            None => Err(error),
        },
    }
}

pub(crate) fn exited(status: i32, log: &Log) -> Failure {
    let tail = log.tail();
    let cause = match tail.is_empty() {
        true => format!("exit status {status}, and nothing on stderr"),
        false => format!("exit status {status}: {tail}"),
    };
    Failure::new(names::COMMAND_FAILED, cause)
}

/// The failure a plugin named itself.
pub(crate) fn said(failure: types::Failure) -> Failure {
    Failure {
        retry_after: failure.retry_after_ms.map(Duration::from_millis),
        ..Failure::new(&failure.error, failure.cause)
    }
}

/// The output, if it is within its limit and JSON.
pub(crate) fn checked(output: Vec<u8>, task: &str, limits: &Limits) -> Result<String, Failure> {
    let size = output.len() as u64;
    if size > limits.output {
        let full = Full { limit: limits.output, size, more: false };
        return Err(Failure::new(names::DATA_LIMIT_EXCEEDED, full.to_string()));
    }
    let invalid = |output: &[u8], why: String| {
        let begin: String = String::from_utf8_lossy(output).chars().take(80).collect();
        let begin = match begin.is_empty() {
            true => "It is empty.".to_owned(),
            false => format!("It begins with: {begin}"),
        };
        let cause = format!("The output of the task `{task}` is not JSON: {why}. {begin}");
        Failure::new(names::INVALID_OUTPUT, cause)
    };
    let output = String::from_utf8(output)
        .map_err(|error| invalid(error.as_bytes(), error.utf8_error().to_string()))?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&output) {
        Ok(_) => Ok(output),
        Err(error) => Err(invalid(output.as_bytes(), error.to_string())),
    }
}

/// A guest that did not cope with a refusal is better explained by the refusal.
pub(crate) fn denied(failure: Failure, refused: &[String]) -> Failure {
    let broke = [names::TRAP, names::COMMAND_FAILED].contains(&failure.error.as_str());
    if refused.is_empty() || !broke {
        return failure;
    }
    let cause = format!("{}\n{}", refused.join(" "), failure.cause);
    Failure::new(names::PERMISSION_DENIED, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_that_breaks_over_a_refusal_is_explained_by_it() {
        let refused = ["Connecting to 10.0.0.1:25 was refused: it is not granted.".to_owned()];
        let failure =
            denied(Failure::new(names::COMMAND_FAILED, "exit status 1: no mail"), &refused);
        assert_eq!(failure.error, "Stepwell.PermissionDenied");
        assert_eq!(
            failure.cause,
            "Connecting to 10.0.0.1:25 was refused: it is not granted.\nexit status 1: no mail"
        );
        let own = Failure::new("Email.Unreachable", "no mail");
        assert_eq!(denied(own.clone(), &refused), own);
        let trap = Failure::new(names::TRAP, "out of bounds");
        assert_eq!(denied(trap.clone(), &[]), trap);
    }
}
