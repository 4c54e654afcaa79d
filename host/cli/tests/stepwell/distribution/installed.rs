//! What a data directory has from a registry, and whom it trusts.

use stepwell_registry::{
    Digest,
    lock::{Lock, Locked},
};

use super::*;

#[test]
fn what_is_installed_says_where_it_came_from_and_trust_is_a_tenants_own() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    let tenant = "--tenant 123456789012";
    desk.trust(&format!("--data data {tenant}"));
    let add = format!("plugin add {tagged} --name keeper --data data");
    assert!(desk.refused(&add).contains("no publisher is trusted for "));
    assert!(desk.refused(&format!("{add} --tenant 222222222222")).contains("no publisher is"));
    let added = desk.done(&format!("{add} {tenant}"));
    assert!(added.ends_with(&format!("it is {}, signed by acme\n", &tagged["oci://".len()..])));
    let unsigned = desk.done(&format!("{add} --unsigned"));
    assert!(unsigned.ends_with(":1, unsigned\n"), "{unsigned}");
    let listed: Value = serde_json::from_str(&desk.done("plugin list --data data --json")).unwrap();
    let source = |n: usize| listed["plugins"][n]["versions"][0]["source"].clone();
    let (_, digest) = pushed.split_once('@').unwrap();
    let fingerprint = desk.done("plugin key show acme.pub");
    assert_eq!(source(0)["signed"], Value::Null);
    assert_eq!(source(1)["signed"]["publisher"], "acme");
    assert_eq!(source(1)["signed"]["key"], fingerprint.trim_end());
    assert_eq!(
        (&source(1)["manifest"], &source(1)["oci"]),
        (&digest.into(), &tagged["oci://".len()..].into())
    );

    // Trust that is taken back leaves what is installed as it is.
    desk.done(&format!("plugin trust remove acme --data data {tenant}"));
    let again = serde_json::from_str::<Value>(&desk.done("plugin list --data data --json"));
    assert_eq!(again.unwrap(), listed);
    let error = desk.refused(&format!("plugin trust remove acme --data data {tenant}"));
    assert!(error.contains("nobody is trusted as `acme` for tenant 123456789012"), "{error}");
    assert_eq!(desk.done("plugin trust list --data data"), "nobody is trusted\n");

    // A tag that has moved is not followed in passing.
    desk.trust("--data data");
    assert!(desk.trust("--data data").contains("is trusted for all tenants as before"));
    let other = format!(
        "plugin trust add acme --key other.pub --repository {}/acme/* --data data",
        desk.server.address()
    );
    assert!(desk.refused(&other).contains("with another key or other repositories: remove it"));
    let moved = desk.push("keeper-2.wasm", "acme/keeper:1");
    let upgrade = format!("plugin upgrade {tagged} --data data");
    let (_, now) = moved.split_once('@').unwrap();
    let why = format!("is now {now}, and what is installed was {digest}: where that is meant, say");
    for name in ["", " --name keeper"] {
        let error = desk.refused(&format!("{upgrade}{name}"));
        assert!(error.contains(&why), "{error}");
    }
    // Unless it is what the lock says.
    let file = fs::read(desk.path("keeper-2.wasm")).unwrap();
    let locked = Locked {
        oci: tagged.parse().unwrap(),
        manifest: now.parse().unwrap(),
        file: Digest::of(&file),
        signed: None,
    };
    let mut lock = Lock::default();
    lock.plugins.insert("keeper".to_owned(), locked);
    fs::write(desk.path("moved.lock"), lock.write()).unwrap();
    let upgrade = format!("{upgrade} --name keeper");
    // What is locked as one plugin is not installed as another.
    let other = format!("plugin add {tagged} --name other --data data --lock moved.lock");
    assert!(desk.refused(&other).contains("moved.lock does not lock "));
    assert!(desk.refused(&other).contains(" as `other`: `stepwell plugin lock` locks"));
    let upgraded = desk.run(1, &format!("{upgrade} --lock moved.lock"), &[]).stdout;
    // What was installed by whom is told where it is another.
    let note = format!("note: 0.0.0 is {}, unsigned\n", &tagged["oci://".len()..]);
    assert!(upgraded.contains(&note), "{upgraded}");
    // Another tag is another matter.
    desk.push("keeper-2.wasm", "acme/keeper:2");
    let second = desk.at("acme/keeper:2");
    desk.run(1, &format!("plugin upgrade {second} --name keeper --data data"), &[]);
    desk.push("keeper-1.wasm", "acme/keeper:2");
    let upgrade = format!("plugin upgrade {second} --name keeper --data data");
    assert!(desk.refused(&upgrade).contains("is now sha256:"));
    desk.run(0, &format!("{upgrade} --update"), &[]);

    for flag in ["--unsigned", "--lock project/stepwell.lock"] {
        let error = desk.refused(&format!("plugin add keeper-1.wasm --data data {flag}"));
        assert!(error.contains("--lock and --unsigned are for plugins from registries"), "{error}");
    }
    let error = desk.refused(&format!("{add} --lock nowhere.lock"));
    assert!(error.contains("nowhere.lock is not there"), "{error}");
    fs::write(desk.path("empty.lock"), "version = 1\n").unwrap();
    let error = desk.refused(&format!("{add} --lock empty.lock"));
    assert!(error.contains("empty.lock does not lock "), "{error}");
}

#[test]
fn a_backup_knows_whom_to_trust() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    desk.trust("--data data");
    let host = Host::dev(&desk.path("host"), &["--data", "../data"]);
    host.stop();
    desk.done("backup --data data copy");
    let list = desk.done("plugin trust list --data copy --json");
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["publishers"][0]["name"], "acme");
    assert_eq!(list["publishers"][0]["fingerprint"], desk.done("plugin key show acme.pub").trim());

    let shown = desk.run(0, "doctor --data copy --host-key data.key", &[]).stdout;
    assert!(shown.contains("ok    publishers: acme may publish plugins\n"), "{shown}");
    fs::write(desk.path("copy/plugins/trust.json"), "{").unwrap();
    let shown = desk.run(1, "doctor --data copy --host-key data.key", &[]).stdout;
    assert!(shown.contains("bad   publishers: copy/plugins/trust.json is damaged: "), "{shown}");
    assert!(shown.contains("or remove it and trust them again with `stepwell plugin trust add`"));
    // Whom to trust is not known, which is not to trust anybody.
    let add = format!("plugin add {} --data copy", desk.at("acme/keeper:1"));
    assert!(desk.refused(&add).contains("copy/plugins/trust.json is damaged"));
    let verify = format!("plugin verify {} --data copy", desk.at("acme/keeper:1"));
    assert!(desk.refused(&verify).contains("cannot tell whom to believe"));
}
