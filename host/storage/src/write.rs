//! The results of a distributed Map, into the objects that its ResultWriter names.
//!
//! Below `PREFIX/UUID/` there are `SUCCEEDED_0.json`, `FAILED_0.json` and `PENDING_0.json`, as far
//! as there is anything to be in them, further ones (`_1`, ...) where they grow large, and at last
//! `manifest.json` that lists them. See
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>.

use serde::Serialize;
use serde_json::{Value, json};
use stepwell_asl::definition::OutputType;

use crate::{
    Access, Buckets,
    error::Error,
    store::{Store, Upload},
};

/// What a Map fails with whose results cannot be written.
pub const FAILED: &str = "States.ResultWriterFailed";

/// Bytes at which a file is full and the next is begun, by default.
pub const FILE_SIZE: u64 = 256 << 20;

/// Bytes that are collected before they are sent on.
const BUFFER: usize = 1 << 20;

/// Where the manifest is: `ResultWriterDetails` in the Map's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Details {
    /// The bucket, by its granted name.
    pub bucket: String,
    /// The manifest's key.
    pub key: String,
}

/// What became of the child executions that a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They succeeded.
    Succeeded,
    /// They did not.
    Failed,
    /// They had not begun when their Map Run ended.
    Pending,
}

/// Writes results as they come. What is held in memory of them does not grow with their number.
///
/// A writer that is dropped, and not finished or aborted, may leave parts of an upload behind for
/// the store to expire.
#[derive(Debug)]
pub struct Writer {
    bucket: String,
    store: Store,
    /// What each key starts with, slash included.
    folder: String,
    map_run_arn: String,
    output: OutputType,
    file_size: u64,
    succeeded: Files,
    failed: Files,
    pending: Files,
}

impl Buckets {
    /// Begins to write a Map Run's results.
    ///
    /// `arguments` are those of the ResultWriter: `Bucket`, and perhaps `Prefix`. `uuid` sets the
    /// files of this Map Run apart from those of others with the same prefix.
    ///
    /// # Errors
    /// Where the arguments are not these, or the bucket is not granted for writing. Nothing is
    /// written yet.
    pub fn writer(
        &self,
        output: OutputType,
        arguments: &Value,
        map_run_arn: &str,
        uuid: &str,
    ) -> Result<Writer, Error> {
        let (bucket, prefix) = destination(arguments)?;
        let store = self.granted(bucket, Access::ReadWrite)?.store.clone();
        let prefix = prefix.trim_end_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        Ok(Writer {
            bucket: bucket.to_owned(),
            store,
            folder: format!("{prefix}{slash}{uuid}/"),
            map_run_arn: map_run_arn.to_owned(),
            output,
            file_size: FILE_SIZE,
            succeeded: Files::new("SUCCEEDED"),
            failed: Files::new("FAILED"),
            pending: Files::new("PENDING"),
        })
    }
}

/// `Bucket` and `Prefix`.
fn destination(arguments: &Value) -> Result<(&str, &str), Error> {
    let text = |name: &str| {
        let invalid =
            |problem| Error::Argument { what: "ResultWriter", name: name.to_owned(), problem };
        match arguments.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(invalid("is no string")),
        }
    };
    let bucket = text("Bucket")?.ok_or_else(|| Error::Argument {
        what: "ResultWriter",
        name: "Bucket".to_owned(),
        problem: "is missing",
    })?;
    Ok((bucket, text("Prefix")?.unwrap_or_default()))
}

impl Writer {
    /// The same with files that are full at this size, in bytes. The record that fills one is
    /// still written to it.
    #[must_use]
    pub fn with_file_size(self, file_size: u64) -> Self {
        Self { file_size, ..self }
    }

    /// Writes results of one kind.
    ///
    /// # Errors
    /// Where the store fails. The writer is of no more use then, but to be aborted.
    pub async fn write(&mut self, kind: Kind, results: &[Value]) -> Result<(), Error> {
        let files = match kind {
            Kind::Succeeded => &mut self.succeeded,
            Kind::Failed => &mut self.failed,
            Kind::Pending => &mut self.pending,
        };
        for result in results {
            if files.open.is_none() {
                let key = files.next_key(&self.folder, self.output);
                let upload = self.store.upload(&self.bucket, &key).await?;
                files.open = Some(File::new(key, upload, self.output));
            }
            // One was opened above if there was none.
            let Some(file) = &mut files.open else { continue };
            file.push(&result.to_string()).await?;
            if file.size >= self.file_size {
                files.close().await?;
            }
        }
        Ok(())
    }

    /// Completes the files, and writes the manifest when all of them are there.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn finish(mut self) -> Result<Details, Error> {
        if let Err(error) = self.close().await {
            self.abort().await;
            return Err(error);
        }
        let manifest = json!({
            "DestinationBucket": self.bucket,
            "MapRunArn": self.map_run_arn,
            "ResultFiles": {
                "FAILED": self.failed.done,
                "PENDING": self.pending.done,
                "SUCCEEDED": self.succeeded.done,
            },
        });
        let key = format!("{}manifest.json", self.folder);
        let mut upload = self.store.upload(&self.bucket, &key).await?;
        upload.write(manifest.to_string().into_bytes()).await?;
        upload.finish().await?;
        Ok(Details { bucket: self.bucket, key })
    }

    async fn close(&mut self) -> Result<(), Error> {
        for files in [&mut self.succeeded, &mut self.failed, &mut self.pending] {
            files.close().await?;
        }
        Ok(())
    }

    /// Gives up. Files that were full by now stay; there is no manifest.
    pub async fn abort(self) {
        for files in [self.succeeded, self.failed, self.pending] {
            if let Some(file) = files.open {
                file.upload.abort().await;
            }
        }
    }
}

/// The files of one kind of outcome.
#[derive(Debug)]
struct Files {
    name: &'static str,
    open: Option<File>,
    done: Vec<Done>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Done {
    key: String,
    size: u64,
}

impl Files {
    fn new(name: &'static str) -> Self {
        Self { name, open: None, done: Vec::new() }
    }

    fn next_key(&self, folder: &str, output: OutputType) -> String {
        let extension = match output {
            OutputType::Json => "json",
            OutputType::JsonLines => "jsonl",
        };
        format!("{folder}{}_{}.{extension}", self.name, self.done.len())
    }

    async fn close(&mut self) -> Result<(), Error> {
        if let Some(file) = self.open.take() {
            self.done.push(file.finish().await?);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct File {
    key: String,
    upload: Upload,
    output: OutputType,
    /// Bytes, those that are not sent yet included.
    size: u64,
    buffer: Vec<u8>,
}

impl File {
    fn new(key: String, upload: Upload, output: OutputType) -> Self {
        Self { key, upload, output, size: 0, buffer: Vec::new() }
    }

    async fn push(&mut self, result: &str) -> Result<(), Error> {
        match self.output {
            OutputType::Json if self.size == 0 => self.append("["),
            OutputType::Json => self.append(","),
            OutputType::JsonLines => {}
        }
        self.append(result);
        if self.output == OutputType::JsonLines {
            self.append("\n");
        }
        if self.buffer.len() >= BUFFER {
            self.upload.write(std::mem::take(&mut self.buffer)).await?;
        }
        Ok(())
    }

    fn append(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
        self.size += text.len() as u64;
    }

    async fn finish(mut self) -> Result<Done, Error> {
        if self.output == OutputType::Json {
            self.append("]");
        }
        if let Err(error) = self.upload.write(self.buffer).await {
            self.upload.abort().await;
            return Err(error);
        }
        self.upload.finish().await?;
        Ok(Done { key: self.key, size: self.size })
    }
}

#[cfg(test)]
mod tests;
