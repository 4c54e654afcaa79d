//! Why a host does not do what it is asked, and what to try next.

use serde_json::Value;

/// Why there is no answer, or another one than was hoped for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nobody listens.
    #[error("no host answers at {endpoint}: {cause}")]
    Unreachable { endpoint: String, cause: String },
    /// The connection was made, and broke.
    #[error("the host at {endpoint} does not answer: {cause}")]
    Unanswered { endpoint: String, cause: String },
    /// Something else listens.
    #[error("what answers at {endpoint} does not speak the API of Step Functions (HTTP {status})")]
    NotAHost { endpoint: String, status: u16 },
    /// The host refuses.
    #[error("{code}{}{message}", if message.is_empty() { "" } else { ": " })]
    Refused {
        /// The exception's name.
        code: String,
        message: String,
    },
    /// The request cannot be made.
    #[error("the request for {action} cannot be made: {why}")]
    Request { action: &'static str, why: anyhow::Error },
}

impl Error {
    /// Why there is no answer: of the causes that the HTTP client tells the last, which is the
    /// system's.
    pub(super) fn broken(endpoint: String, error: &reqwest::Error) -> Self {
        let causes = std::iter::successors(Some(error as &dyn std::error::Error), |it| it.source());
        let cause = causes.last().map_or(String::new(), ToString::to_string);
        match error.is_connect() {
            true => Self::Unreachable { endpoint, cause },
            false => Self::Unanswered { endpoint, cause },
        }
    }

    /// What an answer says that has no status of success.
    pub(super) fn refused(answer: &Value) -> Self {
        let text = |name| answer[name].as_str();
        let code = text("__type").unwrap_or("UnknownError");
        // Before `#` is a namespace.
        let code = code.rsplit('#').next().unwrap_or(code).to_owned();
        let message = text("message").or_else(|| text("Message")).unwrap_or_default().to_owned();
        Self::Refused { code, message }
    }

    /// The exception's name, where the host refused.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    pub(crate) fn is_throttled(&self) -> bool {
        self.code() == Some("ThrottlingException")
    }

    /// What to try next.
    pub(crate) fn help(&self) -> Option<&'static str> {
        let code = match self {
            Self::Unreachable { .. } => {
                return Some(
                    "start one with `stepwell dev`, or `stepwell serve`; or name another with \
                     --endpoint or $STEPWELL_ENDPOINT",
                );
            }
            Self::Unanswered { .. } => {
                return Some("try again; where the host runs, `stepwell doctor` tells how it is");
            }
            Self::NotAHost { .. } => {
                return Some("name the host with --endpoint or $STEPWELL_ENDPOINT");
            }
            Self::Request { .. } => return None,
            Self::Refused { code, .. } => code,
        };
        Some(match &**code {
            "ExecutionDoesNotExist" => {
                "`stepwell list MACHINE` shows the executions that there are"
            }
            "ExecutionAlreadyExists" => "name it otherwise with --name, or not at all",
            "ExecutionNotRedrivable" => {
                "`stepwell describe EXECUTION` tells why; `stepwell start` starts another"
            }
            "StateMachineDoesNotExist" => "`stepwell machine list` shows those that there are",
            "StateMachineAlreadyExists" => "`stepwell machine update` changes the one there is",
            "StateMachineDeleting" => "it is there until its executions have ended",
            "StateMachineTypeNotSupported" => {
                "an Express execution keeps no history: `stepwell start --sync` waits for its output"
            }
            "InvalidDefinition" => "`stepwell validate FILE` shows the places",
            "InvalidExecutionInput" | "InvalidOutput" => "it must be JSON text of at most 256 KiB",
            "InvalidToken" | "TaskDoesNotExist" => {
                "take the token as the task was given it; with another host's it does not work"
            }
            "TaskTimedOut" => "the task has ended: `stepwell history EXECUTION` shows how",
            "UnrecognizedClientException" => {
                "`stepwell tenant keys create` makes an access key: set AWS_ACCESS_KEY_ID and \
                 AWS_SECRET_ACCESS_KEY to it"
            }
            "InvalidSignatureException" => {
                "check AWS_SECRET_ACCESS_KEY, AWS_REGION, and the clocks of both machines"
            }
            "AccessDeniedException" => "use the access key of the account in the ARN",
            "ThrottlingException" => "wait a little; the host's operator sets how much you may ask",
            "ServiceUnavailableException" => {
                "try again; on the host's machine `stepwell doctor` tells what is wrong"
            }
            "UnknownOperationException" => "the host is of another version than this command",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_aws_answers_is_told_without_its_namespace() {
        let answer = json!({
            "__type": "com.amazonaws.swf.service.v2.model#ExecutionDoesNotExist",
            "message": "Execution Does Not Exist: 'x'",
        });
        let error = Error::refused(&answer);
        assert_eq!(error.to_string(), "ExecutionDoesNotExist: Execution Does Not Exist: 'x'");
        let help = "`stepwell list MACHINE` shows the executions that there are";
        assert_eq!(error.help(), Some(help));
        assert!(!error.is_throttled());
        let silent = Error::refused(&json!({ "__type": "TaskTimedOut" }));
        assert_eq!(silent.to_string(), "TaskTimedOut");
        let error = Error::refused(&json!({ "message": "no" }));
        assert_eq!((error.to_string().as_str(), error.help()), ("UnknownError: no", None));
    }
}
