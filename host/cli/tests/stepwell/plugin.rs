//! Plugins that are installed: `stepwell plugin add`, `list`, `grant`, `upgrade` and so on.

use serde_json::json;

use super::{host::Host, *};

/// A data directory, and a file with a plugin.
struct Data {
    directory: tempfile::TempDir,
}

impl Data {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("copy.wasm"), wat::parse_str(COPY).unwrap()).unwrap();
        Self { directory }
    }

    fn plugin(&self, action: &str, more: &[&str]) -> Output {
        let data = self.directory.path().join("data");
        stepwell(&[&["plugin", action, "--data", data.to_str().unwrap()], more].concat())
    }

    fn add(&self, more: &[&str]) -> Output {
        self.plugin("add", &[&[&*self.file("copy.wasm")], more].concat())
    }

    fn serve(&self) -> Host {
        let data = self.file("data");
        Host::serve(self.directory.path(), &["--listen", "127.0.0.1:0", "--data", &data])
    }

    fn file(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().unwrap().to_owned()
    }

    /// Installs the plugin, and another version of it, which asks for more.
    fn held() -> Self {
        let data = Self::new();
        let more = COPY.replace(
            "(module",
            "(module (import \"wasi_snapshot_preview1\" \"random_get\"
                (func $random (param i32 i32) (result i32)))",
        );
        let more = more.replace(
            "(func (export \"_start\")",
            "(func (export \"_start\") (drop (call $random (i32.const 64) (i32.const 8)))",
        );
        fs::write(data.file("more.wasm"), wat::parse_str(more).unwrap()).unwrap();
        assert_eq!(data.add(&["--name", "copy"]).status.code(), Some(0));
        let output = data.plugin("upgrade", &[&data.file("more.wasm"), "--name", "copy"]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        data
    }

    /// `STATE SINCE` of each version.
    fn states(&self) -> Vec<String> {
        let output = self.plugin("list", &["--json"]);
        let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let versions = listed["plugins"][0]["versions"].as_array().cloned().unwrap_or_default();
        let state = |it: &Value| format!("{} {}", it["state"].as_str().unwrap(), it["since"]);
        versions.iter().map(state).collect()
    }

    /// The digest of a file as lists show it.
    fn digest(&self, name: &str) -> String {
        let output = stepwell(&["plugin", "inspect", &self.file(name), "--json"]);
        let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
        shown["digest"].as_str().unwrap()["sha256:".len()..][..12].to_owned()
    }
}

#[test]
fn a_plugin_is_installed_listed_and_removed() {
    let data = Data::new();
    let output = data.add(&["--name", "copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for all tenants\n", "{}", stderr(&output));
    let output = data.add(&["--name", "copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for all tenants, as before\n");
    let own = [
        "--name",
        "copy",
        "--tenant",
        "123456789012",
        "--limits",
        r#"{ fuel = 5_000_000, memory = "32MiB" }"#,
        "--grants",
        r#"{ connect = ["mail.example.com:25"], environment = { TOKEN = "hush" } }"#,
    ];
    let output = data.add(&own);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for tenant 123456789012\n");

    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.contains("connect mail.example.com:25"), "{listed}");
    assert!(!listed.contains("hush"), "{listed}");
    let output = data.plugin("list", &["--json"]);
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [all, own] = &listed["plugins"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(all["tenant"], Value::Null);
    assert_eq!(all["limits"]["fuel"], 10_000_000_000_u64);
    assert_eq!(own["tenant"], "123456789012");
    assert_eq!(own["limits"]["fuel"], 5_000_000);
    assert_eq!(own["limits"]["memory"], 32 << 20);
    assert_eq!(own["grants"]["environment"], serde_json::json!(["TOKEN"]));

    let output = data.plugin("remove", &["copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is removed for all tenants\n");
    let output = data.plugin("remove", &["copy"]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.contains("no plugin is installed as `copy` for all tenants in "), "{error}");
    data.plugin("remove", &["copy", "--tenant", "123456789012"]);
    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.starts_with("no plugins are installed in "), "{listed}");
}

#[test]
fn what_cannot_be_installed_is_refused() {
    let data = Data::new();
    let refused = |more: &[&str], why: &str| {
        let output = data.add(more);
        assert_eq!(output.status.code(), Some(2));
        let error = stderr(&output);
        assert!(error.contains(why), "{error}");
    };
    refused(&["--name", "../copy"], "`../copy` is no name for a plugin: write 1 to 64 letters, ");
    refused(&["--tenant", "12"], "`12` is no tenant: an account id has 12 digits");
    refused(&["--limits", "{ fule = 1 }"], "unknown field `fule`");
    refused(&["--limits", "{ time = \"0s\" }"], "limits.time is 0s; it must be more than nothing");
    refused(&["--grants", "{ connect = [\"nowhere\"] }"], "`nowhere` is no endpoint");
    refused(&["--name", "copy", "--dir", "/nowhere:/in"], "cannot open the directory /nowhere");
    let made = format!("{}:/out:rw", data.file("made"));
    refused(&["--name", "copy", "--dir", &made, "--dir", "/nowhere:/in"], "cannot open the dir");
    assert!(!Path::new(&data.file("made")).exists(), "it was not installed");
    fs::write(data.directory.path().join("copy.wasm"), "text").unwrap();
    refused(&[], "copy.wasm cannot be used as a plugin");
    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.starts_with("no plugins are installed in "), "{listed}");
}

#[test]
fn a_version_that_asks_for_more_is_held_until_it_is_approved() {
    let data = Data::held();
    let (one, two) = (data.digest("copy.wasm"), data.digest("more.wasm"));
    let more = data.file("more.wasm");
    // However often it is tried.
    let output = data.plugin("upgrade", &[&more, "--name", "copy"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(text.contains("copy 0.0.0 asks for more than 0.0.0:\n  imports wasi:"), "{text}");
    assert!(text.contains("with what is granted now it could use:\n"), "{text}");
    let approve = format!("stepwell plugin approve copy@{two} --data {}\n", data.file("data"));
    assert!(text.ends_with(&approve), "{text}");
    assert_eq!(data.states(), ["current 1", "held null"]);
    let error = stderr(&data.plugin("use", &[&format!("copy@{two}")]));
    assert!(error.contains("version 0.0.0 of `copy` is held: `stepwell plugin approve"), "{error}");

    let output = data.plugin("approve", &["copy"]);
    let text = stdout(&output);
    assert!(text.starts_with("copy 0.0.0 is approved, and current for all tenants:\n"), "{text}");
    assert_eq!(data.states(), ["installed 1", "current 4"]);
    let error = stderr(&data.plugin("approve", &["copy"]));
    assert!(error.contains("no version of `copy` is held: there is nothing to approve"), "{error}");
    let error = stderr(&data.plugin("approve", &[&format!("copy@{two}")]));
    assert!(
        error.contains("is approved already: `stepwell plugin use` makes it current"),
        "{error}"
    );

    // Back, and forth again: neither needs to be approved, but it is not forth in passing.
    let output = data.plugin("use", &[&format!("copy@{one}")]);
    let text = stdout(&output);
    let used = "copy 0.0.0 is current for all tenants:\n";
    assert!(text.starts_with(used) && text.contains("wasi:cli/stdin"), "{}", stderr(&output));
    let output = data.plugin("upgrade", &[&more, "--name", "copy"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let note = format!(
        "note: 0.0.0 ({two}) has the number of 0.0.0 ({one}), and is another file: a state that pins \
         0.0.0 runs the one of them that is current, or was approved last\n"
    );
    assert!(text.starts_with(&note), "{text}");
    let used = format!(
        "copy 0.0.0 was approved before for all tenants, and 0.0.0 stays current. To make it \
         current:\n  stepwell plugin use copy@{two} --data {}\n",
        data.file("data")
    );
    assert!(text.ends_with(&used), "{text}");
    let out = format!("{}:/out:rw", data.file("out"));
    let granted = data.plugin("grant", &["copy", "--dir", &out]);
    let also = format!(
        "version 0.0.0 ({two}) can use what it imports and wants of that, in executions that began \
         with it or pin it\n"
    );
    assert!(stdout(&granted).contains(&also), "{}", stdout(&granted));
    let output = data.plugin("upgrade", &[&more, "--name", "copy", "--approve"]);
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    assert!(text.contains("copy 0.0.0 is current for all tenants, after 0.0.0:\n"), "{text}");
    assert!(text.contains("/out, read-write"), "{text}");
    let error = stderr(&data.plugin("remove", &[&format!("copy@{two}")]));
    assert!(error.contains("version 0.0.0 of `copy` is current: make another one"), "{error}");
    let output = data.plugin("remove", &[&format!("copy@{one}")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(data.states().len(), 1);
    let error = stderr(&data.plugin("use", &[&format!("copy@{one}")]));
    assert!(error.contains(&format!("it has no version {one}; it has 0.0.0 ({two})")), "{error}");
    let error = stderr(&data.plugin("use", &["copy"]));
    assert!(error.contains("name the version: copy@VERSION"), "{error}");
}

#[test]
fn a_version_that_asks_for_no_more_is_current_at_once() {
    let data = Data::held();
    let output = data.plugin("upgrade", &[&data.file("more.wasm"), "--name", "copy", "--approve"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(data.states(), ["installed 1", "current 3"]);
    let copy = data.file("copy.wasm");
    let output = data.plugin("upgrade", &[&copy, "--name", "copy"]);
    let text = stdout(&output);
    assert!(text.contains("copy 0.0.0 is current for all tenants, after 0.0.0:\n"), "{text}");
    let output = data.plugin("upgrade", &[&copy, "--name", "copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is current for all tenants already\n");
    let error = stderr(&data.add(&["--name", "copy", "--scratch", "1MiB"]));
    assert!(
        error.contains("`copy` is installed for all tenants already, in version 0.0.0"),
        "{error}"
    );
    let error = stderr(&data.plugin("upgrade", &[&copy, "--name", "other"]));
    assert!(
        error.contains("no plugin is installed as `other` for all tenants: `stepwell plugin add")
    );
}

#[test]
fn what_is_granted_is_added_and_taken_back() {
    let data = Data::new();
    let output = data.add(&["--name", "copy", "--connect", "127.0.0.1:25"]);
    let warning = "warning: a grant of the plugin `copy` has no effect: connect 127.0.0.1:25: the \
                   plugin does not import `wasi:sockets`\n";
    assert_eq!(stderr(&output), warning);
    let out = format!("{}:/out:rw", data.file("out"));
    let more = ["copy", "--dir", &out, "--env", "TOKEN=hush", "--limits", "{ fuel = 7 }"];
    let output = data.plugin("grant", &more);
    let text = stdout(&output);
    assert!(text.starts_with("copy 0.0.0 of all tenants can use:\n"), "{}", stderr(&output));
    assert!(text.contains("/out, read-write") && text.contains("TOKEN"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    data.plugin("grant", &["copy", "--limits", "{ memory = \"32MiB\" }"]);
    let granted = || {
        let output = data.plugin("list", &["--json"]);
        let mut listed: Value = serde_json::from_slice(&output.stdout).unwrap();
        listed["plugins"][0].take()
    };
    let shown = granted();
    assert_eq!(shown["limits"]["fuel"], 7);
    assert_eq!(shown["limits"]["memory"], 32 << 20);
    assert_eq!(shown["grants"]["connect"], serde_json::json!(["127.0.0.1:25"]));
    assert_eq!(shown["grants"]["environment"], serde_json::json!(["TOKEN"]));
    let shown = stdout(&data.plugin("inspect", &["copy"]));
    assert!(shown.contains("as copy:") && !shown.contains("hush"), "{shown}");
    let tried = format!("{}:/tried:rw", data.file("tried"));
    let shown = stdout(&data.plugin("inspect", &["copy", "--dir", &tried]));
    assert!(shown.contains("/tried") && !Path::new(&data.file("tried")).exists(), "{shown}");

    let error = stderr(&data.plugin("revoke", &["copy", "--connect", "127.0.0.1:26"]));
    assert!(error.contains("127.0.0.1:26 is not granted to `copy`"), "{error}");
    let output = data.plugin("revoke", &["copy", "--connect", "127.0.0.1:25", "--dir", "/out/"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(granted()["grants"]["directories"], serde_json::json!([]));
    assert_eq!(granted()["grants"]["environment"], serde_json::json!(["TOKEN"]));
    assert_eq!(data.plugin("revoke", &["copy", "--all"]).status.code(), Some(0));
    assert_eq!(granted()["grants"]["environment"], serde_json::json!([]));

    let error = stderr(&data.plugin("grant", &["copy"]));
    assert!(error.contains("nothing is to be granted: say what"), "{error}");
    let error = stderr(&data.plugin("revoke", &["copy"]));
    assert!(error.contains("nothing is to be revoked: say what"), "{error}");
    let error = stderr(&data.plugin("grant", &["other", "--scratch", "1MiB"]));
    assert!(error.contains("no plugin is installed as `other` for all tenants in "), "{error}");
}

#[test]
fn one_that_cannot_be_read_does_not_keep_others_from_being_taken_up() {
    let data = Data::new();
    assert_eq!(data.add(&["--name", "copy"]).status.code(), Some(0));
    let own = ["--name", "own", "--tenant", "123456789012"];
    assert_eq!(data.add(&own).status.code(), Some(0));
    let mut host = data.serve();
    let record = data.file("data/plugins/shared/copy.json");
    fs::write(&record, "{").unwrap();
    let output = data.plugin("grant", &["own", "--tenant", "123456789012", "--env", "A=b"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let logged = host.logged();
    let damaged = format!("the plugin `copy` of all tenants cannot be used: {record} is damaged: ");
    assert!(logged.contains(&damaged), "{logged}");
    assert!(logged.ends_with("; it does not run until that is mended"), "{logged}");
    assert!(host.logged().ends_with("the installed plugins are taken up"));

    let shown = stdout(&data.plugin("list", &[]));
    let row = shown.lines().find(|line| line.contains("damaged")).unwrap();
    assert!(row.contains("copy") && row.contains(&format!("{record} is damaged")), "{shown}");
    assert!(shown.contains("environment A"), "{shown}");
    let shown = stdout(&data.plugin("list", &["--json"]));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let why = shown["plugins"][0]["damaged"].as_str().unwrap();
    assert!(why.starts_with(&format!("{record} is damaged: ")), "{why}");
    let shown = stdout(&stepwell(&["doctor", "--data", &data.file("data")]));
    let mend = "restore that file from a backup, or remove it and install the plugin again";
    assert!(shown.contains(mend), "{shown}");
    assert!(shown.contains("`own` of tenant 123456789012 can be loaded"), "{shown}");
}

#[test]
fn a_version_that_cannot_be_opened_stops_neither_the_host_nor_other_versions() {
    let data = Data::held();
    let granted = data.file("granted");
    fs::create_dir(&granted).unwrap();
    let (more, directory) = (data.file("more.wasm"), format!("{granted}:/in"));
    let output = data.plugin("add", &[&more, "--name", "other", "--dir", &directory]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    fs::remove_dir(&granted).unwrap();
    assert_eq!(data.plugin("approve", &["copy"]).status.code(), Some(0));
    let one = data.digest("copy.wasm");
    let files = fs::read_dir(data.file("data/plugins/files")).unwrap();
    let file = files.map(|file| file.unwrap().path());
    let mut file = file.filter(|path| path.to_str().unwrap().contains(&one));
    fs::write(file.next().unwrap(), "text").unwrap();

    let mut host = data.serve();
    let logged = host.logged();
    let version =
        format!("the plugin `copy` of all tenants cannot be used: version 0.0.0 ({one}): ");
    assert!(logged.contains(&version), "{logged}");
    let logged = host.logged();
    let directory = format!("cannot open the directory {granted} that is granted as `/in`");
    assert!(logged.contains("the plugin `other` of all tenants cannot be used: "), "{logged}");
    assert!(logged.contains(&directory), "{logged}");
    assert!(logged.ends_with("; it does not run until that is mended"), "{logged}");
    let output = stepwell(&["doctor", "--data", &data.file("data")]);
    let shown = stdout(&output);
    assert!(shown.contains("install that version again: remove it with"), "{shown}");
    fs::create_dir(&granted).unwrap();
    assert_eq!(data.plugin("remove", &[&format!("copy@{one}")]).status.code(), Some(0));
    assert!(host.logged().ends_with("the installed plugins are taken up"));
}

#[test]
fn what_cannot_run_is_shown_with_what_waits_for_approval() {
    let data = Data::held();
    let record = |name: &str| data.file(&format!("data/plugins/shared/{name}.json"));
    let granted = data.file("granted");
    fs::create_dir(&granted).unwrap();
    let directory = format!("{granted}:/in");
    for add in [&["--name", "other", "--dir", &directory][..], &["--name", "removed"]] {
        assert_eq!(data.add(add).status.code(), Some(0));
    }
    assert_eq!(data.plugin("remove", &["removed"]).status.code(), Some(0));
    fs::remove_dir(&granted).unwrap();
    fs::write(record("damaged"), "{").unwrap();
    // One of which nothing was approved, and one whose grants cannot be had.
    let mut waits: Value = serde_json::from_slice(&fs::read(record("copy")).unwrap()).unwrap();
    waits["history"] = json!([]);
    waits["versions"].as_array_mut().unwrap().remove(0);
    fs::write(record("waits"), waits.to_string()).unwrap();

    let host = Host::dev(data.directory.path(), &["--data", &data.file("data")]);
    let own = |action: &str, request: Value| host.own("123456789012", action, &request);
    let listed = own("ListPlugins", json!({}));
    let row = |it: &Value| {
        json!([it["name"], it["version"], it["kind"], it["tasks"], it["held"], it["shared"]])
    };
    let rows: Vec<_> = listed["plugins"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(
        rows,
        [
            json!(["copy", "0.0.0", "COMMAND", 1, 1, true]),
            json!(["damaged", null, null, 0, 0, true]),
            json!(["other", null, "COMMAND", 1, 0, true]),
            json!(["waits", null, "COMMAND", 1, 1, true]),
        ]
    );
    let other = own("DescribePlugin", json!({ "name": "other" }));
    assert_eq!(
        (&other["digest"], &other["versions"][0]["state"]),
        (&json!(null), &"CURRENT".into())
    );
    assert_eq!(other["limits"][0]["name"], "fuel");
    assert!(!other["access"].as_array().unwrap().is_empty(), "{other}");
    let damaged = own("DescribePlugin", json!({ "name": "damaged" }));
    assert_eq!((&damaged["versions"], &damaged["limits"]), (&json!([]), &json!([])));
    let found = own("ListFindings", json!({}));
    let found = found["findings"].as_array().unwrap().iter();
    let found: Vec<_> = found.map(|it| json!([it["kind"], it["subject"]["plugin"]])).collect();
    assert_eq!(found, [json!(["PLUGIN_HELD", "copy"]), json!(["PLUGIN_HELD", "waits"])]);
}

#[test]
fn a_secret_that_only_the_host_has_is_no_fault_of_the_plugin() {
    let data = Data::new();
    let secret = ["--name", "copy", "--secret", "KEY=env:STEPWELL_TEST_NOT_HERE@api.example.com"];
    assert_eq!(data.add(&secret).status.code(), Some(0));
    let shown = stdout(&stepwell(&["doctor", "--data", &data.file("data")]));
    let warning = "warn  plugins: `copy` of all tenants is granted secrets from variables that are \
                   not set here: STEPWELL_TEST_NOT_HERE\n      see that the host has them\n";
    assert!(shown.contains(warning), "{shown}");
    assert!(shown.contains("ok    plugins: `copy` of all tenants can be loaded\n"), "{shown}");
}

#[test]
fn a_file_that_does_not_end_is_refused() {
    let data = Data::new();
    assert_eq!(data.add(&["--name", "copy"]).status.code(), Some(0));
    for action in ["add", "upgrade"] {
        let output = data.plugin(action, &["/dev/zero", "--name", "copy"]);
        assert_eq!(output.status.code(), Some(2));
        let error = stderr(&output);
        assert!(error.starts_with("error: /dev/zero cannot be used as a plugin\n"), "{error}");
    }
    let error = stderr(&stepwell(&["plugin", "inspect", "/dev/zero"]));
    assert!(error.starts_with("error: /dev/zero cannot be used as a plugin\n"), "{error}");
}

#[test]
fn what_a_host_keeps_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = Data::new();
    assert_eq!(data.add(&["--name", "copy"]).status.code(), Some(0));
    let host = data.serve();
    let mode = |name: &str| fs::metadata(data.file(name)).unwrap().permissions().mode() & 0o777;
    let copy = data.file("copied");
    let output = stepwell(&["backup", "--data", &data.file("data"), &copy]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for name in [
        "data/journal.sqlite",
        "data/journal.sqlite-wal",
        "copied/journal.sqlite",
        "data/key-value.sqlite",
        "data/key-value.sqlite-wal",
        "data/plugins/lock",
        "copied/key-value.sqlite",
        "copied/plugins/shared/copy.json",
    ] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
    assert_eq!((mode("data/plugins"), mode("copied/plugins")), (0o700, 0o700));
    host.stop();
}
