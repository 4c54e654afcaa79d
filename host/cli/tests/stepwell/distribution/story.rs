//! A plugin on its way from its publisher into a workflow, as `cargo xtask distribution` shows it.

use super::*;

/// The artifact by its digest alone.
fn by_digest(reference: &str) -> String {
    let (tagged, digest) = reference.split_once('@').unwrap();
    format!("{}@{digest}", tagged.rsplit_once(':').unwrap().0)
}

#[test]
fn a_plugin_goes_from_its_publisher_into_a_workflow() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    eprintln!("# The publisher pushes it, and signs it.\n");
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    let pinned = by_digest(&pushed);

    eprintln!("# Somebody else's data directory trusts nobody.\n");
    let install = format!("plugin add {pinned} --name keeper --data data");
    let error = desk.refused(&install);
    let why = format!("no publisher is trusted for {}/acme/keeper: ", desk.server.address());
    assert!(error.contains(&why), "{error}");
    desk.trust("--data data");
    desk.done("plugin trust list --data data");

    eprintln!("# It is refused when one byte of it is changed where the registry keeps it.\n");
    let wasm = fs::read(desk.path("keeper-1.wasm")).unwrap();
    let blob = desk.server.blob(&stepwell_registry::Digest::of(&wasm).hex());
    let mut changed = wasm.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&blob, &changed).unwrap();
    let error = desk.refused(&install);
    assert!(error.contains(" was changed: its digest is sha256:"), "{error}");
    fs::write(&blob, &wasm).unwrap();

    eprintln!("# It is refused when its publisher is not trusted.\n");
    let by_other = desk.at("acme/other:1");
    desk.done(&format!("plugin push keeper-1.wasm {by_other} --sign other.key"));
    let error = desk.refused(&format!("plugin add {by_other} --name other --data data"));
    assert!(error.contains("it is signed, but not by `acme`, who may publish in"), "{error}");

    eprintln!("# It is locked, and refused when its tag has moved and the lock has not.\n");
    desk.project(&tagged, true);
    desk.done("plugin lock --project project");
    eprintln!("{}", fs::read_to_string(desk.path("project/stepwell.lock")).unwrap());
    let moved = desk.push("keeper-2.wasm", "acme/keeper:1");
    let why = desk.moved("keeper", &moved, &pushed);
    let add = format!("plugin add {tagged} --name keeper --data data --lock project/stepwell.lock");
    let error = desk.refused(&add);
    assert!(error.contains(&why), "{error}");
    let error = desk.refused("plugin lock --project project");
    assert!(error.contains(&why), "{error}");

    eprintln!("# By its digest it is what it was: it is installed, and run in a workflow.\n");
    desk.done(&install);
    let host = Host::dev(&desk.path("host"), &["--data", "../data"]);
    let drive = |code: i32, line: &str| desk.drive(&host, code, line);
    drive(0, "machine create keep project/keep.asl.json");
    let input = r#"{"paid":true}"#;
    let start = format!("start keep --input {input} --follow");
    let printed = drive(1, &format!("{start} --name before"));
    assert!(printed.stderr.contains("FAILED Stepwell.Trap"), "{}", printed.stderr);

    eprintln!("# It has what it is granted.\n");
    fs::create_dir(desk.path("receipts")).unwrap();
    desk.done("plugin grant keeper --data data --dir receipts:/out:rw");
    let mut host = host;
    host.log_until("the installed plugins are taken up");
    let drive = |code: i32, line: &str| desk.drive(&host, code, line);
    let printed = drive(0, &format!("{start} --name after"));
    assert_eq!(printed.stdout, "{\n  \"paid\": true\n}\n");
    assert_eq!(fs::read_to_string(desk.path("receipts/receipt.json")).unwrap(), input);

    eprintln!("# What the tag stands for now asks for more: it is held until it is approved.\n");
    desk.done("plugin lock --update keeper --project project");
    let upgrade =
        format!("plugin upgrade {tagged} --name keeper --data data --lock project/stepwell.lock");
    let held = desk.run(1, &upgrade, &[]).stdout;
    assert!(held.contains("is held for all tenants, and 0.0.0 stays current"), "{held}");
    let list = desk.done("plugin list --data data");
    let row = |state: &str| list.lines().find(|line| line.contains(state)).unwrap().to_owned();
    assert!(row("current").contains(&format!("{}, signed by acme", &pinned["oci://".len()..])));
    assert!(row("held").contains(&format!("{}, signed by acme", &tagged["oci://".len()..])));
    desk.done("plugin approve keeper --data data");
    host.log_until("the installed plugins are taken up");
    let printed = desk.drive(&host, 0, &format!("{start} --name upgraded"));
    assert_eq!(printed.stdout, "{\n  \"paid\": true\n}\n");
    host.stop();
}
