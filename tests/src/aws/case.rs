//! One recorded execution.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{Identity, Occurrence, Outcome, event::Timestamps};

use super::{
    Comparison, Mismatch, normalise,
    recording::{self, Lambda, Placeholders, ROLE},
};
use crate::{
    driver::Driver,
    world::{Object, Recorded},
};

/// A recorded execution.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Its name, unique among the cases.
    pub name: String,
    /// What it is about, the most general first.
    pub tags: Vec<String>,
    /// What it needs beside the language itself.
    pub needs: Vec<String>,
    /// The definition's text, with placeholders.
    pub definition: String,
    input: String,
    lambdas: Vec<Lambda>,
    wildcards: Vec<String>,
    substrings: Vec<String>,
    localstack_skip_paths: Vec<String>,
    expected_status: String,
    expected_output: Option<Value>,
    expected_error: Option<Value>,
    expected_cause: Option<Value>,
    expected_history: Option<Value>,
}

/// How a case compares.
#[derive(Debug)]
pub struct Verdict {
    /// Where status, output, error or cause differ.
    pub outcome: Vec<Mismatch>,
    /// Where the history differs; none where none was recorded.
    pub history: Option<Vec<Mismatch>>,
}

impl Case {
    /// Reads a case, with its functions named after their handlers.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no case.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        recording::read(path)
    }

    /// Whether its history was recorded.
    pub fn has_history(&self) -> bool {
        self.expected_history.is_some()
    }

    /// The objects that the case's script puts into buckets before it starts the execution.
    fn objects(&self, placeholders: &mut Placeholders<'_>) -> anyhow::Result<Vec<Object>> {
        if !self.needs.iter().any(|need| need == "s3") {
            return Ok(Vec::new());
        }
        // A case is called as its script with the number of the execution in it.
        let name = self.name.rsplit_once('~').map_or(&*self.name, |(script, _)| script);
        let mut text = |value: &Value| placeholders.fill(value.as_str().unwrap_or_default());
        let steps = recording::steps(name)?;
        Ok(steps
            .iter()
            .filter(|step| step["op"] == "PutObject")
            .map(|step| &step["params"])
            .map(|params| Object {
                bucket: text(&params["Bucket"]),
                key: text(&params["Key"]),
                body: text(&params["Body"]).into_bytes(),
            })
            .collect())
    }

    /// Runs the case and compares what came of it with the recording.
    ///
    /// # Errors
    /// Where the definition or the input is refused.
    pub fn run(&self) -> anyhow::Result<Verdict> {
        let mut placeholders = Placeholders::new(&self.lambdas)?;
        let definition = placeholders.fill(&self.definition);
        let input = Json::parse(placeholders.fill(&self.input))?;
        let machine = StateMachine::parse(&definition).map_err(|findings| {
            let messages: Vec<_> = findings.into_iter().map(|finding| finding.message).collect();
            anyhow::anyhow!("the definition is refused: {}", messages.join("; "))
        })?;
        let machine = machine.machine;
        let identity = Identity {
            execution_arn: "arn:aws:states:us-east-1:111111111111:execution:machine:run".into(),
            execution_name: "run".into(),
            state_machine_arn: "arn:aws:states:us-east-1:111111111111:stateMachine:machine".into(),
            state_machine_name: "machine".into(),
            role_arn: ROLE.into(),
        };
        let start: Timestamp = "2026-11-22T12:00:00.123Z".parse()?;
        let world = Recorded::new(&self.objects(&mut placeholders)?)?;
        let mut driver = Driver::new(&machine, &world);
        if self.expected_status == "ABORTED" {
            let stop = Occurrence::Stop { error: None, cause: None };
            driver.plan(start + SignedDuration::from_secs(1), stop);
        }
        let report = driver.run(identity, input, start);

        let mut comparison = Comparison::new(&self.wildcards, &self.substrings);
        let outcome = comparison
            .compare(&without_traces(&self.expected()), &normalise(&actual(report.outcome)));
        let history = self.expected_history.as_ref().map(|expected| {
            let events: Vec<_> =
                report.events.iter().map(|event| event.to_aws(Timestamps::Epoch)).collect();
            let expected = without_traces(&json!({ "events": expected }));
            let mut comparison = Comparison::new(&self.wildcards, &self.substrings);
            comparison.compare(&expected, &normalise(&json!({ "events": events })))
        });
        Ok(Verdict { outcome: self.lenient(outcome), history: history.map(|it| self.lenient(it)) })
    }

    /// Functions are not AWS's own here: they may differ where the recording says so.
    fn lenient(&self, mut mismatches: Vec<Mismatch>) -> Vec<Mismatch> {
        if self.needs.is_empty() {
            return mismatches;
        }
        mismatches.retain(|mismatch| !mismatch.is_under(&self.localstack_skip_paths));
        mismatches
    }

    fn expected(&self) -> Value {
        let mut members = Map::new();
        members.insert("status".into(), self.expected_status.clone().into());
        for (key, value) in [
            ("output", &self.expected_output),
            ("error", &self.expected_error),
            ("cause", &self.expected_cause),
        ] {
            if let Some(value) = value {
                members.insert(key.into(), value.clone());
            }
        }
        members.into()
    }
}

/// A recording without what only a function in Python has to say of its errors.
fn without_traces(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| {
                !members.contains_key("stackTrace")
                    || !matches!(&***key, "stackTrace" | "requestId")
            })
            .map(|(key, value)| (key.clone(), without_traces(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_traces).collect(),
        Value::String(text) if text.contains("stackTrace") => serde_json::from_str::<Value>(text)
            .map_or_else(|_| value.clone(), |cause| without_traces(&cause).to_string().into()),
        _ => value.clone(),
    }
}

/// An end as DescribeExecution gives it.
fn actual(outcome: Option<Outcome>) -> Value {
    let (status, failure) = match outcome {
        None => return json!({ "status": "RUNNING" }),
        Some(Outcome::Succeeded { output }) => {
            return json!({ "status": "SUCCEEDED", "output": output.text() });
        }
        Some(Outcome::Failed(failure)) => ("FAILED", failure),
        Some(Outcome::TimedOut(failure)) => ("TIMED_OUT", failure),
        Some(Outcome::Aborted(failure)) => ("ABORTED", failure),
    };
    let mut members = Map::new();
    members.insert("status".into(), status.into());
    for (key, text) in [("error", failure.error), ("cause", failure.cause)] {
        if let Some(text) = text {
            members.insert(key.into(), text.into());
        }
    }
    members.into()
}
