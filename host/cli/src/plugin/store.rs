//! The plugins that are installed in a data directory.
//!
//! They are files beside the database, so that they can be installed while a host has the database
//! open: `plugins/files/DIGEST.wasm` is a version of a plugin, `plugins/reports/DIGEST.json` what
//! the conformance kit says of it, `plugins/TENANT/NAME.json` (for all tenants
//! `plugins/shared/NAME.json`) says what is installed by that name, and `plugins/generation` has a
//! number that grows with every change. `plugins/trust.json` says whose plugins may come from
//! registries.
//!
//! A change is made when its record is: that is written whole or not at all. What it names is
//! written before, as is the generation. Whoever sees that one waits for the lock, which whoever
//! makes the change holds, and goes with the process that is killed: so no host misses a change.

mod admitted;
#[cfg(test)]
mod killed;
mod record;
mod source;
mod trust;

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use stepwell_engine::Generation;
use stepwell_sandbox::{Digest, Grants, Plugin, Sandbox};
use stepwell_tasks::{Installed, Versions};

pub(crate) use admitted::Admitted;
pub(crate) use record::{Record, Version};
pub(crate) use source::Source;

use super::name::{Name, Tenant};

/// Where the plugins of all tenants are; no tenant is called so.
const SHARED: &str = "shared";

/// Where reports of the conformance kit are; no tenant is called so.
const REPORTS: &str = "reports";

/// How names of files begin that are not written to their end.
const UNFINISHED: &str = ".tmp";

/// How long a change waits for another one.
const LOCKED_AT_MOST: Duration = Duration::from_secs(30);

/// How often it looks whether that has ended.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The plugins that are installed in a data directory.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    directory: PathBuf,
}

/// Whom a plugin is installed for, and as what.
pub(crate) type Key = (Option<Tenant>, Name);

/// What is installed by a name, or why that cannot be read.
pub(crate) type Found = (Key, Result<Record>);

impl Store {
    /// The store of a data directory.
    pub(crate) fn of(data: &Path) -> Self {
        Self { directory: data.join("plugins") }
    }

    /// Changes what is installed by a name: `change` gets it, if there was ever anything, and the
    /// generation that the change makes. `file` is what it installs. Where it fails nothing
    /// changes.
    pub(crate) fn change<T>(
        &self,
        key: &Key,
        file: Option<&[u8]>,
        change: impl FnOnce(Option<Record>, Generation) -> Result<(Record, T)>,
    ) -> Result<T> {
        let _lock = self.lock()?;
        let Generation(before) = self.newest(&self.records()?)?;
        let generation = Generation(before + 1);
        let (record, done) = change(self.record(key)?, generation)?;
        if let Some(file) = file {
            self.write(&self.file(&Digest::of(file)), file)?;
        }
        self.write_generation(generation)?;
        self.write(&self.path(key), &serde_json::to_vec_pretty(&record)?)?;
        self.clean();
        Ok(done)
    }

    /// What is installed by a name, if anything is.
    pub(crate) fn installed(&self, key: &Key) -> Result<Option<Record>> {
        Ok(self.record(key)?.filter(|record| record.current().is_some()))
    }

    /// What is or was installed, and the generation in which it is.
    pub(crate) fn snapshot(&self) -> Result<(Generation, Vec<Found>)> {
        if !self.directory.is_dir() {
            return Ok((Generation::default(), Vec::new()));
        }
        let _lock = self.lock()?;
        let all = self.records()?;
        Ok((self.newest(&all)?, all))
    }

    /// What is installed, or cannot be read: first for all tenants, then for each, by name.
    pub(crate) fn list(&self) -> Result<Vec<Found>> {
        let mut all = self.records()?;
        all.retain(|(_, found)| !matches!(found, Ok(record) if record.current().is_none()));
        Ok(all)
    }

    /// What is or was installed, in the same order.
    fn records(&self) -> Result<Vec<Found>> {
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
            all.extend(self.record(&key).transpose().map(|found| (key, found)));
        }
        Ok(all)
    }

    /// Copies what is installed into the store of another data directory, where there is nothing.
    pub(crate) fn copy(&self, to: &Self) -> Result<()> {
        if !self.directory.is_dir() {
            return Ok(());
        }
        // Nothing is removed meanwhile.
        let _lock = self.lock()?;
        let all = self.records()?;
        let generation = self.newest(&all)?;
        for (key, record) in all {
            let record = record?;
            for version in record.versions() {
                to.write(&to.file(&version.digest), &self.read(&version.digest)?)?;
                if let Some(report) = self.report(&version.digest)? {
                    to.write(&to.report_file(&version.digest), report.as_bytes())?;
                }
            }
            to.write(&to.path(&key), &serde_json::to_vec_pretty(&record)?)?;
        }
        self.copy_trust(to)?;
        to.write_generation(generation)
    }

    /// Which state the store is in: another one once something has changed.
    pub(crate) fn generation(&self) -> Result<Generation> {
        let path = self.directory.join("generation");
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(number) => Ok(Generation(number)),
                // Before generations were numbers they were random.
                Err(_) if uuid::Uuid::parse_str(text.trim()).is_ok() => Ok(Generation::default()),
                Err(_) => bail!(
                    "{} is damaged: write a number into it that is higher than each `since` of \
                     `stepwell plugin list`",
                    path.display()
                ),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Generation::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The same, and never behind what is installed: another file may have been put in place.
    fn newest(&self, all: &[Found]) -> Result<Generation> {
        let known = all.iter().filter_map(|(_, found)| Some(found.as_ref().ok()?.newest()));
        Ok(known.fold(self.generation()?, Generation::max))
    }

    /// Admits a version that is installed.
    pub(crate) async fn admit(&self, version: &Version, sandbox: &Sandbox) -> Result<Plugin> {
        let file = self.file(&version.digest);
        let plugin = sandbox.admit_file(&file).await?;
        let digest = plugin.info().digest;
        if digest != version.digest {
            bail!("{} was changed: its digest is {digest}", file.display());
        }
        Ok(plugin)
    }

    /// Makes the versions ready to run that may, and tells which of them cannot.
    pub(crate) async fn open(
        &self,
        record: &Record,
        sandbox: &Sandbox,
    ) -> (Versions, Vec<anyhow::Error>) {
        let (mut versions, mut held, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for version in record.versions() {
            let Some(approved) = version.approved else {
                held.push(version.version.clone());
                continue;
            };
            match self.open_version(record, version, sandbox).await {
                Ok(installed) => versions.push(stepwell_tasks::Version { installed, approved }),
                Err(error) => failed.push(error.context(format!("version {}", version.title()))),
            }
        }
        (Versions::new(versions, record.history().to_vec(), held), failed)
    }

    async fn open_version(
        &self,
        record: &Record,
        version: &Version,
        sandbox: &Sandbox,
    ) -> Result<Installed> {
        let plugin = self.admit(version, sandbox).await?;
        let effective = record.grants.effective(plugin.info());
        let grants = Grants::open(effective.spec)?;
        Ok(Installed { plugin, grants, limits: record.limits.clone() })
    }

    /// Keeps a report of the conformance kit with a version that is installed, for as long as that
    /// is.
    pub(crate) fn keep_report(&self, digest: &Digest, report: &str) -> Result<()> {
        let _lock = self.lock()?;
        self.write(&self.report_file(digest), report.as_bytes())
    }

    /// The report that is kept with a version, if any is.
    pub(crate) fn report(&self, digest: &Digest) -> Result<Option<String>> {
        let path = self.report_file(digest);
        match fs::read_to_string(&path) {
            Ok(report) => Ok(Some(report)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn report_file(&self, digest: &Digest) -> PathBuf {
        self.directory.join(REPORTS).join(format!("{}.json", digest.hex()))
    }

    fn read(&self, digest: &Digest) -> Result<Vec<u8>> {
        let file = self.file(digest);
        fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
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
        let record = Record::read(&text).and_then(|record| record.check().map(|()| record));
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
        self.lock_within(LOCKED_AT_MOST)
    }

    fn lock_within(&self, time: Duration) -> Result<File> {
        make_folder(&self.directory)
            .with_context(|| format!("cannot make {}", self.directory.display()))?;
        let path = self.directory.join("lock");
        let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let file = open().with_context(|| format!("cannot open {}", path.display()))?;
        // It may be another's.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
        let until = Instant::now() + time;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => {
                    thread::sleep(LOCK_PAUSE);
                }
                Err(TryLockError::WouldBlock) => bail!(
                    "{} is locked: another `stepwell plugin` or `stepwell backup` has it, or whoever \
                     else may open it; `lslocks` shows which process that is",
                    path.display()
                ),
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", path.display()));
                }
            }
        }
    }

    fn write_generation(&self, Generation(number): Generation) -> Result<()> {
        self.write(&self.directory.join("generation"), number.to_string().as_bytes())
    }

    /// Removes what nothing is installed from, and what a process that was killed has left. What
    /// cannot be removed is left to the next change.
    fn clean(&self) {
        let Ok(all) = self.records() else { return };
        // What one that cannot be read needs is not known.
        let all = all.into_iter().map(|(_, found)| found).collect::<Result<Vec<_>>>();
        let Ok(all) = all else { return };
        let versions = || all.iter().flat_map(Record::versions).map(|version| &version.digest);
        let files = versions().map(|digest| self.file(digest));
        let needed: HashSet<_> =
            files.chain(versions().map(|digest| self.report_file(digest))).collect();
        let folders = names(&self.directory).unwrap_or_default();
        let folders = folders.into_iter().map(|name| self.directory.join(name));
        for folder in folders.chain([self.directory.clone()]) {
            for name in names(&folder).unwrap_or_default() {
                let path = folder.join(&name);
                let is_file = name.ends_with(".wasm") || folder.ends_with(REPORTS);
                let is_stray = is_file && !needed.contains(&path);
                if name.starts_with(UNFINISHED) || is_stray {
                    let _ = fs::remove_file(&path);
                }
            }
        }
    }

    /// Writes a file, durably, whole or not at all. Nobody else may read it: grants may hold
    /// secrets.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let write = || {
            let folder = path.parent().unwrap_or(&self.directory);
            make_folder(folder)?;
            // Only its owner may open a temporary file.
            let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
            let (first, rest) = bytes.split_at(bytes.len() / 2);
            file.write_all(first)?;
            moment();
            file.write_all(rest)?;
            file.as_file().sync_all()?;
            moment();
            file.persist(path)?;
            File::open(folder)?.sync_all()?;
            moment();
            Ok::<_, io::Error>(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Makes a directory where it is not there. It is its owner's alone: whoever can open the lock can
/// hold it.
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
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

/// A moment at which the process may be killed: tests do so at each.
fn moment() {
    #[cfg(test)]
    killed::moment();
}

#[cfg(test)]
mod tests;
