//! Reads and writes items of Amazon DynamoDB, as `arn:aws:states:::dynamodb:...` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html>

use stepwell_aws::{Client, Naming, services};
use stepwell_task::Plugin;

const NAMING: Naming = Naming::Optimised {
    prefix: "DynamoDB",
    service: "AmazonDynamoDBv2",
    exception: "AmazonDynamoDBException",
};

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let tasks = [
        ("getItem", "Reads an item of a table."),
        // A repetition of these may find its own work and say so: where there is a condition, it
        // does not hold any more.
        ("putItem", "Writes an item of a table, in place of one of the same key."),
        ("updateItem", "Changes attributes of an item of a table."),
        ("deleteItem", "Deletes an item of a table."),
    ];
    let tasks = tasks.map(|(operation, summary)| {
        stepwell_aws::task(services::DYNAMO_DB, operation, summary, &[], move |input, call| {
            let client = Client::new("dynamodb", services::DYNAMO_DB, NAMING);
            Ok(client.call(operation, &input, call)?.with_metadata())
        })
    });
    let summary = "Reads and writes items of Amazon DynamoDB.";
    stepwell_aws::plugin("dynamodb", env!("CARGO_PKG_VERSION"), summary, tasks.into())
}

stepwell_task::export!(plugin);
