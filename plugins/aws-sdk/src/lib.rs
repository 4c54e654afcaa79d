//! Calls operations of AWS's services, as `arn:aws:states:::aws-sdk:SERVICE:OPERATION` does.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>

use std::time::Duration;

use stepwell_aws::{Client, Naming, services};
use stepwell_task::Plugin;

/// How long a function may take that is invoked: as long as AWS lets it run.
const FUNCTION: Duration = Duration::from_secs(900);

/// The plugin, as it describes itself.
pub fn plugin() -> Plugin {
    let tasks = services::ALL.iter().flat_map(|service| {
        let service = *service;
        stepwell_aws::all_tasks(service, move || {
            let client = Client::new("aws-sdk", service, Naming::Sdk);
            match service.name() {
                "lambda" => client.timeout(FUNCTION),
                _ => client,
            }
        })
    });
    let summary = "Calls operations of AWS's services.";
    stepwell_aws::plugin("aws-sdk", env!("CARGO_PKG_VERSION"), summary, tasks.collect())
}

stepwell_task::export!(plugin);
