//! Values that a JSON Schema 2020-12 allows, and values that it does not.
//!
//! Neither is ever guessed: what is generated is given only where the schema, asked as a whole,
//! allows or forbids it.

mod format;
mod generate;
mod pattern;
mod splice;
mod violate;

pub use generate::Generator;
pub use splice::{places, spliced};
pub use violate::violations;

use serde_json::Value;

/// The schema made ready. It must be whole in itself: nothing is fetched from anywhere.
///
/// # Errors
///
/// Where it is no schema, or refers to what is not in it.
pub fn validator(schema: &Value) -> Result<jsonschema::Validator, String> {
    jsonschema::draft202012::new(schema).map_err(|error| error.to_string())
}
