//! A directory of the call's own, which is gone when the call is over.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::runtime::Handle;
use uuid::Uuid;

/// The path at which the guest sees it.
pub const GUEST: &str = "/scratch";

/// What a place is called.
const NAME: &str = "stepwell-scratch";
/// Whoever holds it may make and remove the folders of hosts.
const TURN: &str = "turn";
/// In a host's folder, and held for as long as the host lives.
const ALIVE: &str = "alive";

/// Where the directories of a host's calls lie. Several hosts may have the same place: each has a
/// folder in it. What a host has left that was killed is removed by the next that starts.
pub(crate) struct Place {
    /// Only the host's user may write there.
    directory: PathBuf,
    /// Made when it is first needed.
    folder: Mutex<Option<Arc<Folder>>>,
    made: AtomicU64,
    /// Directories that calls were given and left as they were: each is as good as a new one.
    spare: Mutex<Vec<Spare>>,
}

/// Most directories that are kept for other calls.
const MOST_SPARE: usize = 64;

/// A directory in which nothing was ever made.
struct Spare {
    path: PathBuf,
    directory: File,
    /// Its times when it was made; none where the system does not tell them.
    times: Option<Times>,
}

impl Spare {
    fn is_untouched(&self) -> bool {
        self.times.is_some() && times(&self.directory) == self.times
    }
}

/// When a directory was last read, changed and given other times, in nanoseconds.
type Times = [(i64, i64); 3];

#[cfg(unix)]
fn times(directory: &File) -> Option<Times> {
    use std::os::unix::fs::MetadataExt as _;
    let found = directory.metadata().ok()?;
    Some([
        (found.atime(), found.atime_nsec()),
        (found.mtime(), found.mtime_nsec()),
        (found.ctime(), found.ctime_nsec()),
    ])
}

#[cfg(not(unix))]
fn times(_: &File) -> Option<Times> {
    None
}

/// One host's folder.
struct Folder {
    path: PathBuf,
    place: PathBuf,
    alive: File,
}

impl Place {
    /// The place in that directory of the operator's, or the one that hosts have by default: one
    /// for each user. Removes what hosts have left there.
    pub(crate) fn open(directory: Option<&Path>) -> Self {
        // What else lies in the operator's directory is none of the host's business.
        let directory = match directory {
            Some(directory) => directory.join(NAME),
            None => default_directory(),
        };
        // Nothing depends on it, and the next host tries again.
        let _ = sweep(&directory);
        Self {
            directory,
            folder: Mutex::default(),
            made: AtomicU64::new(0),
            spare: Mutex::default(),
        }
    }

    /// An empty directory.
    pub(crate) async fn make(self: Arc<Self>) -> io::Result<Scratch> {
        if let Some(spare) = self.take_spare() {
            return Ok(Scratch { folder: self.folder()?, place: self, held: Some(spare) });
        }
        let make = move || {
            let mut folder = self.folder()?;
            let mut made = self.make_in(&folder);
            // Whoever clears old files away may have taken the folder, too.
            if made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                self.forget(&folder);
                folder = self.folder()?;
                made = self.make_in(&folder);
            }
            let held = Some(made?);
            Ok(Scratch { folder, place: self, held })
        };
        tokio::task::spawn_blocking(make).await?
    }

    fn make_in(&self, folder: &Folder) -> io::Result<Spare> {
        let path = folder.path.join(self.made.fetch_add(1, Ordering::Relaxed).to_string());
        fs::create_dir(&path)?;
        let directory = File::open(&path)?;
        let times = times(&directory);
        Ok(Spare { path, directory, times })
    }

    /// One that is still as it was: others than calls may have touched or removed it.
    fn take_spare(&self) -> Option<Spare> {
        let mut spare = self.spare();
        while let Some(next) = spare.pop() {
            if next.is_untouched() && next.path.exists() {
                return Some(next);
            }
            // One that is not empty goes with the folder.
            let _ = fs::remove_dir(&next.path);
        }
        None
    }

    /// Has another folder made, unless one was already.
    fn forget(&self, gone: &Arc<Folder>) {
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        folder.take_if(|folder| Arc::ptr_eq(folder, gone));
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Spare>> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&self) -> io::Result<Arc<Folder>> {
        // Whole between any two of its operations, so a panic elsewhere does not spoil it.
        let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
        match &*folder {
            Some(folder) => Ok(Arc::clone(folder)),
            None => Ok(Arc::clone(folder.insert(Arc::new(Folder::make(&self.directory)?)))),
        }
    }
}

fn default_directory() -> PathBuf {
    #[cfg(unix)]
    let name = format!("{NAME}-{}", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    let name = NAME;
    std::env::temp_dir().join(name)
}

impl Folder {
    fn make(place: &Path) -> io::Result<Self> {
        crate::private::create(place)?;
        check(place)?;
        let _turn = take_turn(place)?;
        let path = place.join(Uuid::new_v4().to_string());
        fs::create_dir(&path)?;
        let alive = File::create_new(path.join(ALIVE))?;
        alive.lock()?;
        Ok(Self { path, place: place.to_owned(), alive })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What fails here is done by the next host that starts.
        let _ = take_turn(&self.place).and_then(|_turn| {
            self.alive.unlock()?;
            remove_all(&self.path)
        });
    }
}

/// Refuses a place that others could put something in, or that leads to another.
fn check(place: &Path) -> io::Result<()> {
    let refused = |why: &str| Err(io::Error::other(format!("{} {why}", place.display())));
    if fs::symlink_metadata(place)?.is_symlink() {
        return refused("is a link");
    }
    match crate::private::is_exposed(place)? {
        true => refused("can be written in by other users"),
        false => Ok(()),
    }
}

/// Waits until no other host makes or removes a folder.
fn take_turn(place: &Path) -> io::Result<File> {
    let turn = File::options().create(true).append(true).open(place.join(TURN))?;
    turn.lock()?;
    Ok(turn)
}

/// Removes the folders of hosts that are gone, and nothing else.
fn sweep(place: &Path) -> io::Result<()> {
    check(place)?;
    let _turn = take_turn(place)?;
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let is_named = |name: &str| Uuid::try_parse(name).is_ok();
        if entry.file_type()?.is_dir() && entry.file_name().to_str().is_some_and(is_named) {
            // One that cannot be removed does not keep the others.
            let _ = remove_dead(&entry.path());
        }
    }
    Ok(())
}

/// Removes a host's folder, unless the host is alive.
fn remove_dead(folder: &Path) -> io::Result<()> {
    match File::open(folder.join(ALIVE)) {
        Ok(alive) => match alive.try_lock() {
            Ok(()) => remove_all(folder),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error),
        },
        // The host died before it had one; what is not empty is no folder of a host's.
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_dir(folder),
        Err(error) => Err(error),
    }
}

/// Removes a host's folder and all in it: the file by which it is known for one comes last.
fn remove_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => remove(&entry.path())?,
            false if entry.file_name() == ALIVE => {}
            false => fs::remove_file(entry.path())?,
        }
    }
    fs::remove_file(folder.join(ALIVE))?;
    fs::remove_dir(folder)
}

/// The directory of one call. It is removed when this is dropped, or [by hand](Self::remove).
pub(crate) struct Scratch {
    held: Option<Spare>,
    place: Arc<Place>,
    folder: Arc<Folder>,
}

impl Scratch {
    /// A handle on the directory.
    pub(crate) fn open(&self) -> io::Result<File> {
        let held = self.held.as_ref().map(|held| held.directory.try_clone());
        held.unwrap_or_else(|| Err(io::ErrorKind::NotFound.into()))
    }

    /// Keeps the directory for another call if nothing was ever made in it, which the caller knows,
    /// and nobody looked into it or changed its times; else removes it.
    pub(crate) async fn give_back(mut self) {
        if let Some(held) = self.held.take_if(|held| held.is_untouched()) {
            let mut spare = self.place.spare();
            if spare.len() < MOST_SPARE {
                spare.push(held);
                return;
            }
            self.held = Some(held);
        }
        self.remove().await;
    }

    /// Removes the directory.
    pub(crate) async fn remove(mut self) {
        if let Some(held) = self.held.take() {
            let folder = Arc::clone(&self.folder);
            // What is left is removed by the next host that starts.
            let _ = tokio::task::spawn_blocking(move || (remove(&held.path), folder)).await;
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(Spare { path, .. }) = self.held.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || remove(&path))),
            Err(_) => drop(remove(&path)),
        }
    }
}

/// How often a directory is emptied that does not stay empty: what a guest had asked for when it
/// was stopped may be done a moment later, but not more than that.
const TRIES: usize = 8;

/// Removes a directory that a guest has filled.
///
/// It may be nested deeper than a path is long, a stack is high or files may be open. So what lies
/// deeper is moved up first, and no path has more than one name below the folder.
fn remove(directory: &Path) -> io::Result<()> {
    let mut rest = vec![directory.to_owned()];
    let mut moved = 0_u64;
    while let Some(next) = rest.pop() {
        for _ in 0..TRIES {
            for entry in fs::read_dir(&next)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    moved += 1;
                    let mut up = directory.as_os_str().to_owned();
                    up.push(format!("-{moved}"));
                    fs::rename(entry.path(), &up)?;
                    rest.push(up.into());
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
            match fs::remove_dir(&next) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                removed => {
                    removed?;
                    break;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn a_directory_is_gone_with_all_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::open(Some(&directory.path().join("deep/down"))));
        let scratch = Arc::clone(&place).make().await.unwrap();
        let path = scratch.held.as_ref().unwrap().path.clone();
        fs::create_dir_all(path.join("a/b/c")).unwrap();
        fs::write(path.join("a/b/file"), "text").unwrap();
        fs::write(path.join("file"), "text").unwrap();
        let other = Arc::clone(&place).make().await.unwrap();
        scratch.remove().await;
        assert!(!path.exists());
        let folder = path.parent().unwrap();
        assert_eq!(names(folder), ["1", ALIVE]);
        drop((other, place));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_a_directory_that_was_left_as_it_was_is_given_to_another_call() {
        let directory = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::open(Some(directory.path())));
        let path = |scratch: &Scratch| scratch.held.as_ref().unwrap().path.clone();
        let scratch = Arc::clone(&place).make().await.unwrap();
        let first = path(&scratch);
        scratch.give_back().await;
        let scratch = Arc::clone(&place).make().await.unwrap();
        assert_eq!(path(&scratch), first);

        let long_ago = fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
        scratch.open().unwrap().set_times(long_ago).unwrap();
        scratch.give_back().await;
        assert!(!first.exists());
        let scratch = Arc::clone(&place).make().await.unwrap();
        assert_ne!(path(&scratch), first);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn so_many_are_kept_and_no_more() {
        let directory = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::open(Some(directory.path())));
        let mut all = Vec::new();
        for _ in 0..=MOST_SPARE {
            all.push(Arc::clone(&place).make().await.unwrap());
        }
        let folder = all[0].folder.path.clone();
        for scratch in all {
            scratch.give_back().await;
        }
        assert_eq!(names(&folder).len(), MOST_SPARE + 1, "those, and the host's own file");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_others_clear_away_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::open(Some(directory.path())));
        let path = |scratch: &Scratch| scratch.held.as_ref().unwrap().path.clone();
        let scratch = Arc::clone(&place).make().await.unwrap();
        let (first, folder) = (path(&scratch), scratch.folder.path.clone());
        scratch.give_back().await;
        fs::remove_dir(&first).unwrap();
        let scratch = Arc::clone(&place).make().await.unwrap();
        assert_ne!(path(&scratch), first);
        assert_eq!(scratch.folder.path, folder);
        scratch.give_back().await;

        fs::remove_dir_all(directory.path()).unwrap();
        let scratch = Arc::clone(&place).make().await.unwrap();
        assert!(path(&scratch).exists());
        assert_ne!(scratch.folder.path, folder);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_too_deep_to_be_removed_and_no_link_is_followed() {
        let around = tempfile::tempdir().unwrap();
        fs::write(around.path().join("kept"), "text").unwrap();
        let root = around.path().join("0");
        fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink(around.path(), root.join("link")).unwrap();
        // From the inside out, since no path may be this long.
        for depth in 0..3000 {
            let outer = around.path().join(format!("outer-{depth}"));
            fs::create_dir(&outer).unwrap();
            fs::rename(&root, outer.join("inner-directory")).unwrap();
            fs::rename(&outer, &root).unwrap();
        }
        remove(&root).unwrap();
        assert_eq!(names(around.path()), ["kept"]);
    }

    #[tokio::test]
    async fn what_a_killed_host_has_left_is_removed_by_the_next_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let open = |()| Arc::new(Place::open(Some(directory.path())));
        let living = open(());
        let scratch = Arc::clone(&living).make().await.unwrap();
        let place = directory.path().join(NAME);
        // As if by hosts that were killed: one that had begun, and one that had calls.
        let folder = |()| place.join(Uuid::new_v4().to_string());
        let (begun, killed) = (folder(()), folder(()));
        fs::create_dir(&begun).unwrap();
        fs::create_dir_all(killed.join("7/files")).unwrap();
        fs::write(killed.join(ALIVE), "").unwrap();
        // As by anybody else.
        let (named, foreign) = (place.join("named"), folder(()));
        fs::create_dir_all(&named).unwrap();
        fs::create_dir_all(foreign.join("files")).unwrap();
        let plugins = directory.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        let next = open(());
        assert!(!begun.exists() && !killed.exists());
        assert!(scratch.held.as_ref().unwrap().path.exists());
        assert!(named.exists() && foreign.join("files").exists() && plugins.exists());
        fs::remove_dir_all(foreign).unwrap();
        scratch.remove().await;
        drop((living, next));
        assert_eq!(names(&place), ["named", TURN]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_place_is_the_hosts_own() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let (directory, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let left = elsewhere.path().join(Uuid::new_v4().to_string());
        fs::create_dir(&left).unwrap();
        let place = directory.path().join(NAME);
        let refused = async || {
            let place = Arc::new(Place::open(Some(directory.path())));
            place.make().await.err().unwrap().to_string()
        };
        symlink(elsewhere.path(), &place).unwrap();
        assert_eq!(refused().await, format!("{} is a link", place.display()));
        assert!(left.exists());
        fs::remove_file(&place).unwrap();
        fs::create_dir(&place).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(
            refused().await,
            format!("{} can be written in by other users", place.display())
        );
    }
}
