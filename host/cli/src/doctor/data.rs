//! The data directory: that it can be written to, has room, and who has it.

use std::{io, path::Path};

use bytesize::ByteSize;
use stepwell_journal::sqlite::{Holder, holder};

use super::check::Check;

/// Below this there is no telling when the journal is full.
const LITTLE: u64 = 1 << 30;
/// Below this it is as good as full.
const NONE: u64 = 64 << 20;

/// The directory, and the disk that it is on.
pub(super) fn check(data: &Path) -> Vec<Check> {
    let space = free(data).ok().map(check_space);
    [Some(check_writable(data)), space].into_iter().flatten().collect()
}

fn check_writable(data: &Path) -> Check {
    let what = "data directory";
    let shown = data.display();
    match std::fs::metadata(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mend =
                "name the right one with --data; `stepwell serve` makes one that is not there";
            return Check::bad(what, format!("{shown} is not there"), mend);
        }
        Err(error) => {
            return Check::bad(
                what,
                format!("{shown} cannot be read: {error}"),
                "see to its rights",
            );
        }
        Ok(it) if !it.is_dir() => {
            return Check::bad(
                what,
                format!("{shown} is no directory"),
                "name another with --data",
            );
        }
        Ok(_) => {}
    }
    match tempfile::tempfile_in(data) {
        Ok(_) => Check::ok(what, format!("{shown} can be written to")),
        Err(error) => Check::bad(
            what,
            format!("{shown} cannot be written to: {error}"),
            "give it to the host's user, and see that its disk is not read-only",
        ),
    }
}

/// How much room there is.
#[derive(Debug, Clone, Copy)]
struct Space {
    free: u64,
    total: u64,
}

fn free(data: &Path) -> io::Result<Space> {
    let disk = rustix::fs::statvfs(data)?;
    Ok(Space { free: disk.f_bavail * disk.f_frsize, total: disk.f_blocks * disk.f_frsize })
}

fn check_space(space: Space) -> Check {
    let Space { free, total } = space;
    let what = "disk space";
    let shown = format!("{} of {} are free", ByteSize(free), ByteSize(total));
    let mend = "free some, or shorten `limits.retention-days`; a journal that is full takes no more \
                work, and loses nothing";
    if free < NONE {
        Check::bad(what, shown, mend)
    } else if free < LITTLE {
        Check::warn(what, shown, mend)
    } else {
        Check::ok(what, shown)
    }
}

/// Who has the directory, and whether anybody has.
pub(super) fn check_lock(data: &Path) -> (Check, bool) {
    let what = "lock";
    match holder(data) {
        Ok(Holder::None) => (Check::ok(what, "no host runs on the data directory"), false),
        Ok(Holder::Process(Some(id))) => {
            (Check::ok(what, format!("the process {id} has the data directory")), true)
        }
        Ok(Holder::Process(None)) => {
            (Check::ok(what, "another process has the data directory"), true)
        }
        Err(error) => {
            (Check::bad(what, error.to_string(), "give the directory to the host's user"), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use stepwell_journal::{Sqlite, sqlite::Options};

    use super::*;

    #[test]
    fn a_directory_that_is_not_there_is_bad() {
        let nowhere: Vec<_> = check(Path::new("/nowhere/data")).iter().map(Check::line).collect();
        assert_eq!(
            nowhere,
            ["Bad data directory: /nowhere/data is not there -- name the right one with --data; \
             `stepwell serve` makes one that is not there"]
        );
        assert!(!Path::new("/nowhere").exists());
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = check_writable(file.path()).line();
        assert!(line.contains("is no directory -- name another with --data"), "{line}");
        let directory = tempfile::tempdir().unwrap();
        let line = check_writable(directory.path()).line();
        assert!(line.starts_with("Ok") && line.ends_with("can be written to"), "{line}");
        // Nobody may write to it, whoever asks.
        let line = check_writable(Path::new("/proc")).line();
        assert!(line.starts_with("Bad data directory: /proc cannot be written to: "), "{line}");
        assert!(line.ends_with("see that its disk is not read-only"), "{line}");
    }

    #[test]
    fn a_disk_without_room_is_told() {
        let total = 100 << 30;
        let line = |free| check_space(Space { free, total }).line();
        assert_eq!(line(2 << 30), "Ok disk space: 2.0 GiB of 100.0 GiB are free");
        let mend = "free some, or shorten `limits.retention-days`; a journal that is full takes no \
                    more work, and loses nothing";
        assert_eq!(
            line(512 << 20),
            format!("Warn disk space: 512.0 MiB of 100.0 GiB are free -- {mend}")
        );
        assert_eq!(
            line(1 << 20),
            format!("Bad disk space: 1.0 MiB of 100.0 GiB are free -- {mend}")
        );
    }

    #[test]
    fn who_has_the_directory_is_named() {
        let data = tempfile::tempdir().unwrap();
        let (check, in_use) = check_lock(data.path());
        assert_eq!(check.line(), "Ok lock: no host runs on the data directory");
        assert!(!in_use);
        let _store = Sqlite::open(&Options::new(data.path())).unwrap();
        let (check, in_use) = check_lock(data.path());
        let id = std::process::id();
        assert_eq!(check.line(), format!("Ok lock: the process {id} has the data directory"));
        assert!(in_use);
    }
}
