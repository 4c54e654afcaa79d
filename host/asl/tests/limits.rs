//! What bounds a definition, and what keeps a hostile one from costing more than its size.

use std::fmt::Write;

use stepwell_asl::{Diagnostic, StateMachine, diagnostic::Code};

fn findings(text: &str) -> Vec<Diagnostic> {
    StateMachine::parse(text).err().unwrap_or_default()
}

fn pass_named(name: &str) -> String {
    format!(r#"{{"StartAt": "{name}", "States": {{"{name}": {{"Type": "Pass", "End": true}}}}}}"#)
}

#[test]
fn a_definition_has_at_most_a_mebibyte() {
    let text = pass_named("A");
    let padded = |length: usize| text.clone() + &" ".repeat(length - text.len());
    assert!(findings(&padded(1 << 20)).is_empty());
    let findings = findings(&padded((1 << 20) + 1));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "Definition must have at most 1048576 bytes");
    assert_eq!(
        findings[0].help.as_deref(),
        Some("It has 1048577. Move parts into machines of their own.")
    );
}

#[test]
fn a_name_has_at_most_80_characters() {
    assert!(findings(&pass_named(&"é".repeat(80))).is_empty());
    let findings = findings(&pass_named(&"é".repeat(81)));
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.ends_with("must have 1 to 80 characters"), "{findings:?}");
}

#[test]
fn a_variable_has_at_most_80_characters() {
    let text = |length: usize| {
        let name = "v".repeat(length);
        format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Assign": {{"{name}": 1}}, "End": true}}}}}}"#
        )
    };
    assert!(findings(&text(80)).is_empty());
    let findings = findings(&text(81));
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].help.as_deref(), Some("A name has at most 80 characters."));
}

#[test]
fn nesting_ends_in_a_finding() {
    for text in ["[".repeat(100_000), r#"{"a":"#.repeat(100_000), "[".repeat(129)] {
        let findings = findings(&text);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].code, Code::InvalidJsonDescription);
        assert!(findings[0].message.starts_with("recursion limit exceeded\n"), "{findings:?}");
    }
}

#[test]
fn workflows_nest_as_deep_as_json_may() {
    let mut text = r#"{"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true}}}"#.to_owned();
    for level in 0..24 {
        text = format!(
            r#"{{"StartAt": "S{level}", "States": {{"S{level}": {{"Type": "Parallel", "Branches": [{text}], "End": true}}}}}}"#
        );
    }
    let parsed = StateMachine::parse(&text).unwrap();
    assert_eq!(parsed.machine.states.len(), 25);
}

#[test]
fn findings_are_counted_and_short() {
    let mut text = r#"{"StartAt": "A", "States": {"A": {"Type": "Succeed""#.to_owned();
    let long = "x".repeat(300);
    for index in 0..2000 {
        write!(text, r#","{index}{long}": 1"#).unwrap();
    }
    text += "}}}";
    let findings = findings(&text);
    assert_eq!(findings.len(), 1000);
    for finding in findings {
        assert!(finding.message.len() < 200, "{finding:?}");
        assert!(finding.location.is_some_and(|location| location.len() < 200));
    }
}

#[test]
fn errors_are_not_crowded_out_by_warnings() {
    let warnings = r#""$.a","#.repeat(2000);
    let text = format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Parameters": [{warnings} 1], "Wrong": 1, "End": true}}}}}}"#
    );
    let findings = findings(&text);
    assert_eq!(findings.len(), 1001);
    assert_eq!(findings[1000].message, "Field 'Wrong' is not supported");
}
