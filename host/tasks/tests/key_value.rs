//! One suite for the stores of key-value data: in memory, and in a data directory.

use std::{path::Path, sync::Arc};

use stepwell_sandbox::key_value::{Condition, Entry, Error, MAX_KEYS, Memory, Scope, Store};
use stepwell_tasks::{KEY_VALUE_FILE, KeyValue};

const SIZE: u64 = 1 << 20;

fn scope(tenant: &str, plugin: &str, store: &str) -> Scope {
    Scope { tenant: tenant.into(), plugin: plugin.into(), store: store.into() }
}

fn orders() -> Scope {
    scope("123456789012", "pay", "orders")
}

/// Each store there is, with what it needs to stay.
fn stores() -> Vec<(&'static str, Arc<dyn Store>, tempfile::TempDir)> {
    let directory = || tempfile::tempdir().unwrap();
    let (one, two) = (directory(), directory());
    let sqlite = KeyValue::open(one.path()).unwrap();
    vec![("sqlite", Arc::new(sqlite), one), ("memory", Arc::new(Memory::default()), two)]
}

async fn set(store: &dyn Store, key: &str, value: &str, condition: Condition) -> Option<u64> {
    store.set(&orders(), key, value.as_bytes(), condition, SIZE).await.unwrap()
}

#[tokio::test]
async fn what_is_set_is_there_until_it_is_deleted() {
    for (name, store, _directory) in stores() {
        assert_eq!(store.get(&orders(), "a").await.unwrap(), None, "{name}");
        let first = set(&*store, "a", "one", Condition::Always).await.unwrap();
        let second = set(&*store, "a", "two", Condition::Always).await.unwrap();
        assert!(first < second, "{name}");
        let entry = Entry { value: b"two".to_vec(), version: second };
        assert_eq!(store.get(&orders(), "a").await.unwrap(), Some(entry), "{name}");
        assert!(store.delete(&orders(), "a", Condition::Always).await.unwrap(), "{name}");
        assert!(!store.delete(&orders(), "a", Condition::Always).await.unwrap(), "{name}");
        assert_eq!(store.get(&orders(), "a").await.unwrap(), None, "{name}");
        let third = set(&*store, "a", "one", Condition::Absent).await.unwrap();
        assert!(second < third, "{name}: a version comes back");
    }
}

#[tokio::test]
async fn a_condition_that_does_not_hold_writes_nothing() {
    for (name, store, _directory) in stores() {
        assert_eq!(set(&*store, "a", "one", Condition::Version(1)).await, None, "{name}");
        let version = set(&*store, "a", "one", Condition::Absent).await.unwrap();
        assert_eq!(set(&*store, "a", "two", Condition::Absent).await, None, "{name}");
        let other = Condition::Version(version + 1);
        assert_eq!(set(&*store, "a", "two", other).await, None, "{name}");
        assert!(!store.delete(&orders(), "a", other).await.unwrap(), "{name}");
        let entry = store.get(&orders(), "a").await.unwrap().unwrap();
        assert_eq!(entry, Entry { value: b"one".to_vec(), version }, "{name}");
        let next = set(&*store, "a", "two", Condition::Version(version)).await.unwrap();
        assert!(store.delete(&orders(), "a", Condition::Version(next)).await.unwrap(), "{name}");
    }
}

#[tokio::test]
async fn scopes_know_nothing_of_each_other() {
    for (name, store, _directory) in stores() {
        set(&*store, "a", "one", Condition::Always).await.unwrap();
        for other in [
            scope("210987654321", "pay", "orders"),
            scope("123456789012", "mail", "orders"),
            scope("123456789012", "pay", "other"),
        ] {
            assert_eq!(store.get(&other, "a").await.unwrap(), None, "{name}");
            assert!(store.keys(&other, "", None, 10).await.unwrap().is_empty(), "{name}");
            assert!(!store.delete(&other, "a", Condition::Always).await.unwrap(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_store_is_no_larger_than_it_may_be() {
    for (name, store, _directory) in stores() {
        let set = async |key: &str, value: &[u8]| {
            store.set(&orders(), key, value, Condition::Always, 106).await
        };
        set("a", b"1234").await.unwrap();
        set("b", b"1234").await.unwrap();
        let full = set("c", b"").await.unwrap_err();
        assert_eq!(full, Error::Full { size: 106, needed: 107 }, "{name}");
        assert_eq!(
            full.to_string(),
            "the store is over its size of 106 bytes: with this entry it has 107"
        );
        // Each entry takes 32 bytes besides its key and value. What it replaces makes room, as does
        // what is deleted.
        set("a", b"12").await.unwrap();
        set("c", b"1").await.unwrap();
        assert!(store.delete(&orders(), "b", Condition::Always).await.unwrap(), "{name}");
        set("d", b"1234").await.unwrap();
        assert_eq!(set("e", b"").await, Err(Error::Full { size: 106, needed: 139 }), "{name}");
    }
}

#[tokio::test]
async fn keys_are_listed_in_the_order_of_their_bytes() {
    for (name, store, _directory) in stores() {
        for key in ["b/2", "a", "b/10", "c", "b/é", "b0", "B/1"] {
            set(&*store, key, "", Condition::Always).await.unwrap();
        }
        let keys = async |prefix: &str, after, limit| {
            store.keys(&orders(), prefix, after, limit).await.unwrap()
        };
        assert_eq!(keys("b/", None, MAX_KEYS).await, ["b/10", "b/2", "b/é"], "{name}");
        assert_eq!(keys("b/", None, 2).await, ["b/10", "b/2"], "{name}");
        assert_eq!(keys("b/", Some("b/2"), 2).await, ["b/é"], "{name}");
        assert_eq!(keys("b/", Some("a"), 9).await, ["b/10", "b/2", "b/é"], "{name}");
        assert!(keys("b/", Some("c"), 9).await.is_empty(), "{name}");
        assert_eq!(keys("", Some("b0"), 9).await, ["c"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_those_who_swap_at_once_each_sees_the_one_before() {
    for (name, store, _directory) in stores() {
        let count = |store: Arc<dyn Store>| async move {
            for _ in 0..50 {
                loop {
                    let entry = store.get(&orders(), "count").await.unwrap();
                    let (condition, count) = match &entry {
                        None => (Condition::Absent, 0),
                        Some(Entry { value, version }) => {
                            let count = std::str::from_utf8(value).unwrap().parse().unwrap();
                            (Condition::Version(*version), count)
                        }
                    };
                    let next: u32 = count + 1;
                    if set(&*store, "count", &next.to_string(), condition).await.is_some() {
                        break;
                    }
                }
            }
        };
        let counting: Vec<_> = (0..4).map(|_| tokio::spawn(count(store.clone()))).collect();
        for counting in counting {
            counting.await.unwrap();
        }
        assert_eq!(store.get(&orders(), "count").await.unwrap().unwrap().value, b"200", "{name}");
    }
}

#[tokio::test]
async fn what_is_written_outlives_the_host_and_is_in_its_copy() {
    let (data, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = KeyValue::open(data.path()).unwrap();
    let version = set(&store, "a", "one", Condition::Always).await.unwrap();
    KeyValue::backup(data.path(), copy.path()).unwrap();
    drop(store);
    for directory in [data.path(), copy.path()] {
        let store = KeyValue::open(directory).unwrap();
        let entry = Entry { value: b"one".to_vec(), version };
        assert_eq!(store.get(&orders(), "a").await.unwrap(), Some(entry));
        let next = set(&store, "a", "two", Condition::Version(version)).await;
        assert!(next > Some(version));
    }
}

#[test]
fn what_cannot_be_opened_is_named() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join(KEY_VALUE_FILE);
    std::fs::write(&file, "no database, but long enough to be looked into ".repeat(99)).unwrap();
    assert_eq!(
        KeyValue::open(data.path()).unwrap_err().to_string(),
        format!(
            "the host cannot use its key-value data: {} cannot be opened: file is not a database",
            file.display()
        )
    );
    let error = KeyValue::open(Path::new("/dev/null/data")).unwrap_err().to_string();
    assert!(error.contains("/dev/null/data/key-value.sqlite cannot be opened: "), "{error}");
}

#[test]
fn a_copy_that_cannot_be_made_is_named() {
    let data = tempfile::tempdir().unwrap();
    drop(KeyValue::open(data.path()).unwrap());
    let nowhere = data.path().join("nowhere");
    let error = KeyValue::backup(data.path(), &nowhere).unwrap_err().to_string();
    let (from, to) = (data.path().join(KEY_VALUE_FILE), nowhere.join(KEY_VALUE_FILE));
    assert_eq!(
        error,
        format!(
            "the host cannot use its key-value data: {} cannot be copied to {}: No such file or \
             directory (os error 2)",
            from.display(),
            to.display()
        )
    );
}

#[test]
fn data_of_a_later_version_is_left_alone() {
    let data = tempfile::tempdir().unwrap();
    drop(KeyValue::open(data.path()).unwrap());
    let connection = rusqlite::Connection::open(data.path().join(KEY_VALUE_FILE)).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    let error = KeyValue::open(data.path()).unwrap_err().to_string();
    assert!(
        error.ends_with("a later version of Stepwell has written it (its tables have version 3)"),
        "{error}"
    );
}

#[tokio::test]
async fn what_entries_of_the_first_version_take_is_counted_anew() {
    let data = tempfile::tempdir().unwrap();
    let store = KeyValue::open(data.path()).unwrap();
    set(&store, "a", "one", Condition::Always).await;
    set(&store, "b", "two", Condition::Always).await;
    drop(store);
    let connection = rusqlite::Connection::open(data.path().join(KEY_VALUE_FILE)).unwrap();
    connection.execute("UPDATE scope SET bytes = 8", []).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    drop(connection);
    let store = KeyValue::open(data.path()).unwrap();
    let full = store.set(&orders(), "c", b"", Condition::Always, 104).await.unwrap_err();
    assert_eq!(full, Error::Full { size: 104, needed: 105 });
}
