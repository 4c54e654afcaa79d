//! An example of what a plugin does, as a file beside it.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use stepwell_sandbox::{Failure, grants::Spec};

use super::config::PluginLimits;

/// What is called, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) task: Option<String>,
    pub(super) input: Value,
    #[serde(default)]
    pub(super) grants: Spec,
    #[serde(default)]
    pub(super) limits: PluginLimits,
    #[serde(default, deserialize_with = "some")]
    output: Option<Value>,
    error: Option<Error>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Error {
    error: String,
    cause: Option<String>,
}

/// A value that is there, `null` too.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// How the call is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected<'a> {
    /// With this JSON.
    Output(&'a Value),
    /// In this error, and where a cause is given, for exactly that.
    Error { error: &'a str, cause: Option<&'a str> },
}

impl Case {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let case: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no example", path.display()))?;
        case.expected().with_context(|| format!("{} is no example", path.display()))?;
        Ok(case)
    }

    pub(super) fn expected(&self) -> Result<Expected<'_>> {
        match (&self.output, &self.error) {
            (Some(output), None) => Ok(Expected::Output(output)),
            (None, Some(Error { error, cause })) => {
                Ok(Expected::Error { error: error.as_str(), cause: cause.as_deref() })
            }
            _ => bail!("it must have either an \"output\" or an \"error\""),
        }
    }
}

impl Expected<'_> {
    /// Whether a call ended otherwise.
    pub(super) fn differs(&self, result: &Result<String, Failure>) -> Result<bool> {
        Ok(match (self, result) {
            (Self::Output(expected), Ok(output)) => {
                let output: Value = serde_json::from_str(output).context("it is no JSON")?;
                **expected != output
            }
            (Self::Error { error, cause }, Err(failure)) => {
                *error != failure.error || cause.is_some_and(|cause| cause != failure.cause)
            }
            _ => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Result<Case> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("one.json");
        std::fs::write(&path, text)?;
        Case::read(&path)
    }

    #[test]
    fn an_output_is_compared_as_json() {
        let case = case(r#"{ "task": "t", "input": 1, "output": {"a": 1, "b": [1.0]} }"#).unwrap();
        let differs = |output: &str| case.expected().unwrap().differs(&Ok(output.to_owned()));
        assert!(!differs(r#"{"b":[1.0],"a":1}"#).unwrap());
        assert!(differs(r#"{"b":[1.0],"a":2}"#).unwrap());
    }

    #[test]
    fn null_is_an_output() {
        let case = case(r#"{ "input": null, "output": null }"#).unwrap();
        assert_eq!(case.expected().unwrap(), Expected::Output(&Value::Null));
    }

    #[test]
    fn an_error_is_compared_by_name_and_cause() {
        let failure = |error: &str, cause: &str| {
            Err(Failure { error: error.into(), cause: cause.into(), retry_after: None })
        };
        let named = case(r#"{ "input": 1, "error": {"error": "A.B"} }"#).unwrap();
        let named = named.expected().unwrap();
        assert!(!named.differs(&failure("A.B", "any")).unwrap());
        assert!(named.differs(&failure("A.C", "any")).unwrap());
        assert!(named.differs(&Ok("1".to_owned())).unwrap());
        let exact = case(r#"{ "input": 1, "error": {"error": "A.B", "cause": "c"} }"#).unwrap();
        let exact = exact.expected().unwrap();
        assert!(!exact.differs(&failure("A.B", "c")).unwrap());
        assert!(exact.differs(&failure("A.B", "d")).unwrap());
    }

    #[test]
    fn what_is_no_example_is_told_why() {
        for (text, why) in [
            ("{}", "missing field `input` at line 1 column 2"),
            (r#"{"input": 1}"#, "it must have either an \"output\" or an \"error\""),
            (
                r#"{"input": 1, "output": 1, "error": {"error": "E"}}"#,
                "it must have either an \"output\" or an \"error\"",
            ),
        ] {
            let error = format!("{:#}", case(text).unwrap_err());
            assert!(error.ends_with(&format!("one.json is no example: {why}")), "{error}");
        }
        let error = format!("{:#}", case(r#"{"input": 1, "outputs": 1}"#).unwrap_err());
        assert!(error.contains("one.json is no example: unknown field `outputs`"), "{error}");
    }
}
