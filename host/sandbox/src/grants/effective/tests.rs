use serde_json::{Value, json};

use super::*;
use crate::info::{Digest, Wants};

fn info(kind: Kind, imports: &[&str], wants: Value) -> Info {
    Info {
        name: "one".to_owned(),
        version: "1.0.0".to_owned(),
        summary: String::new(),
        kind,
        digest: Digest::of(b""),
        tasks: Vec::new(),
        wants: serde_json::from_value::<Wants>(wants).unwrap(),
        imports: imports.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn component(imports: &[&str], wants: Value) -> Info {
    info(Kind::Component, imports, wants)
}

fn spec(value: Value) -> Spec {
    serde_json::from_value(value).unwrap()
}

/// The rows: `CAPABILITY WHAT: STATE, REASON`.
fn rows(spec: &Spec, info: &Info) -> Vec<String> {
    let show = |row: &Row| {
        let (capability, state) = (row.capability.as_str(), row.state.as_str());
        format!("{capability} {}: {state}, {}", row.what, row.reason)
    };
    spec.effective(info).rows.iter().map(show).collect()
}

#[test]
fn a_component_can_use_what_is_granted_wanted_and_imported() {
    let granted = spec(json!({
        "config": { "region": "north", "other": "x" },
        "key-value": [{ "store": "orders" }],
        "directories": [{ "host": "/srv/out", "guest": "/out" }],
    }));
    let info = component(
        &["stepwell:task/config@0.1.0", "wasi:filesystem/types@0.2.6", "wasi:io/poll@0.2.6"],
        json!({ "config": ["region"], "directories": ["/out/", "/in"], "key-value": ["orders"] }),
    );
    assert_eq!(
        rows(&granted, &info),
        [
            "directory /out = /srv/out, read-only: granted, wanted, and it imports \
             `wasi:filesystem`",
            "directory /in: not granted, wanted",
            "config other = x: not wanted, the plugin does not say it wants it",
            "config region = north: granted, wanted, and it imports `stepwell:task/config`",
            "key-value orders, 16.0 MiB: not imported, the plugin does not import \
             `stepwell:task/key-value`",
            "import wasi:io: always, waits for what else is granted",
        ]
    );
    let effective = granted.effective(&info);
    assert_eq!(
        effective.spec,
        spec(json!({
            "config": { "region": "north" },
            "directories": [{ "host": "/srv/out", "guest": "/out" }],
        }))
    );
    let idle: Vec<_> = effective.idle().map(|row| row.what.as_str()).collect();
    assert_eq!(idle, ["other = x", "orders, 16.0 MiB"]);
}

#[test]
fn names_that_operators_choose_are_wanted_by_their_beginning() {
    let granted = spec(json!({
        "config": { "connection.shop": "{}", "connections": "x" },
        "secrets": [{ "name": "connection.shop", "from": { "env": "KEY" }, "expose": "value" }],
    }));
    let info = component(
        &["stepwell:task/config@0.1.0", "stepwell:task/secrets@0.1.0"],
        json!({ "config": ["connection.*"], "secrets": ["connection.*", "other.*"] }),
    );
    assert_eq!(
        rows(&granted, &info),
        [
            "config connection.shop = {}: granted, wanted, and it imports `stepwell:task/config`",
            "config connections = x: not wanted, the plugin does not say it wants it",
            "secret connection.shop from the variable KEY, the value itself: granted, wanted, and \
             it imports `stepwell:task/secrets`",
            "secret other.*: not granted, wanted",
        ]
    );
    let effective = granted.effective(&info).spec;
    assert_eq!((effective.config.len(), effective.secrets.len()), (1, 1));
}

#[test]
fn requests_are_narrowed_to_what_is_wanted() {
    let granted = spec(json!({
        "http": ["GET https://*.a.com/v1/*", "https://b.com", "https://c.com"],
    }));
    let wants = json!({ "http": ["x.a.com", "y.a.com:443", "b.com", "d.com", "no host"] });
    let info = component(&["wasi:http/outgoing-handler@0.2.6"], wants);
    assert_eq!(
        rows(&granted, &info),
        [
            "http GET https://x.a.com/v1/*: granted, granted as `GET https://*.a.com/v1/*`, \
             wanted as `x.a.com`",
            "http GET https://y.a.com/v1/*: granted, granted as `GET https://*.a.com/v1/*`, \
             wanted as `y.a.com:443`",
            "http https://b.com: granted, wanted as `b.com`",
            "http https://c.com: not wanted, the plugin does not say it wants it",
            "http d.com: not granted, wanted",
            "http no host: not granted, wanted, but it is no host, so no grant can meet it",
        ]
    );
    let narrowed = json!({
        "http": ["GET https://x.a.com/v1/*", "GET https://y.a.com/v1/*", "https://b.com"],
    });
    assert_eq!(granted.effective(&info).spec, spec(narrowed));
}

#[test]
fn a_command_can_use_what_is_granted_and_imported() {
    let granted = spec(json!({
        "environment": { "TOKEN": "hush" },
        "directories": [{ "host": "/srv/out", "guest": "/out" }],
        "connect": ["127.0.0.1:25"],
    }));
    let imports = ["wasi:cli/environment@0.2.6", "wasi:filesystem/types@0.2.6"];
    let info = info(Kind::Command, &imports, json!({}));
    assert_eq!(
        rows(&granted, &info),
        [
            "connect 127.0.0.1:25: not imported, the plugin does not import `wasi:sockets`",
            "directory /out = /srv/out, read-only: granted, it imports `wasi:filesystem`",
            "environment TOKEN: granted, it imports `wasi:cli/environment`",
        ]
    );
    assert_eq!(
        rows(&Spec::default(), &info),
        [
            "directory any: not granted, it imports `wasi:filesystem`",
            "environment any: not granted, it imports `wasi:cli/environment`",
        ]
    );
}

#[test]
fn what_no_plugin_can_want_is_decided_by_imports() {
    let granted = spec(json!({
        "connect": ["127.0.0.1:25"], "scratch": "1MiB", "random-seed": 7,
        "clock": "2000-01-01T00:00:00Z",
    }));
    let all = [
        "wasi:sockets/tcp@0.2.0",
        "wasi:filesystem/types@0.2.0",
        "wasi:random/random",
        "wasi:clocks/wall-clock@0.2.0",
    ];
    assert_eq!(granted.effective(&component(&all, json!({}))).spec, granted);
    let none = granted.effective(&component(&[], json!({})));
    assert_eq!(none.spec, Spec::default());
    assert_eq!(none.idle().count(), 4);
}

#[test]
fn a_placeholder_is_of_use_in_requests_alone() {
    let secret = |expose| {
        spec(json!({ "secrets": [{ "name": "KEY", "from": { "env": "KEY" }, "expose": expose,
            "hosts": if expose == "value" { json!([]) } else { json!(["a.com"]) } }] }))
    };
    let wants = json!({ "secrets": ["KEY"] });
    let info = component(&["stepwell:task/secrets@0.1.0"], wants.clone());
    assert_eq!(
        rows(&secret("placeholder"), &info),
        ["secret KEY from the variable KEY, for a.com: not imported, its placeholder is of use \
          in requests alone, and the plugin does not import `wasi:http`"]
    );
    assert_eq!(
        rows(&secret("value"), &info),
        ["secret KEY from the variable KEY, the value itself: granted, wanted, and it imports \
          `stepwell:task/secrets`"]
    );
    let imports = ["stepwell:task/secrets@0.1.0", "wasi:http/outgoing-handler@0.2.6"];
    let both = component(&imports, wants);
    let placeholder = secret("placeholder");
    assert_eq!(placeholder.effective(&both).spec, placeholder);
}
