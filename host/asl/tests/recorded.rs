//! The parser held against definitions that AWS ran, and against what two linters say of others.
//!
//! The recordings are no part of the repository. Where they are missing the tests say so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::Value;
use stepwell_asl::{Diagnostic, StateMachine, diagnostic::Severity};

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

/// The definition, with the templates in it replaced by ARNs.
fn definition(recording: &Value) -> String {
    let text = recording["definition"].as_str().unwrap();
    (0..10).fold(text.to_owned(), |text, index| {
        text.replace(
            &format!("{{{{lambda_arn:{index}}}}}"),
            &format!("arn:aws:lambda:us-east-1:111111111111:function:function-{index}"),
        )
    })
}

fn told(findings: &[Diagnostic]) -> String {
    findings
        .iter()
        .map(|it| format!("\n  {:?} {} at {:?}", it.severity, it.message, it.location))
        .collect()
}

/// Whether nothing else is wrong with it.
fn is_distributed(findings: &[Diagnostic]) -> bool {
    findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .all(|finding| finding.message.starts_with("Distributed Map"))
}

#[test]
fn parses_what_aws_ran() {
    let Some(cases) = recordings("aws/cases") else { return };
    let (mut parsed, mut distributed, mut refused) = (0, 0, String::new());
    for (name, case) in &cases {
        match StateMachine::parse(&definition(case)) {
            Ok(_) => parsed += 1,
            Err(findings) if is_distributed(&findings) => distributed += 1,
            Err(findings) => refused += &format!("\n{name}:{}", told(&findings)),
        }
    }
    eprintln!("{parsed} of {} parsed, {distributed} with a distributed Map", cases.len());
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
