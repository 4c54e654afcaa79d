//! A report that was written before, in a line.

use std::fmt;

use serde::Deserialize;
use stepwell_sandbox::Digest;

use crate::{level::Level, trial::Outcome};

/// What a [JSON report](super::json()) comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Of the file that it is about; none where that was not admitted.
    pub digest: Option<Digest>,
    /// How far the checks went.
    pub level: Level,
    /// What generated inputs followed from.
    pub seed: u64,
    /// Whether nothing failed.
    pub conforms: bool,
    /// The version of the kit; none where the report is from before it told.
    pub kit: Option<String>,
    /// The checks, in the report's order.
    pub checks: Vec<Checked>,
}

/// A check, as a report has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checked {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What it saw.
    #[serde(default)]
    pub saw: Vec<String>,
}

/// What is read of the document.
#[derive(Deserialize)]
struct Document {
    kit: Option<String>,
    plugin: Option<About>,
    level: Level,
    seed: u64,
    conforms: bool,
    checks: Vec<Checked>,
}

#[derive(Deserialize)]
struct About {
    digest: Digest,
}

impl Summary {
    /// Reads a JSON report.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn read(report: &str) -> serde_json::Result<Self> {
        let Document { kit, plugin, level, seed, conforms, checks } = serde_json::from_str(report)?;
        let digest = plugin.map(|about| about.digest);
        let has_failed = checks.iter().any(|check| check.outcome == Outcome::Failed);
        // What it says of itself, and no less than its checks say.
        let conforms = conforms && digest.is_some() && !has_failed;
        Ok(Self { digest, level, seed, conforms, kit, checks })
    }

    /// How many checks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|it| it.outcome == outcome).count()
    }
}

/// `conforms at level strict: 40 passed, 6 skipped (seed 1)`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.conforms { "conforms" } else { "does not conform" };
        let all = [Outcome::Failed, Outcome::Warned, Outcome::Passed, Outcome::Skipped];
        let counts = all.map(|outcome| (self.count(outcome), outcome.as_str()));
        let counts: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
        let counts: Vec<_> = counts.iter().map(|(count, name)| format!("{count} {name}")).collect();
        let counts = counts.join(", ");
        write!(f, "{verb} at level {}: {counts} (seed {})", self.level, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_report_is_read_and_told_in_a_line() {
        let digest = Digest::of(b"file");
        let report = |conforms: bool, outcomes: &[&str]| {
            let checks: Vec<_> = outcomes.iter().map(|it| json!({ "outcome": it })).collect();
            let plugin = json!({ "name": "pay", "digest": digest });
            let (level, seed) = ("strict", 7);
            json!({ "plugin": plugin, "level": level, "seed": seed, "conforms": conforms,
                    "checks": checks })
            .to_string()
        };
        let good = Summary::read(&report(true, &["passed", "skipped", "passed"])).unwrap();
        assert_eq!(good.to_string(), "conforms at level strict: 2 passed, 1 skipped (seed 7)");
        assert_eq!(good.digest, Some(digest));
        let lying = Summary::read(&report(true, &["passed", "failed", "warned"])).unwrap();
        assert_eq!(
            lying.to_string(),
            "does not conform at level strict: 1 failed, 1 warned, 1 passed (seed 7)"
        );
        assert!(Summary::read("{}").is_err());
        assert!(Summary::read(&report(true, &["perfect"])).is_err());
    }
}
