//! Reads and writes objects of Amazon S3, with the results and errors of
//! `arn:aws:states:::aws-sdk:s3:...`: Step Functions has no tasks of its own for it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use stepwell_aws::{Client, Naming, services};
use stepwell_task::Plugin;

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let tasks = [
        ("getObject", "Reads an object of a bucket."),
        ("putObject", "Writes an object of a bucket."),
        ("headObject", "Says what an object is like."),
        ("deleteObject", "Deletes an object of a bucket."),
        ("listObjectsV2", "Lists objects of a bucket."),
    ];
    let tasks = tasks.map(|(operation, summary)| {
        stepwell_aws::task(services::S3, operation, summary, &[], move |input, call| {
            let client = Client::new("s3", services::S3, Naming::Sdk);
            Ok(client.call(operation, &input, call)?.plain())
        })
    });
    let summary = "Reads and writes objects of Amazon S3.";
    stepwell_aws::plugin("s3", env!("CARGO_PKG_VERSION"), summary, tasks.into())
}

stepwell_task::export!(plugin);
