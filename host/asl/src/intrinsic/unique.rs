//! `States.UUID`.

use serde_json::Value;

use crate::expression::Environment;

/// A random UUID (version 4).
pub(crate) fn uuid(environment: &dyn Environment) -> Value {
    let bits = u128::from(environment.random()) << 64 | u128::from(environment.random());
    let uuid = uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid();
    Value::String(uuid.to_string())
}
