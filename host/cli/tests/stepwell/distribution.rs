//! Plugins that are distributed by a registry: pushed, signed, trusted, locked, installed, upgraded.

use super::{
    host::Host,
    registry_server::{Server, USER},
    *,
};

/// Copies its input to its output and into `receipt.json` in a directory that is granted.
const KEEPER: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\00\10\00\00")
    (data (i32.const 8192) "receipt.json")
    (func (export "_start")
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (if (call $open (i32.const 3) (i32.const 0) (i32.const 8192) (i32.const 12) (i32.const 9)
                (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8300))
            (then (unreachable)))
        (drop (call $write (i32.load (i32.const 8300)) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

/// A folder in which commands run that have a registry, and shows them as a terminal would.
struct Desk {
    folder: tempfile::TempDir,
    server: Server,
}

/// What a command printed, one after the other.
struct Printed {
    stdout: String,
    stderr: String,
}

impl Desk {
    fn new(server: Option<Server>) -> Option<Self> {
        let desk = Self { folder: tempfile::tempdir().unwrap(), server: server? };
        desk.plugin("keeper-1.wasm", KEEPER);
        // It imports more.
        let more = KEEPER.replacen(
            "(memory",
            "(import \"wasi_snapshot_preview1\" \"random_get\" (func (param i32 i32) (result i32)))
             (memory",
            1,
        );
        desk.plugin("keeper-2.wasm", &more);
        fs::create_dir(desk.path("host")).unwrap();
        desk.run(0, "plugin key generate --output acme", &[]);
        desk.run(0, "plugin key generate --output other", &[]);
        Some(desk)
    }

    fn plugin(&self, name: &str, text: &str) {
        fs::write(self.path(name), wat::parse_str(text).unwrap()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An artifact of the registry.
    fn at(&self, rest: &str) -> String {
        format!("oci://{}/{rest}", self.server.address())
    }

    fn command(&self, line: &str) -> Command {
        let quoted = |word: &str| match word.contains(['{', '*']) {
            true => format!("'{word}'"),
            false => word.to_owned(),
        };
        let shown: Vec<_> = line.split(' ').map(quoted).collect();
        eprintln!("$ stepwell {}", shown.join(" "));
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
        command
            .args(line.split(' '))
            .current_dir(&self.folder)
            .env("NO_COLOR", "1")
            .env("HOME", self.folder.path())
            .env_remove("DOCKER_CONFIG")
            .env_remove("SOURCE_DATE_EPOCH")
            .env("COSIGN_PASSWORD", "open sesame")
            .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"));
        command
    }

    /// Runs a command that is to end with that code.
    fn run(&self, code: i32, line: &str, environment: &[(&str, &str)]) -> Printed {
        let output = self.command(line).envs(environment.iter().copied()).output().unwrap();
        let printed = Printed { stdout: stdout(&output), stderr: stderr(&output) };
        eprintln!("{}{}", printed.stdout, printed.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}");
        printed
    }

    fn done(&self, line: &str) -> String {
        self.run(0, line, &[]).stdout
    }

    fn refused(&self, line: &str) -> String {
        self.run(2, line, &[]).stderr
    }

    /// Pushes a file that `acme` signs; the artifact with its digest.
    fn push(&self, file: &str, rest: &str) -> String {
        let pushed = self.done(&format!("plugin push {file} {} --sign acme.key", self.at(rest)));
        pushed.lines().last().unwrap().to_owned()
    }

    /// A project whose one task keeps receipts with a plugin from the registry.
    fn project(&self, oci: &str, has_publisher: bool) {
        let mut text = format!(
            "name = \"keep\"\ndefinition = \"keep.asl.json\"\n\n[plugins.keeper]\noci = \"{}\"\n\n\
             [plugins.keeper.grants]\n\
             directories = [{{ host = \"out\", guest = \"/out\", access = \"read-write\" }}]\n",
            &oci["oci://".len()..]
        );
        if has_publisher {
            text.push_str(&format!(
                "\n[[publishers]]\nname = \"acme\"\nkey = \"../acme.pub\"\n\
                 repositories = [\"{}/acme/*\"]\n",
                self.server.address()
            ));
        }
        fs::create_dir_all(self.path("project")).unwrap();
        fs::write(self.path("project/stepwell.toml"), text).unwrap();
        let definition = r#"{"StartAt":"K","States":{
            "K":{"Type":"Task","Resource":"wasm:keeper/main","End":true}}}"#;
        fs::write(self.path("project/keep.asl.json"), definition).unwrap();
    }

    /// What is said where a tag has moved, and the lock has not.
    fn moved(&self, plugin: &str, now: &str, then: &str) -> String {
        let digest = |pushed: &str| pushed.split_once('@').unwrap().1.to_owned();
        format!(
            "the tag 1 of {}/acme/{plugin} is now {}, and the lock says {}: where that is meant, run \
             `stepwell plugin lock --update {plugin}`",
            self.server.address(),
            digest(now),
            digest(then)
        )
    }

    /// Drives a host.
    fn drive(&self, host: &Host, code: i32, line: &str) -> Printed {
        let endpoint = format!("http://{}", host.address);
        self.run(code, line, &[("STEPWELL_ENDPOINT", &*endpoint)])
    }

    fn trust(&self, more: &str) -> String {
        let address = self.server.address();
        self.done(&format!(
            "plugin trust add acme --key acme.pub --repository {address}/acme/* {more}"
        ))
    }
}

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

#[test]
fn a_project_runs_what_is_locked() {
    let Some(desk) = Desk::new(Server::start()) else { return };
    let cache = desk.path("cache").to_str().unwrap().to_owned();
    let cache = [("STEPWELL_CACHE_DIR", &*cache)];
    let tagged = desk.at("acme/keeper:1");
    let pushed = desk.push("keeper-1.wasm", "acme/keeper:1");
    desk.project(&tagged, true);
    let validate = "validate project/keep.asl.json";
    let lock = desk.path("project/stepwell.lock");
    let error = desk.run(2, validate, &cache).stderr;
    let why = format!(
        "{}/acme/keeper:1 is not locked in project/stepwell.lock: run `stepwell plugin lock`\n",
        desk.server.address()
    );
    let from_here = error.replace(&desk.folder.path().display().to_string(), "");
    assert!(from_here.replace("/project/", "project/").contains(&why), "{error}");
    desk.run(0, "plugin lock --project project", &[]);
    let written = fs::read_to_string(&lock).unwrap();
    let again = desk.done("plugin lock --project project");
    assert!(again.trim_end().ends_with(", signed by acme, as before"), "{again}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), written);

    // Pulled into the cache by what first needs it.
    desk.run(0, validate, &cache);
    let kept = fs::read_dir(desk.path("cache/pulled")).unwrap().next().unwrap().unwrap().path();
    let run = "run project --input {\"paid\":true}";
    let printed = desk.run(0, run, &cache);
    assert_eq!(printed.stdout, "{\n  \"paid\": true\n}\n");

    // Once the tag has moved what is there is what was locked, and is pulled from nowhere else.
    let moved = desk.push("keeper-2.wasm", "acme/keeper:1");
    desk.run(0, run, &cache);
    fs::write(&kept, "something else").unwrap();
    let error = desk.run(2, run, &cache).stderr;
    assert!(error.contains(&desk.moved("keeper", &moved, &pushed)), "{error}");
    desk.done("plugin lock --update keeper --project project");
    desk.run(0, run, &cache);
    let error = desk.refused("plugin lock other --project project");
    assert!(error.contains("the project has no plugin `other` with `oci`"), "{error}");

    // The signer is locked, too.
    let text = fs::read_to_string(&lock).unwrap();
    let (before, after) = text.split_once("key = \"sha256:").unwrap();
    let other = format!("{before}key = \"sha256:{}{}", "0".repeat(64), &after[64..]);
    fs::write(&lock, other).unwrap();
    fs::remove_dir_all(desk.path("cache")).unwrap();
    let error = desk.run(2, run, &cache).stderr;
    assert!(error.contains("the lock says that `keeper` is signed with the key sha256:0000"));
    // A project without publishers takes nothing, unless it says so.
    desk.project(&tagged, false);
    let error = desk.refused("plugin lock --update --project project");
    assert!(error.contains("no publisher is trusted for "), "{error}");
    let toml = desk.path("project/stepwell.toml");
    let text = fs::read_to_string(&toml).unwrap();
    fs::write(&toml, text.replace("[plugins.keeper]", "[plugins.keeper]\nunsigned = true"))
        .unwrap();
    let locked = desk.done("plugin lock --update --project project");
    assert!(locked.trim_end().ends_with(", unsigned"), "{locked}");
    desk.run(0, run, &cache);
}

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
    desk.run(1, &format!("{upgrade} --name keeper --update"), &[]);
    // Another tag is another matter.
    desk.push("keeper-2.wasm", "acme/keeper:2");
    let second = desk.at("acme/keeper:2");
    desk.run(1, &format!("plugin upgrade {second} --name keeper --data data"), &[]);

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
    desk.done(&format!("{pull} --unsigned"));
    let (pulled, wasm) = (fs::read(desk.path("pulled.wasm")), fs::read(desk.path("keeper-1.wasm")));
    assert_eq!(pulled.unwrap(), wasm.unwrap());

    let sign = format!("plugin sign {tagged} --key acme.key");
    let signed = desk.done(&sign);
    let reference = pushed.lines().last().unwrap();
    assert!(signed.starts_with(&format!("{reference} is signed with the key sha256:")), "{signed}");
    assert!(desk.done(&sign).trim_end().ends_with(", as before"));
    let verified = desk.done(&verify);
    assert!(verified.starts_with(&format!("{reference} is signed by acme.pub, with the key")));
    desk.done(&format!("{pull} --key acme.pub"));
    let error = desk.refused(&format!("plugin verify {tagged} --key other.pub"));
    assert!(error.contains("it is signed, but not by `other.pub`, who may publish in "), "{error}");
    let shown = desk.done(&format!("plugin inspect {tagged}"));
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
}
