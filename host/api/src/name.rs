//! Names of state machines, executions and activities.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use stepwell_engine::is_name;

use crate::error::{Code, Error, Refusal};

/// The name of a state machine, an execution or an activity: a text that [`is_name`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// Takes a text that is a name.
    ///
    /// # Errors
    /// InvalidName.
    pub fn parse(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        if is_name(&text) {
            Ok(Self(text))
        } else {
            Err(Error::new(Code::InvalidName, format!("Invalid Name: '{text}'")))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(String::deserialize(deserializer)?).map_err(Refusal::into_serde)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_what_aws_allows() {
        for name in ["a", "machine-1_x.y+z=@!()'é", &"n".repeat(80)] {
            assert!(Name::parse(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a:b", "a/b", "a\u{7f}", "a\u{85}", "a*", &"n".repeat(81)] {
            let error = Name::parse(name).unwrap_err();
            assert_eq!(error, Error::new(Code::InvalidName, format!("Invalid Name: '{name}'")));
        }
    }
}
