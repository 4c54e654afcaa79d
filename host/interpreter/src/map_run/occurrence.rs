//! What a Map Run is told.

use serde::{Deserialize, Serialize};
use stepwell_asl::Json;

use crate::{Failure, Outcome};

/// What a Map Run is told. What comes late or names a child that it does not know is ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Occurrence {
    /// Items were read.
    ItemsRead {
        /// They.
        items: Vec<ReadItem>,
        /// Whether there are no more.
        last: bool,
    },
    /// The items cannot be read: `States.ItemReaderFailed`, and why.
    ReadFailed(Failure),
    /// A child has ended.
    ChildEnded {
        /// Which.
        child: u64,
        /// How.
        outcome: Outcome,
    },
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
