//! What the fuzz target `aws` calls.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use serde_json::Value;
use stepwell_task::{Failure, http::Response};

use crate::{
    client::Client, failure::Naming, input::Reader, model::Operation, request, services,
    settings::Settings, sign,
};

/// Reads an input and an answer of some operation, as if it had been called. What comes of the
/// answer is an output or a failure by the service's name.
pub fn call(which: usize, input: &str, response: &Response) -> Result<Value, Failure> {
    let service = services::ALL[which % services::ALL.len()];
    let client = Client::new("fuzz", service, Naming::Sdk);
    let operations: Vec<Operation> = client.model().operations().collect();
    let operation = operations[which / services::ALL.len() % operations.len()];
    if let Ok(input) = serde_json::from_str(input) {
        let reader = Reader { model: client.model(), token: "token" };
        if let Ok(input) = reader.input(operation.input, &input) {
            let request = request::write(client.model().protocol(), &operation, &input);
            assert!(request.path.starts_with('/'));
            let settings = Settings {
                endpoint: "http://127.0.0.1:5000".to_owned(),
                region: "us-east-1".to_owned(),
                credentials: Credentials::new("AKID", "secret", None, None, "fuzz"),
                timeout: Duration::from_secs(1),
            };
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
            // A header may have what no header can have; it is said then.
            let _ = sign::headers(client.model().signing(), &settings, &request, at);
        }
    }
    client.read(&operation, response.clone()).map(crate::Answer::with_metadata)
}
