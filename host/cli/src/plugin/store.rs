//! The plugins that are installed in a data directory.
//!
//! They are files beside the database, so that they can be installed while a host has the database
//! open: `plugins/files/DIGEST.wasm` is a plugin, `plugins/TENANT/NAME.json` (for all tenants
//! `plugins/shared/NAME.json`) says what is installed by that name. Each is written whole or not
//! at all, and `plugins/generation` tells a host that there is something new.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};
use stepwell_sandbox::Digest;
use stepwell_sandbox::{Grants, Info, Limits, Sandbox, grants::Spec};
use stepwell_tasks::Installed;

use super::name::{Name, Tenant};

/// Where the plugins of all tenants are; no tenant is called so.
const SHARED: &str = "shared";

/// The plugins that are installed in a data directory.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    directory: PathBuf,
}

/// What is installed by a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The version that the plugin gives itself.
    pub(crate) version: String,
    /// Its file's.
    pub(crate) digest: Digest,
    pub(crate) limits: Limits,
    pub(crate) grants: Spec,
}

/// Whom a plugin is installed for, and as what.
pub(crate) type Key = (Option<Tenant>, Name);

/// What changes when something is installed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Generation(Vec<u8>);

impl Store {
    /// The store of a data directory.
    pub(crate) fn of(data: &Path) -> Self {
        Self { directory: data.join("plugins") }
    }

    /// Installs a plugin, in place of the one of the same name, which it returns.
    pub(crate) fn add(&self, key: &Key, bytes: &[u8], record: &Record) -> Result<Option<Record>> {
        let _lock = self.lock()?;
        let before = self.record(key)?;
        self.write(&self.file(&record.digest), bytes)?;
        self.write(&self.path(key), &serde_json::to_vec_pretty(record)?)?;
        self.announce()?;
        if let Some(before) = &before {
            self.clean(&before.digest)?;
        }
        Ok(before)
    }

    /// Removes a plugin, which it returns; none where there is none.
    pub(crate) fn remove(&self, key: &Key) -> Result<Option<Record>> {
        if !self.directory.is_dir() {
            return Ok(None);
        }
        let _lock = self.lock()?;
        let Some(record) = self.record(key)? else { return Ok(None) };
        let path = self.path(key);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        self.announce()?;
        self.clean(&record.digest)?;
        Ok(Some(record))
    }

    /// What is installed: first for all tenants, then for each, by name.
    pub(crate) fn list(&self) -> Result<Vec<(Key, Record)>> {
        let mut keys = BTreeSet::new();
        for scope in names(&self.directory)? {
            let tenant = match &*scope {
                SHARED => None,
                scope => match scope.parse() {
                    Ok(tenant) => Some(tenant),
                    // What else there is is none of them.
                    Err(_) => continue,
                },
            };
            for file in names(&self.directory.join(&scope))? {
                if let Some(Ok(name)) = file.strip_suffix(".json").map(str::parse) {
                    keys.insert((tenant.clone(), name));
                }
            }
        }
        let mut all = Vec::new();
        for key in keys {
            // One that was removed meanwhile is not there.
            all.extend(self.record(&key)?.map(|record| (key, record)));
        }
        Ok(all)
    }

    /// Copies what is installed into the store of another data directory.
    pub(crate) fn copy(&self, to: &Self) -> Result<()> {
        if !self.directory.is_dir() {
            return Ok(());
        }
        // Nothing is removed meanwhile.
        let _lock = self.lock()?;
        for (key, record) in self.list()? {
            let file = self.file(&record.digest);
            let bytes =
                fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            to.add(&key, &bytes, &record)?;
        }
        Ok(())
    }

    /// Which state the store is in; another one once something has changed.
    pub(crate) fn generation(&self) -> Result<Generation> {
        let path = self.directory.join("generation");
        match fs::read(&path) {
            Ok(text) => Ok(Generation(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Generation(Vec::new())),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Makes an installed plugin ready to run.
    pub(crate) async fn open(&self, record: &Record, sandbox: &Sandbox) -> Result<Installed> {
        let file = self.file(&record.digest);
        let plugin = sandbox.admit_file(&file).await?;
        let Info { digest, .. } = plugin.info();
        if *digest != record.digest {
            bail!("{} was changed: its digest is {digest}", file.display());
        }
        let grants = Grants::open(record.grants.clone())?;
        Ok(Installed { plugin, grants, limits: record.limits.clone() })
    }

    fn record(&self, key: &Key) -> Result<Option<Record>> {
        let path = self.path(key);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let record = serde_json::from_slice(&text);
        record.map(Some).with_context(|| format!("{} is damaged", path.display()))
    }

    fn path(&self, (tenant, name): &Key) -> PathBuf {
        let scope = tenant.as_ref().map_or(SHARED, Tenant::as_str);
        self.directory.join(scope).join(format!("{name}.json"))
    }

    fn file(&self, digest: &Digest) -> PathBuf {
        self.directory.join("files").join(format!("{}.wasm", digest.hex()))
    }

    /// Keeps others from changing the store as long as it lives.
    fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let path = self.directory.join("lock");
        let lock = || {
            let file = File::create(&path)?;
            file.lock()?;
            Ok::<_, io::Error>(file)
        };
        lock().with_context(|| format!("cannot lock {}", path.display()))
    }

    /// Tells a host that something has changed.
    fn announce(&self) -> Result<()> {
        let generation = uuid::Uuid::new_v4().to_string();
        self.write(&self.directory.join("generation"), generation.as_bytes())
    }

    /// Removes a file that nothing is installed from any more.
    fn clean(&self, digest: &Digest) -> Result<()> {
        if self.list()?.iter().any(|(_, record)| record.digest == *digest) {
            return Ok(());
        }
        let file = self.file(digest);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", file.display()))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file, durably, whole or not at all. Nobody else may read it: grants may hold
    /// secrets.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let write = || {
            let folder = path.parent().unwrap_or(&self.directory);
            fs::create_dir_all(folder)?;
            // Only its owner may open a temporary file.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            File::open(folder)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The names in a directory; none where it is not there.
fn names(directory: &Path) -> Result<Vec<String>> {
    let read = || -> io::Result<Vec<String>> {
        let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name()));
        let names = names.collect::<io::Result<Vec<_>>>()?;
        Ok(names.into_iter().filter_map(|name| name.into_string().ok()).collect())
    };
    match read() {
        Ok(names) => Ok(names),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound) => Ok(Vec::new()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", directory.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(bytes: &[u8], version: &str) -> Record {
        Record {
            version: version.to_owned(),
            digest: Digest::of(bytes),
            limits: Limits { fuel: u64::MAX, ..Limits::default() },
            grants: Spec { environment: [("A".into(), "b".into())].into(), ..Spec::default() },
        }
    }

    fn key(tenant: Option<&str>, name: &str) -> Key {
        (tenant.map(|tenant| tenant.parse().unwrap()), name.parse().unwrap())
    }

    fn files(store: &Store) -> usize {
        names(&store.directory.join("files")).unwrap().len()
    }

    #[test]
    fn what_is_added_is_there_until_it_is_removed() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::of(data.path());
        assert_eq!(store.list().unwrap(), []);
        let (one, two) = (record(b"one", "1.0.0"), record(b"two", "2.0.0"));
        let (all, own) = (key(None, "pay"), key(Some("123456789012"), "pay"));
        assert_eq!(store.add(&own, b"one", &one).unwrap(), None);
        assert_eq!(store.add(&all, b"one", &one).unwrap(), None);
        assert_eq!(store.list().unwrap(), [(all.clone(), one.clone()), (own.clone(), one.clone())]);
        assert_eq!(files(&store), 1);
        // In place of the one before, whose file the other one still needs.
        assert_eq!(store.add(&all, b"two", &two).unwrap(), Some(one.clone()));
        assert_eq!(files(&store), 2);
        assert_eq!(store.remove(&own).unwrap(), Some(one));
        assert_eq!(files(&store), 1);
        assert_eq!(store.remove(&own).unwrap(), None);
        assert_eq!(store.list().unwrap(), [(all, two)]);
    }

    #[test]
    fn every_change_makes_another_generation() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::of(data.path());
        let before = store.generation().unwrap();
        let one = record(b"one", "1.0.0");
        store.add(&key(None, "one"), b"one", &one).unwrap();
        let added = store.generation().unwrap();
        assert_ne!(before, added);
        assert_eq!(store.generation().unwrap(), added);
        store.remove(&key(None, "one")).unwrap();
        assert_ne!(store.generation().unwrap(), added);
    }

    #[test]
    fn a_damaged_record_is_named() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::of(data.path());
        store.add(&key(None, "one"), b"one", &record(b"one", "1.0.0")).unwrap();
        let path = data.path().join("plugins/shared/one.json");
        fs::write(&path, "{").unwrap();
        let error = store.list().unwrap_err().to_string();
        assert_eq!(error, format!("{} is damaged", path.display()));
    }
}
