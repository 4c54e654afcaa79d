//! Tasks that are not run but answered from a script, for trying a workflow out.
//!
//! Two forms of script are read. Stepwell's own gives each state its answers, in order; the last
//! one is repeated:
//!
//! ```json
//! {
//!   "ChargeCard": [{ "error": "Payments.Down", "cause": "503" }, { "output": { "id": "t-1" } }],
//!   "SendMail": { "output": {} }
//! }
//! ```
//!
//! The other is the [mock configuration of Step Functions Local][local], with its test cases and
//! its ranges of invocations.
//!
//! [local]: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html

use std::{
    collections::{BTreeMap, HashMap},
    ops::RangeInclusive,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;
use stepwell_asl::{Json, resource::Resource};
use stepwell_interpreter::{Failure, RunTask};

use crate::{Attempt, EffectClass, Generation, Reporter, TaskEnd, TaskRunner};

/// What states answer, by their names. Each has at least one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Script {
    states: BTreeMap<String, Vec<Answer>>,
}

/// What is answered at some invocations of a state, which count from 0.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    invocations: RangeInclusive<u64>,
    result: Result<Json, Failure>,
}

/// Why a script cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of either form.
    #[error("{0}")]
    Form(String),
    /// A name that leads nowhere.
    #[error("there is no {what} `{name}`; there are: {}", .known.join(", "))]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// Step Functions Local's form without a test case.
    #[error("name one of the script's test cases: {}", .0.join(", "))]
    NoTestCase(Vec<String>),
    /// A test case for a script that has none.
    #[error("the script has no test cases, but `{0}` was asked for")]
    TestCase(String),
    /// A state of the script that the definition has not.
    #[error("the definition has no state `{0}`")]
    State(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Local {
    state_machines: BTreeMap<String, LocalMachine>,
    mocked_responses: BTreeMap<String, BTreeMap<String, LocalResponse>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LocalMachine {
    test_cases: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
enum LocalResponse {
    Return(Value),
    Throw(LocalThrow),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LocalThrow {
    error: String,
    cause: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Own),
    More(Vec<Own>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Own {
    Output(OwnOutput),
    Error(OwnError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnOutput {
    output: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnError {
    error: String,
    cause: Option<String>,
}

impl Script {
    /// Reads a script of either form. `test_case` and the name of the state machine choose in the
    /// form of Step Functions Local.
    ///
    /// # Errors
    /// Where the text is of neither form, or names do not match.
    pub fn parse(text: &str, machine: &str, test_case: Option<&str>) -> Result<Self, Error> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::Form(error.to_string()))?;
        if value.get("StateMachines").is_some() || value.get("MockedResponses").is_some() {
            let local = serde_json::from_value(value)
                .map_err(|error| Error::Form(format!("as Step Functions Local's form: {error}")))?;
            return Self::local(local, machine, test_case);
        }
        if let Some(test_case) = test_case {
            return Err(Error::TestCase(test_case.to_owned()));
        }
        let states: BTreeMap<String, Value> = serde_json::from_value(value)
            .map_err(|error| Error::Form(format!("the script must be an object: {error}")))?;
        let states = states.into_iter().map(|(state, answers)| {
            let answers = serde_json::from_value(answers).map(own).map_err(|_| {
                Error::Form(format!(
                    "state `{state}`: an answer is {{\"output\": ...}} or {{\"error\": ..., \
                     \"cause\": ...}}, or an array of them"
                ))
            })?;
            Ok((state.clone(), some(answers, &state)?))
        });
        Ok(Self { states: states.collect::<Result<_, Error>>()? })
    }

    /// Checks that a definition has the states that are answered for.
    ///
    /// # Errors
    /// Names the first that it has not.
    pub fn check(&self, definition: &stepwell_asl::StateMachine) -> Result<(), Error> {
        match self.states.keys().find(|state| !definition.states.contains_key(state.as_str())) {
            Some(state) => Err(Error::State(state.clone())),
            None => Ok(()),
        }
    }

    /// Whether a state is answered for.
    pub fn answers(&self, state: &str) -> bool {
        self.states.contains_key(state)
    }

    fn local(mut local: Local, machine: &str, test_case: Option<&str>) -> Result<Self, Error> {
        let machines = local.state_machines.keys().cloned().collect();
        let mut cases = local
            .state_machines
            .remove(machine)
            .ok_or_else(|| unknown("state machine", machine, machines))?
            .test_cases;
        let names: Vec<_> = cases.keys().cloned().collect();
        let test_case = test_case.ok_or_else(|| Error::NoTestCase(names.clone()))?;
        let states =
            cases.remove(test_case).ok_or_else(|| unknown("test case", test_case, names))?;
        let states = states.into_iter().map(|(state, name)| {
            let responses = local.mocked_responses.get(&name).ok_or_else(|| {
                unknown("mocked response", &name, local.mocked_responses.keys().cloned().collect())
            })?;
            let answers = responses.iter().map(|(invocations, response)| {
                let result = match response {
                    LocalResponse::Return(output) => Ok(output.clone().into()),
                    LocalResponse::Throw(LocalThrow { error, cause }) => {
                        Err(failure(error.clone(), cause.clone()))
                    }
                };
                Ok(Answer { invocations: range(invocations)?, result })
            });
            let answers = answers.collect::<Result<_, Error>>()?;
            Ok((state.clone(), some(answers, &state)?))
        });
        Ok(Self { states: states.collect::<Result<_, Error>>()? })
    }

    /// The answer at an invocation. Past the last one that is given for, the last is repeated.
    fn answer(&self, state: &str, invocation: u64) -> Option<Result<Json, Failure>> {
        let answers = self.states.get(state)?;
        let last = || answers.iter().max_by_key(|answer| *answer.invocations.end());
        let answer =
            answers.iter().find(|answer| answer.invocations.contains(&invocation)).or_else(last)?;
        Some(answer.result.clone())
    }
}

fn own(answers: OneOrMore) -> Vec<Answer> {
    let answers = match answers {
        OneOrMore::One(answer) => vec![answer],
        OneOrMore::More(answers) => answers,
    };
    let numbered = (0..).zip(answers);
    numbered
        .map(|(at, answer)| Answer {
            invocations: at..=at,
            result: match answer {
                Own::Output(OwnOutput { output }) => Ok(output.into()),
                Own::Error(OwnError { error, cause }) => Err(failure(error, cause)),
            },
        })
        .collect()
}

/// The answers of a state that has any.
fn some(answers: Vec<Answer>, state: &str) -> Result<Vec<Answer>, Error> {
    if answers.is_empty() {
        return Err(Error::Form(format!("state `{state}` has no answers")));
    }
    Ok(answers)
}

fn failure(error: String, cause: Option<String>) -> Failure {
    Failure { error: Some(error), cause, retry_after: None }
}

/// `0`, or `1-3`.
fn range(text: &str) -> Result<RangeInclusive<u64>, Error> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok(first..=last),
        _ => Err(Error::Form(format!("`{text}` is no range of invocations: write `0` or `1-3`"))),
    }
}

fn unknown(what: &'static str, name: &str, known: Vec<String>) -> Error {
    Error::Unknown { what, name: name.to_owned(), known }
}

/// Answers the states of a script, and has another runner run the rest.
pub struct Mocked {
    script: Script,
    otherwise: Arc<dyn TaskRunner>,
    /// How often each state of each execution was invoked.
    invocations: Mutex<HashMap<(String, String), u64>>,
}

impl Mocked {
    /// A runner that answers by the script.
    pub fn new(script: Script, otherwise: Arc<dyn TaskRunner>) -> Self {
        Self { script, otherwise, invocations: Mutex::default() }
    }
}

impl TaskRunner for Mocked {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        let state = attempt.task.state.to_string();
        let invocation = {
            let mut invocations = self.invocations.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (attempt.identity.execution_arn.clone(), state.clone());
            let next = invocations.entry(key).or_default();
            let invocation = *next;
            *next += 1;
            invocation
        };
        let Some(result) = self.script.answer(&state, invocation) else {
            return self.otherwise.run(attempt, reporter);
        };
        reporter.started();
        Box::pin(std::future::ready(TaskEnd::without_usage(result)))
    }

    fn effect(&self, tenant: &str, generation: Option<Generation>, task: &RunTask) -> EffectClass {
        if self.script.answers(&task.state) {
            return EffectClass::Pure;
        }
        self.otherwise.effect(tenant, generation, task)
    }

    fn plugin(
        &self,
        tenant: &str,
        generation: Option<Generation>,
        resource: &Resource,
        callee: Option<&str>,
    ) -> Option<String> {
        self.otherwise.plugin(tenant, generation, resource, callee)
    }

    fn generation(&self) -> Option<Generation> {
        self.otherwise.generation()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answers(script: &Script, state: &str, count: u64) -> Vec<Result<Value, String>> {
        let answer = |at| match script.answer(state, at).unwrap() {
            Ok(output) => Ok(output.into_value()),
            Err(failure) => Err(failure.error.unwrap()),
        };
        (0..count).map(answer).collect()
    }

    #[test]
    fn answers_come_in_order_and_the_last_is_repeated() {
        let text =
            r#"{"A": [{"error": "Down", "cause": "503"}, {"output": 1}], "B": {"output": null}}"#;
        let script = Script::parse(text, "m", None).unwrap();
        assert_eq!(answers(&script, "A", 3), [Err("Down".to_owned()), Ok(json!(1)), Ok(json!(1))]);
        assert_eq!(answers(&script, "B", 1), [Ok(Value::Null)]);
        assert!(!script.answers("C"));
    }

    const LOCAL: &str = r#"{
        "StateMachines": { "m": { "TestCases": { "Retry": { "A": "Flaky" } } } },
        "MockedResponses": { "Flaky": {
            "0": { "Throw": { "Error": "Down", "Cause": "503" } },
            "1-2": { "Throw": { "Error": "Slow" } },
            "3": { "Return": { "StatusCode": 200 } }
        } }
    }"#;

    #[test]
    fn the_form_of_step_functions_local_is_read() {
        let script = Script::parse(LOCAL, "m", Some("Retry")).unwrap();
        let failed = |name: &str| Err(name.to_owned());
        assert_eq!(
            answers(&script, "A", 4),
            [failed("Down"), failed("Slow"), failed("Slow"), Ok(json!({ "StatusCode": 200 }))]
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let refused = |text: &str, machine: &str, case: Option<&str>| {
            Script::parse(text, machine, case).unwrap_err().to_string()
        };
        assert_eq!(refused(LOCAL, "x", None), "there is no state machine `x`; there are: m");
        assert_eq!(refused(LOCAL, "m", None), "name one of the script's test cases: Retry");
        assert_eq!(refused(LOCAL, "m", Some("No")), "there is no test case `No`; there are: Retry");
        assert_eq!(
            refused(&LOCAL.replace("1-2", "2-1"), "m", Some("Retry")),
            "`2-1` is no range of invocations: write `0` or `1-3`"
        );
        assert_eq!(
            refused(r#"{"A": {"result": 1}}"#, "m", None),
            "state `A`: an answer is {\"output\": ...} or {\"error\": ..., \"cause\": ...}, or an \
             array of them"
        );
        assert_eq!(
            refused(r#"{"A": {"output": 1}}"#, "m", Some("Retry")),
            "the script has no test cases, but `Retry` was asked for"
        );
        assert_eq!(refused(r#"{"A": []}"#, "m", None), "state `A` has no answers");
        assert_eq!(refused("{", "m", None), "EOF while parsing an object at line 1 column 1");
    }
}
