//! Private keys that are encrypted as cosign does it: scrypt makes a key of the password, and
//! NaCl's secretbox (XSalsa20 and Poly1305) seals the PKCS #8 with it.
//!
//! The format is that of `go-securesystemslib/encrypted`: JSON, and in it Base64.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305, aead::Aead as _, aead::KeyInit as _};
use scrypt::Params;
use serde::{Deserialize, Serialize};

use super::NoKey;
use crate::secret::Secret;

/// What PEM says before such a key: as cosign writes it, and as it wrote it before its version 2.
pub(super) const LABELS: [&str; 2] =
    ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"];

/// What deriving a key may take, in bytes. Cosign's own parameters take 64 MiB.
pub(super) const MEMORY_AT_MOST: u64 = 256 << 20;

/// How often scrypt may go through its memory; cosign has 1.
const PASSES_AT_MOST: u32 = 16;

/// Cosign's parameters: 2^16, 8, 1.
const COST: (u64, u32, u32) = (1 << 16, 8, 1);

const KDF: &str = "scrypt";
const CIPHER: &str = "nacl/secretbox";

#[derive(Serialize, Deserialize)]
struct Sealed {
    kdf: Kdf,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Serialize, Deserialize)]
struct Kdf {
    name: String,
    params: KdfParams,
    salt: String,
}

#[derive(Serialize, Deserialize)]
struct KdfParams {
    #[serde(rename = "N")]
    n: u64,
    r: u32,
    p: u32,
}

#[derive(Serialize, Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// Opens what is in the PEM.
pub(super) fn open(sealed: &[u8], password: &Secret) -> Result<Vec<u8>, NoKey> {
    let sealed: Sealed = serde_json::from_slice(sealed).map_err(|_| NoKey::Unknown)?;
    if sealed.kdf.name != KDF || sealed.cipher.name != CIPHER {
        return Err(NoKey::Unknown);
    }
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| NoKey::Unknown);
    let (salt, nonce) = (decode(&sealed.kdf.salt)?, decode(&sealed.cipher.nonce)?);
    let nonce: [u8; 24] = nonce.try_into().map_err(|_| NoKey::Unknown)?;
    let ciphertext = decode(&sealed.ciphertext)?;
    let key = derive(password, &salt, &sealed.kdf.params)?;
    XSalsa20Poly1305::new(&key)
        .decrypt(&Nonce::from(nonce), &*ciphertext)
        .map_err(|_| NoKey::WrongPassword)
}

/// What is to be in the PEM.
pub(super) fn seal(plain: &[u8], password: &Secret) -> Result<Vec<u8>, getrandom::Error> {
    let (mut salt, mut nonce) = ([0; 32], [0; 24]);
    getrandom::fill(&mut salt)?;
    getrandom::fill(&mut nonce)?;
    let (n, r, p) = COST;
    let params = KdfParams { n, r, p };
    let key = derive(password, &salt, &params).expect("cosign's parameters are within the limits");
    let ciphertext = XSalsa20Poly1305::new(&key)
        .encrypt(&Nonce::from(nonce), plain)
        .expect("a key is not too long to be encrypted");
    let sealed = Sealed {
        kdf: Kdf { name: KDF.to_owned(), params, salt: STANDARD.encode(salt) },
        cipher: Cipher { name: CIPHER.to_owned(), nonce: STANDARD.encode(nonce) },
        ciphertext: STANDARD.encode(ciphertext),
    };
    Ok(serde_json::to_vec(&sealed).expect("texts and numbers can be written as JSON"))
}

fn derive(password: &Secret, salt: &[u8], params: &KdfParams) -> Result<Key, NoKey> {
    let KdfParams { n, r, p } = *params;
    // Its table, and beside it what it mixes: a block for each of `p`, and two.
    let blocks = n.checked_add(u64::from(p) + 2);
    let memory = blocks.and_then(|it| it.checked_mul(128)?.checked_mul(r.into()));
    let is_costly = memory.is_none_or(|bytes| bytes > MEMORY_AT_MOST) || p > PASSES_AT_MOST;
    if is_costly || !n.is_power_of_two() || n < 2 {
        return Err(NoKey::TooCostly);
    }
    // The logarithm of what fits the memory fits a byte.
    let params = Params::new(n.ilog2() as u8, r, p).map_err(|_| NoKey::TooCostly)?;
    let mut key = [0; 32];
    scrypt::scrypt(password.reveal().as_bytes(), salt, &params, &mut key)
        .map_err(|_| NoKey::TooCostly)?;
    Ok(key.into())
}
