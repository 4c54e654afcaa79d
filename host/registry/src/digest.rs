//! SHA-256 digests, as registries write them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// The SHA-256 digest of a manifest or a blob, written `sha256:` and 64 lower-case hexadecimal
/// digits.
///
/// [OCI Image Format, Digests](https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests).
/// Other algorithms are refused: nobody's Wasm artifacts use them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no digest: write `sha256:` and 64 hexadecimal digits in lower case")]
pub struct NoDigest(String);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits alone.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let no_digest = || NoDigest(text.to_owned());
        let digits = text.strip_prefix("sha256:").ok_or_else(no_digest)?;
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(no_digest());
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| no_digest())?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written_and_in_no_other_way() {
        let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest: Digest = text.parse().unwrap();
        assert_eq!((digest, digest.to_string()), (Digest::of(b""), text.to_owned()));
        let (shorter, upper) = (&text[..70], text.to_uppercase().replace("SHA", "sha"));
        for other in ["", "sha256:", &text[7..], shorter, &upper, "sha512:00", "sha256:é"] {
            let error = other.parse::<Digest>().unwrap_err().to_string();
            assert!(error.ends_with("write `sha256:` and 64 hexadecimal digits in lower case"));
        }
    }
}
