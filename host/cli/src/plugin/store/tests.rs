//! What the store keeps, and what becomes of it.

use stepwell_sandbox::{Limits, grants::Spec};

use super::*;

fn add(store: &Store, key: &Key, bytes: &[u8], version: &str) {
    let digest = Digest::of(bytes);
    store
        .change(key, Some(bytes), |before, generation| {
            let grants = Spec { environment: [("A".into(), "b".into())].into(), ..Spec::default() };
            let limits = Limits { fuel: u64::MAX, ..Limits::default() };
            let mut record = before.unwrap_or_else(|| Record::new(limits, grants));
            record.put(version.to_owned(), digest, Some(generation));
            assert!(record.make_current(&digest, generation));
            Ok((record, ()))
        })
        .unwrap();
}

fn remove(store: &Store, key: &Key) {
    let all = |before: Option<Record>, generation| {
        let mut record = before.context("it is not there")?;
        record.remove_all(generation);
        Ok((record, ()))
    };
    store.change(key, None, all).unwrap();
}

fn key(tenant: Option<&str>, name: &str) -> Key {
    (tenant.map(|tenant| tenant.parse().unwrap()), name.parse().unwrap())
}

fn files(store: &Store) -> usize {
    names(&store.directory.join("files")).unwrap().len()
}

/// What is current, by its key.
fn current(store: &Store) -> Vec<(Key, String)> {
    let all = store.list().unwrap().into_iter();
    all.map(|(key, found)| (key, found.unwrap().current().unwrap().version.clone())).collect()
}

/// The generation, and what is or was installed.
fn all_records(store: &Store) -> (Generation, Vec<(Key, Record)>) {
    let (generation, all) = store.snapshot().unwrap();
    (generation, all.into_iter().map(|(key, found)| (key, found.unwrap())).collect())
}

#[test]
fn what_is_added_is_there_until_it_is_removed() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    assert_eq!(current(&store), []);
    let (all, own) = (key(None, "pay"), key(Some("123456789012"), "pay"));
    add(&store, &own, b"one", "1.0.0");
    add(&store, &all, b"one", "1.0.0");
    let one = "1.0.0".to_owned();
    assert_eq!(current(&store), [(all.clone(), one.clone()), (own.clone(), one.clone())]);
    assert_eq!(files(&store), 1);
    // Beside the one before.
    add(&store, &all, b"two", "2.0.0");
    assert_eq!(files(&store), 2);
    assert_eq!(current(&store), [(all.clone(), "2.0.0".to_owned()), (own.clone(), one.clone())]);
    remove(&store, &all);
    assert_eq!(current(&store), [(own.clone(), one)]);
    // The other one still needs it.
    assert_eq!(files(&store), 1);
    remove(&store, &own);
    assert_eq!((current(&store).len(), files(&store)), (0, 0));
    // It is still known what was current.
    assert_eq!(all_records(&store).1[0].1.history().len(), 3);
}

#[test]
fn every_change_makes_another_generation() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    assert_eq!(store.generation().unwrap(), Generation(0));
    add(&store, &key(None, "one"), b"one", "1.0.0");
    assert_eq!(store.generation().unwrap(), Generation(1));
    remove(&store, &key(None, "one"));
    assert_eq!(store.generation().unwrap(), Generation(2));
}

#[test]
fn a_generation_is_a_number_that_is_not_behind_what_is_installed() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    for _ in 0..2 {
        add(&store, &key(None, "one"), b"one", "1.0.0");
        remove(&store, &key(None, "one"));
    }
    let file = data.path().join("plugins/generation");
    // As it was before it was a number.
    fs::write(&file, "2f1bb0f5-6c1e-4d0a-9d62-0b8f4cf0a2f1").unwrap();
    assert_eq!(store.generation().unwrap(), Generation(0));
    assert_eq!(all_records(&store).0, Generation(4));
    add(&store, &key(None, "one"), b"one", "1.0.0");
    assert_eq!(store.generation().unwrap(), Generation(5));
    fs::write(&file, "7\0\0").unwrap();
    let damaged = format!(
        "{} is damaged: write a number into it that is higher than each `since` of `stepwell \
         plugin list`",
        file.display()
    );
    assert_eq!(store.generation().unwrap_err().to_string(), damaged);
    assert_eq!(store.snapshot().unwrap_err().to_string(), damaged);
}

#[test]
fn only_its_owner_can_lock_it_and_nobody_for_ever() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    let lock = store.lock().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = store.directory.join("lock");
    assert_eq!((mode(&store.directory), mode(&path)), (0o700, 0o600));
    let error = store.lock_within(Duration::from_millis(50)).unwrap_err().to_string();
    let expected = format!(
        "{} is locked: another `stepwell plugin` or `stepwell backup` has it, or whoever else \
         may open it; `lslocks` shows which process that is",
        path.display()
    );
    assert_eq!(error, expected);
    drop(lock);
    store.lock_within(Duration::ZERO).unwrap();
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    let pay = key(None, "pay");
    add(&store, &pay, b"one", "1.0.0");
    let refuse = |_, _| -> Result<(Record, ())> { bail!("no") };
    assert!(store.change(&pay, Some(b"two"), refuse).is_err());
    assert_eq!(store.generation().unwrap(), Generation(1));
    assert_eq!(files(&store), 1);
}

#[test]
fn what_is_left_is_removed_with_the_next_change() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    add(&store, &key(None, "pay"), b"one", "1.0.0");
    let plugins = data.path().join("plugins");
    let left = ["files/0123.wasm", "files/.tmpabc", "shared/.tmpabc", ".tmpabc"];
    for name in left {
        fs::write(plugins.join(name), "").unwrap();
    }
    add(&store, &key(None, "pay"), b"two", "2.0.0");
    for name in left {
        assert!(!plugins.join(name).exists(), "{name}");
    }
    assert_eq!(files(&store), 2);
}

#[test]
fn a_copy_has_all_versions_and_the_generation() {
    let (data, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, copy) = (Store::of(data.path()), Store::of(copied.path()));
    let pay = key(None, "pay");
    add(&store, &pay, b"one", "1.0.0");
    add(&store, &pay, b"two", "2.0.0");
    store.copy(&copy).unwrap();
    assert_eq!(all_records(&copy), all_records(&store));
    assert_eq!(files(&copy), 2);
}

#[test]
fn changes_at_once_are_all_made() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    thread::scope(|scope| {
        for thread in 0..4 {
            let store = store.clone();
            scope.spawn(move || {
                for turn in 0..5 {
                    let text = format!("{thread}-{turn}");
                    add(&store, &key(None, "pay"), text.as_bytes(), "1.0.0");
                }
            });
        }
    });
    assert_eq!(store.generation().unwrap(), Generation(20));
    assert_eq!(all_records(&store).1[0].1.versions().len(), 20);
    assert_eq!(files(&store), 20);
}

#[test]
fn a_damaged_record_is_named_beside_the_others() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::of(data.path());
    add(&store, &key(None, "one"), b"one", "1.0.0");
    add(&store, &key(None, "other"), b"other", "1.0.0");
    let path = data.path().join("plugins/shared/one.json");
    let text = fs::read_to_string(&path).unwrap();
    for damaged in ["{".to_owned(), text.replace("\"approved\": 1", "\"approved\": null")] {
        fs::write(&path, damaged).unwrap();
        let [(_, one), (_, other)] = &store.list().unwrap()[..] else { panic!() };
        let error = one.as_ref().unwrap_err().to_string();
        assert_eq!(error, format!("{} is damaged", path.display()));
        assert_eq!(other.as_ref().unwrap().current().unwrap().version, "1.0.0");
    }
    // Others can be changed, and what the damaged one is installed from stays.
    remove(&store, &key(None, "other"));
    assert_eq!(files(&store), 2);
}
