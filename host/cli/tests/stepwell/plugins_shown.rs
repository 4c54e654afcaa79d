//! The plugins that a host shows in its console.

use serde_json::json;

use super::{host::Host, *};

const ACCOUNT: &str = "123456789012";

fn described(host: &Host, account: &str, name: &str) -> Value {
    host.own(account, "DescribePlugin", &json!({ "name": name }))
}

fn names(host: &Host, account: &str) -> Vec<String> {
    let listed = host.own(account, "ListPlugins", &json!({}));
    let plugins = listed["plugins"].as_array().unwrap();
    plugins.iter().map(|plugin| plugin["name"].as_str().unwrap().to_owned()).collect()
}

/// A report of the conformance kit about a file.
fn report(digest: &str) -> String {
    json!({
        "kit": "1.2.3",
        "plugin": { "name": "x", "version": "1", "kind": "component", "digest": digest },
        "level": "core",
        "seed": 1,
        "conforms": true,
        "checks": [{ "id": "run.output", "outcome": "passed", "saw": [] }],
    })
    .to_string()
}

fn digest(file: &str) -> String {
    let output = stepwell(&["plugin", "inspect", file, "--json"]);
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    shown["digest"].as_str().unwrap().to_owned()
}

#[test]
fn a_projects_plugin_is_shown_with_all_there_is_to_it() {
    let guest = root().join("target/guests/email.wasm");
    let project = Project::new(&fs::read(&guest).unwrap());
    project.write("report.json", report(&digest(guest.to_str().unwrap())).as_bytes());
    project.write(
        "stepwell.toml",
        br#"
        name = "one"
        definition = "one.asl.json"
        [plugins.mail]
        file = "plugin.wasm"
        conformance = "report.json"
        limits = { memory = "32MiB" }
        [plugins.mail.grants]
        connect = ["127.0.0.1:2525"]
        environment = { TOKEN = "hush" }
        directories = [{ host = "out", guest = "/outbox", access = "read-write" }]
        "#,
    );
    let host = Host::dev(project.0.path(), &[]);
    let shown = described(&host, ACCOUNT, "mail");
    let text = shown.to_string();
    assert!(!text.contains("hush") && !text.contains(project.0.path().to_str().unwrap()), "{text}");
    assert_eq!(shown["kind"], "COMPONENT");
    assert_eq!((&shown["shared"], &shown["source"]), (&json!(true), &json!("plugin.wasm")));
    let version = &shown["versions"][0];
    assert_eq!((&version["state"], &version["digest"]), (&json!("CURRENT"), &shown["digest"]));
    let task = &shown["taskList"][0];
    assert_eq!((&task["name"], &task["effect"]), (&json!("send"), &json!("at-most-once")));
    assert!(task["inputSchema"]["properties"]["subject"].is_object(), "{task}");
    let limits = shown["limits"].as_array().unwrap();
    assert!(limits.contains(&json!({ "name": "memory", "value": "32.0 MiB" })), "{limits:?}");
    let access = |capability: &str| {
        let all = shown["access"].as_array().unwrap();
        all.iter().find(|row| row["capability"] == capability).unwrap().clone()
    };
    let directory = access("directory");
    assert_eq!(directory["wanted"], json!(["/outbox"]));
    assert_eq!(directory["effective"], json!(["/outbox, read-write"]));
    assert_eq!(access("connect")["effective"], json!(["127.0.0.1:2525"]));
    let secret = access("secret");
    assert_eq!((&secret["granted"], &secret["reason"]), (&json!([]), &json!("wanted")));
    assert_eq!(
        shown["conformance"],
        json!({
            "level": "core", "passed": 1, "failed": 0, "skipped": 0, "kit": "1.2.3",
            "checks": [{ "id": "run.output", "outcome": "PASSED" }],
        })
    );
    let request = json!({ "name": "other" });
    let (status, refused) = host.call_target(ACCOUNT, "Stepwell.DescribePlugin", &request);
    assert_eq!((status, &refused["message"]), (400, &json!("There is no plugin `other`.")));
}

#[test]
fn a_report_about_another_file_is_no_report_of_a_projects_plugin() {
    let project = Project::copying();
    project.write("report.json", report(&format!("sha256:{}", "0".repeat(64))).as_bytes());
    let settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    project.write("stepwell.toml", format!("{settings}conformance = \"report.json\"\n").as_bytes());
    let output = project.run(&["--input", "{}"]);
    assert_eq!(output.status.code(), Some(2));
    let why = format!("report.json is about sha256:{}, and the plugin is sha256:", "0".repeat(64));
    assert!(stderr(&output).contains(&why), "{}", stderr(&output));
}

#[test]
fn what_is_installed_while_the_host_runs_shows_and_to_whom_it_is_installed_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (data, file, said) = (path("data"), path("copy.wasm"), path("report.json"));
    fs::write(&file, wat::parse_str(COPY).unwrap()).unwrap();
    let mut host = Host::dev(directory.path(), &["--data", &data]);
    assert_eq!(names(&host, ACCOUNT), [""; 0]);

    let add = ["plugin", "add", &file, "--data", &data, "--name", "copy"];
    let with_report = [&add[..], &["--conformance", &said]].concat();
    fs::write(&said, report(&format!("sha256:{}", "0".repeat(64)))).unwrap();
    let refused = stepwell(&with_report);
    assert_eq!(refused.status.code(), Some(2));
    let why = "report.json is about sha256:0000";
    assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
    fs::write(&said, report(&digest(&file))).unwrap();
    let added = stepwell(&with_report);
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    host.log_until("the installed plugins are taken up");
    let shown = described(&host, ACCOUNT, "copy");
    assert_eq!((&shown["kind"], &shown["shared"]), (&json!("COMMAND"), &json!(true)));
    assert_eq!(shown["conformance"]["kit"], "1.2.3");

    // A tenant's own comes before that of all, and nobody else sees it.
    let own = [&add[..5], &["--name", "own", "--tenant", ACCOUNT]].concat();
    assert_eq!(stepwell(&own).status.code(), Some(0));
    host.log_until("the installed plugins are taken up");
    assert_eq!(names(&host, ACCOUNT), ["copy", "own"]);
    assert_eq!(names(&host, "210987654321"), ["copy"]);
    assert_eq!(described(&host, ACCOUNT, "own")["shared"], false);
    // The report is the file's, whoever has it installed.
    assert_eq!(described(&host, ACCOUNT, "own")["conformance"]["kit"], "1.2.3");
    // It goes with the last that has the file.
    for remove in [&["copy"][..], &["own", "--tenant", ACCOUNT]] {
        let remove = [&["plugin", "remove"], remove, &["--data", &data]].concat();
        assert_eq!(stepwell(&remove).status.code(), Some(0));
        host.log_until("the installed plugins are taken up");
    }
    assert_eq!(names(&host, ACCOUNT), [""; 0]);
    assert_eq!(fs::read_dir(path("data/plugins/reports")).unwrap().count(), 0);
}

#[test]
fn a_report_of_ones_own_is_for_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();
    let reference = "oci://127.0.0.1:1/acme/pay:1";
    let add = ["plugin", "add", reference, "--data", data, "--conformance", "report.json"];
    let output = stepwell(&add);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: --conformance is for a file: a plugin from a registry has the report that its \
         publisher has pushed with it\n"
    );
}
