//! What services return, to hold mocked results against.
use super::FieldValidationMode;
use serde_json::Value;
use stepwell_asl::resource::Resource;

/// Where a mocked result is not what the API returns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// A required field is not there.
    #[error("Required field '{0}' is missing")]
    Missing(String),
}

pub(super) fn check(_: &Resource, _: &Value, _: FieldValidationMode) -> Result<(), Mismatch> {
    Ok(())
}
