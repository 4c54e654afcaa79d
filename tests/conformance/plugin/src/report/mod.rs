//! What was found, and how it is told.

mod json;
mod junit;
mod summary;
mod text;

use std::{path::PathBuf, time::Duration};

use serde::Serialize;
use stepwell_sandbox::{Digest, Info, Kind};

pub use json::json;
pub use junit::junit;
pub use summary::Summary;
pub use text::text;

use crate::{
    level::Level,
    trial::{Finding, Outcome},
};

/// What was found of a plugin.
#[derive(Debug, Clone)]
pub struct Report {
    /// The file.
    pub file: PathBuf,
    /// Which plugin it is; none where it was not admitted.
    pub about: Option<About>,
    /// How far the checks went.
    pub level: Level,
    /// What generated inputs followed from.
    pub seed: u64,
    /// One for each check, in order.
    pub findings: Vec<Finding>,
    /// How long it took.
    pub duration: Duration,
}

/// Which plugin it is.
#[derive(Debug, Clone, Serialize)]
pub struct About {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Which of the two kinds it is.
    pub kind: Kind,
    /// The digest of its file.
    pub digest: Digest,
}

impl About {
    pub(crate) fn of(info: &Info) -> Self {
        Self {
            name: info.name.clone(),
            version: info.version.clone(),
            kind: info.kind,
            digest: info.digest,
        }
    }
}

impl Report {
    /// Whether it was admitted, and nothing failed. Warnings and what was skipped don't count.
    pub fn conforms(&self) -> bool {
        self.about.is_some() && self.count(Outcome::Failed) == 0
    }

    /// How many checks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// The ids of checks that ended so.
    pub fn ids(&self, outcome: Outcome) -> Vec<&'static str> {
        let ended = self.findings.iter().filter(|finding| finding.outcome == outcome);
        ended.map(|finding| finding.check.id).collect()
    }
}
