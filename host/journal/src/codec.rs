//! How events and folded states are written as bytes.
//!
//! One byte for the version, one for whether payloads were taken out, and a zstd frame with a
//! checksum. In it is JSON: it says the names of its fields, so a later version of Stepwell reads
//! what an earlier one wrote as long as new fields have a default; and what JSON repeats, the
//! compression takes out again.
//!
//! A text of more than [`MAX_INLINE`] bytes is taken out and stored once, under its SHA-256: a
//! document that is handed from state to state is one payload, however many events show it. In its
//! place stands a text that begins with U+0000 and names the hash; a text that begins so by itself
//! is taken out whatever its size, so that the two are never mixed up.

use std::{cell::RefCell, collections::BTreeMap};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zstd::{
    bulk::{Compressor, Decompressor},
    zstd_safe::{CParameter, get_frame_content_size},
};

/// The longest text that stays among the events, in bytes.
pub const MAX_INLINE: usize = 8 * 1024;

/// The most bytes that are read from one frame.
const MAX_FRAME: u64 = 256 * 1024 * 1024;

const VERSION: u8 = 1;
const WHOLE: u8 = 0;
const PAYLOADS_OUT: u8 = 1;

/// What a payload begins with in the place it was taken from.
pub(crate) const MARK: char = '\0';
const MARK_IN_JSON: &str = "\"\\u0000";

/// Below this there is little to gain from trying harder, and every commit pays for it.
const LEVEL: i32 = 1;

/// SHA-256 of a payload.
pub type Hash = [u8; 32];

/// Payloads that were taken out, each encoded.
pub type Payloads = BTreeMap<Hash, Vec<u8>>;

/// Why bytes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Written by a later version.
    #[error("it has version {0} of the encoding, and this version of Stepwell knows {VERSION}")]
    Version(u8),
    /// Cut off, or changed.
    #[error("{0}")]
    Damaged(String),
    /// A payload is not there.
    #[error("the payload {0} is missing")]
    MissingPayload(String),
}

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn damaged(cause: impl ToString) -> Error {
    Error::Damaged(cause.to_string())
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

/// Does something with the thread's own context, which is costly to make.
fn with<T, R>(
    slot: &RefCell<Option<T>>,
    make: impl Fn() -> std::io::Result<T>,
    work: impl FnOnce(&mut T) -> std::io::Result<R>,
) -> Result<R, Error> {
    let mut slot = slot.borrow_mut();
    let context = match &mut *slot {
        Some(context) => context,
        none => none.insert(make().map_err(damaged)?),
    };
    work(context).map_err(damaged)
}

fn seal(flag: u8, text: &[u8]) -> Result<Vec<u8>, Error> {
    let frame = COMPRESSOR.with(|slot| with(slot, compressor, |context| context.compress(text)))?;
    let mut bytes = Vec::with_capacity(2 + frame.len());
    bytes.extend([VERSION, flag]);
    bytes.extend(frame);
    Ok(bytes)
}

fn unseal(bytes: &[u8]) -> Result<(u8, Vec<u8>), Error> {
    let (&version, rest) = bytes.split_first().ok_or_else(|| damaged("it is empty"))?;
    if version != VERSION {
        return Err(Error::Version(version));
    }
    let (&flag, frame) = rest.split_first().ok_or_else(|| damaged("it is cut off"))?;
    let length = get_frame_content_size(frame)
        .ok()
        .flatten()
        .filter(|length| *length <= MAX_FRAME)
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| damaged("its frame has no length, or too great a one"))?;
    let text = DECOMPRESSOR
        .with(|slot| with(slot, Decompressor::new, |context| context.decompress(frame, length)))?;
    if text.len() == length { Ok((flag, text)) } else { Err(damaged("its frame is cut off")) }
}

/// Writes a value, and adds to the payloads what is taken out of it.
///
/// # Errors
/// Where the value has no form in JSON, or memory is short.
pub fn encode<T: Serialize>(value: &T, payloads: &mut Payloads) -> Result<Vec<u8>, Error> {
    let text = serde_json::to_string(value).map_err(damaged)?;
    // A text that is longer than the whole is not in it: most values are done here.
    if text.len() <= MAX_INLINE && !text.contains(MARK_IN_JSON) {
        return seal(WHOLE, text.as_bytes());
    }
    let mut value: Value = serde_json::from_str(&text).map_err(damaged)?;
    if !take_out(&mut value, payloads)? {
        return seal(WHOLE, text.as_bytes());
    }
    seal(PAYLOADS_OUT, &serde_json::to_vec(&value).map_err(damaged)?)
}

/// Writes a value with all its payloads in it.
///
/// # Errors
/// Where the value has no form in JSON, or memory is short.
pub fn encode_whole<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    seal(WHOLE, &serde_json::to_vec(value).map_err(damaged)?)
}

/// Whether something was taken out.
fn take_out(value: &mut Value, payloads: &mut Payloads) -> Result<bool, Error> {
    Ok(match value {
        Value::String(text) if text.len() > MAX_INLINE || text.starts_with(MARK) => {
            let hash: Hash = Sha256::digest(text.as_bytes()).into();
            if let std::collections::btree_map::Entry::Vacant(place) = payloads.entry(hash) {
                place.insert(seal(WHOLE, text.as_bytes())?);
            }
            *text = format!("{MARK}{}", hex(&hash));
            true
        }
        Value::Array(items) => {
            let mut any = false;
            for item in items {
                any |= take_out(item, payloads)?;
            }
            any
        }
        Value::Object(members) => {
            let mut any = false;
            for member in members.values_mut() {
                any |= take_out(member, payloads)?;
            }
            any
        }
        _ => false,
    })
}

/// Reads what there is of a value besides what was taken out of it: in place of each payload is a
/// text that begins with U+0000.
///
/// # Errors
/// As [`decode`] fails, but for missing payloads.
pub fn decode_without_payloads<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let (_, text) = unseal(bytes)?;
    serde_json::from_slice(&text).map_err(damaged)
}

/// Reads a value; `payload` gives those that were taken out of it, encoded.
///
/// # Errors
/// Where the bytes were changed, cut off, or written by a later version, or a payload is missing.
/// It never panics, whatever the bytes.
pub fn decode<T: DeserializeOwned>(
    bytes: &[u8],
    payload: impl FnMut(&Hash) -> Option<Vec<u8>>,
) -> Result<T, Error> {
    decode_wanted(bytes, |_| {}, payload)
}

/// Reads those of a list's items that are wanted, and no payloads of others. Where none were taken
/// out of the list, it is read as a whole.
///
/// # Errors
/// As [`decode`] fails.
pub fn decode_items<T: DeserializeOwned>(
    bytes: &[u8],
    wanted: impl Fn(&Value) -> bool,
    payload: impl FnMut(&Hash) -> Option<Vec<u8>>,
) -> Result<Vec<T>, Error> {
    let narrow = |value: &mut Value| {
        if let Value::Array(items) = value {
            items.retain(wanted);
        }
    };
    decode_wanted(bytes, narrow, payload)
}

fn decode_wanted<T: DeserializeOwned>(
    bytes: &[u8],
    narrow: impl FnOnce(&mut Value),
    payload: impl FnMut(&Hash) -> Option<Vec<u8>>,
) -> Result<T, Error> {
    let (flag, text) = unseal(bytes)?;
    match flag {
        WHOLE => serde_json::from_slice(&text).map_err(damaged),
        PAYLOADS_OUT => {
            let mut value: Value = serde_json::from_slice(&text).map_err(damaged)?;
            narrow(&mut value);
            put_back(&mut value, &mut { payload })?;
            serde_json::from_value(value).map_err(damaged)
        }
        _ => Err(damaged("it has a flag that is not known")),
    }
}

fn put_back(
    value: &mut Value,
    payload: &mut impl FnMut(&Hash) -> Option<Vec<u8>>,
) -> Result<(), Error> {
    match value {
        Value::String(text) => {
            if let Some(name) = text.strip_prefix(MARK) {
                let missing = || Error::MissingPayload(name.to_owned());
                let hash = parse_hex(name).ok_or_else(missing)?;
                let (_, whole) = unseal(&payload(&hash).ok_or_else(missing)?)?;
                if <[u8; 32]>::from(Sha256::digest(&whole)) != hash {
                    return Err(damaged(format!("the payload {name} was changed")));
                }
                *text = String::from_utf8(whole).map_err(damaged)?;
            }
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_back(item, payload))?,
        Value::Object(members) => {
            members.values_mut().try_for_each(|member| put_back(member, payload))?;
        }
        _ => {}
    }
    Ok(())
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests;
