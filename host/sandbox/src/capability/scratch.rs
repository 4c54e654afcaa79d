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
    /// The place in `directory`, which need not exist. Removes what hosts have left there.
    pub(crate) fn open(directory: PathBuf) -> Self {
        // Nothing depends on it, and the next host tries again.
        let _ = sweep(&directory);
        Self {
            directory,
            folder: Mutex::default(),
            made: AtomicU64::new(0),
            spare: Mutex::default(),
        }
    }

    /// The place that hosts have by default: one for each user.
    pub(crate) fn default_directory() -> PathBuf {
        #[cfg(unix)]
        let name = format!("stepwell-scratch-{}", rustix::process::getuid().as_raw());
        #[cfg(not(unix))]
        let name = "stepwell-scratch";
        std::env::temp_dir().join(name)
    }

    /// An empty directory.
    pub(crate) async fn make(self: Arc<Self>) -> io::Result<Scratch> {
        let spare = self.spare().pop();
        if let Some(spare) = spare {
            return Ok(Scratch { folder: self.folder()?, place: self, held: Some(spare) });
        }
        let make = move || {
            let folder = self.folder()?;
            let path = folder.path.join(self.made.fetch_add(1, Ordering::Relaxed).to_string());
            fs::create_dir(&path)?;
            let directory = File::open(&path)?;
            let times = times(&directory);
            let held = Some(Spare { path, directory, times });
            Ok(Scratch { folder, place: self, held })
        };
        tokio::task::spawn_blocking(make).await?
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

impl Folder {
    fn make(place: &Path) -> io::Result<Self> {
        crate::private::create(place)?;
        if crate::private::is_exposed(place)? {
            return Err(io::Error::other("other users may write there"));
        }
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

/// Waits until no other host makes or removes a folder.
fn take_turn(place: &Path) -> io::Result<File> {
    let turn = File::options().create(true).append(true).open(place.join(TURN))?;
    turn.lock()?;
    Ok(turn)
}

/// Removes the folders of hosts that are gone.
fn sweep(place: &Path) -> io::Result<()> {
    if !place.exists() || crate::private::is_exposed(place)? {
        return Ok(());
    }
    let _turn = take_turn(place)?;
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !is_alive(&entry.path()) {
            remove_all(&entry.path())?;
        }
    }
    Ok(())
}

fn is_alive(folder: &Path) -> bool {
    let alive = File::open(folder.join(ALIVE));
    // Without the file, the host died before it had one.
    alive.is_ok_and(|alive| matches!(alive.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Removes a host's folder and all in it.
fn remove_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => remove(&entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
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
        if let Some(held) =
            self.held.take_if(|held| held.times.is_some() && times(&held.directory) == held.times)
        {
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

/// How often a directory is emptied that does not stay empty: what a guest had asked for when it was
/// stopped may be done a moment later, but not more than that.
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
        let place = Arc::new(Place::open(directory.path().join("deep/down")));
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
        let place = Arc::new(Place::open(directory.path().to_owned()));
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
        let place = |()| Arc::new(Place::open(directory.path().to_owned()));
        let living = place(());
        let scratch = Arc::clone(&living).make().await.unwrap();
        // As if by hosts that were killed: one that had begun, and one that had calls.
        fs::create_dir(directory.path().join("begun")).unwrap();
        let killed = directory.path().join("killed");
        fs::create_dir_all(killed.join("7/files")).unwrap();
        fs::write(killed.join(ALIVE), "").unwrap();
        let next = place(());
        assert!(!killed.exists());
        assert!(scratch.held.as_ref().unwrap().path.exists());
        assert_eq!(names(directory.path()).len(), 2, "the living host's folder, and the turn");
        scratch.remove().await;
        drop((living, next));
        assert_eq!(names(directory.path()), [TURN]);
    }
}
