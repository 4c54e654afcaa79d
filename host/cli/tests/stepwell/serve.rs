//! `stepwell serve`, and the backup of what it keeps.

use serde_json::json;

use super::{host::Host, *};

/// A folder for a host's data, with a tenant and its access key.
struct Data {
    folder: tempfile::TempDir,
    key: (String, String),
}

const ACCOUNT: &str = "111111111111";

impl Data {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut this = Self { folder, key: Default::default() };
        this.tenant(&["add", "payments", "--account", ACCOUNT]);
        let key = this.tenant(&["keys", "create", ACCOUNT, "--json"]);
        let key: Value = serde_json::from_str(&key).unwrap();
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        this.key = (text("id"), text("secret"));
        this
    }

    fn path(&self) -> String {
        self.folder.path().join("data").to_str().unwrap().to_owned()
    }

    fn tenant(&self, arguments: &[&str]) -> String {
        let output = stepwell(&[&["tenant"], arguments, &["--data", &self.path()]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }

    fn serve(&self, more: &[&str]) -> Host {
        let arguments = ["--listen", "127.0.0.1:0", "--data", &self.path()];
        Host::serve(self.folder.path(), &[&arguments, more].concat())
    }

    /// The command with the tenant's key.
    fn client(&self, host: &Host, arguments: &[&str]) -> Output {
        let key = [("AWS_ACCESS_KEY_ID", &*self.key.0), ("AWS_SECRET_ACCESS_KEY", &*self.key.1)];
        host::client(&format!("http://{}", host.address), &key, arguments)
    }

    fn done(&self, host: &Host, arguments: &[&str]) -> String {
        let output = self.client(host, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// Installs the plugin `copy` for all tenants.
    fn add_copy(&self) {
        let file = self.folder.path().join("copy.wasm");
        fs::write(&file, wat::parse_str(COPY).unwrap()).unwrap();
        let file = file.to_str().unwrap();
        let output = stepwell(&["plugin", "add", file, "--data", &self.path(), "--name", "copy"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    }

    /// Creates a state machine.
    fn create(&self, host: &Host, name: &str, definition: &str) {
        let file = self.folder.path().join("new.asl.json");
        fs::write(&file, definition).unwrap();
        self.done(host, &["machine", "create", name, file.to_str().unwrap()]);
    }
}

const WAITING: &str =
    r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100000,"End":true}}}"#;

#[test]
fn a_tenants_executions_outlive_the_host() {
    let data = Data::new();
    let host = data.serve(&[]);
    data.create(&host, "wait", WAITING);
    let arn = data.done(&host, &["start", "wait", "--name", "one"]);
    assert_eq!(arn, format!("arn:aws:states:us-east-1:{ACCOUNT}:execution:wait:one\n"));
    assert_eq!(host.stop(), (Some(0), String::new()));
    let host = data.serve(&[]);
    let listed = data.done(&host, &["list", "wait", "--status", "running"]);
    assert!(listed.contains("one"), "{listed}");
}

#[test]
fn requests_must_be_signed_by_a_key_of_a_tenant() {
    let data = Data::new();
    let host = data.serve(&[]);
    let endpoint = format!("http://{}", host.address);
    let output = host::client(&endpoint, &[], &["machine", "list"]);
    let error = stderr(&output);
    assert!(error.starts_with("error: UnrecognizedClientException: "), "{error}");
    assert!(error.contains("help: `stepwell tenant keys create` makes an access key"), "{error}");
    let wrong = [("AWS_ACCESS_KEY_ID", &*data.key.0), ("AWS_SECRET_ACCESS_KEY", "wrong")];
    let error = stderr(&host::client(&endpoint, &wrong, &["machine", "list"]));
    assert!(error.starts_with("error: InvalidSignatureException: "), "{error}");
    assert!(error.contains("help: check AWS_SECRET_ACCESS_KEY"), "{error}");
    // A tenant that is disabled while the host runs is refused from the next request on.
    data.done(&host, &["machine", "list"]);
    data.tenant(&["disable", ACCOUNT]);
    let error = stderr(&data.client(&host, &["machine", "list"]));
    assert!(error.starts_with("error: UnrecognizedClientException: "), "{error}");
}

#[test]
fn its_configuration_is_a_file() {
    let data = Data::new();
    let config = data.folder.path().join("serve.toml");
    let config = config.to_str().unwrap();
    let text = "listen = \"127.0.0.1:0\"\ndata = \"data\"\nregion = \"eu-west-1\"\n\
                [limits]\nopen-executions = 1\n[log]\nformat = \"json\"\n\
                [throttling.actions]\nCreateActivity = { bucket = 0, refill = 0 }\n";
    fs::write(config, text).unwrap();
    let mut host = Host::serve(Path::new("/"), &["--config", config]);
    let key = [
        ("AWS_ACCESS_KEY_ID", &*data.key.0),
        ("AWS_SECRET_ACCESS_KEY", &*data.key.1),
        ("AWS_REGION", "eu-west-1"),
    ];
    let endpoint = format!("http://{}", host.address);
    let client = |arguments: &[&str]| host::client(&endpoint, &key, arguments);
    let file = data.folder.path().join("new.asl.json");
    fs::write(&file, WAITING).unwrap();
    let created = client(&["machine", "create", "wait", file.to_str().unwrap()]);
    let arn = format!("arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:wait\n");
    assert_eq!(stdout(&created), arn, "{}", stderr(&created));
    assert_eq!(client(&["start", "wait"]).status.code(), Some(0));
    let error = stderr(&client(&["start", "wait"]));
    assert!(error.starts_with("error: ExecutionLimitExceeded: "), "{error}");
    data.add_copy();
    let logged: Value = serde_json::from_str(&host.logged()).unwrap();
    assert_eq!(logged["message"], "the installed plugins are taken up");
    assert_eq!(logged["level"], "INFO");
}

#[test]
fn operators_are_told_that_they_are_and_of_all_tenants() {
    let data = Data::new();
    let other = "222222222222";
    data.tenant(&["add", "mail", "--account", other]);
    let key = data.tenant(&["keys", "create", other, "--json"]);
    let key: Value = serde_json::from_str(&key).unwrap();
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    let key = (text("id"), text("secret"));
    let config = data.folder.path().join("serve.toml");
    fs::write(&config, format!("[console]\noperators = [\"{ACCOUNT}\"]\n")).unwrap();
    let host = data.serve(&["--config", config.to_str().unwrap()]);
    let describe = |key| {
        let (status, said) = host.call_signed(key, "Stepwell.DescribeHost", &json!({}));
        assert_eq!(status, 200, "{said}");
        said
    };
    let said = describe(&data.key);
    assert_eq!((&said["operator"], &said["account"]), (&json!(true), &json!(ACCOUNT)));
    assert_eq!(
        said["accounts"],
        json!([
            { "account": ACCOUNT, "name": "payments" },
            { "account": other, "name": "mail" },
        ])
    );
    let said = describe(&key);
    assert_eq!((&said["operator"], &said["account"]), (&json!(false), &json!(other)));
    assert_eq!(said.get("accounts"), None);
}

#[test]
fn what_cannot_be_served_is_told_before_it_is_ready() {
    let output = stepwell(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(2));
    let error = "error: a host needs a data directory: name it with --data\n";
    assert_eq!(stderr(&output), error);
    let data = Data::new();
    let _host = data.serve(&[]);
    let output = stepwell(&["serve", "--listen", "127.0.0.1:0", "--data", &data.path()]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.contains(" is in use by another process (process "), "{error}");
}

#[test]
fn a_backup_of_a_host_that_runs_is_a_data_directory() {
    let data = Data::new();
    data.add_copy();
    let host = data.serve(&[]);
    data.create(&host, "wait", WAITING);
    data.done(&host, &["start", "wait", "--name", "one"]);
    let copy = data.folder.path().join("copy");
    let copy = copy.to_str().unwrap();
    let backup = ["backup", "--data", &data.path(), copy];
    let output = stepwell(&backup);
    assert_eq!(stdout(&output), format!("{} is copied to {copy}\n", data.path()));
    data.done(&host, &["start", "wait", "--name", "two"]);
    let output = stepwell(&backup);
    assert_eq!(output.status.code(), Some(2));
    let error = format!("error: {copy} is not empty: name another directory for the copy\n");
    assert_eq!(stderr(&output), error);
    host.stop();

    let key = format!("{}.key", data.path());
    let arguments = ["--listen", "127.0.0.1:0", "--data", copy, "--host-key", &key];
    let host = Host::serve(data.folder.path(), &arguments);
    let executions = data.done(&host, &["list", "wait", "--json"]);
    let executions: Value = serde_json::from_str(&executions).unwrap();
    let names: Vec<_> =
        executions["executions"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, [&json!("one")]);
    assert!(stdout(&stepwell(&["plugin", "list", "--data", copy])).contains("copy"));
    let output = stepwell(&["backup", "--data", "/nowhere", copy]);
    assert_eq!(stderr(&output), "error: /nowhere is no data directory of a host\n");
}

#[test]
fn an_execution_that_failed_is_redriven_and_followed() {
    let data = Data::new();
    let mut host = data.serve(&[]);
    let task = r#"{"StartAt":"P","States":{"P":{"Type":"Pass","Next":"A"},
        "A":{"Type":"Task","Resource":"wasm:copy/main","End":true}}}"#;
    data.create(&host, "copy", task);
    let output = data.client(&host, &["start", "copy", "--name", "one", "--follow"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("FAILED Stepwell.UnknownPlugin\n"), "{}", stderr(&output));
    data.add_copy();
    assert!(host.logged().ends_with("the installed plugins are taken up"));
    let redrive = ["redrive", "one", "--machine", "copy", "--follow"];
    let output = data.client(&host, &redrive);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "{}\n");
    let shown = stderr(&output);
    assert!(shown.contains("+ A") && shown.contains("SUCCEEDED"), "{shown}");
    assert!(!shown.contains(" P\n"), "what was before the redrive is not shown again: {shown}");
    let described = data.done(&host, &["describe", "one", "--machine", "copy"]);
    assert!(described.contains("redriven   once, at 20"), "{described}");
    let error = stderr(&data.client(&host, &redrive));
    assert!(error.starts_with("error: ExecutionNotRedrivable"), "{error}");
    assert!(error.contains("help: `stepwell describe EXECUTION` tells why"), "{error}");
}

/// What the last version wrote is brought to this one's form, and whoever waits is told so.
#[test]
fn an_earlier_versions_journal_is_migrated_and_it_is_said() {
    let data = Data::new();
    let golden = root().join("host/journal/tests/golden/v3/journal.sqlite");
    for file in fs::read_dir(data.path()).unwrap() {
        let file = file.unwrap().path();
        if file.file_name().unwrap().to_str().unwrap().starts_with("journal.sqlite") {
            fs::remove_file(file).unwrap();
        }
    }
    fs::copy(golden, format!("{}/journal.sqlite", data.path())).unwrap();
    let mut host = data.serve(&[]);
    host.log_until("the journal's schema is brought from version 3 to 4");
    host.log_until("the journal's schema has version 4 now");
}

#[test]
fn a_backup_that_fails_halfway_leaves_nothing_and_is_made_again() {
    let data = Data::new();
    data.add_copy();
    data.serve(&[]).stop();
    // Plugins are copied last.
    let record = format!("{}/plugins/shared/copy.json", data.path());
    let whole = fs::read(&record).unwrap();
    fs::write(&record, "{").unwrap();
    let copy = data.folder.path().join("copied");
    let backup = ["backup", "--data", &data.path(), copy.to_str().unwrap()];
    let output = stepwell(&backup);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.starts_with("error: cannot copy the installed plugins\n"), "{error}");
    assert_eq!(fs::read_dir(&copy).unwrap().count(), 0);
    fs::write(&record, whole).unwrap();
    let output = stepwell(&backup);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let mut files: Vec<_> =
        fs::read_dir(&copy).unwrap().map(|it| it.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["journal.sqlite", "key-value.sqlite", "plugins"]);
}

#[test]
fn a_backup_of_what_is_no_journal_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("journal.sqlite"), "This is a text.\n".repeat(100)).unwrap();
    let (data, copy) = (folder.path().to_str().unwrap(), folder.path().join("copy"));
    let output = stepwell(&["backup", "--data", data, copy.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let why = "is damaged: file is not a database. Restore a backup.";
    assert_eq!(stderr(&output), format!("error: The journal of {data} {why}\n"));
    assert!(!copy.exists());
}
