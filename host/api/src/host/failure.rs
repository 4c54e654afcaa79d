//! What callers are told of failures that no action has a word of its own for.

use stepwell_engine::{host, resources};
use stepwell_journal as journal;

use crate::error::{Code, Error};

/// Where the data are, and what the disk said, is for the operator and not for the caller.
impl From<journal::Error> for Error {
    fn from(error: journal::Error) -> Self {
        let unavailable = |message: &str| Self::new(Code::ServiceUnavailableException, message);
        match error {
            journal::Error::Token => invalid_token(),
            journal::Error::Full { .. } => unavailable("The host has no room left for its data"),
            journal::Error::ReadOnly { .. } => unavailable("The host cannot write its data"),
            journal::Error::Stopped => unavailable("The host is stopping"),
            _ => Self::new(Code::InternalFailure, "The host cannot read or write its data"),
        }
    }
}

impl From<resources::Error> for Error {
    fn from(error: resources::Error) -> Self {
        match error {
            resources::Error::Store(error) => error.into(),
            resources::Error::Contended => Self::new(Code::ThrottlingException, "Rate exceeded"),
            resources::Error::Deleting { arn } => {
                Self::new(Code::StateMachineDeleting, format!("State Machine Deleting: '{arn}'"))
            }
            resources::Error::Quota { .. } => {
                Self::new(Code::ServiceQuotaExceededException, error.to_string())
            }
            resources::Error::Revision { .. }
            | resources::Error::Exists { .. }
            | resources::Error::InUse { .. } => {
                Self::new(Code::ConflictException, error.to_string())
            }
            other => Self::new(Code::ResourceNotFound, other.to_string()),
        }
    }
}

impl From<host::Error> for Error {
    fn from(error: host::Error) -> Self {
        match error {
            host::Error::Store(error) => error.into(),
            host::Error::Resources(error) => error.into(),
            host::Error::TooManyWatchers => Self::new(
                Code::ThrottlingException,
                "As many watch the account's executions as may: close some, or try again later",
            ),
            host::Error::Throttled => Self::new(Code::ThrottlingException, "Rate exceeded"),
            host::Error::Stopping => {
                Self::new(Code::ServiceUnavailableException, "The host is stopping")
            }
            host::Error::TooManyOpen => Self::new(
                Code::ExecutionLimitExceeded,
                "The maximum number of running executions has been reached. Running executions \
                 must end or be stopped before a new execution can be started.",
            ),
            host::Error::TooManyPollers => Self::new(
                Code::ActivityWorkerLimitExceeded,
                "The maximum number of workers concurrently polling for activity tasks has been \
                 reached.",
            ),
            host::Error::NotRedrivable(reason) => Self::new(Code::ExecutionNotRedrivable, reason),
            host::Error::InvalidToken => invalid_token(),
            _ => Self::new(Code::InternalFailure, "The host failed while it worked on the request"),
        }
    }
}

pub(super) fn invalid_token() -> Error {
    Error::new(Code::InvalidToken, "Invalid Token: 'Invalid token'")
}
