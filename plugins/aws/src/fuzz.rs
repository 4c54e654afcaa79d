//! What the fuzz target `aws` calls.

use serde_json::Value;
use stepwell_task::{Failure, http::Response};

use crate::{client::Client, failure::Naming, input::Reader, model::Operation, request, services};

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
        }
    }
    client.read(&operation, response.clone()).map(crate::Answer::with_metadata)
}
