//! The versions of a plugin that are installed side by side, and which of them an execution runs.

use std::{collections::HashSet, sync::Arc};

use serde::{Deserialize, Serialize};
use stepwell_engine::Generation;
use stepwell_sandbox::{Digest, key_value::Store};

use crate::Installed;

/// What is installed by a name.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    installed: Vec<Version>,
    history: Vec<Since>,
    held: Vec<String>,
}

/// A version that may run.
#[derive(Debug, Clone)]
pub struct Version {
    /// It.
    pub installed: Installed,
    /// From when on it may run.
    pub approved: Generation,
}

/// What was current from some time on, up to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// From when on.
    pub generation: Generation,
    /// The version; none where the plugin was removed.
    pub current: Option<Current>,
}

/// A version that is, or was, current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Current {
    /// The version that the plugin gives itself.
    pub version: String,
    /// Its file's.
    pub digest: Digest,
}

impl Versions {
    /// The versions that may run; what was current, in the order of time; and the numbers of the
    /// versions that are held: they do not run.
    pub fn new(installed: Vec<Version>, history: Vec<Since>, held: Vec<String>) -> Self {
        Self { installed, history, held }
    }

    /// One version, which is and was current.
    pub fn only(installed: Installed) -> Self {
        let info = installed.plugin.info();
        let current = Current { version: info.version.clone(), digest: info.digest };
        let generation = Generation::default();
        Self {
            history: vec![Since { generation, current: Some(current) }],
            installed: vec![Version { installed, approved: generation }],
            held: Vec::new(),
        }
    }

    /// Where it cannot be told what is installed: nothing runs by the name, nor what all tenants
    /// have by it.
    pub fn unknown() -> Self {
        let current = Current { version: "unknown".to_owned(), digest: Digest::of(b"") };
        let since = Since { generation: Generation::default(), current: Some(current) };
        Self { history: vec![since], ..Self::default() }
    }

    /// The same, keeping the key-value data of what is installed as `plugin` in a store.
    #[must_use]
    pub fn with_key_value(mut self, store: &Arc<dyn Store>, plugin: &str) -> Self {
        for version in &mut self.installed {
            let grants = std::mem::take(&mut version.installed.grants);
            version.installed.grants = grants.with_key_value(store.clone(), plugin);
        }
        self
    }

    /// Whether nothing is installed.
    pub fn is_empty(&self) -> bool {
        self.installed.is_empty()
    }

    /// The version that executions run that start now; none where none may run.
    pub fn now(&self) -> Option<&Installed> {
        self.current(None).ok()
    }

    /// What was current in a generation, if anything; without one, what is.
    fn at(&self, generation: Option<Generation>) -> Option<&Current> {
        let until = generation.map_or(self.history.len(), |generation| {
            self.history.partition_point(|since| since.generation <= generation)
        });
        self.history[..until].last()?.current.as_ref()
    }

    /// Whether any version was current in a generation.
    pub(crate) fn was_current(&self, generation: Option<Generation>) -> bool {
        self.at(generation).is_some()
    }

    /// The version that was current in a generation; where there was none yet, the first one that
    /// came and is still there. Where it was removed since, its number.
    pub(crate) fn current(&self, generation: Option<Generation>) -> Result<&Installed, &str> {
        let later = || {
            let later = self.history.iter().filter(|since| Some(since.generation) > generation);
            later.filter_map(|since| since.current.as_ref()).find(|it| self.find(it).is_some())
        };
        match self.at(generation) {
            Some(current) => self.find(current).ok_or(&current.version),
            None => later().and_then(|current| self.find(current)).ok_or("that was there"),
        }
    }

    fn find(&self, current: &Current) -> Option<&Installed> {
        let all = self.installed.iter().map(|version| &version.installed);
        all.into_iter().find(|installed| installed.plugin.info().digest == current.digest)
    }

    /// The highest version that is the one wanted, or begins with its numbers: of those that could
    /// run in the generation, or where there is none, of those that came later.
    pub(crate) fn pinned(
        &self,
        wanted: &str,
        generation: Option<Generation>,
    ) -> Option<&Installed> {
        let current = self.at(generation).map(|current| current.digest);
        let rank = |version: &&Version| {
            let info = version.installed.plugin.info();
            let known = generation.is_none_or(|generation| version.approved <= generation);
            let number = semver::Version::parse(&info.version).ok();
            (known, number, Some(info.digest) == current, version.approved)
        };
        let fits =
            |version: &&Version| has_version(&version.installed.plugin.info().version, wanted);
        self.installed.iter().filter(fits).max_by_key(rank).map(|version| &version.installed)
    }

    /// The numbers of the versions that may run.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let numbers = self.installed.iter().map(|it| it.installed.plugin.info().version.clone());
        let mut seen = HashSet::new();
        numbers.filter(|number| seen.insert(number.clone())).collect()
    }

    /// The versions that are held, and that would be the one wanted.
    pub(crate) fn held(&self, wanted: &str) -> Vec<String> {
        self.held.iter().filter(|held| has_version(held, wanted)).cloned().collect()
    }
}

/// Whether a version is the one wanted, or begins with its numbers. Where all three are wanted it
/// is that one alone: what is before its release, or a build of its own, is named in full.
fn has_version(version: &str, wanted: &str) -> bool {
    let is_whole = wanted.matches('.').count() >= 2;
    let begins = |rest: &str| !is_whole && rest.starts_with(['.', '-', '+']);
    version.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || begins(rest))
}
