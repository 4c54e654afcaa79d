//! What a call may touch: a world of its own, which can be looked at afterwards.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use stepwell_sandbox::{
    Grants, Info, Use,
    grants::{self, Access, Directory, Exposure, KeyValue, Secret, Source, Spec},
};
use tempfile::TempDir;

use crate::{answers::Answers, circumstances::Circumstances, error::Error, store::Recorder};

/// What a call is granted, and who answers what it asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Granted {
    pub(crate) spec: Spec,
    /// None for the network.
    pub(crate) answers: Option<Answers>,
}

/// Directories, stores and secrets that one call, or several after one another, are granted.
pub(crate) struct World {
    _directory: TempDir,
    granted: Granted,
    plugin: String,
    store: Arc<Recorder>,
    uses: Arc<Mutex<Vec<Use>>>,
}

/// What is kept of what calls ask for; a call may ask without end.
const MOST_USES: usize = 10_000;

impl World {
    /// A world with copies of the directories that are granted read-write.
    pub(crate) fn of(info: &Info, granted: &Granted) -> Result<Self, Error> {
        let directory = tempfile::tempdir().map_err(Error::Directory)?;
        let spec = copied(&granted.spec, directory.path()).map_err(Error::Directory)?;
        Ok(Self {
            _directory: directory,
            granted: Granted { spec: spec.effective(info).spec, ..granted.clone() },
            plugin: info.name.clone(),
            store: Arc::default(),
            uses: Arc::default(),
        })
    }

    /// A world that has besides what the plugin wants and the kit can give: empty directories,
    /// empty stores, and secrets that are none and follow from the seed.
    pub(crate) fn furnished(info: &Info, granted: &Granted, seed: u64) -> Result<Self, Error> {
        let directory = tempfile::tempdir().map_err(Error::Directory)?;
        let mut spec = copied(&granted.spec, directory.path()).map_err(Error::Directory)?;
        furnish(&mut spec, info, seed, directory.path()).map_err(Error::Directory)?;
        Ok(Self {
            _directory: directory,
            granted: Granted { spec: spec.effective(info).spec, ..granted.clone() },
            plugin: info.name.clone(),
            store: Arc::default(),
            uses: Arc::default(),
        })
    }

    /// What is granted.
    pub(crate) fn granted(&self) -> &Granted {
        &self.granted
    }

    /// The grants of a call in this world.
    pub(crate) fn grants(&self, seen: &Circumstances) -> Result<Grants, grants::Error> {
        let spec = self.granted.spec.clone();
        let spec = Spec { random_seed: Some(seen.seed), clock: Some(seen.clock), ..spec };
        let uses = Arc::clone(&self.uses);
        let watch = move |used| {
            let mut uses = uses.lock().unwrap_or_else(PoisonError::into_inner);
            if uses.len() < MOST_USES {
                uses.push(used);
            }
        };
        let mut grants = Grants::open(spec)?;
        if let Some(answers) = &self.granted.answers {
            grants = grants.with_answers(Arc::new(answers.clone()));
        }
        Ok(grants.with_key_value(self.store.clone(), &self.plugin).with_watch(Arc::new(watch)))
    }

    /// What calls have asked for so far.
    pub(crate) fn uses(&self) -> Vec<Use> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What is in the directories that may be written to, and in the stores.
    pub(crate) async fn contents(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let mut contents = BTreeMap::new();
        for granted in writable(&self.granted.spec) {
            let guest = granted.guest.trim_end_matches('/');
            read_files(&granted.host, guest, &mut contents).map_err(Error::Directory)?;
        }
        for (store, key, value) in self.store.entries().await {
            contents.insert(format!("the key {key:?} of the store `{store}`"), value);
        }
        Ok(contents)
    }
}

fn writable(spec: &Spec) -> impl Iterator<Item = &Directory> {
    spec.directories.iter().filter(|granted| granted.access == Access::ReadWrite)
}

/// Grants with copies, in the directory `into`, of what may be written to. What is not there is
/// taken for empty; what there is besides files and directories, such as links, is left out.
///
/// # Errors
///
/// Where a copy cannot be made.
pub fn copied(spec: &Spec, into: &Path) -> io::Result<Spec> {
    let mut spec = spec.clone();
    for (at, granted) in spec.directories.iter_mut().enumerate() {
        if granted.access == Access::ReadWrite {
            let copy = into.join(at.to_string());
            fs::create_dir(&copy)?;
            if granted.host.is_dir() {
                copy_files(&granted.host, &copy)?;
            }
            granted.host = copy;
        }
    }
    Ok(spec)
}

fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir(&to)?;
            copy_files(&entry.path(), &to)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// Adds what is wanted, not granted, and can be made up.
fn furnish(spec: &mut Spec, info: &Info, seed: u64, directory: &Path) -> io::Result<()> {
    let bare = |path: &str| path.trim_end_matches('/').to_owned();
    for (at, path) in info.wants.directories.iter().enumerate() {
        if spec.directories.iter().any(|granted| bare(&granted.guest) == bare(path)) {
            continue;
        }
        let host = directory.join(format!("wanted-{at}"));
        fs::create_dir(&host)?;
        let guest = path.clone();
        spec.directories.push(Directory { host, guest, access: Access::ReadWrite });
    }
    for store in &info.wants.key_value {
        if !spec.key_value.iter().any(|granted| granted.store == *store) {
            spec.key_value.push(KeyValue::new(store.clone()));
        }
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let has_http = info.imports.iter().any(|import| import.starts_with("wasi:http/"));
    for (at, name) in info.wants.secrets.iter().enumerate() {
        // All names that begin so: nobody has chosen one.
        if name.ends_with('*') || spec.secrets.iter().any(|granted| granted.name == *name) {
            continue;
        }
        let file = directory.join(format!("secret-{at}"));
        fs::write(&file, format!("no-secret-of-anybody-{at}-{:016x}", random.u64(..)))?;
        spec.secrets.push(Secret {
            name: name.clone(),
            from: Source::File(file),
            // A placeholder is granted to those alone that could send it.
            expose: if has_http { Exposure::Placeholder } else { Exposure::Value },
            hosts: Vec::new(),
        });
    }
    Ok(())
}

fn read_files(
    directory: &Path,
    guest: &str,
    contents: &mut BTreeMap<String, Vec<u8>>,
) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let guest = format!("{guest}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_files(&entry.path(), &guest, contents)?;
            contents.insert(format!("{guest}/"), Vec::new());
        } else {
            contents.insert(guest, fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_that_are_made_up_follow_from_the_seed() {
        let info: Info = serde_json::from_value(json!({
            "name": "plugin",
            "version": "1.0.0",
            "summary": "",
            "kind": "component",
            "digest": format!("sha256:{}", "0".repeat(64)),
            "tasks": [],
            "wants": { "secrets": ["token", "keys.*"] },
            "imports": ["stepwell:task/secrets@0.1.0"],
        }))
        .unwrap();
        let made_up = |seed| -> Vec<_> {
            let world = World::furnished(&info, &Granted::default(), seed).unwrap();
            let value = |secret: &Secret| match &secret.from {
                Source::File(file) => (secret.name.clone(), fs::read_to_string(file).unwrap()),
                from => panic!("from {from:?}"),
            };
            world.granted().spec.secrets.iter().map(value).collect()
        };
        let [(name, _)] = &made_up(7)[..] else { panic!("one secret is made up") };
        assert_eq!(name, "token");
        assert_eq!(made_up(7), made_up(7));
        assert_ne!(made_up(7), made_up(8));
    }

    #[test]
    fn what_may_be_written_to_is_a_copy() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().join("data");
        fs::create_dir_all(host.join("deep")).unwrap();
        fs::write(host.join("deep/file"), "as it was").unwrap();
        let granted = |access| Directory { host: host.clone(), guest: "/data".into(), access };
        let spec = |access| Spec { directories: vec![granted(access)], ..Spec::default() };
        let copies = folder.path().join("copies");
        fs::create_dir(&copies).unwrap();
        let spec_of_copies = copied(&spec(Access::ReadWrite), &copies).unwrap();
        let copy = &spec_of_copies.directories[0].host;
        assert!(copy.starts_with(&copies));
        fs::write(copy.join("deep/file"), "otherwise").unwrap();
        assert_eq!(fs::read_to_string(host.join("deep/file")).unwrap(), "as it was");
        let read_only = spec(Access::ReadOnly);
        assert_eq!(copied(&read_only, &copies).unwrap(), read_only);
    }
}
