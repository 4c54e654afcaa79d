//! The parser held against definitions that AWS ran, and against what two linters say of others.
//!
//! The recordings are no part of the repository. Where they are missing the tests say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::{Value, json};
use stepwell_asl::{
    Diagnostic, StateMachine,
    definition::Type,
    diagnostic::{self, Severity, Validation},
};

/// Definitions that a linter judges otherwise, each with the reason.
const DIFFERENCES: &str = include_str!("recorded-differences.txt");

/// The JSON files of a folder of recordings, by name; none where there are no recordings.
fn recordings(folder: &str) -> Option<BTreeMap<String, Value>> {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(folder);
    let Ok(files) = fs::read_dir(&folder) else {
        eprintln!("skipped: there are no recordings in {}", folder.display());
        return None;
    };
    let files = files.map(|file| {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    });
    Some(files.collect())
}

/// The definition, with the templates in it replaced by ARNs and ids.
fn definition(recording: &Value) -> String {
    let mut rest = recording["definition"].as_str().unwrap();
    let mut text = String::new();
    while let Some((before, template, behind)) = next_template(rest) {
        text += before;
        text += match template.split(':').next().unwrap() {
            "lambda_arn" => "arn:aws:lambda:us-east-1:111111111111:function:recorded",
            "ref" if template.contains("activityArn") => {
                "arn:aws:states:us-east-1:111111111111:activity:recorded"
            }
            _ => "recorded",
        };
        rest = behind;
    }
    text + rest
}

fn next_template(text: &str) -> Option<(&str, &str, &str)> {
    let (start, name) = ["{{lambda_arn:", "{{ref:", "{{uid:", "{{role_arn"]
        .iter()
        .filter_map(|name| Some((text.find(name)?, name)))
        .min()?;
    let end = start + name.len() + text[start + name.len()..].find("}}")?;
    Some((&text[..start], &text[start + 2..end], &text[end + 2..]))
}

fn told(findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(|it| format!("\n  {:?} {} at {:?}", it.severity, it.message, it.location))
        .collect()
}

fn has_error(findings: &[Diagnostic]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

#[test]
fn parses_what_aws_ran() {
    let Some(cases) = recordings("aws/cases") else { return };
    let (mut parsed, mut refused) = (0, String::new());
    for (name, case) in &cases {
        match StateMachine::parse(&definition(case)) {
            Ok(_) => parsed += 1,
            Err(findings) => refused += &format!("\n{name}:{}", told(&findings)),
        }
    }
    eprintln!("{parsed} of {} parsed", cases.len());
    assert!(refused.is_empty(), "{refused}");
}

#[test]
fn judges_as_the_linters_do() {
    let Some(cases) = recordings("validation") else { return };
    let expected: BTreeSet<_> = DIFFERENCES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    let mut different = BTreeSet::new();
    let mut surprises = String::new();
    for (name, case) in &cases {
        let result = StateMachine::parse(&definition(case));
        let agrees = result.is_ok() == (case["expect"] == "OK");
        if !agrees {
            different.insert(name.as_str());
        }
        if agrees == expected.contains(name.as_str()) {
            let findings = result.err().unwrap_or_default();
            surprises += &format!("\n{name}: expected {}{}", case["expect"], told(&findings));
        }
    }
    eprintln!("{} of {} judged alike", cases.len() - different.len(), cases.len());
    assert!(surprises.is_empty(), "{surprises}");
}

/// What AWS answered to the step of a script, if the script compares it.
fn answer<'a>(script: &'a Value, id: &Value) -> Option<&'a Value> {
    let steps = script["steps"].as_array()?;
    let step =
        steps.iter().find(|step| step["match"].is_string() && step["expr"]["$ref"][0] == *id)?;
    script["expected"].get(step["match"].as_str()?)
}

/// What AWS said when it refused a definition.
fn refusal<'a>(operation: &str, answer: &'a Value) -> Option<&'a str> {
    if answer["Error"]["Code"] == "InvalidDefinition" {
        return answer["message"].as_str();
    }
    let prefix =
        format!("An error occurred (InvalidDefinition) when calling the {operation} operation: ");
    answer["exception_value"].as_str()?.strip_prefix(&prefix)
}

#[test]
fn answers_as_aws_did() {
    let Some(scripts) = recordings("aws/scripts") else { return };
    let (mut accepted, mut refused, mut judged, mut wrong) = (0, 0, 0, String::new());
    for (name, script) in &scripts {
        for step in script["steps"].as_array().unwrap() {
            let parameters = &step["params"];
            let operation = step["op"].as_str().unwrap_or_default();
            if !parameters["definition"].is_string() || operation == "TestState" {
                continue;
            }
            let type_ = match parameters["type"].as_str() {
                Some("EXPRESS") => Type::Express,
                _ => Type::Standard,
            };
            let text = definition(parameters);
            let result = StateMachine::parse_as(type_, &text);
            let findings = result.map_or_else(|findings| findings, |parsed| parsed.warnings);
            let answer = answer(script, &step["id"]).unwrap_or(&Value::Null);
            if operation == "ValidateStateMachineDefinition" {
                let validation = Validation::new(&findings, Severity::Error, 0);
                let mut expected = answer.clone();
                expected.as_object_mut().unwrap().remove("ResponseMetadata");
                if expected != serde_json::to_value(validation).unwrap() {
                    wrong += &format!("\n{name}: {expected}{}", told(&findings));
                }
                judged += 1;
                continue;
            }
            match refusal(operation, answer) {
                Some(expected) => {
                    if !has_error(&findings) || diagnostic::refusal(&text, &findings) != expected {
                        wrong += &format!("\n{name}: {expected}{}", told(&findings));
                    }
                    refused += 1;
                }
                None if step["expect_error"] == true => {}
                None => {
                    if has_error(&findings) {
                        wrong += &format!("\n{name}:{}", told(&findings));
                    }
                    accepted += 1;
                }
            }
        }
    }
    eprintln!("{accepted} definitions accepted, {refused} refused, {judged} validated as by AWS");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn finds_the_variables_that_aws_found() {
    let Some(scripts) = recordings("aws/scripts") else { return };
    let mut compared = 0;
    for (name, script) in &scripts {
        for described in script["expected"].as_object().unwrap().values() {
            // What was described, as text or as the JSON that the recording made of it.
            let text = match &described["definition"] {
                Value::String(text) => text.clone(),
                definition @ Value::Object(_) => definition.to_string(),
                _ => continue,
            };
            let Ok(parsed) = StateMachine::parse(&text) else { continue };
            let references = serde_json::to_value(parsed.machine.variable_references()).unwrap();
            match described.get("variableReferences") {
                Some(expected) => {
                    assert_eq!(references, *expected, "{name}");
                    compared += 1;
                }
                None => assert_eq!(references, json!({}), "{name}"),
            }
        }
    }
    eprintln!("{compared} machines with variables");
    assert!(compared > 0);
}
