//! What became of a Map Run's children, out of the journal into the files of its ResultWriter.
//!
//! They are written once all children have ended. Where the host goes down meanwhile, they are
//! written anew: each file is there whole or not at all, under the same key, and the manifest is
//! the last.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Failure, Outcome,
    map_run::{ChildType, MapRun, MapRunId, Occurrence, Record, Status},
};
use stepwell_journal::{Description, ExecutionId};
use stepwell_storage::write;
use tokio_util::sync::CancellationToken;

use super::child;
use crate::{
    Machine,
    host::{Host, loaded::Loaded},
    map_run::Results,
};

/// How many records are read ahead of being written.
const AHEAD: usize = 16;

/// How long to wait before the journal is asked again that failed.
const AGAIN: Duration = Duration::from_secs(1);

impl Host {
    /// Begins to write the results of a Map Run: of its children, and then of what was not run.
    pub(super) fn write_results(
        &self,
        id: ExecutionId,
        loaded: &Loaded,
        map_run: MapRunId,
        not_run: Vec<Record>,
    ) {
        let Some(record) = loaded.map_runs.get(&map_run) else { return };
        let state = record.state.clone();
        let machine = loaded.revision.machine.clone();
        let works = &mut self.inner.map_runs.state().works;
        self.work(works, (id, map_run), |host, stop| async move {
            match host.results(&machine, &state, not_run, &stop).await {
                Ok(details) => Some(Occurrence::ResultsWritten(details?)),
                Err(failure) => Some(Occurrence::WriteFailed(failure)),
            }
        });
    }

    /// Writes all that there is; none where it was stopped.
    async fn results(
        &self,
        machine: &Machine,
        map_run: &MapRun,
        not_run: Vec<Record>,
        stop: &CancellationToken,
    ) -> Result<Option<Json>, Failure> {
        let buckets = &self.inner.engine.buckets;
        let results = Results::open(buckets, &machine.definition, map_run.order())?;
        let mut results = results.ok_or_else(|| failed("There is no ResultWriter."))?;
        let mut children = stream::iter(0..map_run.children_started())
            .map(|child| self.record(map_run, child))
            .buffered(AHEAD);
        while let Some(record) = stop.run_until_cancelled(children.next()).await.flatten() {
            match record {
                Ok(record) => results = results.write(record).await?,
                Err(failure) => {
                    results.abort().await;
                    return Err(failure);
                }
            }
        }
        if stop.is_cancelled() {
            results.abort().await;
            return Ok(None);
        }
        for record in not_run {
            results = results.write(record).await?;
        }
        results.finish().await.map(Some)
    }

    /// What the journal knows of a child.
    async fn record(&self, map_run: &MapRun, child: u64) -> Result<Record, Failure> {
        let identity = map_run.identify(child);
        let gone = || failed(format!("There is no record of '{}'.", identity.execution_arn));
        let id = child::id(&identity).ok_or_else(gone)?;
        let description = loop {
            match self.inner.store.describe(id).await {
                Ok(description) => break description.ok_or_else(gone)?,
                Err(error) if error.is_uncertain() => tokio::time::sleep(AGAIN).await,
                Err(error) => return Err(failed(error)),
            }
        };
        let Description { listing, input, outcome, .. } = description;
        let status = match outcome.ok_or_else(gone)? {
            Outcome::Succeeded { output } => Status::Succeeded { output },
            Outcome::Failed(failure) => Status::Failed(failure),
            Outcome::TimedOut(failure) => Status::TimedOut(failure),
            Outcome::Aborted(failure) => Status::Aborted(failure),
        };
        Ok(Record {
            identity,
            input,
            status,
            started_at: Some(listing.started_at),
            stopped_at: listing.stopped_at,
            redrive_count: match map_run.order().child_type {
                ChildType::Standard => listing.redrive_count,
                // It is started anew.
                ChildType::Express => 0,
            },
        })
    }
}

fn failed(cause: impl ToString) -> Failure {
    Failure::new(write::FAILED, cause.to_string())
}
