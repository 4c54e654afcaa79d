//! Redriving executions that ended other than in success.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use jiff::Timestamp;
use stepwell_interpreter::{
    Execution,
    redrive::{self, NotRedrivable},
};
use stepwell_journal::{ExecutionId, Listing, Status};
use tokio::sync::oneshot;

use super::{Error, Host, turn::Input};

/// `redriveStatus`, with `redriveStatusReason`.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedriveStatus {
    /// RedriveExecution goes on with it.
    Redrivable,
    /// It is a child of a Map Run, and goes on with that.
    RedrivableByMapRun,
    /// It stays as it is.
    NotRedrivable(NotRedrivable),
}

impl RedriveStatus {
    /// As AWS has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redrivable => "REDRIVABLE",
            Self::RedrivableByMapRun => "REDRIVABLE_BY_MAP_RUN",
            Self::NotRedrivable(_) => "NOT_REDRIVABLE",
        }
    }

    /// `redriveStatusReason`: none but of what cannot be redriven.
    pub fn reason(self) -> Option<String> {
        match self {
            Self::NotRedrivable(reason) => Some(reason.to_string()),
            Self::Redrivable | Self::RedrivableByMapRun => None,
        }
    }

    /// That of an execution at this time, whatever becomes of its state machine.
    pub(super) fn of(listing: &Listing, at: Timestamp) -> Self {
        let stopped_at = listing.stopped_at.unwrap_or(at);
        let checked = match listing.status {
            Status::Running => Err(NotRedrivable::Running),
            Status::Succeeded => Err(NotRedrivable::Succeeded),
            Status::Failed | Status::TimedOut | Status::Aborted => {
                let last_event_id = listing.last_event_id.unwrap_or_default();
                redrive::check(listing.started_at, stopped_at, last_event_id, at)
            }
        };
        match checked {
            Err(reason) => Self::NotRedrivable(reason),
            Ok(()) if listing.map_run.is_some() => Self::RedrivableByMapRun,
            Ok(()) => Self::Redrivable,
        }
    }
}

/// Who has an execution redriven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Redriver {
    /// RedriveExecution, under this `clientToken`.
    Request(Option<String>),
    /// Its Map Run: so often it will have been redriven then.
    MapRun(u64),
}

impl Redriver {
    pub(super) fn client_token(self) -> Option<String> {
        match self {
            Self::Request(token) => token,
            Self::MapRun(_) => None,
        }
    }

    /// When it has redriven the execution before, where it asks for the same once more.
    pub(super) fn has_redriven(&self, execution: &Execution, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Request(token) => execution.redriven_with(token.as_deref()?, at),
            Self::MapRun(count) if execution.redrive_count() < *count => None,
            Self::MapRun(_) => execution.redriven_at(),
        }
    }
}

impl Host {
    /// Whether an execution can be redriven now.
    ///
    /// # Errors
    /// Where state machines cannot be read.
    pub async fn redrive_status(&self, listing: &Listing) -> Result<RedriveStatus, Error> {
        let status = RedriveStatus::of(listing, self.inner.clock.now());
        if status != RedriveStatus::Redrivable {
            return Ok(status);
        }
        let key = &listing.key;
        let machine = self.inner.resources.machine(&key.tenant, &key.machine).await?;
        Ok(match machine {
            Some(machine) if machine.deleting => {
                RedriveStatus::NotRedrivable(NotRedrivable::Deleting)
            }
            _ => status,
        })
    }

    /// Redrives an execution. Returns when: under a `clientToken` that has redriven it within the
    /// last 15 minutes, when that was.
    ///
    /// # Errors
    /// Where there is no such execution, it cannot be redriven, too many are open, or the journal
    /// fails.
    pub async fn redrive_execution(
        &self,
        id: ExecutionId,
        client_token: Option<String>,
    ) -> Result<Timestamp, Error> {
        if self.is_stopping() {
            return Err(Error::Stopping);
        }
        let description = self.inner.store.describe(id).await?.ok_or(Error::NoSuchExecution)?;
        match self.redrive_status(&description.listing).await? {
            RedriveStatus::Redrivable => self.inner.open.check(&description.listing.key.tenant)?,
            // It may have been redriven under the same token.
            RedriveStatus::NotRedrivable(NotRedrivable::Running) => {}
            RedriveStatus::NotRedrivable(reason) => {
                return Err(Error::NotRedrivable(reason.to_string()));
            }
            RedriveStatus::RedrivableByMapRun => {
                let text = "Execution is a child of a Map Run, and is redriven with its parent";
                return Err(Error::NotRedrivable(text.to_owned()));
            }
        }
        self.redrive(id, Redriver::Request(client_token)).await
    }

    /// Has an execution go on.
    pub(super) async fn redrive(&self, id: ExecutionId, by: Redriver) -> Result<Timestamp, Error> {
        let (answer, redriven) = oneshot::channel();
        self.deliver(id, Input::Redrive(by, answer));
        redriven.await.map_err(|_| Error::Lost)?
    }
}
