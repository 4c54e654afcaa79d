//! What an ItemReader reads and a ResultWriter writes.

/// What the answer of the reader's resource is read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reads {
    /// `s3:getObject`: the items in one object.
    Object(Format),
    /// `s3:getObject` of a manifest of `ATHENA_DATA`: the items in each object that it names.
    AthenaManifest(Format),
    /// `s3:getObject` of a manifest of `S3_INVENTORY`: each row.
    Inventory,
    /// `s3:listObjectsV2`: what is known of each object.
    Listing,
    /// `s3:listObjectsV2` with LOAD_AND_FLATTEN: the items in each listed object.
    ListedObjects(Format),
}

/// The format of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json {
        /// The ItemsPointer.
        pointer: Option<String>,
    },
    /// JSON Lines.
    JsonLines,
    /// CSV.
    Csv(Csv),
    /// Parquet.
    Parquet,
}

/// How CSV is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    /// The headers.
    pub headers: CsvHeaders,
    /// The delimiter.
    pub delimiter: u8,
}

/// The headers of CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CsvHeaders {
    /// The first row.
    FirstRow,
    /// These.
    Given(Vec<String>),
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputType {
    /// An array.
    Json,
    /// A line each.
    JsonLines,
}

/// What is written of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transformation {
    /// All.
    None,
    /// Its output.
    Compact,
    /// Its output's elements.
    Flatten,
}
