//! How AWS's API tells of findings.

use serde::Serialize;

use super::{Code, Diagnostic, Severity, repr::repr};

/// How many diagnostics one answer has, unless fewer are asked for.
pub const MAX_RESULTS: usize = 100;

/// What ValidateStateMachineDefinition answers; it is serialised as AWS does.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validation<'d> {
    /// Whether a machine can be created with the definition.
    pub result: Outcome,
    /// The findings, in the order of the text.
    pub diagnostics: Vec<Entry<'d>>,
    /// Whether there are more than were asked for.
    pub truncated: bool,
}

/// `result` of a [`Validation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// There is no error, though there may be warnings.
    Ok,
    /// There is an error.
    Fail,
}

/// A finding, as far as AWS's API tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Entry<'d> {
    severity: Severity,
    code: Code,
    message: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'d str>,
}

impl<'d> Validation<'d> {
    /// The answer that tells findings of at least this severity, and at most `max_results` of them;
    /// 0 stands for [`MAX_RESULTS`], and more than that are never told.
    pub fn new(findings: &'d [Diagnostic], severity: Severity, max_results: usize) -> Self {
        let limit = match max_results {
            0 => MAX_RESULTS,
            some => some.min(MAX_RESULTS),
        };
        let asked_for = || findings.iter().filter(move |finding| finding.severity >= severity);
        let entry = |finding: &'d Diagnostic| Entry {
            severity: finding.severity,
            code: finding.code,
            message: &finding.message,
            location: finding.location.as_deref(),
        };
        Self {
            result: if errors(findings).next().is_some() { Outcome::Fail } else { Outcome::Ok },
            diagnostics: asked_for().take(limit).map(entry).collect(),
            truncated: asked_for().nth(limit).is_some(),
        }
    }
}

/// The message of the InvalidDefinition exception with which CreateStateMachine and
/// UpdateStateMachine refuse a definition: `Invalid State Machine Definition:
/// 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'`. Warnings are left out.
pub fn invalid_definition(findings: &[Diagnostic]) -> String {
    let errors: Vec<_> = errors(findings)
        .take(MAX_RESULTS)
        .map(|finding| {
            let Diagnostic { code, message, .. } = finding;
            match finding.location.as_deref() {
                // What is wrong with the text itself says where.
                Some(location) if message.ends_with(location) => format!("{code}: {message}"),
                location => format!("{code}: {message} at {}", location.unwrap_or("null")),
            }
        })
        .collect();
    format!("Invalid State Machine Definition: '{}'", errors.join(", "))
}

/// How a finding begins that tells of a character that a `Label` may not have.
pub(crate) const INVALID_LABEL: &str = "Label contains invalid character: ";

/// The message with which CreateStateMachine and UpdateStateMachine refuse this definition: that of
/// [`invalid_definition`], but for a `Label` with a character that it may not have. All recordings
/// of that have the exception of a program in Python, and there is no other word of AWS's on it.
pub fn refusal(definition: &str, findings: &[Diagnostic]) -> String {
    match errors(findings).find(|error| error.message.starts_with(INVALID_LABEL)) {
        Some(error) => {
            let argument = repr(&error.message);
            format!("Error=ValueError Args=[{argument}] in definition '{definition}'.")
        }
        None => invalid_definition(findings),
    }
}

fn errors(findings: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    findings.iter().filter(|finding| finding.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::StateMachine;

    fn findings(errors: usize, warnings: usize) -> Vec<Diagnostic> {
        let of = |severity, count| {
            (0..count).map(move |index| Diagnostic {
                severity,
                code: Code::SchemaValidationFailed,
                message: format!("{index}"),
                location: None,
                span: None,
                help: None,
            })
        };
        of(Severity::Warning, warnings).chain(of(Severity::Error, errors)).collect()
    }

    #[test]
    fn warnings_are_told_to_who_asks_for_them() {
        let findings = findings(1, 1);
        let told =
            |severity| serde_json::to_value(Validation::new(&findings, severity, 0)).unwrap();
        let error =
            json!({ "severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": "0" });
        let mut warning = error.clone();
        warning["severity"] = "WARNING".into();
        assert_eq!(
            told(Severity::Error),
            json!({ "result": "FAIL", "diagnostics": [error], "truncated": false })
        );
        assert_eq!(
            told(Severity::Warning),
            json!({ "result": "FAIL", "diagnostics": [warning, error], "truncated": false })
        );
    }

    #[test]
    fn an_answer_that_is_cut_says_so() {
        let count = |findings: &[Diagnostic], max| {
            let told = Validation::new(findings, Severity::Error, max);
            (told.diagnostics.len(), told.truncated)
        };
        assert_eq!(count(&findings(2, 0), 2), (2, false));
        assert_eq!(count(&findings(3, 0), 2), (2, true));
        assert_eq!(count(&findings(2, 5), 2), (2, false));
        assert_eq!(count(&findings(100, 0), 0), (100, false));
        assert_eq!(count(&findings(101, 0), 0), (100, true));
        assert_eq!(count(&findings(101, 0), 1000), (100, true));
    }

    #[test]
    fn an_error_that_is_cut_off_still_fails_the_definition() {
        let mut findings = findings(1, 2);
        let told = |findings: &[Diagnostic]| Validation::new(findings, Severity::Warning, 1).result;
        assert_eq!(told(&findings), Outcome::Fail);
        findings.pop();
        assert_eq!(told(&findings), Outcome::Ok);
    }

    #[test]
    fn a_label_is_refused_in_recorded_words() {
        let map = json!({
            "Type": "Map", "Label": "a'b\u{1e}", "End": true,
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } },
            },
        });
        let text = json!({ "StartAt": "M", "States": { "M": map } }).to_string();
        assert_eq!(
            refusal(&text, &StateMachine::parse(&text).unwrap_err()),
            format!(
                r#"Error=ValueError Args=["Label contains invalid character: '\\x1e'"] in definition '{text}'."#
            )
        );
    }

    #[test]
    fn refusals_name_all_errors() {
        let refusal = |text: &str| invalid_definition(&StateMachine::parse(text).unwrap_err());
        assert_eq!(
            refusal(r#"{"StartAt": "B", "States": {"A": {"Type": "Pass", "Next": "A"}}}"#),
            "Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state \
             at null, MISSING_TRANSITION_TARGET: Missing 'StartAt' target: B at /StartAt'"
        );
        assert_eq!(
            refusal("nonsense"),
            "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: Unrecognized token \
             'nonsense': was expecting (JSON String, Number, Array, Object or token 'null', \
             'true' or 'false')\n at [Source: (String)\"nonsense\"; line: 1, column: 9]'"
        );
    }
}
