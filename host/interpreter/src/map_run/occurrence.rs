//! What a Map Run is told.

use serde::{Deserialize, Serialize};
use stepwell_asl::Json;

use crate::{Failure, Outcome, Timestamp};

/// What a Map Run is told. What comes late or names a child that it does not know is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Occurrence {
    /// Items were read. Where others were asked for last, they are asked for again.
    ItemsRead {
        /// The index of the first.
        from: u64,
        /// They.
        items: Vec<ReadItem>,
        /// Whether there are no more.
        last: bool,
    },
    /// The items cannot be read: `States.ItemReaderFailed`, and why.
    ReadFailed(Failure),
    /// The children are started that were to be, and more may be.
    StartMore,
    /// A child has ended.
    ChildEnded(Box<EndedChild>),
    /// The results are written: the state's result.
    ResultsWritten(Json),
    /// The results cannot be written: `States.ResultWriterFailed`, and why.
    WriteFailed(Failure),
    /// `UpdateMapRun`. What is not given stays.
    Updated {
        /// How many children run at once; 0 for as many as there may be.
        max_concurrency: Option<u64>,
        /// How many items may fail.
        tolerated_failure_count: Option<u64>,
        /// How many of a hundred items may fail.
        tolerated_failure_percentage: Option<f64>,
    },
}

/// An item that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadItem {
    /// `$$.Map.Item.Value`.
    pub value: Json,
    /// `$$.Map.Item.Key`, where it is a member of an object.
    pub key: Option<String>,
    /// `$$.Map.Item.Source`: `S3://BUCKET/KEY`.
    pub source: String,
}

/// A child execution that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EndedChild {
    /// Its number in the Map Run.
    pub child: u64,
    /// Its input.
    pub input: Json,
    /// When it was started.
    pub started_at: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}
