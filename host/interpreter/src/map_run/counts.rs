//! How many of what there are.

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// `itemCounts` or `executionCounts` of `DescribeMapRun`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are those of AWS, under their names")]
pub struct Counts {
    pub pending: u64,
    pub running: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    pub total: u64,
    pub results_written: u64,
    #[serde(default)]
    pub pending_redrive: u64,
}

impl Counts {
    /// So many that were pending run now.
    pub(super) fn start(&mut self, count: u64) {
        self.pending = self.pending.saturating_sub(count);
        self.running += count;
    }

    /// All that did not succeed are to run again; what was `written` of them is not, any more.
    pub(super) fn redrive(&mut self, written: bool) {
        self.pending_redrive = self.failed + self.timed_out + self.aborted;
        if written {
            self.results_written = self.results_written.saturating_sub(self.pending_redrive);
        }
        (self.failed, self.timed_out, self.aborted) = (0, 0, 0);
    }

    /// So many that were to run again do.
    pub(super) fn restart(&mut self, count: u64) {
        self.pending_redrive = self.pending_redrive.saturating_sub(count);
        self.running += count;
    }

    /// So many that were to run again will not.
    pub(super) fn give_up(&mut self, count: u64) {
        self.pending_redrive = self.pending_redrive.saturating_sub(count);
        self.aborted += count;
    }

    /// So many that ran have ended.
    pub(super) fn end(&mut self, outcome: &Outcome, count: u64) {
        self.running = self.running.saturating_sub(count);
        *match outcome {
            Outcome::Succeeded { .. } => &mut self.succeeded,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::TimedOut(_) => &mut self.timed_out,
            Outcome::Aborted(_) => &mut self.aborted,
        } += count;
    }
}
