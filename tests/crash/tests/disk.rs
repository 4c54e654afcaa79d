//! Disks that are full, or read-only, or have not written what they were given to the end; and two
//! processes that want the same directory.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use stepwell_crash::{
    claims, client,
    news::{News, Record, What},
    observed::{Moment, Observed},
    plan::{self, Orders},
    process::{self, Death, Story},
};
use stepwell_engine::Clock;
use stepwell_journal::{Error, Memory, sqlite::FILE};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// How many refusals a full disk stays full for.
const REFUSED: usize = 5;

const HOST: &str = env!("CARGO_BIN_EXE_stepwell-crash");

/// One thread, on which time passes only while nothing is to do.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// A disk in memory. It has room for what the journal's log grows to before it is written back, some
/// 16 MiB.
struct Disk(TempDir);

/// How large it is, in bytes.
const SIZE: usize = 64 << 20;

impl Disk {
    /// None where it may not be mounted, which it says.
    fn mount() -> Option<Self> {
        let directory = TempDir::new().unwrap();
        let size = format!("size={SIZE}");
        let mounted = mount(&["-t", "tmpfs", "-o", &size, "stepwell"], directory.path());
        if !mounted {
            eprintln!("left out: only root can mount a disk");
        }
        mounted.then(|| Self(directory))
    }

    /// What takes the room.
    fn filler(&self) -> File {
        File::options().create(true).append(true).open(self.path().join("filler")).unwrap()
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, how: &str) {
        assert!(mount(&["-o", &format!("remount,{how}")], self.path()));
    }

    /// Takes the room but for so many bytes.
    fn leave(&self, room: usize) {
        self.filler().write_all(&vec![0; SIZE - room]).unwrap();
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut file = self.filler();
        // In smaller and smaller pieces, until not even a byte has room.
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn free(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let done = Command::new("mount").args(arguments).arg(at).output();
    done.is_ok_and(|output| output.status.success())
}

/// Runs everything on a disk that fails for some time, in the middle of it. Returns what the host
/// has refused meanwhile.
fn failing(error: &Error) -> Vec<String> {
    let executions = plan::everything(2);
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let record = Arc::new(Mutex::new(Record::default()));
    let journal = runtime().block_on(async {
        let memory = Arc::new(Memory::default());
        let commits = AtomicUsize::new(0);
        let error = error.clone();
        let fails = move |moment: &Moment| {
            let number = commits.fetch_add(1, Ordering::Relaxed);
            let fails = !moment.made && moment.of != "catalog" && (60..600).contains(&number);
            if fails { Err(error.clone()) } else { Ok(()) }
        };
        let store = Arc::new(Observed::new(memory.clone(), fails));
        let orders = Orders {
            directory: PathBuf::new(),
            now: Timestamp::UNIX_EPOCH,
            process: 1,
            executions,
            created: false,
            started: Default::default(),
            stopped: Default::default(),
            redriven: Default::default(),
            asked: Default::default(),
            passed: None,
        };
        let clock = Clock::starting_at(orders.now);
        let tell = {
            let (record, clock) = (record.clone(), clock.clone());
            Arc::new(move |what| record.lock().unwrap().take(News { at: clock.now(), what }))
        };
        client::run(store, clock, orders, tell).await.unwrap();
        claims::read(&*memory).await.unwrap()
    });
    let record = record.lock().unwrap().clone();
    claims::check(&record, &journal, &undisturbed).unwrap();
    record.refused
}

#[test]
fn a_disk_that_becomes_read_only_is_named_and_loses_nothing() {
    let error = Error::ReadOnly { directory: "/data".into() };
    let refused = failing(&error);
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|text| *text == error.to_string()), "{refused:?}");
}

#[test]
fn a_disk_that_fails_is_named_and_loses_nothing() {
    let error =
        Error::Io { directory: "/data".into(), action: "written", cause: "disk I/O error".into() };
    let refused = failing(&error);
    assert!(!refused.is_empty());
    let text = "The journal in /data cannot be written: disk I/O error.";
    assert!(refused.iter().all(|refused| refused == text), "{refused:?}");
}

#[test]
fn a_disk_that_is_full_refuses_starts_and_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    // The rest is soon taken.
    disk.leave(4 << 20);
    let executions = plan::everything(2);
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let directory = disk.path().join("data");
    let mut story = Story::new(HOST, &directory, executions);
    let mut refused = 0;
    let watch = |news: &News| {
        match news.what {
            // As early as may be: once all are started, little is asked for that can be refused.
            What::Created => disk.fill(),
            What::Refused { .. } => {
                refused += 1;
                if refused == REFUSED {
                    disk.free();
                }
            }
            _ => {}
        }
        false
    };
    story.watch(Duration::ZERO, Death::Natural, watch).unwrap();
    let full = format!(
        "There is no room left for the journal in {}: free some space, or raise the journal's \
         limit. What was acknowledged is kept.",
        directory.display()
    );
    assert!(story.record.refused.len() >= REFUSED);
    assert!(story.record.refused.iter().all(|error| *error == full), "{:?}", story.record.refused);
    claims::check(&story.record, &story.journal().unwrap(), &undisturbed).unwrap();
}

#[test]
fn a_disk_that_is_read_only_is_named_and_loses_nothing() {
    let Some(disk) = Disk::mount() else { return };
    let executions = plan::everything(1);
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let mut story = Story::new(HOST, disk.path(), executions);
    assert!(story.go_on(Duration::ZERO, Death::AfterLines(60)).unwrap());
    disk.remount("ro");
    let error = story.go_on(Duration::ZERO, Death::Natural).unwrap_err().to_string();
    let read_only = format!(
        "The journal in {} cannot be written: the directory or its disk is read-only.",
        disk.path().display()
    );
    assert!(error.contains(&read_only), "{error}");
    disk.remount("rw");
    story.go_on(Duration::ZERO, Death::Natural).unwrap();
    claims::check(&story.record, &story.journal().unwrap(), &undisturbed).unwrap();
}

/// What was written after the last acknowledgement may be there in part, or be anything.
#[test]
fn a_last_write_that_is_torn_is_taken_back() {
    let executions = plan::everything(1);
    let undisturbed = process::undisturbed(HOST, &executions).unwrap();
    let directory = TempDir::new().unwrap();
    let mut story = Story::new(HOST, directory.path(), executions);
    let log = directory.path().join(format!("{FILE}-wal"));
    assert!(story.go_on(Duration::ZERO, Death::AfterLines(60)).unwrap());
    let acknowledged = usize::try_from(fs::metadata(&log).unwrap().len()).unwrap();
    let later = TempDir::new().unwrap();
    let mut next = story.fork(directory.path());
    assert!(next.go_on(Duration::ZERO, Death::AfterLines(40)).unwrap());
    let mut written = Vec::new();
    File::open(&log).unwrap().read_to_end(&mut written).unwrap();
    assert!(written.len() > acknowledged, "more was written");

    for (part, filler) in [(0, None), (1, Some(0)), (2, Some(0x5a)), (3, None), (4, Some(0x5a))] {
        let cut = acknowledged + (written.len() - acknowledged) * part / 4 - part;
        let torn = later.path().join(part.to_string());
        fs::create_dir(&torn).unwrap();
        fs::copy(directory.path().join(FILE), torn.join(FILE)).unwrap();
        let mut bytes = written[..cut].to_vec();
        if let Some(filler) = filler {
            bytes.resize(written.len(), filler);
        }
        fs::write(torn.join(format!("{FILE}-wal")), bytes).unwrap();
        let mut story = story.fork(&torn);
        story.go_on(Duration::ZERO, Death::Natural).unwrap();
        if let Err(error) = claims::check(&story.record, &story.journal().unwrap(), &undisturbed) {
            panic!("cut at {cut}: {error:?}");
        }
    }
}

#[test]
fn a_second_process_is_refused() {
    let directory = TempDir::new().unwrap();
    let mut story = Story::new(HOST, directory.path(), plan::everything(1));
    // It stays where it is.
    let mut first = story.start(Duration::ZERO, Death::AtCommit).unwrap();
    while !matches!(first.news().unwrap().unwrap().what, What::Commit { .. }) {}
    let error = story.go_on(Duration::ZERO, Death::Natural).unwrap_err().to_string();
    let refused = format!(
        "The data directory {} is in use by another process (process {}). One process at a time \
         can use it: stop that one first, or choose another directory with --data.",
        directory.path().display(),
        first.id()
    );
    assert!(error.contains(&refused), "{error}");
    first.kill().unwrap();
    first.end(true).unwrap();
    story.go_on(Duration::ZERO, Death::Natural).unwrap();
}
