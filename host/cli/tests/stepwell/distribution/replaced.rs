//! Who may replace what is installed.

use super::*;

/// A desk where `acme` and `bob` may publish, each in a place of their own, and which has `keeper` by
/// `acme`.
fn desk() -> Option<Desk> {
    let desk = Desk::new(Server::start())?;
    // They call themselves so, and ask for no more than the first.
    let named = KEEPER.replacen("(module", "(module $keeper", 1);
    desk.plugin("named-1.wasm", &named);
    desk.plugin("named-2.wasm", &format!("{} (func $two))", named.strip_suffix(')').unwrap()));
    desk.push("named-1.wasm", "acme/keeper:1");
    desk.trust("--data data");
    let address = desk.server.address();
    desk.done(&format!(
        "plugin trust add bob --key other.pub --repository {address}/bob/* --data data"
    ));
    desk.done(&format!("plugin add {} --data data", desk.at("acme/keeper:1")));
    Some(desk)
}

fn by_bob(desk: &Desk, file: &str, rest: &str) -> String {
    let at = desk.at(rest);
    desk.done(&format!("plugin push {file} {at} --sign other.key"));
    format!("plugin upgrade {at} --data data")
}

#[test]
fn a_publisher_does_not_replace_what_another_has_published() {
    let Some(desk) = desk() else { return };
    let address = desk.server.address();
    let upgrade = by_bob(&desk, "named-2.wasm", "bob/keeper:1");
    let error = desk.refused(&upgrade);
    let why = format!(
        "no plugin that is installed for all tenants is from {address}/bob/keeper: say with --name"
    );
    assert!(error.contains(&why), "{error}");
    let held = desk.run(1, &format!("{upgrade} --name keeper"), &[]).stdout;
    let from = format!("it is from {address}/bob/keeper, and 0.0.0 from {address}/acme/keeper\n");
    assert!(held.contains(&from), "{held}");
    assert!(held.contains("it is signed by bob with the key sha256:"), "{held}");
    assert!(held.contains("is held for all tenants, and 0.0.0 stays current"), "{held}");

    // The same file is as good, but what comes after it there may not be.
    let same = by_bob(&desk, "named-1.wasm", "bob/same:1");
    let kept = desk.done(&format!("{same} --name keeper"));
    assert!(kept.contains("what is noted of where it came from stays, unless"), "{kept}");
    let add = same.replacen("upgrade", "add", 1);
    let kept = desk.done(&add);
    assert!(kept.contains("what is noted of where it came from stays, unless"), "{kept}");
    let list = desk.done("plugin list --data data");
    assert!(!list.contains("bob/same"), "{list}");
    desk.done(&format!("{same} --name keeper --approve"));
    assert!(desk.done("plugin list --data data").contains("bob/same"));

    let approved = desk.done("plugin approve keeper --data data");
    assert!(approved.contains("bob/keeper:1, signed by bob\n"), "{approved}");
    // From then on bob's is the place where it is from.
    desk.done(&upgrade);
}

#[test]
fn a_version_that_is_signed_with_another_key_waits() {
    let Some(desk) = desk() else { return };
    let address = desk.server.address();
    desk.done(&format!(
        "plugin trust add new --key other.pub --repository {address}/acme/* --data data"
    ));
    let upgrade = by_bob(&desk, "named-2.wasm", "acme/keeper:2");
    let held = desk.run(1, &upgrade, &[]).stdout;
    assert!(held.contains("it is signed by new with the key sha256:"), "{held}");
    desk.done(&format!("{upgrade} --approve"));
}

#[test]
fn a_tag_is_held_against_what_was_taken_last() {
    let Some(desk) = desk() else { return };
    let upgrade = format!("plugin upgrade {} --data data", desk.at("acme/keeper:1"));
    for file in ["named-2.wasm", "named-1.wasm"] {
        desk.push(file, "acme/keeper:1");
        assert!(desk.refused(&upgrade).contains("where that is meant, say --update"));
        desk.done(&format!("{upgrade} --update"));
        assert!(desk.done(&upgrade).contains("is current for all tenants already"));
    }
}
