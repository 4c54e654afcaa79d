//! What became of a check.

use serde::{Deserialize, Serialize};

use crate::check::{Check, Duty};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The plugin does as the sentence says, as far as was tried.
    Passed,
    /// It does otherwise, and must not.
    Failed,
    /// It does otherwise, and should not.
    Warned,
    /// Nothing could be tried.
    Skipped,
}

impl Outcome {
    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::Skipped => "skipped",
        }
    }
}

/// What a check tried, and saw.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The check.
    pub check: &'static Check,
    /// How it ended.
    pub outcome: Outcome,
    /// How many calls, or other things, were looked at.
    pub cases: u64,
    /// What was tried.
    pub tried: String,
    /// What was seen that is other than it should be. Where there is nothing: what was seen, or
    /// why nothing was tried.
    pub saw: Vec<String>,
}

/// A check under way.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    tried: Option<String>,
    narrowed: Option<String>,
    cases: u64,
    faults: Vec<String>,
    more_faults: u64,
    notes: Vec<String>,
    skips: Vec<String>,
    otherwise: Option<String>,
}

/// Faults of one check that are told.
const MOST: usize = 5;

impl Trial {
    /// Says what is tried, as a clause: `each example`.
    pub(crate) fn tries(&mut self, what: impl Into<String>) {
        self.tried = Some(what.into());
    }

    /// Says that less than everything is tried.
    pub(crate) fn narrows(&mut self, to: String) {
        self.narrowed = Some(to);
    }

    /// Counts what was looked at.
    pub(crate) fn case(&mut self) {
        self.cases += 1;
    }

    /// How much was looked at so far.
    pub(crate) fn cases(&self) -> u64 {
        self.cases
    }

    /// Tells what is other than it should be.
    pub(crate) fn fault(&mut self, saw: impl Into<String>) {
        let saw = saw.into();
        if self.faults.contains(&saw) {
            return;
        }
        match self.faults.len() < MOST {
            true => self.faults.push(saw),
            false => self.more_faults += 1,
        }
    }

    /// Whether as many faults are known as are told, so that looking for more is idle.
    pub(crate) fn is_clear(&self) -> bool {
        self.faults.len() >= MOST
    }

    /// Tells what was seen.
    pub(crate) fn note(&mut self, saw: impl Into<String>) {
        let saw = saw.into();
        if self.notes.len() < MOST && !self.notes.contains(&saw) {
            self.notes.push(saw);
        }
    }

    /// Says what could not be tried, and why.
    pub(crate) fn skip(&mut self, why: impl Into<String>) {
        let why = why.into();
        if self.skips.len() < MOST && !self.skips.contains(&why) {
            self.skips.push(why);
        }
    }

    /// Says why there is nothing to try, where there turns out to be nothing.
    pub(crate) fn otherwise(&mut self, why: impl Into<String>) {
        self.otherwise = Some(why.into());
    }

    /// What was found.
    pub(crate) fn end(self, check: &'static Check) -> Finding {
        let Self { tried, narrowed, cases, mut faults, more_faults, notes, mut skips, otherwise } =
            self;
        if more_faults > 0 {
            faults.push(format!("and {more_faults} more"));
        }
        let (outcome, saw) = match (faults.is_empty(), check.duty) {
            (false, Duty::Must) => (Outcome::Failed, faults),
            (false, Duty::Should) => (Outcome::Warned, faults),
            (true, _) if cases == 0 => {
                skips.extend(otherwise);
                if skips.is_empty() {
                    skips.push("there was nothing to try".to_owned());
                }
                (Outcome::Skipped, skips)
            }
            (true, _) => (Outcome::Passed, notes.into_iter().chain(skips).collect()),
        };
        let mut tried = tried.unwrap_or_default();
        if let Some(part) = narrowed {
            tried = format!("{tried}, {part}");
        }
        Finding { check, outcome, cases, tried, saw }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CHECKS;

    fn ended(duty: Duty, tell: impl FnOnce(&mut Trial)) -> Finding {
        let mut trial = Trial::default();
        tell(&mut trial);
        trial.end(CHECKS.iter().find(|check| check.duty == duty).unwrap())
    }

    #[test]
    fn what_was_not_tried_has_not_passed() {
        let finding = ended(Duty::Must, |trial| trial.note("a note"));
        assert_eq!(finding.outcome, Outcome::Skipped);
        assert_eq!(finding.saw, ["there was nothing to try"]);
        let finding = ended(Duty::Must, |trial| trial.skip("no examples"));
        assert_eq!((finding.outcome, finding.saw), (Outcome::Skipped, vec!["no examples".into()]));
    }

    #[test]
    fn a_fault_fails_where_the_contract_says_must_and_warns_where_it_says_should() {
        let tell = |trial: &mut Trial| {
            trial.case();
            trial.fault("a fault");
        };
        assert_eq!(ended(Duty::Must, tell).outcome, Outcome::Failed);
        assert_eq!(ended(Duty::Should, tell).outcome, Outcome::Warned);
        assert_eq!(ended(Duty::Must, Trial::case).outcome, Outcome::Passed);
    }

    #[test]
    fn faults_are_told_once_and_not_without_end() {
        let finding = ended(Duty::Must, |trial| {
            for fault in [0, 0, 1, 2, 3, 4, 5, 6] {
                trial.fault(fault.to_string());
            }
        });
        assert_eq!(finding.saw, ["0", "1", "2", "3", "4", "and 2 more"]);
    }
}
