//! What a plugin has of each capability with and without a grant.

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_sandbox::{
    CallInfo, CancellationToken, Done, Grants, Invocation, Limits, Options, Plugin, Sandbox, Use,
    grants::{Exposure, KeyValue, Secret, Source, Spec},
    key_value::Memory,
};
use tokio::sync::OnceCell;

use crate::support;

const TENANT: &str = "123456789012";

async fn capable() -> Plugin {
    static PLUGIN: OnceCell<Plugin> = OnceCell::const_new();
    let admit = async || {
        let sandbox = Sandbox::new(&Options::default()).unwrap();
        support::admit(&sandbox, "capable").await
    };
    PLUGIN.get_or_init(admit).await.clone()
}

async fn call(task: &str, input: Value, grants: &Grants) -> Done {
    call_for(TENANT, task, input, grants).await
}

async fn call_for(tenant: &str, task: &str, input: Value, grants: &Grants) -> Done {
    let invocation = Invocation {
        task,
        input: &input.to_string(),
        call: CallInfo { tenant: tenant.to_owned(), ..CallInfo::default() },
        limits: &Limits::default(),
        grants,
        heartbeat: None,
        stop: CancellationToken::new(),
    };
    capable().await.invoke(invocation).await
}

fn output(done: &Done) -> Value {
    serde_json::from_str(done.result.as_ref().unwrap()).unwrap()
}

fn failure(done: &Done) -> (&str, &str) {
    let failure = done.result.as_ref().unwrap_err();
    (&failure.error, &failure.cause)
}

fn open(spec: Spec) -> Grants {
    Grants::open(spec).unwrap()
}

#[tokio::test]
async fn configuration_is_what_was_granted() {
    let config = [("currency".to_owned(), "EUR".to_owned())].into();
    let granted = open(Spec { config, ..Spec::default() });
    let seen = output(&call("config", json!({}), &granted).await);
    assert_eq!(seen, json!({ "currency": "EUR", "unknown": null }));
    let seen = output(&call("config", json!({}), &Grants::none()).await);
    assert_eq!(seen, json!({ "unknown": null }));
}

fn secret(directory: &tempfile::TempDir, expose: Exposure) -> Grants {
    let file = directory.path().join("key");
    std::fs::write(&file, "hush\n").unwrap();
    let secret =
        Secret { name: "API_KEY".to_owned(), from: Source::File(file), expose, hosts: Vec::new() };
    open(Spec { secrets: vec![secret], ..Spec::default() })
}

#[tokio::test]
async fn who_watches_is_told_what_was_asked_for_and_what_was_given() {
    let directory = tempfile::tempdir().unwrap();
    let (sender, told) = std::sync::mpsc::channel();
    let watch = Arc::new(move |used| sender.send(used).unwrap());
    let grants = secret(&directory, Exposure::Value).with_watch(watch);
    call("secret", json!({ "name": "API_KEY" }), &grants).await;
    call("secret", json!({ "name": "OTHER" }), &grants).await;
    let used = |name: &str, given: Option<&str>| Use::Secret {
        name: name.to_owned(),
        given: given.map(str::to_owned),
    };
    let mut told: Vec<Use> = told.try_iter().collect();
    // The task asks twice.
    told.dedup();
    assert_eq!(told, [used("API_KEY", Some("hush")), used("OTHER", None)]);
}

#[tokio::test]
async fn a_secret_is_seen_where_its_value_was_granted() {
    let directory = tempfile::tempdir().unwrap();
    let grants = secret(&directory, Exposure::Value);
    let seen = output(&call("secret", json!({ "name": "API_KEY" }), &grants).await);
    assert_eq!(seen, "hush");
    assert!(!format!("{grants:?}").contains("hush"));
}

#[tokio::test]
async fn a_placeholder_tells_nothing_and_differs_from_call_to_call() {
    let directory = tempfile::tempdir().unwrap();
    let grants = secret(&directory, Exposure::Placeholder);
    let seen = async || output(&call("secret", json!({ "name": "API_KEY" }), &grants).await);
    let (first, second) = (seen().await, seen().await);
    assert!(first.as_str().unwrap().starts_with("stepwell-secret-"), "{first}");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_secret_that_was_not_granted_is_none_and_the_log_says_so() {
    let done = call("secret", json!({ "name": "API_KEY" }), &Grants::none()).await;
    assert_eq!(output(&done), Value::Null);
    assert_eq!(done.log.text(), "stepwell: The secret `API_KEY` was refused: it is not granted.\n");
}

#[tokio::test]
async fn lines_of_the_log_have_their_level() {
    let done = call("log", json!({}), &Grants::none()).await;
    assert_eq!(
        done.log.text(),
        "TRACE one\nDEBUG two\nINFO three\nlines\nlong\nWARN four\nERROR five\n"
    );
}

#[tokio::test]
async fn the_clock_runs_unless_it_was_granted_to_stand() {
    let clock = Some("2026-01-01T00:00:00.25Z".parse().unwrap());
    let standing = open(Spec { clock, ..Spec::default() });
    let seen = output(&call("clock", json!({}), &standing).await);
    assert_eq!(seen, 1_767_225_600_250_u64);
    let now = output(&call("clock", json!({}), &Grants::none()).await);
    assert!(now.as_u64() > Some(1_767_225_600_250), "{now}");
}

#[tokio::test]
async fn random_numbers_are_fresh_unless_a_seed_was_granted() {
    let seeded = |seed| open(Spec { random_seed: Some(seed), ..Spec::default() });
    let seen = async |grants: &Grants| output(&call("random", json!({}), grants).await);
    assert_eq!(seen(&seeded(7)).await, seen(&seeded(7)).await);
    assert_ne!(seen(&seeded(7)).await, seen(&seeded(8)).await);
    assert_ne!(seen(&Grants::none()).await, seen(&Grants::none()).await);
}

fn orders() -> Grants {
    let store = KeyValue { store: "orders".to_owned(), size: bytesize::ByteSize::kib(300) };
    open(Spec { key_value: vec![store], ..Spec::default() })
        .with_key_value(Arc::new(Memory::default()), "capable")
}

#[tokio::test]
async fn key_value_data_outlives_the_call() {
    let grants = orders();
    let entry = json!({ "store": "orders", "key": "a", "value": "one" });
    let version = output(&call("set", entry.clone(), &grants).await);
    let kept = output(&call("get", entry.clone(), &grants).await);
    assert_eq!(kept, json!({ "value": "one", "version": version }));

    let swap = |version: &Value, value: &str| json!({ "store": "orders", "key": "a", "value": value, "version": version });
    assert_eq!(output(&call("swap", swap(&Value::Null, "two"), &grants).await), Value::Null);
    let next = output(&call("swap", swap(&version, "two"), &grants).await);
    assert!(next.as_u64() > version.as_u64(), "{next}");
    assert_eq!(output(&call("swap", swap(&version, "three"), &grants).await), Value::Null);

    let list = json!({ "store": "orders", "key": "", "limit": 9 });
    assert_eq!(output(&call("keys", list.clone(), &grants).await), json!(["a"]));
    let delete = |version: &Value| json!({ "store": "orders", "key": "a", "version": version });
    assert_eq!(output(&call("delete", delete(&version), &grants).await), false);
    assert_eq!(output(&call("delete", delete(&Value::Null), &grants).await), true);
    assert_eq!(output(&call("keys", list, &grants).await), json!([]));
}

#[tokio::test]
async fn tenants_have_their_own_key_value_data() {
    let grants = orders();
    let entry = json!({ "store": "orders", "key": "a", "value": "one" });
    output(&call("set", entry.clone(), &grants).await);
    let other = call_for("210987654321", "get", entry, &grants).await;
    assert_eq!(output(&other), Value::Null);
}

#[tokio::test]
async fn a_store_that_was_not_granted_is_refused() {
    for grants in [Grants::none(), orders()] {
        let done = call("get", json!({ "store": "other", "key": "a" }), &grants).await;
        let why = ("Capable.PermissionDenied", "the key-value store \"other\" is not granted");
        assert_eq!(failure(&done), why);
        assert_eq!(
            done.log.text(),
            "stepwell: The key-value store `other` was refused: it is not granted.\n"
        );
    }
}

#[tokio::test]
async fn keys_values_and_stores_have_limits() {
    let grants = orders();
    let set = async |key_bytes: usize, value_bytes: usize| {
        let entry = json!({
            "store": "orders", "key_bytes": key_bytes, "value_bytes": value_bytes,
        });
        call("set", entry, &grants).await
    };
    let limit = "Capable.LimitExceeded";
    output(&set(512, 1).await);
    assert_eq!(failure(&set(513, 1).await), (limit, "the key has 513 bytes, and may have 512"));
    assert_eq!(
        failure(&set(1, (256 << 10) + 1).await),
        (limit, "the value has 262145 bytes, and may have 262144")
    );
    output(&set(1, 256 << 10).await);
    assert_eq!(
        failure(&set(2, 256 << 10).await),
        (limit, "the store is over its size of 307200 bytes: with this entry it has 524900")
    );
}

/// What a call did that reaches outside.
fn calls(done: &Done) -> Vec<(&str, &str, &str)> {
    let calls = done.calls.first.iter();
    calls.map(|call| (call.capability.as_str(), &*call.what, &*call.result)).collect()
}

#[tokio::test]
async fn what_a_guest_asks_for_is_told_with_what_came_of_it() {
    let config = [("currency".to_owned(), "EUR".to_owned())].into();
    let granted = open(Spec { config, ..Spec::default() });
    let done = call("config", json!({}), &granted).await;
    assert_eq!(
        calls(&done),
        [("config", "currency", "found"), ("config", "unknown", "there is none")]
    );
    assert!(done.usage.host_calls >= 3, "{:?}", done.usage);

    let directory = tempfile::tempdir().unwrap();
    let granted = secret(&directory, Exposure::Value);
    let done = call("secret", json!({ "name": "API_KEY" }), &granted).await;
    assert_eq!(calls(&done)[0], ("secret", "API_KEY", "given"));
    assert!(!format!("{:?}", done.calls).contains("hush"));
    let done = call("secret", json!({ "name": "OTHER" }), &granted).await;
    assert_eq!(calls(&done)[0], ("secret", "OTHER", "refused: it is not granted"));

    let grants = orders();
    let entry = json!({ "store": "orders", "key": "a", "value": "one" });
    let version = output(&call("set", entry.clone(), &grants).await);
    let got = format!("3 bytes, version {version}");
    for (task, what, result) in [
        ("get", "get orders/a", got.as_str()),
        ("keys", "keys orders/a", "0 keys"),
        ("swap", "compare-and-swap orders/a", "nothing: another version is there"),
        ("delete", "delete orders/a", "deleted"),
        ("delete", "delete orders/a", "nothing was deleted"),
        ("get", "get orders/a", "there is none"),
    ] {
        let done = call(task, entry.clone(), &grants).await;
        assert_eq!(calls(&done), [("key-value", what, result)]);
    }
    let long = json!({ "store": "orders", "key_bytes": 10_000, "value_bytes": 1 });
    let done = call("set", long, &grants).await;
    let [(_, what, result)] = calls(&done)[..] else { panic!("{:?}", done.calls) };
    assert!(what.len() == 256 && what.ends_with("..."), "{what}");
    assert_eq!(result, "the key has 10000 bytes, and may have 512");
}

#[tokio::test]
async fn a_store_that_was_not_granted_is_told_as_refused() {
    let done = call("get", json!({ "store": "other", "key": "a" }), &Grants::none()).await;
    assert_eq!(calls(&done), [("key-value", "get other/a", "refused: it is not granted")]);
}
