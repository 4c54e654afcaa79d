//! Keys, signatures and credentials, by hand.

use super::{super::registry_server::USER, *};

#[test]
fn a_plugin_is_pulled_signed_and_verified_by_hand() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.done(&format!("plugin push keeper-1.wasm {tagged}"));
    let verify = format!("plugin verify {tagged} --key acme.pub");
    assert!(desk.refused(&verify).contains("it has no signature: whoever publishes it makes one"));
    let pull = format!("plugin pull {tagged} --output pulled.wasm");
    let error = desk.refused(&pull);
    assert!(error.contains("say whom to believe: --key cosign.pub, or --data DIR"), "{error}");
    assert!(desk.refused(&format!("{pull} --key acme.pub")).contains("it has no signature"));
    assert!(!desk.path("pulled.wasm").exists());
    use std::os::unix::fs::PermissionsExt as _;
    let reference = pushed.lines().last().unwrap();
    fs::write(desk.path("pulled.wasm"), "what was there before").unwrap();
    let pulled = desk.done(&format!("{pull} --unsigned"));
    assert!(pulled.lines().any(|line| line == reference), "{pulled}");
    let mode = fs::metadata(desk.path("pulled.wasm")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    let shown = desk.done(&format!("plugin inspect {tagged}"));
    assert!(shown.starts_with(&format!("{reference}, unsigned\n")), "{shown}");
    let error = desk.refused(&format!("plugin verify {tagged} --unsigned"));
    assert!(error.contains("with --unsigned there is nothing to check"), "{error}");
    let (pulled, wasm) = (fs::read(desk.path("pulled.wasm")), fs::read(desk.path("keeper-1.wasm")));
    assert_eq!(pulled.unwrap(), wasm.unwrap());

    let sign = format!("plugin sign {tagged} --key acme.key");
    let signed = desk.done(&sign);
    assert!(signed.starts_with(&format!("{reference} is signed with the key sha256:")), "{signed}");
    assert!(desk.done(&sign).trim_end().ends_with(", as before"));
    let verified = desk.done(&verify);
    assert!(verified.starts_with(&format!("{reference} is signed by acme.pub, with the key")));
    desk.done(&format!("{pull} --key acme.pub"));
    let error = desk.refused(&format!("plugin verify {tagged} --key other.pub"));
    assert!(error.contains("it is signed, but not by `other.pub`, who may publish in "), "{error}");
    let shown = desk.done(&format!("plugin inspect {tagged}"));
    let signed = format!("{reference}, signed: `stepwell plugin verify` says by whom\n");
    assert!(shown.starts_with(&signed), "{shown}");
    assert!(shown.contains("WASI command") && shown.contains("wasi:filesystem"), "{shown}");

    // The same file makes the same artifact, where the time is the same, and moves no tag.
    let push = format!("plugin push keeper-1.wasm {tagged}");
    let again = desk.done(&push);
    assert_eq!(again.lines().last(), pushed.lines().last());
    assert!(again.contains(" 0.0.0 is there already\n"), "{again}");
    let epoch = [("SOURCE_DATE_EPOCH", "1700000000")];
    let at_epoch = |tag: &str| {
        let line = format!("plugin push keeper-1.wasm {}", desk.at(&format!("acme/keeper:{tag}")));
        let pushed = desk.run(0, &line, &epoch).stdout;
        pushed.rsplit_once('@').unwrap().1.to_owned()
    };
    assert_eq!(at_epoch("2"), at_epoch("3"));
    let push = format!("plugin push keeper-1.wasm {}", desk.at("acme/keeper:4"));
    let error = desk.run(2, &push, &[("SOURCE_DATE_EPOCH", "now")]).stderr;
    assert!(error.contains("$SOURCE_DATE_EPOCH is no number of seconds since 1970: now"));
    let error = desk.refused("plugin push acme.pub oci://127.0.0.1:1/acme/keeper:1");
    assert!(error.contains("acme.pub cannot be used as a plugin"), "{error}");
}

#[test]
fn what_somebody_else_has_made_of_a_file_is_not_signed() {
    use stepwell_registry::{Access, Options, Reference, Remote, artifact::Labels};
    let Some(desk) = Desk::new(Server::start()) else { return };
    let tagged = desk.at("acme/keeper:1");
    let reference: Reference = tagged.parse().unwrap();
    let labels = Labels {
        title: "keeper".to_owned(),
        version: "9.9.9".to_owned(),
        description: "not what the publisher says of it".to_owned(),
        created: "2026-11-30T17:00:00Z".to_owned(),
        conformance: None,
    };
    let remote = Remote::new(reference.repository(), Access::Push, &Options::default()).unwrap();
    let file = fs::read(desk.path("keeper-1.wasm")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let theirs = runtime.block_on(remote.push(&reference, file, &labels)).unwrap();
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    assert!(!pushed.contains(&theirs.to_string()), "{pushed}");
    let verified = desk.done(&format!("plugin verify {tagged} --key acme.pub"));
    assert!(verified.starts_with(&pushed), "{verified}");
    let theirs = desk.at(&format!("acme/keeper@{theirs}"));
    assert!(
        desk.refused(&format!("plugin verify {theirs} --key acme.pub")).contains("no signature")
    );
}

#[test]
fn a_key_is_its_owners_alone_and_is_never_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(desk) = Desk::new(Server::start()) else { return };
    let mode = fs::metadata(desk.path("acme.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(desk.path("acme.key")).unwrap();
    let error = desk.refused("plugin key generate --output acme");
    assert!(error.contains("acme.pub is there already, and is not overwritten"), "{error}");
    fs::remove_file(desk.path("acme.pub")).unwrap();
    let error = desk.refused("plugin key generate --output acme");
    assert!(error.contains("acme.key is there already, and is not overwritten"), "{error}");
    assert_eq!(fs::read(desk.path("acme.key")).unwrap(), before);
    assert!(!desk.path("acme.pub").exists());
    // A link that leads nowhere is there, too, and no half of a pair is left.
    std::os::unix::fs::symlink("nowhere", desk.path("link.pub")).unwrap();
    let error = desk.refused("plugin key generate --output link");
    assert!(error.contains("link.pub is there already, and is not overwritten"), "{error}");
    assert!(!desk.path("link.key").exists() && !desk.path("nowhere").exists());

    let push = format!("plugin push keeper-1.wasm {} --sign acme.key", desk.at("acme/keeper:1"));
    let error = desk.run(2, &push, &[("COSIGN_PASSWORD", "wrong")]).stderr;
    assert!(error.contains("it does not open: $COSIGN_PASSWORD is not its password"), "{error}");
    assert!(!error.contains("wrong"), "{error}");
    let missing = desk.command(&push).env_remove("COSIGN_PASSWORD").output().unwrap();
    let error = stderr(&missing);
    assert!(error.contains("it is encrypted: set $COSIGN_PASSWORD to its password"), "{error}");
    let missing = desk.command("plugin key generate").env_remove("COSIGN_PASSWORD").output();
    let error = stderr(&missing.unwrap());
    assert!(error.contains("set $COSIGN_PASSWORD to the password that the key is to be encrypted"));
    // What cannot be signed is not pushed.
    let error = desk.refused(&format!("plugin pull {} -o x --unsigned", desk.at("acme/keeper:1")));
    assert!(error.contains("the registry has no manifest of "), "{error}");
    let error = desk.refused("plugin key show keeper-1.wasm");
    assert!(error.contains("it is no key in PEM, which begins with -----BEGIN"), "{error}");
}

#[test]
fn a_registry_that_wants_credentials_gets_them_and_nobody_sees_them() {
    use std::io::Write as _;
    let Some(desk) = Desk::new(Server::start_with_user()) else { return };
    let (user, password) = USER;
    let tagged = desk.at("acme/keeper:1");
    let push = format!("plugin push keeper-1.wasm {tagged} --sign acme.key");
    let error = desk.refused(&push);
    assert!(error.contains("wants credentials for "), "{error}");
    let push = format!("{push} --username {user}");
    let error = desk.refused(&push);
    let missing = "--username needs a password: set $STEPWELL_REGISTRY_PASSWORD, or say \
                   --password-stdin";
    assert!(error.contains(missing), "{error}");
    let error = desk.run(2, &push, &[("STEPWELL_REGISTRY_PASSWORD", "wrong")]).stderr;
    assert!(error.contains("does not take the credentials of `ada` for "), "{error}");
    assert!(!error.contains("wrong"), "{error}");
    let pushed = desk.run(0, &push, &[("STEPWELL_REGISTRY_PASSWORD", password)]);
    assert!(!format!("{}{}", pushed.stdout, pushed.stderr).contains(password));

    let pull = format!("plugin pull {tagged} -o pulled.wasm --key acme.pub");
    let mut command = desk.command(&format!("{pull} --username {user} --password-stdin"));
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    assert!(child.wait().unwrap().success());
    let mut command = desk.command(&format!("{pull} --username {user} --password-stdin"));
    let command = command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may not read all of it.
    let _ = child.stdin.take().unwrap().write_all(&[b'x'; (64 << 10) + 1]);
    let error = stderr(&child.wait_with_output().unwrap());
    assert!(error.contains("has more than 65536 bytes, and is no password"), "{error}");
    // What `docker login` leaves.
    fs::create_dir(desk.path(".docker")).unwrap();
    let config = format!(
        r#"{{ "auths": {{ "{}": {{ "username": "{user}", "password": "{password}" }} }} }}"#,
        desk.server.address()
    );
    fs::write(desk.path(".docker/config.json"), config).unwrap();
    desk.done(&pull);
}

#[test]
fn a_registry_elsewhere_is_spoken_to_with_tls() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    // Whom this address belongs to answers nobody: RFC 6666.
    let pull = "plugin pull oci://[100::1]:5000/acme/keeper:1 -o pulled.wasm --unsigned";
    let error = desk.refused(pull);
    assert!(error.contains("the registry [100::1]:5000 does not answer: "), "{error}");
    let error = desk.refused(&format!("{pull} --ca-file acme.pub"));
    assert!(error.contains("cannot set up the HTTP client: "), "{error}");
    // On loopback an authority is a reason for TLS, which this registry has not.
    let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(desk.path("ca.pem"), authority.cert.pem()).unwrap();
    let pull = format!("plugin pull {} -o pulled.wasm --unsigned", desk.at("acme/keeper:1"));
    let error = desk.refused(&format!("{pull} --ca-file ca.pem"));
    assert!(error.contains("does not answer: "), "{error}");
}
