//! Recorded calls of TestState.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use stepwell_interpreter::{
    Effect, Identity, Occurrence, Timestamp,
    test_state::{Answer, Request, TestState},
};

use super::{
    Comparison, Mismatch, normalise,
    recording::{self, Lambda, Placeholders},
};
use crate::lambda;

/// A recorded script: calls, and what AWS answered.
#[derive(Debug, Deserialize)]
pub struct Script {
    /// Its name, unique among the scripts.
    pub name: String,
    /// What it needs beside Step Functions itself.
    pub needs: Vec<String>,
    /// The query language that it is about.
    pub query_language: String,
    lambdas: Vec<Lambda>,
    wildcards: Vec<String>,
    substrings: Vec<String>,
    localstack_skip_paths: Vec<String>,
    steps: Vec<Step>,
    expected: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Step {
    Call { id: usize, op: String, params: Value },
    Match { r#match: String, expr: Value },
    Other(Value),
}

/// What boto3 gives for a call.
enum Response {
    Answer(Value),
    Error {
        code: &'static str,
        message: String,
    },
    /// It is refused before it is sent.
    NotSent {
        message: String,
    },
}

/// How a script compares.
#[derive(Debug)]
pub struct Comparisons {
    /// Where status, output, error, cause or next state differ, or the whole of an error.
    pub outcome: Vec<Mismatch>,
    /// Where anything differs.
    pub strict: Vec<Mismatch>,
}

impl Script {
    /// Reads a script, with its functions named after their handlers.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no script.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        recording::read(path)
    }

    /// Whether it is about TestState alone.
    pub fn tests_states(&self) -> bool {
        let mut calls = 0;
        self.steps.iter().all(|step| match step {
            Step::Call { op, .. } => {
                calls += 1;
                op == "TestState"
            }
            Step::Match { .. } => true,
            Step::Other(_) => false,
        }) && calls > 0
    }

    /// Runs the script and compares what came of it with the recording.
    ///
    /// # Errors
    /// Where a step is none that can be run.
    pub fn run(&self) -> anyhow::Result<Comparisons> {
        let mut placeholders = Placeholders::new(&self.lambdas)?;
        let mut responses = HashMap::new();
        let mut actual = Map::new();
        for step in &self.steps {
            match step {
                Step::Call { id, params, .. } => {
                    let params = fill(params, &mut placeholders);
                    responses.insert(*id, call(&params)?);
                }
                Step::Match { r#match, expr } => {
                    actual.insert(r#match.clone(), evaluate(expr, &responses)?);
                }
                Step::Other(step) => bail!("cannot run the step {step}"),
            }
        }
        let actual: Map<_, _> =
            actual.iter().map(|(name, value)| (name.clone(), normalise(value))).collect();
        let compare = |view: fn(&Value) -> Value| {
            let expected: Map<_, _> = self
                .expected
                .iter()
                .filter(|(name, _)| actual.contains_key(*name))
                .map(|(name, value)| (name.clone(), view(value)))
                .collect();
            let actual: Map<_, _> =
                actual.iter().map(|(name, value)| (name.clone(), view(value))).collect();
            let mut comparison = Comparison::new(&self.wildcards, &self.substrings);
            let mut mismatches = comparison.compare(&expected.into(), &actual.into());
            // Functions are not AWS's own here: they may differ where the recording says so.
            if !self.needs.is_empty() {
                mismatches.retain(|mismatch| !mismatch.is_under(&self.localstack_skip_paths));
            }
            mismatches
        };
        Ok(Comparisons { outcome: compare(outcome), strict: compare(Value::clone) })
    }
}

/// What counts for the outcome.
fn outcome(value: &Value) -> Value {
    let is_answer = value.get("inspectionData").is_some() || value.get("status").is_some();
    match value {
        Value::Object(members) if is_answer => members
            .iter()
            .filter(|(name, _)| {
                matches!(&***name, "status" | "output" | "error" | "cause" | "nextState")
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

fn fill(value: &Value, placeholders: &mut Placeholders<'_>) -> Value {
    match value {
        Value::String(text) => placeholders.fill(text).into(),
        Value::Array(items) => items.iter().map(|item| fill(item, placeholders)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), fill(value, placeholders)))
            .collect::<Map<_, _>>()
            .into(),
        _ => value.clone(),
    }
}

/// Calls TestState as boto3 does.
fn call(params: &Value) -> anyhow::Result<Response> {
    // The client itself checks minimal lengths. These are the only texts that have one.
    for name in ["definition", "stateName", "roleArn"] {
        if params.get(name).and_then(Value::as_str) == Some("") {
            let message = format!(
                "Parameter validation failed:\nInvalid length for parameter {name}, value: 0, valid \
                 min length: 1"
            );
            return Ok(Response::NotSent { message });
        }
    }
    let request: Request = serde_json::from_value(params.clone())?;
    let identity = Identity {
        execution_arn: "arn:aws:states:us-east-1:111111111111:express:machine:run".into(),
        execution_name: "run".into(),
        state_machine_arn: "arn:aws:states:us-east-1:111111111111:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: String::new(),
    };
    let at: Timestamp = "2026-11-22T12:00:00.123Z".parse()?;
    Ok(match TestState::start(&request, identity, at) {
        Err(error) => Response::Error { code: error.code(), message: error.to_string() },
        Ok((test, step)) => {
            let mut answer = serde_json::to_value(finish(test, step, at)?)?;
            answer["ResponseMetadata"] = metadata(200);
            Response::Answer(answer)
        }
    })
}

fn metadata(status: u16) -> Value {
    json!({ "HTTPHeaders": {}, "HTTPStatusCode": status })
}

/// Runs the task that is not mocked.
fn finish(
    mut test: TestState,
    mut step: stepwell_interpreter::test_state::Step,
    at: Timestamp,
) -> anyhow::Result<Answer> {
    loop {
        if let Some(answer) = step.answer {
            return Ok(answer);
        }
        let run = step.effects.iter().find_map(|effect| match effect {
            Effect::RunTask(run) => Some(run),
            _ => None,
        });
        let run = run.context("the test waits, and for no task")?;
        let answer = lambda::answer(run).context("the test waits for a task that nobody runs")?;
        let task = run.task;
        step = test.on(
            at,
            match answer.result {
                Ok(output) => Occurrence::TaskSucceeded { task, output, usage: None },
                Err(failure) => Occurrence::TaskFailed { task, failure, usage: None },
            },
        );
    }
}

/// What is compared: responses, or parts of them.
fn evaluate(expression: &Value, responses: &HashMap<usize, Response>) -> anyhow::Result<Value> {
    let Value::Object(members) = expression else { return Ok(expression.clone()) };
    let Some(path) = members.get("$ref").and_then(Value::as_array) else {
        return members
            .iter()
            .map(|(name, value)| Ok((name.clone(), evaluate(value, responses)?)))
            .collect::<anyhow::Result<Map<_, _>>>()
            .map(Value::Object);
    };
    let id = path.first().and_then(Value::as_u64).context("a reference without a call")?;
    let response = responses.get(&usize::try_from(id)?).context("a reference to no call")?;
    let keys: Vec<_> = path.iter().skip(1).filter_map(Value::as_str).collect();
    Ok(match (response, &*keys) {
        (Response::Answer(value), []) => value.clone(),
        (Response::Error { code, message }, []) => json!({
            "Error": { "Code": code, "Message": message },
            "message": message,
            "ResponseMetadata": metadata(400),
        }),
        (Response::Error { code, .. }, ["$typename"]) => json!(code),
        (Response::Error { code, message }, ["$str"]) => json!(format!(
            "An error occurred ({code}) when calling the TestState operation: {message}"
        )),
        (Response::NotSent { .. }, ["$typename"]) => json!("ParamValidationError"),
        (Response::NotSent { message }, ["$str"]) => json!(message),
        (Response::Answer(value), keys) => {
            let mut value = value;
            for key in keys {
                value = value.get(key).with_context(|| format!("no {key} in the response"))?;
            }
            ensure!(path.len() == keys.len() + 1, "a reference with an index: {expression}");
            value.clone()
        }
        (Response::Error { .. } | Response::NotSent { .. }, _) => {
            bail!("a reference into an error: {expression}")
        }
    })
}
