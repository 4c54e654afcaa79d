//! What a look at one thing came to.

use serde::Serialize;

/// What a look at one thing came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) what: &'static str,
    pub(super) level: Level,
    /// How it is.
    pub(super) found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mend: Option<String>,
}

/// How good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    /// It works, and may not for long, or not as well as it could.
    Warn,
    /// It does not work.
    Bad,
}

impl Check {
    pub(super) fn ok(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, level: Level::Ok, found: found.into(), mend: None }
    }

    pub(super) fn warn(
        what: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { what, level: Level::Warn, found: found.into(), mend: Some(mend.into()) }
    }

    pub(super) fn bad(
        what: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { what, level: Level::Bad, found: found.into(), mend: Some(mend.into()) }
    }

    /// In one line, for tests.
    #[cfg(test)]
    pub(super) fn line(&self) -> String {
        let mend = self.mend.as_deref().map_or(String::new(), |mend| format!(" -- {mend}"));
        format!("{:?} {}: {}{mend}", self.level, self.what, self.found)
    }
}
