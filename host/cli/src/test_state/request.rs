//! The request that the command's arguments make.

use std::{io::Read as _, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde_json::Value;
use stepwell_asl::Json;
use stepwell_interpreter::test_state::{Mock, Request, StateConfiguration};

use super::Arguments;
use crate::input;

/// Reads the files that the arguments name. Gives a name for the definition, too.
pub(super) fn read(arguments: &Arguments) -> Result<(String, Request)> {
    let (name, definition) = definition(&arguments.definition)?;
    check_extent(&definition, &name, arguments.state.as_deref())?;
    let read = |argument: &str| input::read(argument, &arguments.project);
    let optional = |name: &str, argument: &Option<String>| {
        let text = argument.as_deref().map(|argument| read(argument).context(format!("--{name}")));
        Ok::<_, anyhow::Error>(text.transpose()?.map(|json| json.text().to_owned()))
    };
    let mock = match &arguments.mock {
        None => None,
        Some(argument) => Some(mock(&read(argument).context("--mock")?)?),
    };
    let state_configuration = match &arguments.state_configuration {
        None => StateConfiguration::default(),
        Some(argument) => {
            let json = read(argument).context("--state-configuration")?;
            object(json.into_value(), "--state-configuration", CONFIGURATION)?
        }
    };
    let request = Request {
        definition,
        role_arn: None,
        input: Some(read(&arguments.input)?.text().to_owned()),
        inspection_level: arguments.inspection_level.into(),
        reveal_secrets: false,
        variables: optional("variables", &arguments.variables)?,
        state_name: arguments.state.clone(),
        mock,
        context: optional("context", &arguments.context)?,
        state_configuration,
    };
    Ok((name, request))
}

const CONFIGURATION: &[&str] =
    &["retrierRetryCount", "errorCausedByState", "mapIterationFailureCount", "mapItemReaderData"];

fn definition(argument: &str) -> Result<(String, String)> {
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("cannot read the definition from stdin")?;
        return Ok(("stdin".to_owned(), text));
    }
    if argument.trim_start().starts_with('{') && !Path::new(argument).is_file() {
        return Ok(("the definition".to_owned(), argument.to_owned()));
    }
    let text = std::fs::read_to_string(argument)
        .with_context(|| format!("cannot read the definition {argument}"))?;
    Ok((argument.to_owned(), text))
}

/// Whether the definition is a state where a state is tested, and a machine where one of its states
/// is. A text that is no JSON is for the parser to judge.
fn check_extent(text: &str, name: &str, state: Option<&str>) -> Result<()> {
    let Ok(definition) = serde_json::from_str::<Value>(text) else { return Ok(()) };
    match (definition.get("States"), state) {
        (Some(states), None) => {
            let names: Vec<_> = states.as_object().into_iter().flat_map(|it| it.keys()).collect();
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            bail!(
                "{name} is a whole machine: say with --state which state to test. It has {}",
                names.join(", ")
            );
        }
        (None, Some(_)) if definition.get("Type").is_some() => {
            bail!("{name} is the definition of one state: leave out --state");
        }
        _ => Ok(()),
    }
}

fn mock(json: &Json) -> Result<Mock> {
    let mut value = json.value().clone();
    if let Some(result) = value.get_mut("result")
        && !result.is_string()
    {
        *result = result.to_string().into();
    }
    object(value, "--mock", &["result", "errorOutput", "fieldValidationMode"])
}

/// An object with these members at most.
fn object<T: DeserializeOwned>(value: Value, name: &str, members: &[&str]) -> Result<T> {
    let Some(object) = value.as_object() else { bail!("{name} must be a JSON object") };
    for member in object.keys() {
        ensure!(
            members.contains(&&**member),
            "{name} has a field `{member}`; there are {}",
            members.join(", ")
        );
    }
    serde_json::from_value(value).with_context(|| format!("{name} cannot be used"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mocked(text: &str) -> Result<Mock> {
        mock(&Json::parse(text).unwrap())
    }

    #[test]
    fn a_result_is_json_itself_or_its_text() {
        let result = |text| mocked(text).unwrap().result.unwrap();
        assert_eq!(result(r#"{"result": {"a": [1, null]}}"#), r#"{"a":[1,null]}"#);
        assert_eq!(result(r#"{"result": "{\"a\": 1}"}"#), r#"{"a": 1}"#);
    }

    #[test]
    fn unknown_fields_are_told() {
        assert_eq!(
            mocked(r#"{"results": 1}"#).unwrap_err().to_string(),
            "--mock has a field `results`; there are result, errorOutput, fieldValidationMode"
        );
        assert_eq!(mocked("[]").unwrap_err().to_string(), "--mock must be a JSON object");
    }

    #[test]
    fn states_and_machines_are_told_apart() {
        let check = |text, state| check_extent(text, "a.json", state).unwrap_err().to_string();
        assert_eq!(
            check(r#"{"StartAt":"A","States":{"A":{},"B":{}}}"#, None),
            "a.json is a whole machine: say with --state which state to test. It has `A`, `B`"
        );
        assert_eq!(
            check(r#"{"Type":"Succeed"}"#, Some("A")),
            "a.json is the definition of one state: leave out --state"
        );
    }
}
