//! Children that run again, because the execution of their Map Run was redriven.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html>

use std::time::Duration;

use stepwell_asl::{Json, definition::Name};
use stepwell_interpreter::{
    Failure, Outcome,
    map_run::{ChildType, EndedChild, Occurrence, RedriveChild, StartChild},
};
use stepwell_journal::{Description, Direction, ExecutionId, Status};

use super::{
    Key,
    child::{self, NewChild},
    express::After,
};
use crate::host::{
    Error, Host,
    loaded::{Attributes, Loaded},
    redrive::Redriver,
    turn::Input,
};

/// How long to wait before a child is redriven that could not be.
const AGAIN: Duration = Duration::from_secs(1);

impl Host {
    /// Has a child run again, unless it was redriven so often already. One that cannot be redriven
    /// is reported as it ended.
    pub(super) fn redrive_child(&self, of: Key, loaded: &Loaded, redrive: RedriveChild) {
        let Some(record) = loaded.map_runs.get(&of.1) else { return };
        let state = record.state.order().state.clone();
        let host = self.clone();
        tokio::spawn(async move {
            let Some(id) = child::id(&redrive.identity) else { return };
            loop {
                let redriven = match redrive.child_type {
                    ChildType::Standard => host.redrive_standard(of, id, &redrive).await,
                    ChildType::Express => host.run_again(of, id, &redrive, &state).await,
                };
                match redriven {
                    Ok(()) => return,
                    // The next host redrives it.
                    Err(_) if host.is_stopping() => return,
                    Err(error) => {
                        tracing::error!(execution = %id, %error, "a child cannot be redriven");
                        tokio::time::sleep(AGAIN).await;
                    }
                }
            }
        });
    }

    async fn redrive_standard(
        &self,
        of: Key,
        id: ExecutionId,
        redrive: &RedriveChild,
    ) -> Result<(), Error> {
        match self.redrive(id, Redriver::MapRun(redrive.redrive_count)).await {
            Ok(_) => Ok(()),
            Err(Error::NotRedrivable(_) | Error::NoSuchExecution) => {
                let described = self.inner.store.describe(id).await?;
                self.report(of, redrive.child, described);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Starts an Express child anew, and waits for its end.
    async fn run_again(
        &self,
        of: Key,
        id: ExecutionId,
        redrive: &RedriveChild,
        state: &Name,
    ) -> Result<(), Error> {
        let description = match self.inner.store.describe(id).await? {
            Some(description) if description.listing.status != Status::Succeeded => description,
            described => {
                self.report(of, redrive.child, described);
                return Ok(());
            }
        };
        let Description { listing, position, input, attributes, .. } = description;
        // It has ended since, and has told so.
        if listing.redrive_count >= redrive.redrive_count {
            return Ok(());
        }
        let last = self.inner.store.history(id, i64::MAX as u64, Direction::Backward, 1).await?;
        let Attributes { revision, generation, parent, .. } =
            Attributes::read(&attributes, &listing.key.name)?;
        let start = StartChild {
            child: redrive.child,
            identity: redrive.identity.clone(),
            input,
            items: listing.item_count.unwrap_or(1),
            state: state.clone(),
            child_type: redrive.child_type,
        };
        let (Some(parent), Some(map_run_arn)) = (parent, listing.map_run) else { return Ok(()) };
        let child = NewChild { revision, generation, parent, map_run_arn, start };
        let last_event = last.items.first().map_or(0, |event| event.id);
        let after = After::Run { seq: position.seq, last_event };
        match self.run_express_child(id, None, child, after).await {
            Ok(refused) => Err(refused),
            Err(_) => Ok(()),
        }
    }

    /// Reports a child as it ended.
    fn report(&self, of: Key, child: u64, described: Option<Description>) {
        let ended = described.and_then(|it| Some((it.input, it.listing.started_at, it.outcome?)));
        // One that is gone has not succeeded.
        let (input, started_at, outcome) = ended.unwrap_or_else(|| {
            let gone = Failure::new("Stepwell.HostError", "There is no record of the execution.");
            (Json::empty(), self.inner.clock.now(), Outcome::Aborted(gone))
        });
        let ended = EndedChild { child, input, started_at, outcome };
        let ended = Occurrence::ChildEnded(Box::new(ended));
        self.deliver(of.0, Input::MapRun(of.1, Box::new(ended)));
    }
}
