//! Sends messages to queues of Amazon SQS, as `arn:aws:states:::sqs:sendMessage` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html>

use stepwell_aws::{Client, Naming, services};
use stepwell_task::Plugin;

const NAMING: Naming =
    Naming::Optimised { prefix: "SQS", service: "AmazonSQS", exception: "AmazonSQSException" };

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let send = stepwell_aws::task(
        services::SQS,
        "sendMessage",
        "Sends a message to a queue of Amazon SQS.",
        &[],
        |input, call| {
            let client = Client::new("sqs", services::SQS, NAMING);
            Ok(client.call("sendMessage", &input, call)?.with_metadata())
        },
    );
    let summary = "Sends messages to queues of Amazon SQS.";
    stepwell_aws::plugin("sqs", env!("CARGO_PKG_VERSION"), summary, vec![send])
}

stepwell_task::export!(plugin);
