//! For programs.

use serde::Serialize;

use super::{About, Report};
use crate::{
    check::{Duty, Place},
    level::Level,
    trial::Outcome,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    /// The version of the kit.
    kit: &'static str,
    file: String,
    /// `null` where it was not admitted.
    plugin: Option<&'a About>,
    level: Level,
    seed: u64,
    conforms: bool,
    duration_ms: u64,
    checks: Vec<One<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct One<'a> {
    id: &'a str,
    level: Level,
    duty: Duty,
    outcome: Outcome,
    place: Place,
    statement: &'a str,
    cases: u64,
    tried: &'a str,
    saw: &'a [String],
}

/// One document: `kit` (its version), `file`, `plugin` (`name`, `version`, `kind`, `digest`; `null` where the file was
/// refused), `level`, `seed`, `conforms`, `durationMs`, and `checks`. Each of these has `id`,
/// `level`, `duty` (`must`, `should`), `outcome` (`passed`, `failed`, `warned`, `skipped`), `place`
/// and `statement` of the contract, `cases`, `tried`, and the texts in `saw`.
///
/// Members may be added; none is removed or changes its meaning.
pub fn json(report: &Report) -> String {
    let checks = report.findings.iter().map(|finding| One {
        id: finding.check.id,
        level: finding.check.level,
        duty: finding.check.duty,
        outcome: finding.outcome,
        place: finding.check.place,
        statement: finding.check.statement,
        cases: finding.cases,
        tried: &finding.tried,
        saw: &finding.saw,
    });
    let document = Document {
        kit: env!("CARGO_PKG_VERSION"),
        file: report.file.display().to_string(),
        plugin: report.about.as_ref(),
        level: report.level,
        seed: report.seed,
        conforms: report.conforms(),
        duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
        checks: checks.collect(),
    };
    // It has no maps with other keys than texts, which is all that could fail.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}
