//! State data: JSON that is passed along far more often than it is looked into.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

/// How deep a document may nest that a state passes on. JSON that nests deeper than 127 levels
/// cannot be read again, and each field of a state may add a few.
pub const MAX_NESTING: usize = 100;

/// A JSON document with its text. Clones share both, so a state that does not look into its data
/// costs neither a copy nor a serialisation.
///
/// A document that was parsed keeps its text byte for byte, white space and number spelling
/// included, as AWS does with an execution's input; one that was computed is written compactly,
/// once, when its text is first asked for.
#[derive(Clone)]
pub struct Json(Arc<Inner>);

struct Inner {
    value: Value,
    text: OnceLock<Box<str>>,
    nesting: OnceLock<usize>,
    /// The document with its text written compactly, where its own is not.
    compact: OnceLock<Option<Json>>,
}

impl Inner {
    fn new(value: Value, text: OnceLock<Box<str>>) -> Self {
        Self { value, text, nesting: OnceLock::new(), compact: OnceLock::new() }
    }
}

impl Json {
    /// Parses a document and keeps its text.
    ///
    /// # Errors
    /// Where the text is not one JSON document, with line and column.
    pub fn parse(text: impl Into<Box<str>>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        let value = serde_json::from_str(&text)?;
        Ok(Self(Arc::new(Inner::new(value, OnceLock::from(text)))))
    }

    /// The empty object.
    pub fn empty() -> Self {
        Value::Object(serde_json::Map::new()).into()
    }

    /// The document's value.
    pub fn value(&self) -> &Value {
        &self.0.value
    }

    /// The document's text: as parsed, or compact.
    pub fn text(&self) -> &str {
        self.0.text.get_or_init(|| write(&self.0.value))
    }

    /// How deep arrays and objects are nested in each other: 0 for a string, 1 for `[]`.
    pub fn nesting(&self) -> usize {
        *self.0.nesting.get_or_init(|| nesting(&self.0.value))
    }

    /// The same document with its text written compactly.
    #[must_use]
    pub fn compact(&self) -> Self {
        let compact = self.0.compact.get_or_init(|| {
            // One that was computed is compact, whether its text was asked for or not.
            let text = self.0.text.get()?;
            let compact = write(&self.0.value);
            (*text != compact)
                .then(|| Self(Arc::new(Inner::new(self.0.value.clone(), OnceLock::from(compact)))))
        });
        compact.clone().unwrap_or_else(|| self.clone())
    }

    /// The value, taken out where nobody else shares it and copied where somebody does.
    pub fn into_value(self) -> Value {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.value.clone(), |inner| inner.value)
    }
}

/// A value's text, compactly.
fn write(value: &Value) -> Box<str> {
    // Faster by far than through `Display`; that a value cannot be written does not happen.
    serde_json::to_string(value).unwrap_or_else(|_| value.to_string()).into()
}

/// How deep a value nests.
fn nesting(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(nesting).max(),
        Value::Object(members) => members.values().map(nesting).max(),
        _ => return 0,
    };
    1 + below.unwrap_or_default()
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(Arc::new(Inner::new(value, OnceLock::new())))
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// As its text, in a string: what comes back is the same document byte for byte.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_text_it_was_parsed_from() {
        let data = Json::parse("{ \"a\" : 1.0 }").unwrap();
        assert_eq!(data.text(), "{ \"a\" : 1.0 }");
        assert_eq!(data.compact().text(), r#"{"a":1.0}"#);
    }

    #[test]
    fn knows_how_deep_it_nests() {
        for (text, depth) in [
            ("1", 0),
            ("\"[[\"", 0),
            ("[]", 1),
            ("[[], {\"a\": [1]}]", 3),
            (r#"{"a\"[[": ["\\", []]}"#, 3),
        ] {
            assert_eq!(Json::parse(text).unwrap().nesting(), depth, "{text}");
        }
    }

    #[test]
    fn survives_serialisation_byte_for_byte() {
        let data = Json::parse("[ 1 ,2]").unwrap();
        let again: Json = serde_json::from_str(&serde_json::to_string(&data).unwrap()).unwrap();
        assert_eq!(again.text(), "[ 1 ,2]");
    }
}
