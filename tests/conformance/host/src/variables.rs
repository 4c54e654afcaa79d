//! What `{{NAME}}` stands for in the texts of a case.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Values by name: addresses of the world's servers, and what patterns have kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    values: BTreeMap<String, Value>,
}

impl Variables {
    /// Gives a name to a value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// A text with the values in the place of their names. What has no value stays as it is.
    pub(crate) fn text(&self, text: &str) -> String {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let known = after
                .split_once("}}")
                .and_then(|(name, after)| Some((self.values.get(name)?, after)));
            rest = match known {
                Some((value, after)) => {
                    match value {
                        Value::String(text) => filled.push_str(text),
                        other => filled.push_str(&other.to_string()),
                    }
                    after
                }
                None => {
                    filled.push_str("{{");
                    after
                }
            };
        }
        filled + rest
    }

    /// The same in all texts of a value, but for the names of members.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            // A text that is a name and nothing else stands for the value itself.
            Value::String(text) => {
                let name = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
                match name.and_then(|name| self.values.get(name)) {
                    Some(value) => value.clone(),
                    None => self.text(text).into(),
                }
            }
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), self.value(value))).collect()
            }
            other => other.clone(),
        }
    }

    /// The same in all texts of what can be written as JSON and read again.
    pub(crate) fn within<T: Serialize + DeserializeOwned>(&self, what: &T) -> Result<T, String> {
        let value = serde_json::to_value(what).map_err(|error| error.to_string())?;
        serde_json::from_value(self.value(&value)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_replaced_and_nothing_else() {
        let mut variables = Variables::default();
        variables.set("http", "127.0.0.1:80");
        variables.set("version", 7);
        assert_eq!(
            variables.text("http://{{http}}/{{http}}?{{who}}{{"),
            "http://127.0.0.1:80/127.0.0.1:80?{{who}}{{"
        );
        let value = json!({ "a": ["{{version}}", "v{{version}}"], "{{http}}": 1 });
        assert_eq!(variables.value(&value), json!({ "a": [7, "v7"], "{{http}}": 1 }));
    }
}
