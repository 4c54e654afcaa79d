//! Processes that are killed with SIGKILL in the middle of a change.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use stepwell_sandbox::{Limits, grants::Spec};

use super::*;

/// Tells a process which change to make, where.
const CHANGE: &str = "STEPWELL_TEST_CHANGE";
const DATA: &str = "STEPWELL_TEST_DATA";
/// At which moment it stays until it is killed.
const STAYS: &str = "STEPWELL_TEST_STAYS";
const STAYING: &str = "it stays here";

static PASSED: AtomicUsize = AtomicUsize::new(0);

/// A moment of a change.
pub(super) fn moment() {
    let Ok(stays) = env::var(STAYS) else { return };
    if PASSED.fetch_add(1, Ordering::SeqCst).to_string() == stays {
        let _ = writeln!(io::stdout().lock(), "\n{STAYING}");
        loop {
            thread::park();
        }
    }
}

/// Changes that follow one another.
const CHANGES: [&str; 7] = ["add", "hold", "approve", "grant", "back", "drop", "remove"];

fn pay() -> Key {
    (None, "pay".parse().unwrap())
}

fn make(change: &str, store: &Store) {
    let (one, two) = (b"the first one".as_slice(), b"the second one".as_slice());
    let file = match change {
        "add" => Some(one),
        "hold" => Some(two),
        _ => None,
    };
    let (one, two) = (Digest::of(one), Digest::of(two));
    let made = store.change(&pay(), file, |before, generation| {
        let mut record = before.unwrap_or_else(|| Record::new(Limits::default(), Spec::default()));
        match change {
            "add" => {
                record.put("1.0.0".to_owned(), one, Some(generation));
                record.make_current(&one, generation);
            }
            "hold" => record.put("2.0.0".to_owned(), two, None),
            "approve" => {
                record.put("2.0.0".to_owned(), two, Some(generation));
                record.make_current(&two, generation);
            }
            "grant" => record.grants.random_seed = Some(7),
            "back" => assert!(record.make_current(&one, generation)),
            "drop" => assert!(record.remove(&two)),
            _ => record.remove_all(generation),
        }
        Ok((record, ()))
    });
    made.unwrap();
}

/// Not a test, but the process that is killed.
#[test]
#[ignore = "the test below starts it"]
fn process() {
    if let (Ok(change), Ok(data)) = (env::var(CHANGE), env::var(DATA)) {
        make(&change, &Store::of(Path::new(&data)));
    }
}

/// Makes a change in a process, which is killed at one of its moments. Whether it came to that.
fn killed(change: &str, data: &Path, stays: usize) -> bool {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "plugin::store::killed::process", "--ignored", "--nocapture"])
        .env(CHANGE, change)
        .env(DATA, data)
        .env(STAYS, stays.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let stays = lines.any(|line| line.unwrap() == STAYING);
    if stays {
        child.kill().unwrap();
    }
    assert_eq!(child.wait().unwrap().success(), !stays);
    stays
}

fn state(store: &Store) -> Option<Record> {
    store.snapshot().unwrap().1.pop().map(|(_, found)| found.unwrap())
}

/// What holds at any time.
fn check(store: &Store) {
    let Some(record) = state(store) else { return };
    for version in record.versions() {
        assert_eq!(Digest::of(&store.read(&version.digest).unwrap()), version.digest);
    }
    let last = record.since().unwrap();
    assert!(store.generation().unwrap() >= last, "the generation is behind what is current");
}

#[test]
fn a_change_is_made_or_not_whenever_its_process_is_killed() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    let mut kills = 0;
    for change in CHANGES {
        let before = state(&store);
        let (mut stays, mut was_made) = (0, false);
        while killed(change, data.path(), stays) {
            kills += 1;
            check(&store);
            let after = state(&store);
            if after != before {
                // It is there, and is made no more.
                was_made = true;
                break;
            }
            stays += 1;
        }
        check(&store);
        assert!(was_made, "{change} was never killed after it was made");
        let after = state(&store).unwrap();
        assert_ne!(Some(&after), before.as_ref(), "{change}");
        if change == "hold" {
            assert_eq!(after.current().unwrap().version, "1.0.0");
        }
    }
    eprintln!("{kills} processes were killed");
    assert!(kills >= 7 * 6, "{kills}");
    // What they have left is gone with the next change.
    make("add", &store);
    for folder in ["", "shared", "files"] {
        let names = names(&store.directory.join(folder)).unwrap();
        assert!(!names.iter().any(|name| name.starts_with(UNFINISHED)), "{names:?}");
    }
    assert_eq!(names(&store.directory.join("files")).unwrap().len(), 1);
}
