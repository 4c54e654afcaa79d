#![no_main]

//! What registries and their users write: references and patterns are shown as they were read, a
//! pattern covers nothing of another registry, and nothing else that is read ever panics.

use std::{fmt::Display, str::FromStr};

use libfuzzer_sys::fuzz_target;
use stepwell_registry::{
    Digest, Pattern, PrivateKey, PublicKey, Reference, Repository, artifact, lock::Lock,
    signature::{Claim, Signature},
};

fn read<T: FromStr + Display + PartialEq + std::fmt::Debug>(text: &str) -> Option<T> {
    let read: T = text.parse().ok()?;
    let again = read.to_string().parse().ok();
    assert_eq!(Some(&read), again.as_ref(), "{text:?} is shown as {read}");
    Some(read)
}

/// In a URL it leads nowhere else.
fn leads_to(repository: &Repository) {
    let path = format!("/v2/{}/", repository.name());
    assert!(!path.contains("..") && !path.contains("//"), "{path}");
    assert!(!repository.registry().contains(['/', '@', '?', '#', ' ']), "{repository}");
}

fuzz_target!(|data: &[u8]| {
    let _ = artifact::read(data);
    if let Ok(key) = PublicKey::from_pem(data) {
        assert_eq!(key.to_pem().parse().as_ref(), Ok(&key));
        assert!(!key.verifies(b"message", data));
    }
    let _ = PrivateKey::from_pem(data, || None);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(lock) = Lock::read(text) {
        assert_eq!(Lock::read(&lock.write()).as_ref(), Ok(&lock));
    }
    read::<Digest>(text);
    let (first, second) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(reference) = read::<Reference>(first) {
        leads_to(reference.repository());
    }
    if let (Some(pattern), Some(repository)) = (read::<Pattern>(first), read::<Repository>(second)) {
        leads_to(&repository);
        if pattern.covers(&repository) {
            let shown = pattern.to_string();
            let above = shown.strip_suffix('*').unwrap_or(&shown);
            assert!(repository.to_string().starts_with(above), "{shown} covers {repository}");
        }
    }
    // Whatever stands in a payload that a key has signed.
    if let Some((key, repository)) = known() {
        let payload = first.as_bytes().to_vec();
        let signed = Signature::read(payload, second);
        let claim = signed.and_then(|it| it.claim(key, repository, &Digest::of(b"")));
        assert!(!matches!(claim, Some(Claim::This)));
    }
});

/// A key whose private half nobody has here.
fn known() -> Option<&'static (PublicKey, Repository)> {
    static KNOWN: std::sync::OnceLock<Option<(PublicKey, Repository)>> = std::sync::OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let key = PrivateKey::generate().ok()?.public();
        Some((key, "a.com/pay".parse().ok()?))
    });
    known.as_ref()
}
