//! How far the checks go.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How far the checks go. Each level has the checks of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What every host needs: admission, the description, schemas, examples, names of errors.
    Core,
    /// What every operator relies on: hostile input, effects, attempts that are cut off, grants
    /// that are withheld.
    #[default]
    Strict,
    /// Many generated inputs, and every cut and every grant one by one.
    Hardened,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Core, Self::Strict, Self::Hardened];

    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Strict => "strict",
            Self::Hardened => "hardened",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let level = Self::ALL.into_iter().find(|level| level.as_str() == text);
        level.ok_or_else(|| format!("`{text}` is no level: take core, strict or hardened"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!(
            "lax".parse::<Level>().unwrap_err(),
            "`lax` is no level: take core, strict or hardened"
        );
    }
}
