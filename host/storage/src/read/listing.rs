//! `s3:listObjectsV2`: the objects of a bucket, or what is in them.

use serde_json::json;
use stepwell_asl::definition::Format;

use super::{Reader, Stop};
use crate::{
    error::Place,
    store::{Listed, Reading},
};

impl Reader {
    /// What is known of each object, as AWS names it. The storage class is always STANDARD: the
    /// stores do not tell.
    pub(super) fn listing(&mut self, bucket: &Reading, prefix: &str) -> Result<(), Stop> {
        self.sink.at(Place::bucket(&bucket.name));
        bucket.list(prefix, &mut |Listed { key, known }| {
            let quoted = |tag: String| {
                if tag.ends_with('"') { tag } else { format!("\"{tag}\"") }
            };
            let item = json!({
                "Etag": known.tag.map(quoted).unwrap_or_default(),
                "Key": key,
                "LastModified": known.modified,
                "Size": known.size,
                "StorageClass": "STANDARD",
            });
            self.sink.push(item, None)
        })
    }

    /// The items in each object. An empty one has none: it is what consoles make of a folder.
    pub(super) fn listed(
        &mut self,
        bucket: &Reading,
        prefix: &str,
        format: &Format,
    ) -> Result<(), Stop> {
        bucket.list(prefix, &mut |Listed { key, known }| match known.size {
            0 => Ok(()),
            _ => self.object(bucket, &key, None, format),
        })
    }
}
