//! The results of a Map Run, as its ResultWriter writes them.

use serde_json::json;
use stepwell_asl::{Json, StateMachine, definition::Transformation};
use stepwell_interpreter::{
    Failure,
    map_run::{Order, Record, Status},
};
use stepwell_storage::{self as storage, Buckets, Writer, write};

use super::distributed;

/// A writer that is open.
#[derive(Debug)]
pub(crate) struct Results {
    writer: Writer,
    transformation: Transformation,
    map_run_arn: String,
}

impl Results {
    /// Opens the writer of a Map Run; none where its results are the state's. Nothing is written
    /// yet.
    ///
    /// # Errors
    /// `States.ResultWriterFailed`, where it may not write.
    pub(crate) fn open(
        buckets: &Buckets,
        machine: &StateMachine,
        order: &Order,
    ) -> Result<Option<Self>, Failure> {
        let settings = distributed(machine, &order.state)
            .and_then(|distributed| distributed.result_writer.as_ref());
        let (Some(destination), Some(settings)) = (&order.destination, settings) else {
            return Ok(None);
        };
        let arn = &order.map_run_arn;
        let uuid = arn.rsplit(':').next().unwrap_or(arn);
        let writer = buckets.writer(settings.output, destination.value(), arn, uuid);
        Ok(Some(Self {
            writer: writer.map_err(|error| failed(&error))?,
            transformation: settings.transformation,
            map_run_arn: arn.clone(),
        }))
    }

    /// Writes what became of a child.
    ///
    /// # Errors
    /// `States.ResultWriterFailed`.
    pub(crate) async fn write(mut self, record: Record) -> Result<Self, Failure> {
        let kind = match record.status {
            Status::Succeeded { .. } => write::Kind::Succeeded,
            Status::Failed(_) | Status::TimedOut(_) | Status::Aborted(_) => write::Kind::Failed,
            Status::Pending => write::Kind::Pending,
        };
        let results = record.transform(self.transformation);
        match self.writer.write(kind, &results).await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.writer.abort().await;
                Err(failed(&error))
            }
        }
    }

    /// Completes the files: the state's result.
    ///
    /// # Errors
    /// `States.ResultWriterFailed`.
    pub(crate) async fn finish(self) -> Result<Json, Failure> {
        let manifest = self.writer.finish().await.map_err(|error| failed(&error))?;
        Ok(json!({
            "MapRunArn": self.map_run_arn,
            "ResultWriterDetails": { "Bucket": manifest.bucket, "Key": manifest.key },
        })
        .into())
    }

    /// Gives up what was begun.
    pub(crate) async fn abort(self) {
        self.writer.abort().await;
    }
}

fn failed(error: &storage::Error) -> Failure {
    Failure::new(write::FAILED, error.to_string())
}
