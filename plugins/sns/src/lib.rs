//! Publishes messages with Amazon SNS, as `arn:aws:states:::sns:publish` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html>

use stepwell_aws::{Client, Naming, services};
use stepwell_task::Plugin;

const NAMING: Naming =
    Naming::Optimised { prefix: "SNS", service: "AmazonSNS", exception: "AmazonSNSException" };

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let publish = stepwell_aws::task(
        services::SNS,
        "publish",
        "Publishes a message to a topic, a device or a phone.",
        &[],
        |input, call| {
            let client = Client::new("sns", services::SNS, NAMING);
            Ok(client.call("publish", &input, call)?.with_metadata())
        },
    );
    let summary = "Publishes messages with Amazon SNS.";
    stepwell_aws::plugin("sns", env!("CARGO_PKG_VERSION"), summary, vec![publish])
}

stepwell_task::export!(plugin);
