//! Objects that name other objects, in which the items are.

use std::io::Read as _;

use serde::Deserialize;
use stepwell_asl::definition::{Csv, CsvHeaders, Format};

use super::{Reader, Stop, csv, object::Object};
use crate::{error::Error, store::Reading};

/// The most bytes of an inventory's manifest, which is held in memory.
const MAX_MANIFEST: u64 = 64 << 20;

/// `manifest.json` of S3 Inventory, see
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html>.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inventory {
    /// The ARN of the bucket that holds the files.
    destination_bucket: String,
    file_format: String,
    /// `Bucket, Key, Size`: the files have no row of headers.
    file_schema: String,
    files: Vec<InventoryFile>,
}

#[derive(Deserialize)]
struct InventoryFile {
    key: String,
}

impl Reader {
    /// The items in each object that a manifest of Athena's UNLOAD names, `s3://bucket/key` on
    /// each line.
    pub(super) fn athena(
        &mut self,
        bucket: &Reading,
        key: &str,
        version: Option<&str>,
        format: &Format,
    ) -> Result<(), Stop> {
        let place = bucket.place(key);
        self.sink.at(place.clone());
        let manifest = Object::open(bucket, key, version)?.text()?;
        csv::first_fields(manifest, self, &mut |line: &str, reader: &mut Self| {
            let location = line.trim();
            let object = location
                .strip_prefix("s3://")
                .or_else(|| location.strip_prefix("S3://"))
                .and_then(|rest| rest.split_once('/'));
            let Some((bucket, key)) = object else {
                return Err(Error::Malformed {
                    place: place.clone(),
                    format: "a manifest of ATHENA_DATA",
                    cause: format!("`{location}` is no `s3://bucket/key`"),
                }
                .into());
            };
            let bucket = reader.bucket(bucket)?;
            reader.object(&bucket, key, None, format)?;
            reader.sink.at(place.clone());
            Ok(())
        })
    }

    /// The rows of the files that an inventory's manifest names.
    pub(super) fn inventory(
        &mut self,
        bucket: &Reading,
        key: &str,
        version: Option<&str>,
    ) -> Result<(), Stop> {
        let place = bucket.place(key);
        self.sink.at(place.clone());
        let malformed = |cause: String| Error::Malformed {
            place: place.clone(),
            format: "a manifest of S3_INVENTORY",
            cause,
        };
        let object = Object::open(bucket, key, version)?;
        if object.size() > MAX_MANIFEST {
            return Err(malformed(format!("it has more than {MAX_MANIFEST} bytes")).into());
        }
        let manifest = object.text()?.take(MAX_MANIFEST);
        let manifest: Inventory = serde_json::from_reader(manifest)
            .map_err(|error| Error::parsing(&place, "a manifest of S3_INVENTORY", error.into()))?;
        if manifest.file_format != "CSV" {
            let cause = format!("its fileFormat is {}, and only CSV is read", manifest.file_format);
            return Err(malformed(cause).into());
        }
        let names = manifest.file_schema.split(',').map(|name| name.trim().to_owned());
        let headers = CsvHeaders::Given(names.collect());
        let format = Format::Csv(Csv { headers, delimiter: b',' });
        let destination = &manifest.destination_bucket;
        let destination = destination.strip_prefix("arn:aws:s3:::").unwrap_or(destination);
        let bucket = self.bucket(destination)?;
        for file in manifest.files {
            self.object(&bucket, &file.key, None, &format)?;
        }
        Ok(())
    }
}
