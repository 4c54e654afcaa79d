//! What services return, to hold mocked results against.
//!
//! The shapes come from AWS's service models: see `host/interpreter/model`. Names are those that
//! Step Functions gives to the members: they begin with a capital letter.

use serde_json::Value;
use stepwell_asl::resource::{Pattern, Resource};

use super::FieldValidationMode;

/// The text: shapes, an empty line, and which resource has which.
const SHAPES: &str = include_str!("../../model/shapes.txt");

/// Where a mocked result is not what the API returns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A required field is not there.
    #[error("Required field '{0}' is missing")]
    Missing(String),
    /// A field is of another type.
    #[error("Field '{field}' must be {expected}")]
    Type {
        /// Its name, without what it is in.
        field: String,
        /// Its type: `a string`.
        expected: &'static str,
    },
    /// A number is too small.
    #[error("Field '{0}' is less than the minimum value")]
    TooSmall(String),
    /// A number is too large.
    #[error("Field '{0}' exceeds the maximum value")]
    TooLarge(String),
}

/// Holds a result against what the task's API returns. What is not in the API's model is not
/// looked at, as AWS does not; nor is the result of a resource that has no model.
///
/// # Errors
/// The first mismatch.
pub(super) fn check(
    resource: &Resource,
    result: &Value,
    mode: FieldValidationMode,
) -> Result<(), Mismatch> {
    let Resource::Integration(integration) = resource else { return Ok(()) };
    let ending = match integration.pattern {
        // Whoever has the token returns what it likes.
        Pattern::WaitForTaskToken => return Ok(()),
        Pattern::RequestResponse => "",
        Pattern::Sync | Pattern::Sync2 => ".sync",
    };
    if mode == FieldValidationMode::None {
        return Ok(());
    }
    let name = format!("{}:{}{ending}", integration.service, integration.action);
    let model = Model::new();
    let Some(root) = model.shape_of(&name) else { return Ok(()) };
    Checker { model, strict: mode == FieldValidationMode::Strict }.check(root, result, "result")
}

struct Model {
    shapes: Vec<&'static str>,
    resources: &'static str,
}

impl Model {
    fn new() -> Self {
        let (shapes, resources) = SHAPES.split_once("\n\n").unwrap_or((SHAPES, ""));
        Self { shapes: shapes.lines().collect(), resources }
    }

    fn shape_of(&self, resource: &str) -> Option<usize> {
        let line = |line: &str| line.strip_prefix(resource)?.strip_prefix(' ')?.parse().ok();
        self.resources.lines().find_map(line)
    }
}

struct Checker {
    model: Model,
    strict: bool,
}

impl Checker {
    /// Goes no deeper than the value does, whose depth is limited.
    fn check(&self, shape: usize, value: &Value, field: &str) -> Result<(), Mismatch> {
        let line = self.model.shapes.get(shape).copied().unwrap_or("a");
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        let expected = |expected| Mismatch::Type { field: field.to_owned(), expected };
        match kind {
            "s" if !value.is_string() => Err(expected("a string")),
            "b" if !value.is_boolean() => Err(expected("a boolean")),
            "n" => {
                let number = value.as_f64().ok_or_else(|| expected("a number"))?;
                let mut bounds = rest.split(' ').map(|bound| bound.parse::<f64>().ok());
                let (min, max) = (bounds.next().flatten(), bounds.next().flatten());
                if min.is_some_and(|min| number < min) {
                    return Err(Mismatch::TooSmall(field.to_owned()));
                }
                if max.is_some_and(|max| number > max) {
                    return Err(Mismatch::TooLarge(field.to_owned()));
                }
                Ok(())
            }
            "[" => {
                let items = value.as_array().ok_or_else(|| expected("an array"))?;
                let shape = reference(rest);
                items.iter().try_for_each(|item| self.check(shape, item, field))
            }
            "<" => {
                let members = value.as_object().ok_or_else(|| expected("an object"))?;
                let shape = reference(rest);
                members.iter().try_for_each(|(name, value)| self.check(shape, value, name))
            }
            "{" => {
                let members = value.as_object().ok_or_else(|| expected("an object"))?;
                rest.split(' ').filter_map(|member| member.split_once('=')).try_for_each(
                    |(name, shape)| {
                        let (name, required) = match name.strip_suffix('!') {
                            Some(name) => (name, true),
                            None => (name, false),
                        };
                        match members.get(name) {
                            Some(value) => self.check(reference(shape), value, name),
                            None if required && self.strict => {
                                Err(Mismatch::Missing(name.to_owned()))
                            }
                            None => Ok(()),
                        }
                    },
                )
            }
            _ => Ok(()),
        }
    }
}

/// The number of a shape; of none, which stands for anything, where it is no number.
fn reference(text: &str) -> usize {
    text.parse().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(resource: &str, result: &str, mode: FieldValidationMode) -> String {
        let resource = Resource::parse(&format!("arn:aws:states:::{resource}")).unwrap();
        let result = serde_json::from_str(result).unwrap();
        match check(&resource, &result, mode) {
            Ok(()) => "ok".to_owned(),
            Err(mismatch) => mismatch.to_string(),
        }
    }

    fn strict(resource: &str, result: &str) -> String {
        checked(resource, result, FieldValidationMode::Strict)
    }

    #[test]
    fn every_shape_can_be_read() {
        let model = Model::new();
        let exists = |shape: &str| shape.parse::<usize>().is_ok_and(|it| it < model.shapes.len());
        for line in &model.shapes {
            let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
            let sound = match kind {
                "s" | "b" | "a" => rest.is_empty(),
                "n" => rest.is_empty() || rest.split(' ').count() == 2,
                "[" | "<" => exists(rest),
                "{" => rest
                    .split(' ')
                    .filter(|it| !it.is_empty())
                    .all(|member| member.split_once('=').is_some_and(|(_, shape)| exists(shape))),
                _ => false,
            };
            assert!(sound, "{line}");
        }
        assert!(
            model
                .resources
                .lines()
                .all(|line| { line.split_once(' ').is_some_and(|(_, shape)| exists(shape)) })
        );
    }

    #[test]
    fn types_and_bounds_are_those_of_the_service() {
        let mut found = Vec::new();
        for (resource, result) in [
            ("lambda:invoke", r#"{"StatusCode": 200, "Payload": {"any": 1}}"#),
            ("lambda:invoke", r#"{"StatusCode": "200"}"#),
            ("aws-sdk:lambda:invoke", r#"{"Payload": {}}"#),
            ("aws-sdk:lambda:getFunction", r#"{"Configuration": {"MemorySize": 127}}"#),
            ("aws-sdk:lambda:getFunction", r#"{"Configuration": {"MemorySize": 10241}}"#),
            ("dynamodb:getItem", r#"{"Item": {"id": {"BOOL": "yes"}}}"#),
            ("dynamodb:getItem", r#"{"Item": []}"#),
            ("sqs:sendMessage", r#"{"MD5OfMessageBody": 1}"#),
            ("events:putEvents", r#"{"Entries": {}}"#),
            ("events:putEvents", r#"{"Entries": [1]}"#),
            ("aws-sdk:s3:listObjectsV2", r#"{"Contents": [{"Size": "1"}]}"#),
            ("events:putEvents", "[]"),
            ("http:invoke", "[]"),
        ] {
            found.push(strict(resource, result));
        }
        assert_eq!(
            found,
            [
                "ok",
                "Field 'StatusCode' must be a number",
                "Field 'Payload' must be a string",
                "Field 'MemorySize' is less than the minimum value",
                "Field 'MemorySize' exceeds the maximum value",
                "Field 'BOOL' must be a boolean",
                "Field 'Item' must be an object",
                "Field 'MD5OfMessageBody' must be a string",
                "Field 'Entries' must be an array",
                "Field 'Entries' must be an object",
                "Field 'Size' must be a number",
                "Field 'result' must be an object",
                "ok",
            ]
        );
    }

    #[test]
    fn required_fields_are_asked_for_in_strict_mode_only() {
        let result = r#"{"ExecutionArn": "arn"}"#;
        let mode = |mode| checked("states:startExecution", result, mode);
        assert_eq!(mode(FieldValidationMode::Strict), "Required field 'StartDate' is missing");
        assert_eq!(mode(FieldValidationMode::Present), "ok");
        assert_eq!(mode(FieldValidationMode::None), "ok");
    }

    #[test]
    fn a_job_that_is_waited_for_returns_what_is_polled() {
        for resource in ["states:startExecution.sync", "states:startExecution.sync:2"] {
            let result = r#"{"ExecutionArn": "arn", "StartDate": "now"}"#;
            assert_eq!(strict(resource, result), "Required field 'StateMachineArn' is missing");
        }
        let result = r#"{"Containers": [{"ExitCode": "0"}]}"#;
        assert_eq!(strict("ecs:runTask.sync", result), "Field 'ExitCode' must be a number");
        assert_eq!(strict("sqs:sendMessage.waitForTaskToken", "[1]"), "ok");
    }
}
