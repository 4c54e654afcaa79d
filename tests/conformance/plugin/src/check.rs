//! What a check is.

use std::fmt;

use futures::future::BoxFuture;
use serde::Serialize;

use crate::{bench::Bench, error::Error, level::Level, trial::Trial};

/// A point of the contract that is checked.
pub struct Check {
    /// Its name, which never changes.
    pub id: &'static str,
    /// The least level that has it.
    pub level: Level,
    /// Whether the contract demands it.
    pub duty: Duty,
    /// Where the contract says so.
    pub place: Place,
    /// The sentence, as it stands there.
    pub statement: &'static str,
    pub(crate) run: Run,
}

/// How a check is carried out. An error is one of the kit's, and not of the plugin.
pub(crate) type Run = for<'a> fn(&'a Bench, &'a mut Trial) -> BoxFuture<'a, Result<(), Error>>;

/// How binding a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Duty {
    /// A plugin that does otherwise does not conform.
    Must,
    /// A plugin that does otherwise is warned of.
    Should,
}

impl Duty {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
        }
    }
}

/// Where a sentence of the contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Place {
    /// With the interfaces.
    #[serde(rename = "wit/task.wit")]
    Wit,
    /// In the text beside them.
    #[serde(rename = "wit/README.md")]
    Guide,
}

impl Place {
    /// The file, from the root of the repository.
    pub fn file(self) -> &'static str {
        match self {
            Self::Wit => "wit/task.wit",
            Self::Guide => "wit/README.md",
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.id).finish()
    }
}
