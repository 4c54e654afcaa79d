//! `States.Hash`.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::Digest;

use super::{
    arguments::{Arguments, Refusal},
    encode::limited,
};

pub(super) fn hash(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let algorithm = arguments.string(1)?;
    let digest = match arguments.any(0) {
        Value::String(data) => digest(limited(data)?, algorithm),
        data => digest(limited(&data.to_string())?, algorithm),
    };
    digest.map(Value::String).ok_or_else(|| {
        Refusal(format!(
            "The hashing algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512 but was \
             '{algorithm}'"
        ))
    })
}

/// The digest in hexadecimal; none for an algorithm that AWS does not have.
pub(crate) fn digest(data: &str, algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hexadecimal(&md5::Md5::digest(data)),
        "SHA-1" => hexadecimal(&sha1::Sha1::digest(data)),
        "SHA-256" => hexadecimal(&sha2::Sha256::digest(data)),
        "SHA-384" => hexadecimal(&sha2::Sha384::digest(data)),
        "SHA-512" => hexadecimal(&sha2::Sha512::digest(data)),
        _ => return None,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
