//! Task tokens and idempotency keys: both follow from where the task stands.

use std::fmt::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::TaskId;

type HmacSha256 = Hmac<Sha256>;

/// The first byte of every token, so that another form can be told from this one.
const VERSION: u8 = 1;

/// Bytes of the code at the end of a token.
const CODE: usize = 32;

/// Bytes before the execution's ARN: the version, the task, and the time in nanoseconds.
const HEAD: usize = 1 + 8 + 16;

/// What a host signs task tokens with: 32 bytes that nobody can guess, and that stay the same as
/// long as tokens are to be taken.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(..)")
    }
}

/// What the tokens of one execution are signed with. It follows from the host's key, so that a
/// token can be verified without the execution.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// The secret of the execution with this ARN that was started at this time: an ARN is used
    /// again once its execution is forgotten, and the tokens of the one before must not fit.
    pub(crate) fn derive(key: &Key, execution_arn: &str, started_at: Timestamp) -> Self {
        let mut mac = hmac(&key.0);
        mac.update(b"stepwell task tokens\0");
        mac.update(&started_at.as_nanosecond().to_be_bytes());
        mac.update(execution_arn.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// That of an execution which has none, because nobody is to answer for its tasks: a host's
    /// own secrets are never this one.
    pub(crate) fn none() -> Self {
        Self([0; 32])
    }

    fn sign(&self, coordinates: &[u8]) -> HmacSha256 {
        let mut mac = hmac(&self.0);
        mac.update(coordinates);
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| serde::de::Error::custom("it is no secret of 32 bytes"))
    }
}

fn hmac(key: &[u8; 32]) -> HmacSha256 {
    // Shorter keys stand for themselves with zeros up to the size of a block.
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    HmacSha256::new(&block.into())
}

/// What `$$.Task.Token` says: the coordinates of a task, and a code that only the host can make.
///
/// The same coordinates give the same token. To everybody else it is an opaque text of URL-safe
/// characters, shorter than the 2,048 that AWS's API takes.
pub(crate) fn issue(
    secret: &Secret,
    execution_arn: &str,
    started_at: Timestamp,
    task: TaskId,
) -> String {
    let mut bytes = Vec::with_capacity(HEAD + execution_arn.len() + CODE);
    bytes.push(VERSION);
    bytes.extend(task.0.to_be_bytes());
    bytes.extend(started_at.as_nanosecond().to_be_bytes());
    bytes.extend(execution_arn.as_bytes());
    let code = secret.sign(&bytes).finalize().into_bytes();
    bytes.extend(code);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token that was read, and is yet to be [verified](Self::verify).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The execution that it says the task is of.
    pub execution_arn: String,
    /// When it says that execution was started.
    pub started_at: Timestamp,
    /// The attempt that it says it stands for.
    pub task: TaskId,
    signed: Vec<u8>,
    code: [u8; CODE],
}

impl Token {
    /// Reads a token; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut signed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let code = signed.split_off(signed.len().checked_sub(CODE)?).try_into().ok()?;
        let (head, execution_arn) = signed.split_at_checked(HEAD)?;
        let (version, head) = head.split_first()?;
        let (task, started_at) = head.split_first_chunk()?;
        let started_at = i128::from_be_bytes(started_at.try_into().ok()?);
        (*version == VERSION).then_some(Self {
            execution_arn: str::from_utf8(execution_arn).ok()?.to_owned(),
            started_at: Timestamp::from_nanosecond(started_at).ok()?,
            task: TaskId(u64::from_be_bytes(*task)),
            code,
            signed,
        })
    }

    /// Whether an execution of a host with this key has issued it. Takes the same time wherever a
    /// wrong code differs.
    #[must_use]
    pub fn verify(&self, key: &Key) -> bool {
        let secret = Secret::derive(key, &self.execution_arn, self.started_at);
        secret.sign(&self.signed).verify_slice(&self.code).is_ok()
    }
}

/// The same for every attempt of one visit of a state, and for no other.
pub(crate) fn idempotency_key(execution_arn: &str, entered: u64, redrive_count: u64) -> String {
    let mut digest = Sha256::new().chain_update(execution_arn).chain_update(entered.to_be_bytes());
    if redrive_count > 0 {
        digest.update(redrive_count.to_be_bytes());
    }
    let digest = digest.finalize();
    let mut key = String::with_capacity(32);
    for byte in &digest[..16] {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:states:us-east-1:1:execution:m:e";
    const TASK: TaskId = TaskId(7);

    fn key() -> Key {
        Key::new([7; 32])
    }

    fn secret() -> Secret {
        Secret::derive(&key(), ARN, Timestamp::UNIX_EPOCH)
    }

    fn token() -> String {
        issue(&secret(), ARN, Timestamp::UNIX_EPOCH, TASK)
    }

    #[test]
    fn a_token_can_be_read_back() {
        assert_eq!(token(), token());
        let read = Token::parse(&token()).unwrap();
        assert_eq!(
            (read.execution_arn.as_str(), read.started_at, read.task),
            (ARN, Timestamp::UNIX_EPOCH, TASK)
        );
        assert!(read.verify(&key()));
        for text in ["", "nonsense!", "bm9uc2Vuc2U", &URL_SAFE_NO_PAD.encode([VERSION; CODE])] {
            assert_eq!(Token::parse(text), None);
        }
    }

    #[test]
    fn a_token_that_was_changed_is_refused() {
        let bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
        for index in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[index] ^= 1;
            let changed = Token::parse(&URL_SAFE_NO_PAD.encode(bytes));
            assert!(changed.is_none_or(|token| !token.verify(&key())), "at {index}");
        }
    }

    #[test]
    fn a_secret_is_of_one_execution_and_of_one_host() {
        assert!(!Token::parse(&token()).unwrap().verify(&Key::new([8; 32])));
        let later = Timestamp::from_nanosecond(1).unwrap();
        for other in [
            Secret::derive(&key(), "arn", Timestamp::UNIX_EPOCH),
            Secret::derive(&key(), ARN, later),
            Secret::none(),
        ] {
            let token = issue(&other, ARN, Timestamp::UNIX_EPOCH, TASK);
            assert!(!Token::parse(&token).unwrap().verify(&key()));
        }
    }

    #[test]
    fn the_longest_token_fits_into_the_api() {
        // A child's ARN has a label of 40 characters too; names have 80, each up to 4 bytes.
        let (name, label) = ("\u{1f600}".repeat(80), "\u{1f600}".repeat(40));
        let arn = format!(
            "arn:aws-us-gov:states:us-gov-east-1:123456789012:execution:{name}/{label}:{name}"
        );
        assert!(issue(&secret(), &arn, Timestamp::MAX, TaskId(u64::MAX)).len() < 2048);
    }

    #[test]
    fn a_secret_does_not_show() {
        assert_eq!(format!("{:?}", key()), "Key(..)");
        assert_eq!(format!("{:?}", secret()), "Secret(..)");
        let stored = serde_json::to_string(&secret()).unwrap();
        assert_eq!(serde_json::from_str::<Secret>(&stored).unwrap(), secret());
        assert!(serde_json::from_str::<Secret>("\"AAAA\"").is_err());
    }

    #[test]
    fn a_key_is_of_one_visit() {
        assert_eq!(idempotency_key("arn", 2, 0), idempotency_key("arn", 2, 0));
        assert_ne!(idempotency_key("arn", 2, 0), idempotency_key("arn", 3, 0));
        assert_ne!(idempotency_key("arn", 2, 0), idempotency_key("arn", 2, 1));
    }
}
