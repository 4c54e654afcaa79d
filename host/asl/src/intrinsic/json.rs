//! `States.JsonMerge`, `JsonToString`, `StringToJson`.

use serde_json::Value;

use super::arguments::{Arguments, Refusal};

pub(super) fn merge(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let mut merged = arguments.object(0)?.clone();
    let second = arguments.object(1)?;
    if *arguments.any(2) != Value::Bool(false) {
        return Err(Refusal(
            "Only shallow merging is supported: the third argument must be false".to_owned(),
        ));
    }
    merged.extend(second.iter().map(|(name, member)| (name.clone(), member.clone())));
    Ok(Value::Object(merged))
}

pub(super) fn to_string(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Value::String(arguments.any(0).to_string()))
}

pub(super) fn from_string(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    serde_json::from_str(arguments.string(0)?)
        .map_err(|error| Refusal(format!("The argument is not JSON: {error}")))
}
