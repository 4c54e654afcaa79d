//! What only a distributed Map has: its items may come from a store, its iterations are executions
//! of their own, and their results may go to a store.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use super::{Field, Type};
use crate::expression::Template;

/// The fields of a distributed Map.
#[derive(Debug, Clone)]
pub struct Distributed {
    /// `ExecutionType` of the child executions.
    pub execution_type: Type,
    /// `Label`: part of the ARNs of the Map Run and its child executions.
    pub label: Option<String>,
    /// `ItemReader`; without it the items are the state's data, as an inline Map's are.
    pub item_reader: Option<ItemReader>,
    /// `ItemBatcher`; without it each item is the input of a child execution.
    pub item_batcher: Option<ItemBatcher>,
    /// `ResultWriter`; without it the children's outputs are the state's result.
    pub result_writer: Option<ResultWriter>,
}

/// `ItemReader`.
#[derive(Debug, Clone)]
pub struct ItemReader {
    /// `Parameters` or `Arguments`: `Bucket`, and `Key` or `Prefix`.
    pub arguments: Option<Template>,
    /// What is read.
    pub reads: Reads,
    /// `MaxItems` or `MaxItemsPath`; 0 stands for all. A computed one may be negative, which fails
    /// the Map Run.
    pub max_items: Option<Field<u64>>,
}

/// What the answer of a reader's resource is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// `s3:getObject`: the items in one object.
    Object(Format),
    /// `s3:getObject` with `ManifestType` `ATHENA_DATA`: the items in each object that it names.
    AthenaManifest(Format),
    /// `s3:getObject` with `ManifestType` `S3_INVENTORY`: each object of the inventory.
    Inventory,
    /// `s3:listObjectsV2`: what is known of each object.
    Listing,
    /// `s3:listObjectsV2` with `Transformation` `LOAD_AND_FLATTEN`: the items in each object.
    ListedObjects(Format),
}

/// `InputType`: how an object holds its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// `JSON`: an array, or an object whose members are the items.
    Json {
        /// `ItemsPointer`: the JSON Pointer (RFC 6901) to it; the whole text by default.
        pointer: Option<String>,
    },
    /// `JSONL`: each line is an item.
    JsonLines,
    /// `CSV`: each row is an item.
    Csv(Csv),
    /// `PARQUET`: each row is an item.
    Parquet,
}

/// How a CSV text is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// `CSVHeaderLocation`.
    pub headers: CsvHeaders,
    /// `CSVDelimiter`, a comma by default.
    pub delimiter: u8,
}

/// Where the names of a CSV text's columns are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvHeaders {
    /// `FIRST_ROW`.
    FirstRow,
    /// `GIVEN`, with `CSVHeaders`.
    Given(Vec<String>),
}

/// `ItemBatcher`. It has at least one of the two limits.
#[derive(Debug, Clone)]
pub struct ItemBatcher {
    /// `MaxItemsPerBatch` or `MaxItemsPerBatchPath`.
    pub max_items: Option<Field<u64>>,
    /// `MaxInputBytesPerBatch` or `MaxInputBytesPerBatchPath`.
    pub max_bytes: Option<Field<u64>>,
    /// `BatchInput`: the same for every batch.
    pub input: Option<Template>,
}

/// `ResultWriter`.
#[derive(Debug, Clone)]
pub struct ResultWriter {
    /// `Parameters` or `Arguments` of `s3:putObject`: `Bucket` and `Prefix`. None where the results
    /// are only transformed, and are the state's result.
    pub destination: Option<Template>,
    /// `OutputType`.
    pub output: OutputType,
    /// `Transformation`.
    pub transformation: Transformation,
}

/// `OutputType` of a result writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputType {
    /// `JSON`: an array.
    #[default]
    Json,
    /// `JSONL`: lines.
    JsonLines,
}

/// `Transformation` of a result writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transformation {
    /// `NONE`: what is known of each child execution.
    #[default]
    None,
    /// `COMPACT`: their outputs.
    Compact,
    /// `FLATTEN`: their outputs, and of those that are arrays the elements.
    Flatten,
}
