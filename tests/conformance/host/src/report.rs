//! What came of all cases, for people and for programs.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;
use serde_json::json;

use crate::{Verdict, case::Case, protocol::Hello};

/// What came of the cases of a suite.
pub struct Report<'a> {
    host: &'a Hello,
    cases: Vec<(&'a Case, Verdict)>,
}

/// How many cases came out how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Cases that passed.
    pub passed: usize,
    /// Cases that failed.
    pub failed: usize,
    /// Cases that need what the host does not claim.
    pub not_claimed: usize,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::NotClaimed(_) => self.not_claimed += 1,
        }
    }
}

fn area(case: &Case) -> &str {
    case.id.split_once('/').map_or(&*case.id, |(area, _)| area)
}

impl<'a> Report<'a> {
    /// A report without cases.
    pub fn new(host: &'a Hello) -> Self {
        Self { host, cases: Vec::new() }
    }

    /// Adds what came of a case.
    pub fn add(&mut self, case: &'a Case, verdict: Verdict) {
        self.cases.push((case, verdict));
    }

    /// The cases with what came of them.
    pub fn cases(&self) -> &[(&'a Case, Verdict)] {
        &self.cases
    }

    /// How many came out how.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.cases.iter().for_each(|(_, verdict)| counts.add(verdict));
        counts
    }

    /// A table by area, and below it what failed and what is not claimed.
    pub fn text(&self) -> String {
        let mut areas: BTreeMap<&str, Counts> = BTreeMap::new();
        for (case, verdict) in &self.cases {
            areas.entry(area(case)).or_default().add(verdict);
        }
        let mut text = format!("{} {}\n\n", self.host.name, self.host.version);
        let mut row = |name: &str, of: Counts| {
            let Counts { passed, failed, not_claimed } = of;
            text += &format!(
                "{name:<16}{passed:>8} passed{failed:>6} failed{not_claimed:>6} not claimed\n"
            );
        };
        for (name, counts) in areas {
            row(name, counts);
        }
        row("all", self.counts());
        for (case, verdict) in &self.cases {
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed(why) => {
                    text += &format!("\nFAILED {}: {}\n  {why}\n", case.id, case.tries);
                    for words in &case.contract {
                        text += &format!("  the contract: {words}\n");
                    }
                }
                Verdict::NotClaimed(claims) => {
                    text += &format!("\nnot claimed {}: it needs {}\n", case.id, json!(claims));
                }
            }
        }
        text
    }

    /// All of it as a JSON document.
    pub fn json(&self) -> String {
        let cases: Vec<_> = self
            .cases
            .iter()
            .map(|(case, verdict)| {
                let (verdict, detail) = match verdict {
                    Verdict::Passed => ("passed", None),
                    Verdict::Failed(why) => ("failed", Some(json!(why))),
                    Verdict::NotClaimed(claims) => ("not-claimed", Some(json!(claims))),
                };
                json!({
                    "id": case.id, "tries": case.tries, "contract": case.contract,
                    "verdict": verdict, "detail": detail,
                })
            })
            .collect();
        json!({ "host": self.host, "counts": self.counts(), "cases": cases }).to_string()
    }

    /// All of it as JUnit's XML, a suite for each area.
    ///
    /// # Errors
    ///
    /// Where it cannot be written as XML.
    pub fn junit(&self) -> Result<String, quick_junit::SerializeError> {
        let mut suites: Vec<TestSuite> = Vec::new();
        for (case, verdict) in &self.cases {
            let status = match verdict {
                Verdict::Passed => TestCaseStatus::success(),
                Verdict::Failed(why) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(why.as_str());
                    status
                }
                Verdict::NotClaimed(claims) => {
                    let mut status = TestCaseStatus::skipped();
                    status.set_message(format!("not claimed: {}", json!(claims)));
                    status
                }
            };
            let area = area(case);
            if suites.last().is_none_or(|suite| suite.name.as_str() != area) {
                suites.push(TestSuite::new(area));
            }
            if let Some(suite) = suites.last_mut() {
                suite.add_test_case(TestCase::new(case.id.as_str(), status));
            }
        }
        let mut junit = Junit::new(format!("stepwell:task of {}", self.host.name));
        junit.add_test_suites(suites);
        junit.to_string()
    }
}
