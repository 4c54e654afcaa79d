//! Keys that cosign has made, and our own.

use super::*;

/// Made by cosign with an empty password: `tests/data/keys` of the crate `sigstore` 0.15.0
/// (Apache-2.0, the Sigstore authors).
const OF_COSIGN: &[u8] = include_bytes!("../../tests/data/cosign-empty-password.key");

/// A public key and what cosign signed with its private key: `src/crypto/verification_key.rs` of
/// the crate `sigstore` 0.15.0 (Apache-2.0, the Sigstore authors).
const SIGNER: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENptdY/l3nB0yqkXLBWkZWQwo6+cu
OSWS1X9vPavpiQOoTTGC0xX57OojUadxF1cdQmrsiReWg2Wn4FneJfa8xw==
-----END PUBLIC KEY-----
";

fn none() -> Option<Secret> {
    None
}

fn password(text: &str) -> impl FnOnce() -> Option<Secret> {
    let secret = Secret::from(text.to_owned());
    move || Some(secret)
}

#[test]
fn a_key_that_cosign_made_opens_and_signs() {
    let key = PrivateKey::from_pem(OF_COSIGN, password("")).unwrap();
    let signature = key.sign(b"message");
    assert!(key.public().verifies(b"message", &signature));
    assert!(!key.public().verifies(b"massage", &signature));
    let error = PrivateKey::from_pem(OF_COSIGN, password("wrong")).unwrap_err();
    assert_eq!(error, NoKey::WrongPassword);
    let error = PrivateKey::from_pem(OF_COSIGN, none).unwrap_err();
    assert_eq!(error.to_string(), "it is encrypted: set $COSIGN_PASSWORD to its password");
}

#[test]
fn a_key_is_written_as_it_is_read() {
    let key = PrivateKey::generate().unwrap();
    let secret = Secret::from("correct horse".to_owned());
    let pem = key.to_encrypted_pem(&secret).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"), "{pem}");
    let read = PrivateKey::from_pem(pem.as_bytes(), || Some(secret.clone())).unwrap();
    assert_eq!(read.public(), key.public());
    let older = pem.replace("SIGSTORE", "COSIGN");
    let read = PrivateKey::from_pem(older.as_bytes(), || Some(secret)).unwrap();
    assert_eq!(read.public(), key.public());
    let public: PublicKey = key.public().to_pem().parse().unwrap();
    assert_eq!(public.fingerprint(), key.public().fingerprint());
    let shown = format!("{key:?} {public:?} {:?}", Secret::from("hush".to_owned()));
    assert!(shown.contains("PrivateKey(of sha256:") && !shown.contains("hush"), "{shown}");
    assert_eq!(SIGNER.parse::<PublicKey>().unwrap().to_pem(), SIGNER);
}

#[test]
fn ed25519_signs_as_well() {
    // RFC 8410, 10.3 and 10.1.
    let pem = "-----BEGIN PRIVATE KEY-----\n\
               MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
               -----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\n\
                  MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                  -----END PUBLIC KEY-----\n";
    let key = PrivateKey::from_pem(pem.as_bytes(), none).unwrap();
    assert_eq!(key.public().to_pem(), public);
    let signature = key.sign(b"message");
    assert!(key.public().verifies(b"message", &signature));
    assert!(!key.public().verifies(b"message", &signature[..63]));
    assert!(!SIGNER.parse::<PublicKey>().unwrap().verifies(b"message", &signature));
    let secret = Secret::from(String::new());
    let sealed = key.to_encrypted_pem(&secret).unwrap();
    let read = PrivateKey::from_pem(sealed.as_bytes(), || Some(secret)).unwrap();
    assert_eq!(read.public(), key.public());
}

#[test]
fn what_is_no_key_is_refused_with_the_reason() {
    let read = |text: &str| PrivateKey::from_pem(text.as_bytes(), password("")).unwrap_err();
    assert_eq!(read("text"), NoKey::NotPem);
    let error = read(SIGNER).to_string();
    assert_eq!(error, "it is a `PUBLIC KEY`, where a `ENCRYPTED SIGSTORE PRIVATE KEY` is needed");
    let error = PublicKey::from_pem(OF_COSIGN).unwrap_err().to_string();
    assert_eq!(error, "it is a `ENCRYPTED SIGSTORE PRIVATE KEY`, where a `PUBLIC KEY` is needed");
    assert_eq!(
        PublicKey::from_pem(&[b' '; KEY_FILE_AT_MOST + 1]).unwrap_err().to_string(),
        "it has more than 16384 bytes, and is no key"
    );
    let rsa = pem::encode_string(PUBLIC, LineEnding::LF, b"some other key").unwrap();
    assert_eq!(
        rsa.parse::<PublicKey>().unwrap_err().to_string(),
        "it is damaged, or of another kind than ECDSA P-256 and Ed25519"
    );
}

#[test]
fn a_key_cannot_ask_for_all_memory_or_for_ever() {
    let (_, sealed) = read(OF_COSIGN).unwrap();
    let costing = |n: u64, r: u32, p: u32| {
        let mut document: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
        document["kdf"]["params"] = serde_json::json!({ "N": n, "r": r, "p": p });
        let text = serde_json::to_vec(&document).unwrap();
        let pem = pem::encode_string(encrypted::LABELS[0], LineEnding::LF, &text).unwrap();
        PrivateKey::from_pem(pem.as_bytes(), password("")).unwrap_err()
    };
    let most = encrypted::MEMORY_AT_MOST / 128 / 8;
    assert_eq!(costing(2 * most, 8, 1), NoKey::TooCostly);
    assert_eq!(costing(1 << 63, u32::MAX, 1), NoKey::TooCostly);
    for (n, r, p) in
        [(1 << 16, 8, 17), (0, 8, 1), (1, 8, 1), (3, 8, 1), (1 << 16, 0, 1), (2, 1 << 20, 16)]
    {
        assert_eq!(costing(n, r, p), NoKey::TooCostly, "{n} {r} {p}");
    }
    assert_eq!(costing(1 << 10, 8, 1), NoKey::WrongPassword);
    assert_eq!(
        NoKey::TooCostly.to_string(),
        "its scrypt parameters ask for more than 256 MiB, or are none"
    );
}
