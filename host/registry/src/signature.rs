//! Signatures as cosign makes them with a key: the "simple signing" payload, and a signature of it.
//!
//! The payload is that of
//! [containers/image](https://github.com/containers/image/blob/main/docs/containers-signature.5.md),
//! with a type of cosign's own:
//! [cosign, Signature Specification](https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    key::{PrivateKey, PublicKey},
    reference::{Reference, Repository},
};

/// The media type of a payload.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The annotation of a payload's layer that holds the signature, in Base64.
pub(crate) const ANNOTATION: &str = "dev.cosignproject.cosign/signature";
/// The largest payload, in bytes. One has about 250.
pub(crate) const PAYLOAD_AT_MOST: u64 = 64 << 10;

const TYPE: &str = "cosign container image signature";

/// A payload that was signed, or is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// What a signature says, where it is a key's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// That the artifact is the publisher's, in this repository.
    This,
    /// The same of another artifact.
    OtherArtifact,
    /// The same of the artifact in another repository.
    OtherRepository(String),
    /// Something that is no claim about artifacts.
    Nothing,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    critical: Critical,
    /// What signers may add; nothing depends on it.
    #[serde(default)]
    optional: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Identity {
    docker_reference: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: String,
}

impl Signature {
    /// Signs the artifact of that manifest in that repository.
    pub fn new(repository: &Repository, manifest: &Digest, key: &PrivateKey) -> Self {
        let payload = Payload {
            critical: Critical {
                identity: Identity { docker_reference: repository.to_string() },
                image: Image { docker_manifest_digest: manifest.to_string() },
                kind: TYPE.to_owned(),
            },
            optional: None,
        };
        let payload = serde_json::to_vec(&payload).expect("texts can be written as JSON");
        let signature = key.sign(&payload);
        Self { payload, signature }
    }

    /// A payload, and the annotation of its layer; none where that is no Base64.
    pub fn read(payload: Vec<u8>, annotation: &str) -> Option<Self> {
        let signature = STANDARD.decode(annotation.trim()).ok()?;
        Some(Self { payload, signature })
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The annotation of the payload's layer.
    pub fn annotation(&self) -> String {
        STANDARD.encode(&self.signature)
    }

    /// What the holder of a key has signed about the artifact of that manifest in that repository;
    /// none where the signature is not that key's.
    ///
    /// The repository counts: without it, whoever can write to one repository of a publisher's could
    /// pass off an artifact that the publisher has signed for another one.
    pub fn claim(
        &self,
        key: &PublicKey,
        repository: &Repository,
        manifest: &Digest,
    ) -> Option<Claim> {
        if !key.verifies(&self.payload, &self.signature) {
            return None;
        }
        let Ok(Payload { critical, .. }) = serde_json::from_slice(&self.payload) else {
            return Some(Claim::Nothing);
        };
        if critical.kind != TYPE {
            return Some(Claim::Nothing);
        }
        if critical.image.docker_manifest_digest.parse() != Ok(*manifest) {
            return Some(Claim::OtherArtifact);
        }
        let signed = critical.identity.docker_reference;
        match is_in(&signed, repository, manifest) {
            true => Some(Claim::This),
            false => Some(Claim::OtherRepository(signed)),
        }
    }
}

/// Whether a signed name is that of the repository, or of the artifact in it: cosign signs the first,
/// others add the tag that the artifact had, which may have others since.
fn is_in(signed: &str, repository: &Repository, manifest: &Digest) -> bool {
    if let Ok(signed) = signed.parse::<Repository>() {
        return signed == *repository;
    }
    signed.parse::<Reference>().is_ok_and(|signed| {
        let is_this = |digest: &Digest| digest == manifest;
        signed.repository() == repository && signed.digest().is_none_or(is_this)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by cosign: `src/crypto/verification_key.rs` of the crate `sigstore` 0.15.0 (Apache-2.0,
    /// the Sigstore authors).
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENptdY/l3nB0yqkXLBWkZWQwo6+cu\n\
        OSWS1X9vPavpiQOoTTGC0xX57OojUadxF1cdQmrsiReWg2Wn4FneJfa8xw==\n\
        -----END PUBLIC KEY-----\n";
    const PAYLOAD: &str = "{\"critical\":{\"identity\":{\"docker-reference\":\
        \"registry-testing.svc.lan/busybox\"},\"image\":{\"docker-manifest-digest\":\
        \"sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b\"},\"type\":\
        \"cosign container image signature\"},\"optional\":null}";
    const SIGNED: &str = "MEUCIQD6q/COgzOyW0YH1Dk+CCYSt4uAhm3FDHUwvPI55zwnlwIgE0ZK58ZOWpZw8YVmBapJ\
        hBqCfdPekIknimuO0xH8Jh8=";
    const DIGEST: &str = "sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b";

    fn repository(text: &str) -> Repository {
        text.parse().unwrap()
    }

    #[test]
    fn what_cosign_signed_is_believed_of_that_artifact_in_that_repository() {
        let key = KEY.parse().unwrap();
        let signature = Signature::read(PAYLOAD.into(), SIGNED).unwrap();
        assert_eq!(signature.annotation(), SIGNED);
        let digest = DIGEST.parse().unwrap();
        let busybox = repository("registry-testing.svc.lan/busybox");
        assert_eq!(signature.claim(&key, &busybox, &digest), Some(Claim::This));
        let other = Digest::of(b"other");
        assert_eq!(signature.claim(&key, &busybox, &other), Some(Claim::OtherArtifact));
        let elsewhere = signature.claim(&key, &repository("a.com/busybox"), &digest);
        let signed = "registry-testing.svc.lan/busybox".to_owned();
        assert_eq!(elsewhere, Some(Claim::OtherRepository(signed)));
        let changed = PAYLOAD.replace("busybox", "busyb0x");
        let changed = Signature::read(changed.into(), SIGNED).unwrap();
        assert_eq!(changed.claim(&key, &busybox, &digest), None);
        let other = PrivateKey::generate().unwrap().public();
        assert_eq!(signature.claim(&other, &busybox, &digest), None);
    }

    #[test]
    fn a_payload_is_written_as_cosign_writes_it() {
        let key = PrivateKey::generate().unwrap();
        let digest = DIGEST.parse().unwrap();
        let busybox = repository("registry-testing.svc.lan/busybox");
        let signature = Signature::new(&busybox, &digest, &key);
        assert_eq!(str::from_utf8(signature.payload()).unwrap(), PAYLOAD);
        assert_eq!(signature.claim(&key.public(), &busybox, &digest), Some(Claim::This));
    }

    #[test]
    fn a_tag_that_is_signed_with_the_repository_changes_nothing() {
        let (pay, manifest) = (repository("a.com/acme/pay"), Digest::of(b"manifest"));
        let is_in = |signed: &str| is_in(signed, &pay, &manifest);
        assert!(is_in("a.com/acme/pay:1.4") && is_in(&format!("a.com/acme/pay:1@{manifest}")));
        assert!(is_in(&format!("a.com/acme/pay@{manifest}")));
        for other in ["a.com/acme/mail:1.4", "b.com/acme/pay:1.4", "pay:1.4", "", "a.com/acme/pay:"]
        {
            assert!(!is_in(other), "{other}");
        }
        assert!(!is_in(&format!("a.com/acme/pay:1.4@{}", Digest::of(b"other"))));
    }

    #[test]
    fn other_things_that_a_key_has_signed_are_no_signatures() {
        let key = PrivateKey::generate().unwrap();
        let (busybox, digest) = (repository("a.com/busybox"), DIGEST.parse().unwrap());
        let of_a_blob = PAYLOAD.replace("cosign container image", "some other");
        for payload in ["text", "{}", &of_a_blob] {
            let signature =
                Signature { payload: payload.into(), signature: key.sign(payload.as_bytes()) };
            let claim = signature.claim(&key.public(), &busybox, &digest);
            assert_eq!(claim, Some(Claim::Nothing), "{payload}");
        }
        assert_eq!(Signature::read(Vec::new(), "no base64"), None);
    }
}
