//! What is installed by a name: versions side by side, of which one is current.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use stepwell_engine::Generation;
use stepwell_sandbox::{Digest, Limits, grants::Spec};
use stepwell_tasks::{Current, Since};

use super::source::Source;
use crate::plugin::name::Selector;

/// What is installed by a name. One of which nothing is left stays, with its history: executions
/// that began with one of its versions run no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) limits: Limits,
    /// Of all versions. What each can use of them depends on what it imports and wants.
    pub(crate) grants: Spec,
    versions: Vec<Version>,
    history: Vec<Since>,
}

/// A version that is installed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    /// What the plugin says.
    pub(crate) version: String,
    /// Its file's.
    pub(crate) digest: Digest,
    /// From when on it may run; none where it is held.
    pub(crate) approved: Option<Generation>,
    /// Where it came from; none where it was a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source>,
}

/// A record as it was before there were versions side by side.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    version: String,
    digest: Digest,
    limits: Limits,
    grants: Spec,
}

/// Why there is no such version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoVersion {
    #[error("it has no version {wanted}; it has {}", list(there_are))]
    Unknown { wanted: String, there_are: Vec<String> },
    #[error(
        "more than one of its versions is {wanted}; name it by its digest: {}",
        list(there_are)
    )]
    Ambiguous { wanted: String, there_are: Vec<String> },
}

fn list(versions: &[String]) -> String {
    match versions {
        [] => "none".to_owned(),
        all => all.join(", "),
    }
}

impl Version {
    /// `1.2.0 (0123456789ab)`.
    pub(crate) fn title(&self) -> String {
        format!("{} ({})", self.version, self.short())
    }

    /// The beginning of the digest.
    pub(crate) fn short(&self) -> String {
        self.digest.hex()[..12].to_owned()
    }
}

impl Record {
    /// One of which nothing is installed.
    pub(crate) fn new(limits: Limits, grants: Spec) -> Self {
        Self { limits, grants, versions: Vec::new(), history: Vec::new() }
    }

    /// Reads what was written by this version or the one before.
    pub(crate) fn read(text: &[u8]) -> Result<Self> {
        let document: serde_json::Value = serde_json::from_slice(text)?;
        if document.get("versions").is_some() {
            return Ok(serde_json::from_value(document)?);
        }
        let Single { version, digest, limits, grants } = serde_json::from_value(document)?;
        let mut record = Self::new(limits, grants);
        record.put(version, digest, Some(Generation::default()));
        record.make_current(&digest, Generation::default());
        Ok(record)
    }

    /// The versions, in the order in which they were installed.
    pub(crate) fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// What was current, in the order of time.
    pub(crate) fn history(&self) -> &[Since] {
        &self.history
    }

    /// The one that executions run that start now; none where nothing is installed.
    pub(crate) fn current(&self) -> Option<&Version> {
        let current = self.history.last()?.current.as_ref()?;
        self.find_digest(&current.digest)
    }

    /// From when on it is current.
    pub(crate) fn since(&self) -> Option<Generation> {
        self.history.last().map(|since| since.generation)
    }

    /// The last generation that it knows of.
    pub(crate) fn newest(&self) -> Generation {
        let approved = self.versions.iter().filter_map(|version| version.approved);
        approved.chain(self.since()).max().unwrap_or_default()
    }

    fn find_digest(&self, digest: &Digest) -> Option<&Version> {
        self.versions.iter().find(|version| version.digest == *digest)
    }

    /// The version that is meant: by its number, or by the beginning of its digest.
    pub(crate) fn find(&self, selector: &Selector) -> Result<&Version, NoVersion> {
        let fits = |version: &&Version| {
            let digest = version.digest.hex();
            version.version == selector.as_str() || digest.starts_with(selector.as_str())
        };
        let found: Vec<_> = self.versions.iter().filter(fits).collect();
        let titles = |versions: &[&Version]| versions.iter().map(|it| it.title()).collect();
        let wanted = selector.as_str().to_owned();
        match &*found {
            [only] => Ok(only),
            [] => {
                let all: Vec<_> = self.versions.iter().collect();
                Err(NoVersion::Unknown { wanted, there_are: titles(&all) })
            }
            many => Err(NoVersion::Ambiguous { wanted, there_are: titles(many) }),
        }
    }

    /// Installs a version beside the others: held, where it is not approved. One that is there
    /// stays as it is, or is approved.
    pub(crate) fn put(&mut self, version: String, digest: Digest, approved: Option<Generation>) {
        match self.versions.iter_mut().find(|version| version.digest == digest) {
            Some(there) => there.approved = there.approved.or(approved),
            None => self.versions.push(Version { version, digest, approved, source: None }),
        }
    }

    /// Notes where a version that is there came from; where that is a file, what was noted stays.
    pub(crate) fn note_source(&mut self, digest: &Digest, source: Option<Source>) {
        let there = self.versions.iter_mut().find(|version| version.digest == *digest);
        if let (Some(there), Some(source)) = (there, source) {
            there.source = Some(source);
        }
    }

    /// Makes a version current that is there and approved; whether there is one.
    pub(crate) fn make_current(&mut self, digest: &Digest, generation: Generation) -> bool {
        let approved = |version: &&Version| version.approved.is_some();
        let Some(version) = self.find_digest(digest).filter(approved) else { return false };
        let current = Current { version: version.version.clone(), digest: version.digest };
        if self.history.last().and_then(|since| since.current.as_ref()) != Some(&current) {
            self.history.push(Since { generation, current: Some(current) });
        }
        true
    }

    /// Removes a version that is not current; whether it was removed.
    pub(crate) fn remove(&mut self, digest: &Digest) -> bool {
        if self.current().is_some_and(|current| current.digest == *digest) {
            return false;
        }
        self.versions.retain(|version| version.digest != *digest);
        true
    }

    /// Removes all versions, and what was granted.
    pub(crate) fn remove_all(&mut self, generation: Generation) {
        self.versions.clear();
        self.grants = Spec::default();
        self.limits = Limits::default();
        self.history.push(Since { generation, current: None });
    }

    /// What must hold of what was read: the version that is current is there, and approved.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(current) = self.history.last().and_then(|since| since.current.as_ref()) else {
            return Ok(());
        };
        let version = self.find_digest(&current.digest);
        version.and_then(|version| version.approved).map(drop).with_context(|| {
            format!("its version {} is current, but not installed and approved", current.version)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    fn record() -> Record {
        let mut record = Record::new(Limits::default(), Spec::default());
        record.put("1.0.0".to_owned(), digest("one"), Some(Generation(1)));
        assert!(record.make_current(&digest("one"), Generation(1)));
        record
    }

    #[test]
    fn a_version_that_is_held_does_not_become_current() {
        let mut record = record();
        record.put("2.0.0".to_owned(), digest("two"), None);
        assert!(!record.make_current(&digest("two"), Generation(2)));
        assert_eq!(record.current().unwrap().version, "1.0.0");
        record.put("2.0.0".to_owned(), digest("two"), Some(Generation(3)));
        assert!(record.make_current(&digest("two"), Generation(3)));
        assert_eq!(record.current().unwrap().version, "2.0.0");
        assert_eq!(record.since(), Some(Generation(3)));
        assert!(!record.remove(&digest("two")), "it is current");
        assert!(record.remove(&digest("one")));
        assert_eq!(record.history().len(), 2);
    }

    #[test]
    fn a_version_is_found_by_its_number_and_its_digest() {
        let mut record = record();
        record.put("1.0.0".to_owned(), digest("other"), None);
        let find = |text: &str| record.find(&text.parse().unwrap());
        let (one, other) = (digest("one").hex(), digest("other").hex());
        assert_eq!(find(&one[..8]).unwrap().digest, digest("one"));
        assert_eq!(
            find("2.0.0").unwrap_err().to_string(),
            format!(
                "it has no version 2.0.0; it has 1.0.0 ({}), 1.0.0 ({})",
                &one[..12],
                &other[..12]
            )
        );
        assert_eq!(
            find("1.0.0").unwrap_err().to_string(),
            format!(
                "more than one of its versions is 1.0.0; name it by its digest: 1.0.0 ({}), 1.0.0 \
                 ({})",
                &one[..12],
                &other[..12]
            )
        );
    }

    #[test]
    fn a_version_notes_where_it_came_from() {
        let mut record = record();
        let written = serde_json::to_string(&record).unwrap();
        assert!(!written.contains("source"), "{written}");
        let source = Source {
            oci: "a.com/acme/pay:1.4".parse().unwrap(),
            manifest: stepwell_registry::Digest::of(b"manifest"),
            signed: None,
        };
        record.note_source(&digest("one"), Some(source.clone()));
        record.note_source(&digest("one"), None);
        record.note_source(&digest("two"), Some(source.clone()));
        assert_eq!(record.versions()[0].source, Some(source.clone()));
        assert_eq!(source.title(), "a.com/acme/pay:1.4, unsigned");
        let again = Record::read(&serde_json::to_vec(&record).unwrap()).unwrap();
        assert_eq!(again, record);
        // As it was before there were registries.
        assert_eq!(Record::read(written.as_bytes()).unwrap().versions()[0].source, None);
    }

    #[test]
    fn what_was_installed_before_there_were_versions_is_current() {
        let text = format!(
            r#"{{
                "version": "1.0.0", "digest": "{}",
                "limits": {{
                    "fuel": 5000000, "memory": 33554432, "time": {{ "secs": 300, "nanos": 0 }},
                    "output": 262144, "log": 65536, "host-calls": 10000000,
                    "http-requests": 100, "http-body": 8388608, "file-bytes": 268435456
                }},
                "grants": {{
                    "directories": [{{ "host": "/srv/out", "guest": "/out", "access": "read-write" }}],
                    "connect": ["mail.example.com:25"], "http": [],
                    "environment": {{ "TOKEN": "hush" }}, "config": {{}}, "secrets": [],
                    "key-value": []
                }}
            }}"#,
            digest("one")
        );
        let record = Record::read(text.as_bytes()).unwrap();
        assert_eq!(record.current().unwrap().title(), record.versions()[0].title());
        assert_eq!(record.since(), Some(Generation(0)));
        assert_eq!(record.limits.fuel, 5_000_000);
        assert_eq!(record.grants.environment["TOKEN"], "hush");
        let again = Record::read(&serde_json::to_vec(&record).unwrap()).unwrap();
        assert_eq!(again, record);
    }
}
