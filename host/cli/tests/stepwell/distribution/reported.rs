//! Reports on conformance that go with a plugin.

use super::*;

#[test]
fn a_report_goes_with_its_plugin_and_is_signed_with_it() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    fs::copy(root().join("target/guests/payments.wasm"), desk.path("payments.wasm")).unwrap();
    let conform = "plugin conform payments.wasm --level core --only describe";
    let report = desk.done(&format!("{conform} --report json"));
    fs::write(desk.path("report.json"), &report).unwrap();
    let at = desk.at("acme/payments:1");
    let push = format!("plugin push payments.wasm {at} --sign acme.key");
    let bare = desk.done(&push);
    let pushed = desk.done(&format!("{push} --conformance report.json"));
    // It is part of what the tag stands for.
    assert_ne!(bare.lines().last(), pushed.lines().last());
    // Pushing the file once more takes nothing away.
    assert_eq!(desk.done(&push).lines().last(), pushed.lines().last());

    let said = "its publisher reports that it conforms at level core: ";
    let verified = desk.done(&format!("plugin verify {at} --key acme.pub"));
    assert!(verified.contains(said), "{verified}");
    let shown = desk.done(&format!("plugin verify {at} --key acme.pub --conformance"));
    let [shown, report] = [&shown, &report].map(|it| serde_json::from_str::<Value>(it).unwrap());
    assert_eq!(shown, report);
    let pulled = desk.done(&format!("plugin pull {at} --key acme.pub --output pulled.wasm"));
    assert!(pulled.contains(said), "{pulled}");
    desk.trust("--data data");
    let added = desk.done(&format!("plugin add {at} --data data"));
    assert!(added.contains(said), "{added}");
}

#[test]
fn a_report_about_something_else_is_not_pushed() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let at = desk.at("acme/keeper:1");
    let report = |text: &str| {
        fs::write(desk.path("report.json"), text).unwrap();
        desk.refused(&format!("plugin push keeper-1.wasm {at} --conformance report.json"))
    };
    let error = report("{}");
    let why = "report.json is no report of `stepwell plugin conform --report json`";
    assert!(error.contains(why), "{error}");
    let other = format!("sha256:{}", "0".repeat(64));
    let about = format!(
        r#"{{"plugin":{{"digest":"{other}"}},"level":"core","seed":1,"conforms":true,"checks":[]}}"#
    );
    let error = report(&about);
    let why = format!("report.json is about {other}, and the plugin is sha256:");
    assert!(error.contains(&why), "{error}");
}
