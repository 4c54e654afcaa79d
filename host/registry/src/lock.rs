//! `stepwell.lock`: which artifacts the plugins of a project are, whatever their tags say later.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{digest::Digest, reference::Reference, trust::Publisher};

/// The version of the file's format.
const VERSION: u32 = 1;

/// What stands at the file's beginning.
const HEAD: &str = "# Written by `stepwell plugin lock`; keep it with the project.\n\n";

/// The artifacts of a project's plugins, by the plugins' names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    /// The plugins that come from registries.
    #[serde(default)]
    pub plugins: BTreeMap<String, Locked>,
}

/// An artifact that a plugin is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// What the project calls it.
    pub oci: Reference,
    /// The manifest that had that tag.
    pub manifest: Digest,
    /// The plugin's file.
    pub file: Digest,
    /// Who had signed it; none where the project takes it unsigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signer>,
}

/// Who has signed an artifact that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// The publisher, as the operator calls them.
    pub publisher: String,
    /// The fingerprint of their key.
    pub key: Digest,
}

/// Why a lock file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLock {
    /// Not such a file.
    #[error("{0}")]
    Text(String),
    /// One of a later format.
    #[error("its version is {0}, and this stepwell knows {VERSION}: a later stepwell wrote it")]
    Version(u32),
}

impl Default for Lock {
    fn default() -> Self {
        Self { version: VERSION, plugins: BTreeMap::new() }
    }
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    ///
    /// Where it is none, or of a later version.
    pub fn read(text: &str) -> Result<Self, NoLock> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let refused = |error: toml::de::Error| NoLock::Text(error.to_string().trim().to_owned());
        let Versioned { version } = toml::from_str(text).map_err(refused)?;
        if version != VERSION {
            return Err(NoLock::Version(version));
        }
        toml::from_str(text).map_err(refused)
    }

    /// The file's text.
    pub fn write(&self) -> String {
        format!("{HEAD}{}", toml::to_string(self).expect("texts and tables can be written"))
    }

    /// The plugin that comes from there, whatever it is called.
    pub fn of(&self, oci: &Reference) -> Option<(&str, &Locked)> {
        let found = self.plugins.iter().find(|(_, locked)| locked.oci == *oci);
        found.map(|(name, locked)| (&**name, locked))
    }
}

impl Signer {
    /// Who signed it, to be written down.
    pub fn of(publisher: &Publisher) -> Self {
        Self { publisher: publisher.name.clone(), key: publisher.key.fingerprint() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_as_it_is_written() {
        let (manifest, file) = (Digest::of(b"manifest"), Digest::of(b"file"));
        let oci: Reference = "a.com/acme/pay:1.4".parse().unwrap();
        let signer = Signer { publisher: "acme".to_owned(), key: Digest::of(b"key") };
        let locked = Locked { oci: oci.clone(), manifest, file, signed: Some(signer) };
        let unsigned =
            Locked { signed: None, oci: "a.com/mail:1".parse().unwrap(), ..locked.clone() };
        let mut lock = Lock::default();
        lock.plugins.insert("pay".to_owned(), locked.clone());
        lock.plugins.insert("mail".to_owned(), unsigned);
        let text = lock.write();
        assert_eq!(Lock::read(&text).unwrap(), lock, "{text}");
        let expected = format!(
            "[plugins.pay]\noci = \"a.com/acme/pay:1.4\"\nmanifest = \"{manifest}\"\n\
             file = \"{file}\"\n\n[plugins.pay.signed]\npublisher = \"acme\"\nkey = \"{}\"\n",
            Digest::of(b"key")
        );
        assert!(text.ends_with(&expected), "{text}");
        assert_eq!(lock.of(&oci), Some(("pay", &locked)));
        assert_eq!(lock.of(&"a.com/acme/pay:1.5".parse().unwrap()), None);
        assert_eq!(Lock::read(&Lock::default().write()).unwrap(), Lock::default());
    }

    #[test]
    fn what_is_no_lock_is_refused() {
        let refused = |text: &str, why: &str| {
            let error = Lock::read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        };
        refused("", "missing field `version`");
        refused("version = 2\nmore = 1\n", "its version is 2, and this stepwell knows 1: a later");
        refused("version = 1\nmore = 1\n", "unknown field `more`");
        let pay = "version = 1\n[plugins.pay]\noci = \"a.com/pay:1\"\nmanifest = \"sha256:1\"\n";
        refused(pay, "`sha256:1` is no digest");
    }
}
