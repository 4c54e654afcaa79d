//! What holds of every catalog: each test is given an empty one.

use serde_json::{Value, json};
use stepwell_journal::{
    Catalog, Error,
    catalog::{Document, Key, Kind, Write},
};

/// Makes one test of each, for a catalog that an expression opens.
macro_rules! suite {
    ($open:expr) => {
        crate::catalog::suite!($open;
            a_document_is_replaced_by_who_knows_its_revision
            writes_are_made_together_or_not_at_all
            writes_are_made_in_their_order
            no_revision_is_used_twice
            what_is_checked_stays_as_it_is
            names_are_scanned_in_pages_and_by_prefix
            tenants_and_kinds_are_apart
            bodies_come_back_as_they_were
        );
    };
    ($open:expr; $($test:ident)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let (catalog, _directory) = $open;
                crate::catalog::$test(&catalog).await;
            }
        )*
    };
}
pub(crate) use suite;

fn key(name: &str) -> Key {
    Key::new("000000000000", Kind::Machine, name)
}

fn put(name: &str, replaces: Option<u64>, body: impl Into<Value>) -> Write {
    Write::Put { key: key(name), replaces, body: body.into() }
}

fn delete(name: &str, replaces: u64) -> Write {
    Write::Delete { key: key(name), replaces }
}

fn conflict(name: &str) -> Result<(), Error> {
    Err(Error::CatalogConflict { key: key(name) })
}

async fn get(catalog: &impl Catalog, name: &str) -> Option<Document> {
    catalog.get(&key(name)).await.unwrap()
}

async fn names(catalog: &impl Catalog, prefix: &str, after: Option<&str>) -> Vec<String> {
    let page = catalog.scan("000000000000", Kind::Machine, prefix, after, 100).await.unwrap();
    assert_eq!(page.next, None);
    page.items.into_iter().map(|document| document.key.name).collect()
}

pub(crate) async fn a_document_is_replaced_by_who_knows_its_revision(catalog: &impl Catalog) {
    assert_eq!(get(catalog, "m").await, None);
    assert_eq!(catalog.apply(vec![put("m", Some(1), 1)]).await, conflict("m"));
    catalog.apply(vec![put("m", None, 1)]).await.unwrap();
    let first = get(catalog, "m").await.unwrap();
    assert_eq!((&first.key, &first.body), (&key("m"), &Ok(json!(1))));
    let again = catalog.apply(vec![put("m", None, 2)]).await;
    assert_eq!(again, conflict("m"));
    assert_eq!(
        again.unwrap_err().to_string(),
        "The machine m of 000000000000 has been changed meanwhile."
    );

    catalog.apply(vec![put("m", Some(first.revision), 2)]).await.unwrap();
    let second = get(catalog, "m").await.unwrap();
    assert_eq!(second.body, Ok(json!(2)));
    assert!(second.revision > first.revision);
    assert_eq!(catalog.apply(vec![put("m", Some(first.revision), 3)]).await, conflict("m"));
    assert_eq!(catalog.apply(vec![delete("m", first.revision)]).await, conflict("m"));
    assert_eq!(get(catalog, "m").await, Some(second.clone()));

    catalog.apply(vec![delete("m", second.revision)]).await.unwrap();
    assert_eq!(get(catalog, "m").await, None);
    assert_eq!(catalog.apply(vec![delete("m", second.revision)]).await, conflict("m"));
}

pub(crate) async fn writes_are_made_together_or_not_at_all(catalog: &impl Catalog) {
    catalog.apply(vec![put("a", None, 1), put("b", None, 1)]).await.unwrap();
    let (a, b) = (get(catalog, "a").await.unwrap(), get(catalog, "b").await.unwrap());
    let writes = vec![
        put("a", Some(a.revision), 2),
        delete("b", b.revision),
        put("c", None, 2),
        put("d", Some(7), 2),
    ];
    assert_eq!(catalog.apply(writes.clone()).await, conflict("d"));
    assert_eq!(get(catalog, "a").await, Some(a));
    assert_eq!(get(catalog, "b").await, Some(b));
    assert_eq!(get(catalog, "c").await, None);
    catalog.apply(writes[..3].to_vec()).await.unwrap();
    assert_eq!(names(catalog, "", None).await, ["a", "c"]);
    catalog.apply(Vec::new()).await.unwrap();
}

pub(crate) async fn writes_are_made_in_their_order(catalog: &impl Catalog) {
    assert_eq!(catalog.apply(vec![put("a", None, 1), put("a", None, 2)]).await, conflict("a"));
    assert_eq!(get(catalog, "a").await, None);
    catalog.apply(vec![put("a", None, 1)]).await.unwrap();
    let revision = get(catalog, "a").await.unwrap().revision;
    catalog.apply(vec![delete("a", revision), put("a", None, 2)]).await.unwrap();
    assert_eq!(get(catalog, "a").await.unwrap().body, Ok(json!(2)));
    let revision = get(catalog, "a").await.unwrap().revision;
    let twice = catalog.apply(vec![delete("a", revision), delete("a", revision)]).await;
    assert_eq!(twice, conflict("a"));
}

pub(crate) async fn no_revision_is_used_twice(catalog: &impl Catalog) {
    let mut last = 0;
    for _ in 0..3 {
        catalog.apply(vec![put("a", None, 1)]).await.unwrap();
        let revision = get(catalog, "a").await.unwrap().revision;
        assert!(revision > last);
        last = revision;
        catalog.apply(vec![delete("a", revision)]).await.unwrap();
    }
}

pub(crate) async fn what_is_checked_stays_as_it_is(catalog: &impl Catalog) {
    let check = |name: &str, is| Write::Check { key: key(name), is };
    catalog.apply(vec![check("a", None), put("b", None, 1)]).await.unwrap();
    let b = get(catalog, "b").await.unwrap();
    let writes = vec![put("c", None, 1), check("a", Some(b.revision))];
    assert_eq!(catalog.apply(writes).await, conflict("a"));
    assert_eq!(catalog.apply(vec![check("b", None)]).await, conflict("b"));
    catalog.apply(vec![check("b", Some(b.revision)), put("c", None, 1)]).await.unwrap();
    assert_eq!(get(catalog, "b").await, Some(b));
    assert_eq!(get(catalog, "a").await, None);
}

pub(crate) async fn names_are_scanned_in_pages_and_by_prefix(catalog: &impl Catalog) {
    let all = ["a", "a:1", "a:10", "a:2", "a:é", "a:\u{10ffff}b", "ab", "b", "z"];
    let writes = all.iter().rev().map(|name| put(name, None, *name)).collect();
    catalog.apply(writes).await.unwrap();
    assert_eq!(names(catalog, "", None).await, all);
    assert_eq!(names(catalog, "a:", None).await, all[1..6]);
    assert_eq!(names(catalog, "a:", Some("a:10")).await, all[3..6]);
    assert_eq!(
        names(catalog, "a:", Some("a:11")).await,
        all[3..6],
        "there need not be such a name"
    );
    assert_eq!(names(catalog, "b", Some("a")).await, ["b"]);
    assert_eq!(names(catalog, "a:", Some("b")).await, [""; 0]);
    assert_eq!(names(catalog, "c", None).await, [""; 0]);

    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let page =
            catalog.scan("000000000000", Kind::Machine, "a", after.as_deref(), 3).await.unwrap();
        assert!(page.items.len() <= 3);
        seen.extend(page.items.into_iter().map(|document| document.key.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all[..7]);
    let exactly = catalog.scan("000000000000", Kind::Machine, "a:", None, 5).await.unwrap();
    assert_eq!((exactly.items.len(), exactly.next), (5, None), "no empty page comes last");
    let every = catalog.scan("000000000000", Kind::Machine, "", None, usize::MAX).await.unwrap();
    assert_eq!(every.items.len(), all.len());
}

pub(crate) async fn tenants_and_kinds_are_apart(catalog: &impl Catalog) {
    let keys = [
        Key::new("1", Kind::Machine, "m"),
        Key::new("1", Kind::Activity, "m"),
        Key::new("2", Kind::Machine, "m"),
        Key::new("", Kind::Tenant, "1"),
    ];
    let put =
        |key: &Key| Write::Put { key: key.clone(), replaces: None, body: key.to_string().into() };
    catalog.apply(keys.iter().map(put).collect()).await.unwrap();
    for key in &keys {
        assert_eq!(catalog.get(key).await.unwrap().unwrap().body, Ok(key.to_string().into()));
        let page = catalog.scan(&key.tenant, key.kind, "", None, 9).await.unwrap();
        assert_eq!(page.items.len(), 1);
        assert_eq!(&page.items[0].key, key);
        assert_eq!(catalog.count(&key.tenant, key.kind).await, Ok(1));
    }
    assert_eq!(catalog.get(&Key::new("2", Kind::Activity, "m")).await, Ok(None));
    assert_eq!(catalog.count("2", Kind::Activity).await, Ok(0));
}

pub(crate) async fn bodies_come_back_as_they_were(catalog: &impl Catalog) {
    let body = json!({
        "z": [null, true, -1, u64::MAX, 1.5, 0.1, "\0 é \u{1f980}"],
        "a": { "": {} },
    });
    catalog.apply(vec![put("a", None, body.clone())]).await.unwrap();
    let read = get(catalog, "a").await.unwrap().body.unwrap();
    assert_eq!(read, body);
    assert_eq!(read.to_string(), body.to_string(), "and in their order");
}
