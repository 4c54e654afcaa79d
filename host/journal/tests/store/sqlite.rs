//! What holds of the store in SQLite alone: files, locks, and what becomes of them.

use std::{fs, path::Path};

use rusqlite::Connection;
use serde_json::{Value, json};
use stepwell_interpreter::Occurrence;
use stepwell_journal::{
    Catalog as _, Direction, Error, Seq, Shard, Sqlite, Status, Store,
    catalog::{Document, Key, Kind, Write},
    sqlite::{FILE, Holder, Inspection, Options, holder},
};
use tempfile::TempDir;

use crate::sample::{Subject, at, form, key, one, start_of};

crate::suite::suite!({
    let directory = TempDir::new().unwrap();
    (open(directory.path()), directory)
});

mod catalog {
    use super::*;

    crate::catalog::suite!({
        let directory = TempDir::new().unwrap();
        (open(directory.path()), directory)
    });
}

fn open(directory: &Path) -> Sqlite {
    Sqlite::open(&Options::new(directory)).unwrap()
}

fn refused(directory: &Path) -> Error {
    Sqlite::open(&Options::new(directory)).err().unwrap()
}

#[tokio::test]
async fn what_was_committed_is_there_when_it_is_opened_again() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let subject = Subject::started(&store, "run").await;
    drop(store);
    let store = open(directory.path());
    let state = store.state(subject.id).await.unwrap().unwrap();
    assert_eq!(form(&state.execution), form(&subject.execution));
    let lease = store.claim("another", &[subject.id.shard()]).await.unwrap()[0];
    assert!(lease.epoch > subject.lease.epoch, "epochs outlive the process");
}

#[test]
fn a_second_process_is_refused() {
    let directory = TempDir::new().unwrap();
    let _first = open(directory.path());
    assert_eq!(
        refused(directory.path()).to_string(),
        format!(
            "The data directory {} is in use by another process (process {}). One process at a \
             time can use it: stop that one first, or choose another directory with --data.",
            directory.path().display(),
            std::process::id()
        )
    );
}

#[test]
fn a_journal_of_a_later_version_is_refused() {
    let directory = TempDir::new().unwrap();
    drop(open(directory.path()));
    let file = directory.path().join(FILE);
    Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(
        refused(directory.path()).to_string(),
        format!(
            "{} was written by a later version of Stepwell: its schema has version 99, and this \
             version knows those up to 4. Run that version, or restore a backup made before.",
            file.display()
        )
    );
}

#[test]
fn a_database_of_something_else_is_refused() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join(FILE);
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE mine (a)").unwrap();
    assert_eq!(
        refused(directory.path()).to_string(),
        format!("{} is not a journal of Stepwell.", file.display())
    );
    fs::write(&file, "no database at all, but long enough to look like one to SQLite").unwrap();
    let error = refused(directory.path()).to_string();
    assert!(error.ends_with("is damaged: file is not a database. Restore a backup."), "{error}");
}

#[tokio::test]
async fn a_journal_that_is_full_says_so_and_loses_nothing() {
    let directory = TempDir::new().unwrap();
    let options = Options { max_size: Some(512 << 10), ..Options::new(directory.path()) };
    let store = Sqlite::open(&options).unwrap();
    let mut kept = Vec::new();
    let error = loop {
        let start = start_of(key(&format!("run-{}", kept.len())));
        let mut subject = Subject::new(&store, start, at(0)).await;
        match one(&store, subject.starting()).await {
            Ok(seq) => subject.seq = seq,
            Err(error) => break error,
        }
        kept.push(subject);
        assert!(kept.len() < 10_000, "the limit bites");
    };
    assert_eq!(error, Error::Full { directory: directory.path().to_owned() });
    for subject in &kept {
        assert_eq!(store.position(subject.id).await.unwrap().unwrap().seq, Seq(1));
    }
    drop(store);
    let store = open(directory.path());
    let last = kept.last_mut().unwrap();
    let stop = last.step(at(1), Occurrence::Stop { error: None, cause: None });
    assert_eq!(one(&store, stop).await, Ok(Seq(2)), "with more room it goes on");
}

#[tokio::test]
async fn a_backup_is_a_whole_journal() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let subject = Subject::started(&store, "run").await;
    let copy = TempDir::new().unwrap();
    let to = copy.path().join(FILE);
    store.backup(&to).await.unwrap();
    let later = Subject::started(&store, "later").await;

    let error = store.backup(&to).await.unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "The journal in {} cannot be backed up: {}: entity already exists.",
            directory.path().display(),
            to.display()
        )
    );
    let files: Vec<_> = fs::read_dir(copy.path()).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing else is left beside it");
    let copy = open(copy.path());
    let state = copy.state(subject.id).await.unwrap().unwrap();
    assert_eq!(form(&state.execution), form(&subject.execution));
    assert_eq!(copy.position(later.id).await, Ok(None));
}

/// A crash can cut the write-ahead log anywhere behind what was acknowledged.
#[tokio::test]
async fn a_log_that_is_cut_off_anywhere_keeps_a_beginning_of_what_was_committed() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let wal = format!("{FILE}-wal");
    let mut subject = Subject::started(&store, "run").await;
    let mut ends = vec![fs::metadata(directory.path().join(&wal)).unwrap().len()];
    subject.wake(&store).await;
    ends.push(fs::metadata(directory.path().join(&wal)).unwrap().len());
    subject.succeed(&store, at(61)).await;
    ends.push(fs::metadata(directory.path().join(&wal)).unwrap().len());
    let log = fs::read(directory.path().join(&wal)).unwrap();
    assert!(log.len() as u64 == ends[2] && ends.is_sorted());

    let first = usize::try_from(ends[0]).unwrap();
    for cut in (first..=log.len()).step_by(997).chain([log.len() - 1, log.len()]) {
        let torn = TempDir::new().unwrap();
        fs::copy(directory.path().join(FILE), torn.path().join(FILE)).unwrap();
        // What was not written to the end is anything.
        let mut bytes = log[..cut].to_vec();
        bytes.resize(log.len(), 0x5a);
        fs::write(torn.path().join(&wal), bytes).unwrap();
        let torn = open(torn.path());
        let expected = ends.iter().filter(|end| **end <= cut as u64).count() as u64;
        let position = torn.position(subject.id).await.unwrap().unwrap();
        assert_eq!(position.seq, Seq(expected), "cut at {cut}");
        let described = torn.describe(subject.id).await.unwrap().unwrap();
        assert_eq!(described.listing.status == Status::Succeeded, expected == 3);
        torn.history(subject.id, 1, Direction::Forward, 100).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_damaged_is_named() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let mut subject = Subject::started(&store, "run").await;
    subject.wake(&store).await;
    drop(store);
    let file = Connection::open(directory.path().join(FILE)).unwrap();
    file.execute_batch("UPDATE exec_state SET state = x'01'; DELETE FROM history WHERE first = 1;")
        .unwrap();
    drop(file);
    let store = open(directory.path());
    let id = subject.id;
    assert_eq!(
        store.state(id).await.unwrap_err().to_string(),
        format!("The state of {id} is damaged: it is cut off. Restore a backup.")
    );
    assert_eq!(
        store.describe(id).await.unwrap_err().to_string(),
        format!(
            "The history of {id} is damaged: it does not begin with ExecutionStarted. Restore a \
             backup."
        )
    );
}

/// Many at once, on several threads: each is answered for itself, and all is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_commit_at_once() {
    let directory = TempDir::new().unwrap();
    let store = std::sync::Arc::new(open(directory.path()));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut subject = Subject::started(&*store, &format!("run-{number}")).await;
            subject.wake(&*store).await;
            subject.succeed(&*store, at(61)).await;
            subject.id
        });
    }
    let ids = tasks.join_all().await;
    for id in ids {
        assert_eq!(store.position(id).await.unwrap().unwrap().seq, Seq(3));
    }
    assert!(store.due(&Shard::all(), at(1000), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn documents_are_there_when_it_is_opened_again_and_in_backups() {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let key = Key::new("1", Kind::Machine, "m");
    let put = |replaces| Write::Put { key: key.clone(), replaces, body: json!({ "a": 1.5 }) };
    store.apply(vec![put(None)]).await.unwrap();
    let document = store.get(&key).await.unwrap().unwrap();
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.get(&key).await.unwrap().as_ref(), Some(&document));
    let copy = TempDir::new().unwrap();
    store.backup(&copy.path().join(FILE)).await.unwrap();
    assert_eq!(open(copy.path()).get(&key).await.unwrap().as_ref(), Some(&document));

    store
        .apply(vec![Write::Delete { key: key.clone(), replaces: document.revision }])
        .await
        .unwrap();
    drop(store);
    let store = open(directory.path());
    store.apply(vec![put(None)]).await.unwrap();
    let again = store.get(&key).await.unwrap().unwrap();
    assert!(again.revision > document.revision, "no revision is used twice");
}

#[tokio::test]
async fn a_document_that_is_damaged_is_named() {
    for (body, why) in [
        ("'{'", "EOF while parsing an object at line 1 column 1"),
        ("CAST(x'22ff22' AS TEXT)", "invalid unicode code point at line 1 column 2"),
    ] {
        named_where_the_body_is(body, why).await;
    }
}

/// Of a damaged document it is said which it is, and all others can be read.
async fn named_where_the_body_is(body: &str, because: &str) {
    let directory = TempDir::new().unwrap();
    let store = open(directory.path());
    let key = Key::new("1", Kind::Alias, "m:live");
    store
        .apply(vec![Write::Put { key: key.clone(), replaces: None, body: json!({}) }])
        .await
        .unwrap();
    drop(store);
    let file = Connection::open(directory.path().join(FILE)).unwrap();
    file.execute_batch(&format!("UPDATE document SET body = {body}")).unwrap();
    drop(file);
    let store = open(directory.path());
    let inspection = Inspection::open(directory.path()).unwrap();
    let text =
        format!("The document of alias m:live of 1 is damaged: {because}. Restore a backup.");
    let check = |document: Document| document.read::<Value>().map(drop);
    let found = inspection.damaged_documents(check, 9).unwrap();
    assert_eq!((found.len(), found[0].to_string()), (1, text.clone()));
    let why = |document: &Document| document.clone().read::<Value>().unwrap_err().to_string();
    assert_eq!(why(&store.get(&key).await.unwrap().unwrap()), text);
    let other = Key::new("1", Kind::Alias, "m:other");
    let write = Write::Put { key: other, replaces: None, body: json!(1) };
    store.apply(vec![write]).await.unwrap();
    let scanned = store.scan("1", Kind::Alias, "", None, 9).await.unwrap();
    assert_eq!(why(&scanned.items[0]), text);
    assert_eq!(scanned.clone().read_or_warn::<u32>().items, [1], "the rest is there");
    // Whoever has it replaced or deleted says which it is.
    let replaces = scanned.items[0].revision;
    store.apply(vec![Write::Delete { key: key.clone(), replaces }]).await.unwrap();
    assert_eq!(store.get(&key).await, Ok(None));
}

#[tokio::test]
async fn a_journal_that_is_in_use_can_be_looked_into_and_copied() {
    let directory = TempDir::new().unwrap();
    assert_eq!(holder(directory.path()), Ok(Holder::None));
    let store = open(directory.path());
    let own = Some(std::process::id());
    assert_eq!(holder(directory.path()), Ok(Holder::Process(own)));
    let journal = Inspection::open(directory.path()).unwrap();
    assert_eq!(journal.latest(), Ok(None));
    let subject = Subject::started(&store, "run").await;
    let document = Key::new("", Kind::HostKey, "fingerprint");
    assert_eq!(journal.document(&document), Ok(None));
    let write = Write::Put { key: document.clone(), replaces: None, body: json!("00") };
    store.apply(vec![write]).await.unwrap();
    assert_eq!(journal.document(&document), Ok(Some(json!("00"))));
    assert_eq!(journal.latest(), Ok(Some(at(0))));
    assert_eq!(journal.damage(), Ok(Vec::new()));
    let (found, known) = journal.schema().unwrap();
    assert_eq!(found, known);
    let copy = TempDir::new().unwrap();
    journal.backup(&copy.path().join(FILE)).unwrap();
    let copied = open(copy.path());
    assert_eq!(copied.position(subject.id).await.unwrap().unwrap().seq, Seq(1));
    drop(store);
    assert_eq!(holder(directory.path()), Ok(Holder::None));
}

#[test]
fn where_there_is_no_journal_nothing_is_made() {
    let directory = TempDir::new().unwrap();
    let error = Inspection::open(directory.path()).err().unwrap().to_string();
    assert!(error.contains("cannot be opened: unable to open database file"), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
