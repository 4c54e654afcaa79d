//! Names of artifacts: which registry, which repository, and which of its artifacts.
//!
//! [OCI Distribution, Pulling manifests](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests)
//! says what names and tags are made of. A registry is always named: there is no default one.

use std::{fmt, net::IpAddr, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::digest::{Digest, NoDigest};

/// What references may begin with, to be told from files.
pub const SCHEME: &str = "oci://";

/// The longest host name, in bytes.
const HOST_AT_MOST: usize = 253;
/// The longest name of a repository, in bytes.
const REPOSITORY_AT_MOST: usize = 255;
/// The longest tag, in bytes.
const TAG_AT_MOST: usize = 128;

/// A repository of a registry, such as `registry.example.com/acme/payments`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    registry: String,
    name: String,
}

/// A tag of a repository, such as `1.4`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// An artifact in a repository: by its tag, by its digest, or by a tag whose digest is known.
///
/// Written `REGISTRY/NAME:TAG`, `REGISTRY/NAME@DIGEST` or `REGISTRY/NAME:TAG@DIGEST`, with or
/// without `oci://` before it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    repository: Repository,
    version: Version,
}

/// Which of a repository's artifacts is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Version {
    /// Whichever has the tag now.
    Tag(Tag),
    /// This one.
    Digest(Digest),
    /// This one, which had the tag once.
    Both(Tag, Digest),
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoReference {
    /// The host is missing, or is none.
    #[error(
        "`{0}` names no registry: write its host first, as in registry.example.com/acme/payments:1.4"
    )]
    Registry(String),
    /// The repository's name is missing, or is none.
    #[error(
        "`{0}` names no repository: its name is made of a-z, 0-9 and single `.`, `_`, `-` between \
         them, in parts with `/` in between, of at most {REPOSITORY_AT_MOST} characters in all"
    )]
    Repository(String),
    /// The tag is none.
    #[error(
        "`{0}` is no tag: it is made of letters, digits, `_`, `.` and `-`, of which the last two do \
         not come first, at most {TAG_AT_MOST} of them"
    )]
    Tag(String),
    /// The digest is none.
    #[error(transparent)]
    Digest(#[from] NoDigest),
    /// Neither a tag nor a digest.
    #[error("`{0}` names no version: write :TAG or @sha256:... behind it")]
    Version(String),
}

impl Repository {
    /// The registry's host, with its port where that is not its scheme's own.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name in the registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the registry is on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = host(&self.registry);
        host == "localhost" || address(host).is_some_and(|address| address.is_loopback())
    }

    /// The artifact of that digest.
    pub fn at(&self, digest: Digest) -> Reference {
        Reference { repository: self.clone(), version: Version::Digest(digest) }
    }

    /// The artifact that has that tag.
    pub fn tagged(&self, tag: Tag) -> Reference {
        Reference { repository: self.clone(), version: Version::Tag(tag) }
    }
}

impl Tag {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag under which the signatures of an artifact are kept in its repository, as cosign
    /// has it.
    pub(crate) fn of_signatures(digest: &Digest) -> Self {
        Self(format!("sha256-{}.sig", digest.hex()))
    }
}

impl Reference {
    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Which of the repository's artifacts it is.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The tag, where one is named.
    pub fn tag(&self) -> Option<&Tag> {
        match &self.version {
            Version::Tag(tag) | Version::Both(tag, _) => Some(tag),
            Version::Digest(_) => None,
        }
    }

    /// The digest, where one is named.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.version {
            Version::Digest(digest) | Version::Both(_, digest) => Some(digest),
            Version::Tag(_) => None,
        }
    }

    /// The same, with that digest.
    #[must_use]
    pub fn with_digest(self, digest: Digest) -> Self {
        let version = match self.version {
            Version::Tag(tag) | Version::Both(tag, _) => Version::Both(tag, digest),
            Version::Digest(_) => Version::Digest(digest),
        };
        Self { version, ..self }
    }

    /// How a registry's API names it: by its digest where there is one.
    pub(crate) fn in_api(&self) -> String {
        match &self.version {
            Version::Tag(tag) => tag.0.clone(),
            Version::Digest(digest) | Version::Both(_, digest) => digest.to_string(),
        }
    }
}

/// The host without its port.
fn host(registry: &str) -> &str {
    match registry.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => registry,
    }
}

fn address(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// A host is what has a dot or a port, or is `localhost` or an address in brackets: anything else
/// is the beginning of a repository's name.
fn is_registry(text: &str) -> bool {
    let host = host(text);
    let port = text[host.len()..].strip_prefix(':');
    if port.is_some_and(|port| port.parse::<u16>().is_err() || port.starts_with('0')) {
        return false;
    }
    if host.starts_with('[') {
        return address(host).is_some();
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_one = host.contains('.') || port.is_some() || host == "localhost";
    is_one && host.len() <= HOST_AT_MOST && host.split('.').all(label)
}

/// A part of a repository's name: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn is_part(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends = |b: Option<&u8>| b.is_some_and(|b| is_plain(*b));
    let bytes = text.as_bytes();
    ends(bytes.first())
        && ends(bytes.last())
        && bytes
            .split(|b| is_plain(*b))
            .all(|gap| matches!(gap, b"" | b"." | b"_" | b"__") || gap.iter().all(|b| *b == b'-'))
}

/// Docker Hub has more than one name; signatures made by cosign have this one.
const DOCKER_HUB: [&str; 2] = ["docker.io", "index.docker.io"];

impl FromStr for Repository {
    type Err = NoReference;

    fn from_str(text: &str) -> Result<Self, NoReference> {
        let split = text.split_once('/').filter(|(registry, _)| is_registry(registry));
        let Some((registry, name)) = split else {
            return Err(NoReference::Registry(text.to_owned()));
        };
        if name.len() > REPOSITORY_AT_MOST || !name.split('/').all(is_part) {
            return Err(NoReference::Repository(text.to_owned()));
        }
        let registry = if registry == DOCKER_HUB[0] { DOCKER_HUB[1] } else { registry };
        Ok(Self { registry: registry.to_owned(), name: name.to_owned() })
    }
}

impl FromStr for Tag {
    type Err = NoReference;

    fn from_str(text: &str) -> Result<Self, NoReference> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let begins = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        if begins && text.len() <= TAG_AT_MOST && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoReference::Tag(text.to_owned()))
        }
    }
}

impl FromStr for Reference {
    type Err = NoReference;

    fn from_str(text: &str) -> Result<Self, NoReference> {
        let text = text.strip_prefix(SCHEME).unwrap_or(text);
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon before the first slash leads to a port.
        let name = rest.find('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[name..].split_once(':') {
            Some((last, tag)) => (&rest[..name + last.len()], Some(tag)),
            None => (rest, None),
        };
        let repository = repository.parse()?;
        let version = match (tag.map(str::parse).transpose()?, digest) {
            (Some(tag), Some(digest)) => Version::Both(tag, digest),
            (Some(tag), None) => Version::Tag(tag),
            (None, Some(digest)) => Version::Digest(digest),
            (None, None) => return Err(NoReference::Version(text.to_owned())),
        };
        Ok(Self { repository, version })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.repository, f)?;
        match &self.version {
            Version::Tag(tag) => write!(f, ":{tag}"),
            Version::Digest(digest) => write!(f, "@{digest}"),
            Version::Both(tag, digest) => write!(f, ":{tag}@{digest}"),
        }
    }
}

macro_rules! serde_as_text {
    ($($type:ty),+) => {
        $(
            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
                }
            }
        )+
    };
}
serde_as_text!(Repository, Reference);

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_reference_is_read_with_its_tag_and_its_digest() {
        let read = |text: &str| text.parse::<Reference>().unwrap();
        let one = read("oci://registry.example.com:5000/acme/pay-ments:1.4");
        assert_eq!(one.repository().registry(), "registry.example.com:5000");
        assert_eq!(one.repository().name(), "acme/pay-ments");
        assert_eq!((one.tag().unwrap().as_str(), one.digest()), ("1.4", None));
        assert_eq!(one.in_api(), "1.4");
        let text = format!("127.0.0.1:5000/pay:1@{DIGEST}");
        let both = read(&text);
        assert_eq!((both.to_string(), both.in_api()), (text, DIGEST.to_owned()));
        assert_eq!(read(&format!("localhost/a__b/c.d@{DIGEST}")).tag(), None);
        assert_eq!(read("docker.io/acme/pay:1").repository().registry(), "index.docker.io");
        for loopback in ["localhost/a:1", "127.0.0.1:5/a:1", "[::1]:5000/a:1", "[::1]/a:1"] {
            assert!(read(loopback).repository().is_loopback(), "{loopback}");
        }
        assert!(!read("10.0.0.1/a:1").repository().is_loopback());
    }

    #[test]
    fn what_is_no_reference_is_refused_with_what_to_write() {
        for (text, why) in [
            ("payments:1.4", "`payments` names no registry: write its host first, as in"),
            ("acme/payments:1.4", "`acme/payments` names no registry"),
            ("-a.com/pay:1", "names no registry"),
            ("a.com:0/pay:1", "names no registry"),
            ("a.com:99999/pay:1", "names no registry"),
            ("[::g]/pay:1", "names no registry"),
            ("A.com/pay:1", "names no registry"),
            ("a.com/Pay:1", "names no repository: its name is made of a-z, 0-9"),
            ("a.com/pay//x:1", "names no repository"),
            ("a.com/../x:1", "names no repository"),
            ("a.com/a_-b:1", "names no repository"),
            ("a.com/:1", "names no repository"),
            ("a.com/pay", "`a.com/pay` names no version: write :TAG or @sha256:... behind it"),
            ("a.com/pay:", "`` is no tag: it is made of letters"),
            ("a.com/pay:1:2", "`1:2` is no tag"),
            ("a.com/pay:../1", "`../1` is no tag"),
            ("a.com/pay@sha256:00", "`sha256:00` is no digest: write `sha256:` and 64"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let long = |n: usize| format!("a.com/{}:1", "a".repeat(n));
        assert!(long(255).parse::<Reference>().is_ok());
        assert!(long(256).parse::<Reference>().is_err());
        assert!(format!("a.com/a:{}", "a".repeat(129)).parse::<Reference>().is_err());
    }
}
