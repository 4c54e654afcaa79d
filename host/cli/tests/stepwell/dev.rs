//! `stepwell dev`.

use serde_json::json;

use super::{host::Host, *};

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
    let add = ["plugin", "add", file, "--data", data, "--name", "other", "--grants"];
    let granted = directory.path().join("granted");
    fs::create_dir(&granted).unwrap();
    let grants =
        format!("{{ directories = [{{ host = \"{}\", guest = \"/g\" }}] }}", granted.display());
    fs::remove_dir(&granted).unwrap();
    assert_eq!(stepwell(&[&add[..], &[&grants]].concat()).status.code(), Some(0));
    let why = "ERROR the installed plugins cannot be taken up: the plugin `other` of all tenants cannot \
               be used: cannot open the directory ";
    let logged = host.logged();
    assert!(logged.starts_with(why), "{logged}");
    assert_eq!(tested(&host, "123456789012", "wasm:copy/main")["output"], r#"{"n":1}"#);
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
