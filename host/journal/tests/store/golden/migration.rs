//! What becomes of an earlier form's database where it cannot be brought to this one at once.

use std::fs;

use stepwell_journal::{
    Error, Sqlite,
    sqlite::{FILE, Inspection, Options},
};
use tempfile::TempDir;

use super::{dump, has_many, many, versions};

/// A kill in the middle of a migration leaves what there was before, and the next start migrates it.
#[tokio::test]
async fn a_migration_that_is_cut_off_anywhere_is_made_by_the_next_start() {
    for directory in versions() {
        let data = TempDir::new().unwrap();
        fs::copy(directory.join(FILE), data.path().join(FILE)).unwrap();
        let before = Inspection::open(data.path()).unwrap().schema().unwrap();
        let store = Sqlite::open(&Options::new(data.path())).unwrap();
        let wal = format!("{FILE}-wal");
        let log = fs::read(data.path().join(&wal)).unwrap();
        let after = Inspection::open(data.path()).unwrap().schema().unwrap();
        assert!(before.0 < after.0 && after.0 == after.1, "{before:?} {after:?}");

        for cut in (0..log.len()).step_by(9973).chain([log.len() - 1, log.len()]) {
            let torn = TempDir::new().unwrap();
            fs::copy(data.path().join(FILE), torn.path().join(FILE)).unwrap();
            // What was not written to the end is anything.
            let mut bytes = log[..cut].to_vec();
            bytes.resize(log.len(), 0x5a);
            fs::write(torn.path().join(&wal), bytes).unwrap();
            let found = Inspection::open(torn.path()).unwrap().schema().unwrap();
            assert_eq!(found, if cut < log.len() { before } else { after }, "cut at {cut}");
            let torn = Sqlite::open(&Options::new(torn.path())).unwrap();
            assert_eq!(dump(&torn).await, dump(&store).await, "cut at {cut}");
            if has_many(&directory) {
                many::check(&torn).await;
            }
        }
    }
}

/// Indexes take room, too: where a limit leaves none, it is said what to do, and nothing is changed.
#[tokio::test]
async fn a_migration_without_room_is_refused_and_made_once_there_is_some() {
    for directory in versions() {
        let data = TempDir::new().unwrap();
        fs::copy(directory.join(FILE), data.path().join(FILE)).unwrap();
        let before = Inspection::open(data.path()).unwrap().schema().unwrap();
        let size = fs::metadata(data.path().join(FILE)).unwrap().len();
        let limited = Options { max_size: Some(size), ..Options::new(data.path()) };
        let error = Sqlite::open(&limited).err().unwrap();
        assert_eq!(error, Error::Full { directory: data.path().to_owned() });
        assert_eq!(
            error.to_string(),
            format!(
                "There is no room left for the journal in {}: free some space, or raise the \
                 journal's limit. What was acknowledged is kept.",
                data.path().display()
            )
        );
        assert_eq!(Inspection::open(data.path()).unwrap().schema(), Ok(before));
        let store = Sqlite::open(&Options::new(data.path())).unwrap();
        if has_many(&directory) {
            many::check(&store).await;
        }
    }
}
