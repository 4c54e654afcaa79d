//! `States.UUID`.

use serde_json::Value;

use crate::expression::Environment;

/// A random UUID (version 4).
pub(super) fn uuid(environment: &dyn Environment) -> Value {
    Value::String(from_bits([environment.random(), environment.random()]))
}

/// The UUID that random bits stand for.
pub(crate) fn from_bits([upper, lower]: [u64; 2]) -> String {
    uuid::Builder::from_u128(u128::from(upper) << 64 | u128::from(lower))
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Random)
        .into_uuid()
        .to_string()
}
