//! The parser held against definitions that AWS ran, and against what two linters say of others.
//!
//! The recordings are no part of the repository. Where they are missing the tests say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::{Value, json};
use stepwell_asl::{Diagnostic, StateMachine, definition::Type, diagnostic::Severity};

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

/// `CODE: message at location`, as AWS puts it when it refuses to create a machine.
fn refusal(finding: &Diagnostic) -> String {
    let code = serde_json::to_value(finding.code).unwrap();
    let location = finding.location.as_deref().unwrap_or("null");
    format!("{}: {} at {location}", code.as_str().unwrap(), finding.message)
}

#[test]
fn answers_as_aws_did() {
    let Some(scripts) = recordings("aws/scripts") else { return };
    let (mut accepted, mut refused, mut wrong) = (0, 0, String::new());
    for (name, script) in &scripts {
        for step in script["steps"].as_array().unwrap() {
            let parameters = &step["params"];
            let type_ = match parameters["type"].as_str() {
                Some("EXPRESS") => Type::Express,
                _ => Type::Standard,
            };
            if !parameters["definition"].is_string() || step["op"] == "TestState" {
                continue;
            }
            let text = definition(parameters);
            let result = StateMachine::parse_as(type_, &text);
            let findings = result.map_or_else(|findings| findings, |parsed| parsed.warnings);
            let answer = answer(script, &step["id"]);
            if step["op"] == "ValidateStateMachineDefinition" {
                let actual: Vec<_> = findings.iter().map(diagnostic).collect();
                let expected = &answer.unwrap()["diagnostics"];
                if *expected != Value::Array(actual) {
                    wrong += &format!("\n{name}: {expected}{}", told(&findings));
                }
                refused += 1;
                continue;
            }
            let message = answer.and_then(|answer| answer["message"].as_str());
            let expected = message
                .and_then(|it| it.strip_prefix("Invalid State Machine Definition: '"))
                .and_then(|it| it.strip_suffix('\''));
            let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
            match expected {
                Some(expected) => {
                    if errors.map(refusal).collect::<Vec<_>>() != [expected] {
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
    eprintln!("{accepted} definitions that AWS accepted, {refused} that it judged");
    assert!(wrong.is_empty(), "{wrong}");
}

/// A finding as `ValidateStateMachineDefinition` tells it.
fn diagnostic(finding: &Diagnostic) -> Value {
    let mut told = json!({
        "severity": finding.severity,
        "code": finding.code,
        "message": finding.message,
    });
    if let Some(location) = &finding.location {
        told["location"] = json!(location);
    }
    told
}
