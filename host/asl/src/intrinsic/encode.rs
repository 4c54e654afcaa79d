//! `States.Base64Encode` and `States.Base64Decode`.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use super::arguments::{Arguments, Refusal};

/// How many characters either function takes.
const CHARACTERS: usize = 10_000;

/// As lenient as Java's decoder: the padding may be missing.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn base64_encode(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let text = limited(arguments.string(0)?)?;
    Ok(Value::String(ENGINE.encode(text)))
}

pub(super) fn base64_decode(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let text = limited(arguments.string(0)?)?;
    let bytes = ENGINE
        .decode(text)
        .map_err(|error| Refusal(format!("The argument is not Base64: {error}")))?;
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The text, if it is not too long.
pub(super) fn limited(text: &str) -> Result<&str, Refusal> {
    let length = text.chars().count();
    if length > CHARACTERS {
        return Err(Refusal(format!(
            "The argument has {length} characters; the maximum is {CHARACTERS}"
        )));
    }
    Ok(text)
}
