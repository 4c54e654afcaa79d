//! Resources in a catalog in memory, and in one in which things go wrong.

use stepwell_asl::definition::Type;
use stepwell_interpreter::Timestamp;
use stepwell_journal::{Faults, Memory, Simulated, Sqlite, sqlite};

use super::*;

const TENANT: &str = "111111111111";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn definition(comment: &str) -> String {
    format!(r#"{{"Comment":"{comment}","StartAt":"S","States":{{"S":{{"Type":"Succeed"}}}}}}"#)
}

fn machine(name: &str) -> CreateMachine {
    CreateMachine {
        name: name.into(),
        arn: format!("arn:aws:states:us-east-1:{TENANT}:stateMachine:{name}"),
        type_: Type::Standard,
        definition: definition("0"),
        role_arn: "role".into(),
        settings: Settings::new(),
        tags: Tags::new(),
        publish: None,
    }
}

fn defined(comment: &str, publish: bool) -> Changes {
    Changes {
        definition: Some(definition(comment)),
        publish: publish.then(Publish::default),
        ..Changes::default()
    }
}

fn small() -> Quotas {
    Quotas { machines: 2, activities: 2, versions: 2, aliases: 2, tags: 2 }
}

fn resources() -> Resources {
    Resources::with_quotas(Arc::new(Memory::default()), small())
}

fn tags(keys: &[&str]) -> Tags {
    keys.iter().map(|key| (key.to_string(), String::new())).collect()
}

async fn with_versions(resources: &Resources) {
    resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap();
    for comment in ["1", "2"] {
        resources.update_machine(TENANT, "m", defined(comment, true), at(1)).await.unwrap();
    }
}

fn alias(name: &str, routes: &[(u64, u8)]) -> CreateAlias {
    let routes = routes.iter().map(|&(version, weight)| Route { version, weight }).collect();
    CreateAlias { name: name.into(), description: None, routes }
}

async fn comment_of(resources: &Resources, qualifier: Option<Qualifier>, draw: u64) -> String {
    let target = resources.resolve(TENANT, "m", qualifier.as_ref(), draw).await.unwrap().unwrap();
    target.revision.machine.definition.comment.clone().unwrap()
}

#[tokio::test]
async fn a_machine_is_created_once() {
    let resources = resources();
    let first = resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap();
    assert_eq!((first.version, first.machine.revision_id()), (None, None));
    let other_role = CreateMachine { role_arn: "other".into(), tags: tags(&["a"]), ..machine("m") };
    let again = resources.create_machine(TENANT, other_role, at(9)).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(resources.tags(TENANT, &Tagged::Machine("m".into())).await.unwrap(), Tags::new());
    for other in [
        CreateMachine { definition: definition("1"), ..machine("m") },
        CreateMachine { type_: Type::Express, ..machine("m") },
        CreateMachine { publish: Some(Publish::default()), ..machine("m") },
        CreateMachine {
            settings: [("a".to_owned(), 1.into())].into_iter().collect(),
            ..machine("m")
        },
    ] {
        let error = resources.create_machine(TENANT, other, at(9)).await.unwrap_err();
        assert_eq!(error, Error::Exists { arn: machine("m").arn });
    }
    // Another tenant's is another.
    assert_eq!(resources.machine("222222222222", "m").await, Ok(None));
    resources.create_machine("222222222222", machine("m"), at(0)).await.unwrap();
}

#[tokio::test]
async fn what_changes_is_a_revision_and_what_was_stays() {
    let resources = resources();
    let first = resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap().machine;
    let same = resources.update_machine(TENANT, "m", defined("0", false), at(1)).await.unwrap();
    assert_eq!(same.machine, first);
    let second = resources.update_machine(TENANT, "m", defined("1", false), at(2)).await.unwrap();
    let second = second.machine;
    assert_eq!(second.revision_id(), Some(second.revision.as_str()));
    assert_ne!(second.revision, first.revision);
    assert_eq!((second.created_at, second.updated_at), (at(0), at(2)));
    let role = Changes { role_arn: Some("other".into()), ..Changes::default() };
    let third = resources.update_machine(TENANT, "m", role, at(3)).await.unwrap().machine;
    let settings = [("logging".to_owned(), 1.into())].into_iter().collect();
    let settings = Changes { settings, ..Changes::default() };
    resources.update_machine(TENANT, "m", settings, at(4)).await.unwrap();

    let revision = async |id: &str| resources.revision(TENANT, id).await.unwrap().unwrap();
    let before = revision(&first.revision).await;
    assert_eq!((&*before.text, &*before.role_arn), (&*definition("0"), "role"));
    assert!(before.initial && before.created_at == at(0));
    assert_eq!(before.machine.arn, first.arn);
    let third = revision(&third.revision).await;
    assert_eq!((&*third.text, &*third.role_arn), (&*definition("1"), "other"));
    assert_eq!(third.settings.len(), 0);
    let newest = resources.resolve(TENANT, "m", None, 0).await.unwrap().unwrap().revision;
    assert_eq!((&*newest.role_arn, newest.settings.len()), ("other", 1));
    assert!(resources.revision("222222222222", &first.revision).await.unwrap().is_none());
}

#[tokio::test]
async fn versions_are_published_once_and_their_numbers_never_used_again() {
    let resources = resources();
    resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap();
    let publish = async |revision: Option<&str>| {
        let publish = Publish { description: Some("d".into()) };
        resources.publish_version(TENANT, "m", revision, &publish, at(1)).await
    };
    let error = publish(Some("other")).await.unwrap_err();
    assert_eq!(error.to_string(), "The newest revision is INITIAL, not other.");
    let first = publish(Some("INITIAL")).await.unwrap();
    assert_eq!((first.number, first.description.as_deref()), (1, Some("d")));
    assert_eq!(publish(None).await.unwrap(), first);
    let updated = resources.update_machine(TENANT, "m", defined("1", true), at(2)).await.unwrap();
    assert_eq!(updated.version, Some(2));
    let revision = updated.machine.revision.clone();
    assert_eq!(publish(Some(&revision)).await.unwrap().number, 2);

    resources.update_machine(TENANT, "m", defined("2", false), at(3)).await.unwrap();
    let error = publish(None).await.unwrap_err();
    assert_eq!(error.to_string(), "There are 2 versions already: as many as there may be.");
    let numbers = async || -> Vec<u64> {
        let page = resources.versions(TENANT, "m", None, 10).await.unwrap();
        page.items.iter().map(|version| version.number).collect()
    };
    assert_eq!(numbers().await, [2, 1]);
    resources.delete_version(TENANT, "m", 2).await.unwrap();
    resources.delete_version(TENANT, "m", 2).await.unwrap();
    assert_eq!(publish(None).await.unwrap().number, 3);
    assert_eq!(numbers().await, [3, 1]);
    let page = resources.versions(TENANT, "m", None, 1).await.unwrap();
    let rest = resources.versions(TENANT, "m", page.next.as_deref(), 1).await.unwrap();
    assert_eq!((rest.items[0].number, rest.next), (1, None));
    let missing = resources.publish_version(TENANT, "n", None, &Publish::default(), at(1)).await;
    assert_eq!(missing.unwrap_err(), Error::Missing("state machine"));
}

#[tokio::test]
async fn aliases_lead_to_versions_by_weight() {
    let resources = resources();
    with_versions(&resources).await;
    let create = alias("live", &[(1, 30), (2, 70)]);
    let created = resources.create_alias(TENANT, "m", &create, at(5)).await.unwrap();
    assert_eq!(resources.create_alias(TENANT, "m", &create, at(6)).await.unwrap(), created);
    let other = alias("live", &[(1, 100)]);
    let error = resources.create_alias(TENANT, "m", &other, at(6)).await.unwrap_err();
    assert_eq!(error, Error::Exists { arn: format!("{}:live", machine("m").arn) });
    let missing = resources.create_alias(TENANT, "m", &alias("a", &[(9, 100)]), at(6)).await;
    assert_eq!(missing, Err(Error::Missing("version")));

    let live = || Some(Qualifier::Alias("live".into()));
    let mut counts = [0; 3];
    for draw in 0..200 {
        let comment = comment_of(&resources, live(), draw).await;
        counts[comment.parse::<usize>().unwrap()] += 1;
    }
    assert_eq!(counts, [0, 60, 140]);
    let target = resources.resolve(TENANT, "m", live().as_ref(), 99).await.unwrap().unwrap();
    assert_eq!((target.version, target.alias.as_deref()), (Some(2), Some("live")));
    assert_eq!(comment_of(&resources, Some(Qualifier::Version(1)), 0).await, "1");
    for none in [Qualifier::Version(3), Qualifier::Alias("other".into())] {
        assert!(resources.resolve(TENANT, "m", Some(&none), 0).await.unwrap().is_none());
    }

    let error = resources.delete_version(TENANT, "m", 1).await.unwrap_err();
    assert_eq!(error, Error::InUse { aliases: vec!["live".into()] });
    let update =
        UpdateAlias { routes: Some(alias("", &[(2, 100)]).routes), description: Some("d".into()) };
    let updated = resources.update_alias(TENANT, "m", "live", &update, at(7)).await.unwrap();
    assert_eq!((updated.created_at, updated.updated_at), (at(5), at(7)));
    assert_eq!(updated.description.as_deref(), Some("d"));
    resources.delete_version(TENANT, "m", 1).await.unwrap();
    assert_eq!(comment_of(&resources, live(), 0).await, "2");

    resources.create_alias(TENANT, "m", &alias("b", &[(2, 100)]), at(8)).await.unwrap();
    let error = resources.create_alias(TENANT, "m", &alias("c", &[(2, 100)]), at(8)).await;
    assert_eq!(error, Err(Error::Quota { what: "aliases", limit: 2 }));
    resources.delete_alias(TENANT, "m", "live").await.unwrap();
    resources.delete_alias(TENANT, "m", "live").await.unwrap();
    let error = resources.update_alias(TENANT, "m", "live", &update, at(9)).await;
    assert_eq!(error, Err(Error::Missing("alias")));
    resources.create_alias(TENANT, "m", &alias("c", &[(2, 100)]), at(8)).await.unwrap();
    let page = resources.aliases(TENANT, "m", None, 10).await.unwrap();
    assert_eq!(page.items.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["b", "c"]);
}

#[tokio::test]
async fn a_machine_that_is_deleted_goes_with_all_but_its_revisions() {
    let resources = resources();
    with_versions(&resources).await;
    resources.create_machine(TENANT, machine("n"), at(0)).await.unwrap();
    resources.create_alias(TENANT, "m", &alias("live", &[(2, 100)]), at(5)).await.unwrap();
    let tagged = Tagged::Machine("m".into());
    resources.tag(TENANT, &tagged, &tags(&["a"])).await.unwrap();
    let revision = resources.machine(TENANT, "m").await.unwrap().unwrap().revision;

    resources.remove_machine(TENANT, "m").await.unwrap();
    assert!(resources.machine(TENANT, "m").await.unwrap().is_some(), "it is not being deleted");
    resources.delete_machine(TENANT, "m").await.unwrap();
    resources.delete_machine(TENANT, "m").await.unwrap();
    let deleting = Error::Deleting { arn: machine("m").arn };
    assert!(resources.machine(TENANT, "m").await.unwrap().unwrap().deleting);
    assert_eq!(resources.resolve(TENANT, "m", None, 0).await.unwrap_err(), deleting);
    let again = resources.create_machine(TENANT, machine("m"), at(6)).await;
    assert_eq!(again.unwrap_err(), deleting);
    let update = resources.update_machine(TENANT, "m", defined("3", false), at(6)).await;
    assert_eq!(update.unwrap_err(), deleting);

    resources.remove_machine(TENANT, "m").await.unwrap();
    resources.remove_machine(TENANT, "m").await.unwrap();
    assert!(resources.machine(TENANT, "m").await.unwrap().is_none());
    assert!(resources.resolve(TENANT, "m", None, 0).await.unwrap().is_none());
    assert!(resources.versions(TENANT, "m", None, 9).await.unwrap().items.is_empty());
    assert!(resources.aliases(TENANT, "m", None, 9).await.unwrap().items.is_empty());
    assert!(resources.revision(TENANT, &revision).await.unwrap().is_some());
    resources.delete_machine(TENANT, "m").await.unwrap();
    resources.create_machine(TENANT, machine("m"), at(7)).await.unwrap();
    assert_eq!(resources.tags(TENANT, &tagged).await.unwrap(), Tags::new());
}

#[tokio::test]
async fn quotas_are_kept_and_what_is_deleted_makes_room() {
    let resources = resources();
    for name in ["a", "b"] {
        resources.create_machine(TENANT, machine(name), at(0)).await.unwrap();
        resources.create_activity(TENANT, activity(name), at(0)).await.unwrap();
    }
    let error = resources.create_machine(TENANT, machine("c"), at(0)).await.unwrap_err();
    assert_eq!(error, Error::Quota { what: "state machines", limit: 2 });
    let error = resources.create_activity(TENANT, activity("c"), at(0)).await.unwrap_err();
    assert_eq!(error, Error::Quota { what: "activities", limit: 2 });
    resources.create_machine(TENANT, machine("a"), at(0)).await.unwrap();
    resources.create_machine("222222222222", machine("c"), at(0)).await.unwrap();
    resources.delete_machine(TENANT, "a").await.unwrap();
    resources.remove_machine(TENANT, "a").await.unwrap();
    resources.delete_activity(TENANT, "a").await.unwrap();
    resources.create_machine(TENANT, machine("c"), at(0)).await.unwrap();
    resources.create_activity(TENANT, activity("c"), at(0)).await.unwrap();
    let names: Vec<_> = resources.machines(TENANT, None, 9).await.unwrap().items;
    assert_eq!(names.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["b", "c"]);
    let names: Vec<_> = resources.activities(TENANT, Some("b"), 9).await.unwrap().items;
    assert_eq!(names.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["c"]);
}

fn activity(name: &str) -> CreateActivity {
    let arn = format!("arn:aws:states:us-east-1:{TENANT}:activity:{name}");
    CreateActivity { name: name.into(), arn, settings: Settings::new(), tags: Tags::new() }
}

#[tokio::test]
async fn an_activity_is_created_once_and_goes_with_its_tags() {
    let resources = resources();
    let created = resources.create_activity(TENANT, activity("a"), at(0)).await.unwrap();
    let again = CreateActivity { tags: tags(&["x"]), ..activity("a") };
    assert_eq!(resources.create_activity(TENANT, again, at(1)).await.unwrap(), created);
    let settings = [("encryption".to_owned(), 1.into())].into_iter().collect();
    let other = CreateActivity { settings, ..activity("a") };
    let error = resources.create_activity(TENANT, other, at(1)).await.unwrap_err();
    assert_eq!(error, Error::Exists { arn: created.arn.clone() });

    let tagged = Tagged::Activity("a".into());
    resources.tag(TENANT, &tagged, &tags(&["x"])).await.unwrap();
    resources.delete_activity(TENANT, "a").await.unwrap();
    resources.delete_activity(TENANT, "a").await.unwrap();
    assert_eq!(resources.activity(TENANT, "a").await, Ok(None));
    assert_eq!(resources.tags(TENANT, &tagged).await, Err(Error::Missing("resource")));
    let with_tags = CreateActivity { tags: tags(&["y"]), ..activity("a") };
    resources.create_activity(TENANT, with_tags, at(2)).await.unwrap();
    assert_eq!(resources.tags(TENANT, &tagged).await, Ok(tags(&["y"])));
}

#[tokio::test]
async fn tags_are_added_replaced_and_taken_away() {
    let resources = resources();
    resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap();
    let tagged = Tagged::Machine("m".into());
    resources.tag(TENANT, &tagged, &tags(&["a", "b"])).await.unwrap();
    let other = Tags::from([("a".into(), "1".into())]);
    resources.tag(TENANT, &tagged, &other).await.unwrap();
    let error = resources.tag(TENANT, &tagged, &tags(&["c"])).await;
    assert_eq!(error, Err(Error::Quota { what: "tags", limit: 2 }));
    resources.untag(TENANT, &tagged, &["b".into(), "none".into()]).await.unwrap();
    assert_eq!(resources.tags(TENANT, &tagged).await.unwrap(), other);
    let none = Tagged::Machine("n".into());
    assert_eq!(resources.tag(TENANT, &none, &other).await, Err(Error::Missing("resource")));
    assert_eq!(resources.untag(TENANT, &none, &[]).await, Err(Error::Missing("resource")));
    let too_many = CreateMachine { tags: tags(&["a", "b", "c"]), ..machine("n") };
    let error = resources.create_machine(TENANT, too_many, at(0)).await.unwrap_err();
    assert_eq!(error, Error::Quota { what: "tags", limit: 2 });
}

/// Others are faster half of the time, and all is as if they were not.
#[tokio::test]
async fn conflicts_are_tried_again() {
    for seed in 0..20 {
        let faults = Faults { conflicts: 500, ..Faults::default() };
        let catalog = Arc::new(Simulated::new(seed, faults, at(0)));
        let resources = Resources::with_quotas(catalog, small());
        with_versions(&resources).await;
        resources.create_alias(TENANT, "m", &alias("live", &[(1, 100)]), at(5)).await.unwrap();
        let update = UpdateAlias { routes: Some(alias("", &[(2, 100)]).routes), description: None };
        resources.update_alias(TENANT, "m", "live", &update, at(6)).await.unwrap();
        resources.delete_version(TENANT, "m", 1).await.unwrap();
        resources.tag(TENANT, &Tagged::Machine("m".into()), &tags(&["a"])).await.unwrap();
        let versions = resources.versions(TENANT, "m", None, 9).await.unwrap().items;
        assert_eq!(versions.iter().map(|it| it.number).collect::<Vec<_>>(), [2]);
        resources.delete_alias(TENANT, "m", "live").await.unwrap();
        resources.delete_machine(TENANT, "m").await.unwrap();
        resources.remove_machine(TENANT, "m").await.unwrap();
        assert_eq!(resources.machine(TENANT, "m").await, Ok(None));
    }
    let faults = Faults { conflicts: 1000, ..Faults::default() };
    let resources = Resources::new(Arc::new(Simulated::new(0, faults, at(0))));
    let error = resources.create_machine(TENANT, machine("m"), at(0)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Others have changed the same at the same time, again and again: try again."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_created_at_once_keeps_the_quota() {
    let resources = Arc::new(resources());
    let create = |number: u8| {
        let resources = resources.clone();
        async move {
            resources.create_machine(TENANT, machine(&format!("m{number}")), at(0)).await.is_ok()
        }
    };
    let made = futures::future::join_all((0..20).map(create).map(tokio::spawn)).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 2);
}

/// A catalog of each store, and where that of SQLite is.
fn catalogs() -> (Vec<Arc<dyn Catalog>>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&sqlite::Options::new(directory.path())).unwrap();
    (vec![Arc::new(Memory::default()), Arc::new(sqlite)], directory)
}

/// Makes a document say what none of its kind does.
async fn damage(catalog: &dyn Catalog, key: Key) {
    let replaces = catalog.get(&key).await.unwrap().map(|document| document.revision);
    let body = serde_json::json!({ "what": "?" });
    catalog.apply(vec![Write::Put { key, replaces, body }]).await.unwrap();
}

#[tokio::test]
async fn what_is_damaged_keeps_nobody_from_the_rest() {
    let (catalogs, _directory) = catalogs();
    for catalog in catalogs {
        let resources = Resources::new(catalog.clone());
        with_versions(&resources).await;
        resources.create_machine(TENANT, machine("n"), at(0)).await.unwrap();
        for (name, version) in [("live", 2), ("next", 2)] {
            let create = alias(name, &[(version, 100)]);
            resources.create_alias(TENANT, "m", &create, at(2)).await.unwrap();
        }
        damage(&*catalog, machines::key(TENANT, "n")).await;
        damage(&*catalog, Key::new(TENANT, Kind::Alias, "m:next")).await;

        let machines = resources.machines(TENANT, None, 10).await.unwrap().items;
        assert_eq!(machines.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["m"]);
        let aliases = resources.aliases(TENANT, "m", None, 10).await.unwrap().items;
        assert_eq!(aliases.iter().map(|it| &*it.name).collect::<Vec<_>>(), ["live"]);
        // What depends on it is refused, and names it.
        let named = |error: Error, key: &str| {
            let text = error.to_string();
            let damaged = format!("The document of {key} of {TENANT} is damaged: missing field");
            assert!(text.starts_with(&damaged), "{text}");
        };
        named(resources.machine(TENANT, "n").await.unwrap_err(), "machine n");
        named(resources.alias(TENANT, "m", "next").await.unwrap_err(), "alias m:next");
        named(resources.delete_version(TENANT, "m", 1).await.unwrap_err(), "alias m:next");
        let there = catalog.count(TENANT, Kind::Machine).await.unwrap();
        assert_eq!(there, 2, "nothing is deleted");
        // Whoever deletes the alias gets rid of what is in the way.
        resources.delete_alias(TENANT, "m", "next").await.unwrap();
        assert_eq!(resources.alias(TENANT, "m", "next").await.unwrap(), None);
        resources.delete_version(TENANT, "m", 1).await.unwrap();
    }
}
