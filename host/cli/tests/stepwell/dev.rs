//! `stepwell dev`.

use serde_json::json;

use super::{
    host::{Host, client},
    *,
};

const PASS: &str = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}"#;

#[test]
fn it_serves_the_api_until_it_is_told_to_stop() {
    let directory = tempfile::tempdir().unwrap();
    let host = Host::dev(directory.path(), &[]);
    let answer = host.call("ValidateStateMachineDefinition", &json!({ "definition": PASS }));
    assert_eq!(answer, (200, json!({ "diagnostics": [], "result": "OK", "truncated": false })));
    assert_eq!(host.stop(), (Some(0), String::new()));
    // Without --data it keeps nothing.
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// What a task comes to that runs on the host.
fn tested(host: &Host, account: &str, resource: &str) -> Value {
    let state = json!({ "Type": "Task", "Resource": resource, "End": true });
    let request = json!({
        "definition": state.to_string(),
        "input": r#"{"n":1}"#,
        "roleArn": "arn:aws:iam::123456789012:role/r",
    });
    let (status, answer) = host.call_as(account, "TestState", &request);
    assert_eq!(status, 200, "{answer}");
    answer
}

/// Directories with a plugin that copies its input.
fn plugins(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        let path = directory.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, wat::parse_str(COPY).unwrap()).unwrap();
    }
    directory
}

#[test]
fn a_tenants_tasks_run_in_its_own_plugins_and_in_those_of_all() {
    let directory = tempfile::tempdir().unwrap();
    let plugins = plugins(&["shared.wasm", "123456789012/own.wasm"]);
    let host = Host::dev(directory.path(), &["--plugins", plugins.path().to_str().unwrap()]);
    for account in ["123456789012", "210987654321"] {
        assert_eq!(tested(&host, account, "wasm:shared/main")["output"], r#"{"n":1}"#);
    }
    assert_eq!(tested(&host, "123456789012", "wasm:own/main")["output"], r#"{"n":1}"#);
    // To the others it is as if it were not there.
    let answer = tested(&host, "210987654321", "wasm:own/main");
    assert_eq!(answer["error"], "Stepwell.UnknownPlugin");
    assert_eq!(answer["cause"], "no plugin is called `own`");
}

#[test]
fn in_a_project_tasks_run_in_its_plugins() {
    let project = Project::copying();
    let host = Host::dev(project.0.path(), &[]);
    assert_eq!(tested(&host, "123456789012", "wasm:one/main")["output"], r#"{"n":1}"#);
}

#[test]
fn what_is_installed_while_it_runs_is_taken_up() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let plugins = plugins(&["copy.wasm"]);
    let file = plugins.path().join("copy.wasm");
    let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let mut host = Host::dev(directory.path(), &["--data", data]);
    let answer = tested(&host, "123456789012", "wasm:copy/main");
    assert_eq!(answer["error"], "Stepwell.UnknownPlugin");
    let add = ["plugin", "add", file, "--data", data, "--name", "copy"];
    let output = stepwell(&[&add[..], &["--tenant", "123456789012"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    assert_eq!(tested(&host, "123456789012", "wasm:copy/main")["output"], r#"{"n":1}"#);
    let answer = tested(&host, "210987654321", "wasm:copy/main");
    assert_eq!(answer["error"], "Stepwell.UnknownPlugin");
    let remove = ["plugin", "remove", "copy", "--data", data, "--tenant", "123456789012"];
    assert_eq!(stepwell(&remove).status.code(), Some(0));
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    let answer = tested(&host, "123456789012", "wasm:copy/main");
    assert_eq!(answer["error"], "Stepwell.UnknownPlugin");
    // One that cannot be used leaves the others as they are.
    assert_eq!(stepwell(&add).status.code(), Some(0));
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    let plugins = directory.path().join("data/plugins");
    let record = fs::read_to_string(plugins.join("shared/copy.json")).unwrap();
    let other = record.replace(
        "\"directories\": []",
        "\"directories\": [{ \"host\": \"/nowhere\", \"guest\": \"/g\" }]",
    );
    fs::write(plugins.join("shared/other.json"), other).unwrap();
    fs::write(plugins.join("generation"), "100").unwrap();
    let starts = "ERROR the plugin `other` of all tenants cannot be used: version 0.0.0 (";
    let why = "): cannot open the directory /nowhere that is granted as `/g`: ";
    let logged = host.logged();
    let becomes = "; it does not run until that is mended";
    assert!(logged.starts_with(starts) && logged.ends_with(becomes), "{logged}");
    assert!(logged.contains(why), "{logged}");
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    assert_eq!(tested(&host, "123456789012", "wasm:copy/main")["output"], r#"{"n":1}"#);
    // What ran before is not what is installed now.
    fs::remove_dir_all(plugins.join("files")).unwrap();
    let record = record.replace("\"fuel\": ", "\"fuel\": 1");
    fs::write(plugins.join("shared/copy.json"), record).unwrap();
    fs::write(plugins.join("generation"), "101").unwrap();
    let logged = host.logged();
    assert!(logged.starts_with("ERROR the plugin `copy` of all tenants"), "{logged}");
    assert!(logged.ends_with(becomes), "{logged}");
    host.logged();
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    let answer = tested(&host, "123456789012", "wasm:copy/main");
    assert_eq!(answer["error"], "Stepwell.VersionMismatch", "{answer}");
}

/// Waits for an answer, then runs a task.
const ASKS: &str = r#"{"StartAt":"Ask","States":{
    "Ask":{"Type":"Task","Resource":"arn:aws:states:us-east-1:123456789012:activity:a","Next":"Work"},
    "Work":{"Type":"Task","Resource":"wasm:say/main","End":true}}}"#;

/// A command that answers with a number.
fn saying(number: u8) -> Vec<u8> {
    let text = format!(
        r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\10\00\00\00\01\00\00\00")
        (data (i32.const 16) "{number}")
        (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    );
    wat::parse_str(text).unwrap()
}

/// Answers for an execution that asks: the first one.
fn answer(host: &Host) {
    let activity = "arn:aws:states:us-east-1:123456789012:activity:a";
    let (_, asked) = host.call("GetActivityTask", &serde_json::json!({ "activityArn": activity }));
    let answer = serde_json::json!({ "taskToken": asked["taskToken"], "output": "{}" });
    assert_eq!(host.call("SendTaskSuccess", &answer).0, 200);
}

/// What an execution gives in the end.
fn output(host: &Host, arn: &Value) -> Value {
    let endpoint = format!("http://{}", host.address);
    let key = [
        ("AWS_ACCESS_KEY_ID", "123456789012"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_REGION", "us-east-1"),
    ];
    let follow = ["history", arn.as_str().unwrap(), "--follow"];
    let output = client(&endpoint, &key, &follow);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let described = host.call("DescribeExecution", &serde_json::json!({ "executionArn": arn }));
    described.1["output"].clone()
}

#[test]
fn executions_keep_the_version_that_they_began_with() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    for number in [1, 2] {
        fs::write(path(&format!("{number}.wasm")), saying(number)).unwrap();
    }
    let data = path("data");
    let plugin = |words: &[&str]| {
        let output = stepwell(&[&["plugin"], words, &["--data", &data]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    };
    plugin(&["add", &path("1.wasm"), "--name", "say"]);
    let mut host = Host::dev(directory.path(), &["--data", &data]);
    host.call("CreateActivity", &serde_json::json!({ "name": "a" }));
    let machine = serde_json::json!({
        "name": "m", "definition": ASKS, "roleArn": "arn:aws:iam::123456789012:role/r",
    });
    let (_, machine) = host.call("CreateStateMachine", &machine);
    let start = |host: &Host| {
        let start = serde_json::json!({ "stateMachineArn": machine["stateMachineArn"] });
        host.call("StartExecution", &start).1["executionArn"].clone()
    };
    let (first, second) = (start(&host), start(&host));
    plugin(&["upgrade", &path("2.wasm"), "--name", "say"]);
    assert_eq!(host.logged(), " INFO the installed plugins are taken up");
    let third = start(&host);
    answer(&host);
    assert_eq!(output(&host, &first), "1");
    // The next host knows it, too.
    assert_eq!(host.stop().0, Some(0));
    let host = Host::dev(directory.path(), &["--data", &data]);
    answer(&host);
    answer(&host);
    assert_eq!(output(&host, &second), "1");
    assert_eq!(output(&host, &third), "2");
}

#[test]
fn it_listens_on_loopback_only() {
    for address in ["0.0.0.0", "192.0.2.1", "::"] {
        let output = stepwell(&["dev", "--port", "0", "--address", address]);
        assert_eq!(output.status.code(), Some(2));
        let why = format!(
            "error: `stepwell dev` takes any credentials and so listens on loopback only, which \
             {address} is not; others can be served by `stepwell serve`\n"
        );
        assert_eq!(stderr(&output), why);
        assert_eq!(stdout(&output), "");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let host = Host::dev(directory.path(), &[]);
    let port = host.address.rsplit(':').next().unwrap();
    let output = stepwell(&["dev", "--port", port]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.starts_with(&format!("error: cannot listen on {}\n", host.address)), "{error}");
}

#[test]
fn a_data_directory_is_one_hosts() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let data = data.to_str().unwrap();
    let host = Host::dev(directory.path(), &["--data", data]);
    let output = stepwell(&["dev", "--port", "0", "--data", data]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let why = format!(
        "The data directory {data} is in use by another process (process {}). One process at a \
         time can use it: stop that one first, or choose another directory with --data.",
        host.id()
    );
    let error = stderr(&output);
    assert!(error.contains(&why), "{error}");
    assert_eq!(host.stop(), (Some(0), String::new()), "the first goes on");
}

#[test]
fn a_plugin_that_cannot_be_used_is_named_before_it_is_ready() {
    let directory = tempfile::tempdir().unwrap();
    let plugins = directory.path().to_str().unwrap();
    fs::create_dir(directory.path().join("123456789012")).unwrap();
    fs::write(directory.path().join("123456789012/broken.wasm"), "text").unwrap();
    let output = stepwell(&["dev", "--port", "0", "--plugins", plugins]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let error = stderr(&output);
    let what = "error: the plugin `broken` of tenant 123456789012 cannot be used\n";
    assert!(error.starts_with(what), "{error}");
}
