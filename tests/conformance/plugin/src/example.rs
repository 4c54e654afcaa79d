//! Examples that come with a plugin.

use serde_json::Value;
use stepwell_sandbox::{Failure, Limits, grants::Spec};

use crate::answers::Answers;

/// A call, and how it is to end.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it is called.
    pub name: String,
    /// The task; none for the only one.
    pub task: Option<String>,
    /// The input.
    pub input: Value,
    /// The call's idempotency key, where its end depends on it.
    pub key: Option<String>,
    /// What is granted, with the paths of its directories absolute or as seen from here. Of those
    /// that are granted read-write copies are granted.
    pub grants: Spec,
    /// Who answers the HTTP requests that are granted; none for the network.
    pub answers: Option<Answers>,
    /// What the call may use.
    pub limits: Limits,
    /// How it is to end; none where that is left open.
    pub expected: Option<Expected>,
}

impl Example {
    /// An input with nothing granted, and nothing said about how it ends.
    pub fn new(name: impl Into<String>, task: Option<&str>, input: Value) -> Self {
        Self {
            name: name.into(),
            task: task.map(str::to_owned),
            input,
            key: None,
            grants: Spec::default(),
            answers: None,
            limits: Limits::default(),
            expected: None,
        }
    }
}

/// How a call is to end.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// With this JSON.
    Output(Value),
    /// In an error of this name and, where one is given, for exactly this cause.
    Error {
        /// The name.
        error: String,
        /// The cause.
        cause: Option<String>,
    },
}

impl Expected {
    /// Whether a call ended so.
    pub fn is_met(&self, result: &Result<String, Failure>) -> bool {
        match (self, result) {
            (Self::Output(expected), Ok(output)) => {
                serde_json::from_str::<Value>(output).is_ok_and(|output| output == *expected)
            }
            (Self::Error { error, cause }, Err(failure)) => {
                *error == failure.error
                    && cause.as_ref().is_none_or(|cause| *cause == failure.cause)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_end_is_met_by_the_same_json_or_the_same_error() {
        let output = Expected::Output(json!({ "a": 1, "b": null }));
        assert!(output.is_met(&Ok(r#"{"b":null,"a":1}"#.to_owned())));
        assert!(!output.is_met(&Ok(r#"{"a":1}"#.to_owned())));
        let failure = |cause: &str| {
            Err(Failure { error: "A.B".into(), cause: cause.into(), retry_after: None })
        };
        let named = Expected::Error { error: "A.B".into(), cause: None };
        assert!(named.is_met(&failure("any")));
        assert!(!named.is_met(&Ok("1".to_owned())));
        let exact = Expected::Error { error: "A.B".into(), cause: Some("c".into()) };
        assert!(exact.is_met(&failure("c")));
        assert!(!exact.is_met(&failure("d")));
    }
}
