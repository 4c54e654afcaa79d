//! Secrets as they are stored: AES-256-GCM under the host key.

use aes_gcm::{
    Aes256Gcm, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};

use crate::host_key::HostKey;

const NONCE: usize = 12;

/// Encrypts secrets, each bound to what it belongs to: what was moved is as good as damaged.
pub(super) struct Vault(Aes256Gcm);

impl Vault {
    pub(super) fn new(key: &HostKey) -> Self {
        Self(Aes256Gcm::new(&key.derive("access keys").into()))
    }

    /// The secret as hexadecimal digits; none where the system has no random numbers.
    pub(super) fn seal(&self, secret: &str, owner: &str) -> Option<String> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let payload = Payload { msg: secret.as_bytes(), aad: owner.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).ok()?;
        Some(hex::encode([&nonce[..], &sealed].concat()))
    }

    /// The secret; none where it was changed, moved, or sealed with another key.
    pub(super) fn open(&self, sealed: &str, owner: &str) -> Option<String> {
        let bytes = hex::decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        String::from_utf8(self.0.decrypt(&Nonce::from(*nonce), payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_where_it_belongs() {
        let vault = Vault::new(&HostKey::random().unwrap());
        let sealed = vault.seal("secret", "1/a").unwrap();
        assert_eq!(vault.open(&sealed, "1/a").as_deref(), Some("secret"));
        assert_ne!(vault.seal("secret", "1/a").unwrap(), sealed);
        assert_eq!(vault.open(&sealed, "1/b"), None);
        assert_eq!(Vault::new(&HostKey::random().unwrap()).open(&sealed, "1/a"), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            let other = if &sealed[place..=place] == "0" { "1" } else { "0" };
            changed.replace_range(place..=place, other);
            assert_eq!(vault.open(&changed, "1/a"), None);
        }
        for text in ["", "00", "x", &"0".repeat(24)] {
            assert_eq!(vault.open(text, "1/a"), None);
        }
    }
}
