//! An example of what a plugin does, as a file beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use stepwell_conformance::{Answers, Expected, Secrets};
use stepwell_sandbox::grants::Spec;

use super::config::PluginLimits;

/// What is called, and what is expected of it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
pub(super) struct Case {
    pub(super) task: Option<String>,
    pub(super) input: Value,
    /// What the call's idempotency key is, where its end depends on it.
    pub(super) key: Option<String>,
    /// With the secrets that it brings with it.
    pub(super) grants: Spec,
    /// Who answers the HTTP requests that are granted; none for the network.
    pub(super) answers: Option<Answers>,
    pub(super) limits: PluginLimits,
    pub(super) expected: Expected,
}

/// An error by its name, and where a cause is given, for exactly that.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Error {
    error: String,
    cause: Option<String>,
}

/// A case as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    task: Option<String>,
    input: Value,
    idempotency_key: Option<String>,
    #[serde(default)]
    grants: Spec,
    #[serde(default)]
    secrets: Secrets,
    http: Option<Answers>,
    #[serde(default)]
    limits: PluginLimits,
    #[serde(default, deserialize_with = "some")]
    output: Option<Value>,
    error: Option<Error>,
}

/// A value that is there, `null` too.
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TryFrom<Written> for Case {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { task, input, idempotency_key: key, grants, secrets, http, .. } = written;
        let Written { limits, output, error, .. } = written;
        let expected = match (output, error) {
            (Some(output), None) => Expected::Output(output),
            (None, Some(Error { error, cause })) => Expected::Error { error, cause },
            _ => return Err("it must have either an \"output\" or an \"error\""),
        };
        let (grants, answers) = (secrets.granted(grants), http);
        Ok(Self { task, input, key, grants, answers, limits, expected })
    }
}

impl Case {
    /// The files in a directory that are examples, with their names, in order.
    pub(super) fn list(directory: &Path) -> Result<Vec<(String, PathBuf)>> {
        let read = || -> io::Result<Vec<PathBuf>> {
            fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect()
        };
        let mut paths = read()
            .with_context(|| format!("cannot read the examples in {}", directory.display()))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let named = |path: PathBuf| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            (name, path)
        };
        Ok(paths.into_iter().map(named).collect())
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is no example", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use stepwell_sandbox::Failure;

    use super::*;

    fn case(text: &str) -> Result<Case> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("one.json");
        fs::write(&path, text)?;
        Case::read(&path)
    }

    #[test]
    fn an_output_is_compared_as_json() {
        let case = case(r#"{ "task": "t", "input": 1, "output": {"a": 1, "b": [1.0]} }"#).unwrap();
        let is_met = |output: &str| case.expected.is_met(&Ok(output.to_owned()));
        assert!(is_met(r#"{"b":[1.0],"a":1}"#));
        assert!(!is_met(r#"{"b":[1.0],"a":2}"#));
    }

    #[test]
    fn a_call_may_have_the_same_key_each_time() {
        let with_key = case(r#"{ "input": 1, "idempotency-key": "k", "output": 1 }"#).unwrap();
        assert_eq!(with_key.key.as_deref(), Some("k"));
        assert_eq!(case(r#"{ "input": 1, "output": 1 }"#).unwrap().key, None);
    }

    #[test]
    fn null_is_an_output() {
        let case = case(r#"{ "input": null, "output": null }"#).unwrap();
        assert_eq!(case.expected, Expected::Output(Value::Null));
    }

    #[test]
    fn an_error_is_compared_by_name_and_cause() {
        let failure = |error: &str, cause: &str| {
            Err(Failure { error: error.into(), cause: cause.into(), retry_after: None })
        };
        let named = case(r#"{ "input": 1, "error": {"error": "A.B"} }"#).unwrap();
        let named = named.expected;
        assert!(named.is_met(&failure("A.B", "any")));
        assert!(!named.is_met(&failure("A.C", "any")));
        assert!(!named.is_met(&Ok("1".to_owned())));
        let exact = case(r#"{ "input": 1, "error": {"error": "A.B", "cause": "c"} }"#).unwrap();
        let exact = exact.expected;
        assert!(exact.is_met(&failure("A.B", "c")));
        assert!(!exact.is_met(&failure("A.B", "d")));
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
            (
                r#"{"input": 1, "http": [{"request": "GET a", "answer": {"status": 200}}]}"#,
                "`GET a` is no request: write `POST https://api.example.com/v1/orders?all=true` \
                 at line 1 column 71",
            ),
            (
                r#"{"input": 1, "secrets": {"token": {"hosts": []}}}"#,
                "missing field `value` at line 1 column 47",
            ),
        ] {
            let error = format!("{:#}", case(text).unwrap_err());
            assert!(error.ends_with(&format!("one.json is no example: {why}")), "{error}");
        }
        let error = format!("{:#}", case(r#"{"input": 1, "outputs": 1}"#).unwrap_err());
        assert!(error.contains("one.json is no example: unknown field `outputs`"), "{error}");
    }
}
