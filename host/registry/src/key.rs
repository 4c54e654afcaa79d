//! Keys of publishers: public ones in PEM, private ones as cosign writes them, or in PKCS #8.
//!
//! ECDSA over P-256 with SHA-256, which is what cosign makes, and Ed25519.

mod encrypted;

use std::{fmt, str::FromStr};

use ed25519_dalek::Signer as _;
use p256::{
    ecdsa::signature::Verifier as _,
    pkcs8::{
        DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
        der::pem::{self, LineEnding},
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{digest::Digest, secret::Secret};

/// The largest file of a key, in bytes. An encrypted one has about a thousand.
pub const KEY_FILE_AT_MOST: usize = 16 << 10;

/// What PEM says before a public key.
const PUBLIC: &str = "PUBLIC KEY";
/// What it says before one in PKCS #8 that is not encrypted.
const PRIVATE: &str = "PRIVATE KEY";

/// Keys have a size, and their algorithms names: nothing keeps them from being written.
const WRITABLE: &str = "a key can be written";

/// A key that shows who signed something.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(Public);

#[derive(Clone, PartialEq, Eq)]
enum Public {
    P256(p256::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A key that signs.
pub struct PrivateKey(Private);

enum Private {
    P256(p256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

/// Why a text is no key that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// More than a key takes.
    #[error("it has more than {KEY_FILE_AT_MOST} bytes, and is no key")]
    TooLarge,
    /// Not PEM.
    #[error("it is no key in PEM, which begins with -----BEGIN")]
    NotPem,
    /// PEM of something else.
    #[error("it is a `{found}`, where a `{expected}` is needed")]
    Other {
        /// What it says it is.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// A key of another algorithm, or a damaged one.
    #[error("it is damaged, or of another kind than ECDSA P-256 and Ed25519")]
    Unknown,
    /// An encrypted key, and no password.
    #[error("it is encrypted: set $COSIGN_PASSWORD to its password")]
    NeedsPassword,
    /// An encrypted key that does not open.
    #[error("it does not open: $COSIGN_PASSWORD is not its password, or it is damaged")]
    WrongPassword,
    /// An encrypted key whose derivation takes more than it may.
    #[error("its scrypt parameters ask for more than {} MiB, or are none", encrypted::MEMORY_AT_MOST >> 20)]
    TooCostly,
}

impl PublicKey {
    /// Reads `-----BEGIN PUBLIC KEY-----`, such as a `cosign.pub`.
    ///
    /// # Errors
    ///
    /// Where it is none, or of another algorithm.
    pub fn from_pem(text: &[u8]) -> Result<Self, NoKey> {
        let (label, bytes) = read(text)?;
        if label != PUBLIC {
            return Err(NoKey::Other { found: label.to_owned(), expected: PUBLIC });
        }
        let p256 = p256::ecdsa::VerifyingKey::from_public_key_der(&bytes).map(Public::P256);
        let key = p256.or_else(|_| {
            ed25519_dalek::VerifyingKey::from_public_key_der(&bytes).map(Public::Ed25519)
        });
        key.map(Self).map_err(|_| NoKey::Unknown)
    }

    /// As PEM.
    pub fn to_pem(&self) -> String {
        let pem = match &self.0 {
            Public::P256(key) => key.to_public_key_pem(LineEnding::LF),
            Public::Ed25519(key) => key.to_public_key_pem(LineEnding::LF),
        };
        pem.expect(WRITABLE)
    }

    /// What stands for the key where people compare it: the digest of its SubjectPublicKeyInfo in
    /// DER.
    pub fn fingerprint(&self) -> Digest {
        let der = match &self.0 {
            Public::P256(key) => key.to_public_key_der(),
            Public::Ed25519(key) => key.to_public_key_der(),
        };
        Digest::of(der.expect(WRITABLE).as_bytes())
    }

    /// Whether the message was signed with the key that belongs to this one.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Public::P256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Public::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

impl PrivateKey {
    /// A new one, of the kind that cosign makes.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        loop {
            getrandom::fill(&mut bytes)?;
            // Almost all numbers are keys.
            if let Ok(key) = p256::ecdsa::SigningKey::from_slice(&bytes) {
                return Ok(Self(Private::P256(key)));
            }
        }
    }

    /// Reads a private key: encrypted by cosign, or PKCS #8. The password is asked for where it is
    /// needed.
    ///
    /// # Errors
    ///
    /// Where it is none, or does not open.
    pub fn from_pem(text: &[u8], password: impl FnOnce() -> Option<Secret>) -> Result<Self, NoKey> {
        let (label, bytes) = read(text)?;
        let der = match label {
            PRIVATE => bytes,
            _ if encrypted::LABELS.contains(&label) => {
                encrypted::open(&bytes, &password().ok_or(NoKey::NeedsPassword)?)?
            }
            other => {
                let expected = encrypted::LABELS[0];
                return Err(NoKey::Other { found: other.to_owned(), expected });
            }
        };
        let p256 = p256::SecretKey::from_pkcs8_der(&der).map(|key| Private::P256(key.into()));
        let key =
            p256.or_else(|_| ed25519_dalek::SigningKey::from_pkcs8_der(&der).map(Private::Ed25519));
        key.map(Self).map_err(|_| NoKey::Unknown)
    }

    /// As cosign writes it: encrypted with the password, which may be empty.
    ///
    /// # Errors
    ///
    /// Where the system has no random numbers.
    pub fn to_encrypted_pem(&self, password: &Secret) -> Result<String, getrandom::Error> {
        let der = match &self.0 {
            Private::P256(key) => p256::SecretKey::from(key).to_pkcs8_der(),
            Private::Ed25519(key) => key.to_pkcs8_der(),
        };
        let sealed = encrypted::seal(der.expect(WRITABLE).as_bytes(), password)?;
        Ok(pem::encode_string(encrypted::LABELS[0], LineEnding::LF, &sealed).expect(WRITABLE))
    }

    /// The key that belongs to it.
    pub fn public(&self) -> PublicKey {
        PublicKey(match &self.0 {
            Private::P256(key) => Public::P256(*key.verifying_key()),
            Private::Ed25519(key) => Public::Ed25519(key.verifying_key()),
        })
    }

    /// Signs a message: in DER with P-256, 64 bytes with Ed25519.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Private::P256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(message);
                signature.as_bytes().to_vec()
            }
            Private::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}

/// What a PEM file says it is, and its bytes.
fn read(text: &[u8]) -> Result<(&str, Vec<u8>), NoKey> {
    if text.len() > KEY_FILE_AT_MOST {
        return Err(NoKey::TooLarge);
    }
    pem::decode_vec(text.trim_ascii()).map_err(|_| NoKey::NotPem)
}

impl FromStr for PublicKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        Self::from_pem(text.as_bytes())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", self.public().fingerprint())
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_pem())
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
