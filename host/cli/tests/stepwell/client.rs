//! The commands that drive a host.

use serde_json::json;

use super::{host::Host, *};

/// A host with a plugin that copies its input and no state machine, and the command with it.
struct Client {
    project: Project,
    host: Host,
}

impl Client {
    fn new() -> Self {
        let project = Project::copying();
        let plugins = project.path("plugins");
        fs::create_dir(&plugins).unwrap();
        fs::copy(project.path("plugin.wasm"), plugins.join("one.wasm")).unwrap();
        let host = Host::dev(&plugins, &["--plugins", "."]);
        Self { project, host }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        host::client(&format!("http://{}", self.host.address), &[], arguments)
    }

    /// What a command prints that is to succeed.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    }

    /// What a command says that is to fail.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        stderr(&output)
    }

    /// Creates a state machine of a definition, and returns its ARN.
    fn create(&self, name: &str, definition: &str, more: &[&str]) -> String {
        self.project.write("new.asl.json", definition.as_bytes());
        let file = self.project.path("new.asl.json");
        let create = ["machine", "create", name, file.to_str().unwrap()];
        self.done(&[&create, more].concat()).trim_end().to_owned()
    }
}

const COPYING: &str =
    r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"wasm:one/main","End":true}}}"#;
const FAILING: &str =
    r#"{"StartAt":"F","States":{"F":{"Type":"Fail","Error":"Mine","Cause":"so"}}}"#;
const WAITING: &str =
    r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100000,"End":true}}}"#;

#[test]
fn an_execution_is_started_and_followed() {
    let client = Client::new();
    let arn = client.create("copy", COPYING, &[]);
    assert_eq!(arn, "arn:aws:states:us-east-1:000000000000:stateMachine:copy");
    let start = ["start", "copy", "--input", r#"{"n":1}"#, "--name", "one", "--follow"];
    let output = client.run(&start);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, json!({ "n": 1 }));
    let shown = stderr(&output);
    assert!(shown.contains(":execution:copy:one\n"), "{shown}");
    assert!(shown.contains("> A\n") && shown.contains("+ A"), "{shown}");
    assert!(shown.contains("SUCCEEDED"), "{shown}");
    let table = shown.lines().find(|line| line.contains("wasm:one/main")).unwrap();
    assert!(table.contains("KiB"), "what the attempt used is told: {table}");

    let listed = client.done(&["list", "copy"]);
    assert!(listed.contains("one") && listed.contains("SUCCEEDED"), "{listed}");
    let described = client.done(&["describe", "one", "--machine", "copy"]);
    assert!(described.contains("status     SUCCEEDED"), "{described}");
    let document = client.done(&["describe", "one", "--machine", "copy", "--json"]);
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["output"], r#"{"n":1}"#);

    let history = client.done(&["history", "one", "--machine", &arn]);
    let types: Vec<_> =
        history.lines().map(|line| line[17..].split_whitespace().next().unwrap()).collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "ExecutionSucceeded",
        ]
    );
    let followed = client.done(&["history", "one", "--machine", "copy", "--follow", "--json"]);
    let events: Vec<Value> =
        followed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 7);
    assert!(events[4]["stepwell"]["usage"]["fuel"].as_u64().unwrap() > 0);
    let logs = client.done(&["logs", "one", "--machine", "copy"]);
    assert!(logs.contains("+ A  wasm:one/main attempt 1, "), "{logs}");
}

#[test]
fn an_execution_that_fails_exits_with_1() {
    let client = Client::new();
    client.create("fail", FAILING, &[]);
    let output = client.run(&["start", "fail", "--name", "one", "--follow"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).ends_with("FAILED Mine\nso\n"), "{}", stderr(&output));
    for command in ["history", "logs"] {
        let output = client.run(&[command, "one", "--machine", "fail", "--follow"]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        // Without it the question was answered.
        client.done(&[command, "one", "--machine", "fail"]);
    }
    let output = client.run(&["start", "fail", "--follow", "--json"]);
    let last = stdout(&output).lines().last().unwrap().to_owned();
    let result: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(result["result"]["status"], "FAILED");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_execution_is_stopped() {
    let client = Client::new();
    client.create("wait", WAITING, &[]);
    let arn = client.done(&["start", "wait", "--name", "one"]);
    let arn = arn.trim_end();
    assert!(client.done(&["list", "wait", "--status", "running"]).contains("one"));
    let stopped = client.done(&["stop", arn, "--error", "Enough", "--cause", "for now"]);
    assert!(stopped.starts_with("one is stopped at 20"), "{stopped}");
    let described = client.done(&["describe", arn]);
    assert!(described.contains("ABORTED") && described.contains("for now"), "{described}");
    let none = client.done(&["list", "wait", "--status", "running"]);
    assert_eq!(none, "there are no such executions of wait\n");
}

#[test]
fn a_task_that_waits_is_answered_by_its_token() {
    let client = Client::new();
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Task",
        "Resource":"arn:aws:states:::one:main.waitForTaskToken",
        "Parameters":{"token.$":"$$.Task.Token"},"End":true}}}"#;
    client.create("token", definition, &[]);
    for (name, answer) in [("one", "send-task-success"), ("two", "send-task-failure")] {
        client.done(&["start", "token", "--name", name]);
        let history = || {
            let text = client.done(&["history", name, "--machine", "token", "--json"]);
            serde_json::from_str::<Value>(&text).unwrap()
        };
        // The event is committed before the start is answered, or soon after.
        let token = loop {
            let history = history();
            let events = history["events"].as_array().unwrap();
            let scheduled = events.iter().find(|event| event["type"] == "TaskScheduled");
            let Some(scheduled) = scheduled else { continue };
            let parameters = scheduled["taskScheduledEventDetails"]["parameters"].as_str().unwrap();
            let parameters: Value = serde_json::from_str(parameters).unwrap();
            break parameters["token"].as_str().unwrap().to_owned();
        };
        let beaten = client.done(&["send-task-heartbeat", "--token", &token]);
        assert_eq!(beaten, "the task goes on\n");
        let (more, told): (&[&str], _) = match answer {
            "send-task-success" => (&["--output", "[1]"], "the task has succeeded\n"),
            _ => (&["--error", "Mine"], "the task has failed\n"),
        };
        assert_eq!(client.done(&[&[answer, "--token", &token], more].concat()), told);
        let ended = client.run(&["history", name, "--machine", "token", "--follow"]);
        let code = if answer == "send-task-success" { 0 } else { 1 };
        assert_eq!(ended.status.code(), Some(code), "{}", stdout(&ended));
    }
    let error = client.refused(&["send-task-heartbeat", "--token", "none"]);
    assert!(error.contains("error: InvalidToken: "), "{error}");
    assert!(error.contains("help: take the token as the task was given it"), "{error}");
}

#[test]
fn an_express_execution_is_awaited() {
    let client = Client::new();
    client.create("express", COPYING, &["--express"]);
    let output = client.run(&["start", "express", "--input", "[1,2]", "--sync"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, json!([1, 2]));
    let error = client.refused(&["start", "express", "--follow"]);
    assert!(error.contains("which keeps no history to follow: start it with --sync"), "{error}");
}

#[test]
fn state_machines_are_managed() {
    let client = Client::new();
    let none = client.done(&["machine", "list"]);
    assert_eq!(none, "there are no state machines; `stepwell machine create` makes one\n");
    let arn = client.create("orders", FAILING, &["--publish"]);
    assert!(client.done(&["machine", "list"]).contains(&arn));
    let described = client.done(&["machine", "describe", "orders:1", "--definition"]);
    assert_eq!(described, format!("{FAILING}\n"));
    client.project.write("new.asl.json", WAITING.as_bytes());
    let file = client.project.path("new.asl.json");
    let file = file.to_str().unwrap();
    let updated = client.done(&["machine", "update", "orders", file, "--publish"]);
    assert_eq!(updated, "orders is updated, as version 2\n");
    assert!(client.done(&["machine", "describe", "orders"]).contains("\"Wait\""));
    let output = client.run(&["start", "orders:1", "--follow"]);
    assert_eq!(output.status.code(), Some(1), "a version is started: {}", stderr(&output));
    // What is wrong with a definition is shown with its places.
    client.project.write("new.asl.json", b"{\n  \"StartAt\": \"A\",\n  \"States\": {}\n}");
    for command in [["machine", "update", "orders", file], ["machine", "create", "other", file]] {
        let error = client.refused(&command);
        assert!(
            error.contains("new.asl.json has ") && error.contains("new.asl.json:3:13"),
            "{error}"
        );
    }
    assert_eq!(client.done(&["machine", "delete", "orders"]), "orders is being deleted\n");
}

#[test]
fn what_is_not_there_is_told_with_what_to_try() {
    let client = Client::new();
    assert_eq!(
        client.refused(&["start", "orders"]),
        "error: there is no state machine `orders`, and no other; `stepwell machine create` makes \
         one\n"
    );
    client.create("orders", FAILING, &[]);
    assert_eq!(
        client.refused(&["start", "ordres"]),
        "error: there is no state machine `ordres`; did you mean `orders`?\n"
    );
    assert_eq!(
        client.refused(&["start", "payments"]),
        "error: there is no state machine `payments`; `stepwell machine list` shows those that \
         there are\n"
    );
    assert_eq!(
        client.refused(&["describe", "one"]),
        "error: `one` is no ARN: name the execution's state machine with --machine\n"
    );
    assert_eq!(
        client.refused(&["describe", "one", "--machine", "orders"]),
        "error: ExecutionDoesNotExist: Execution Does Not Exist: \
         'arn:aws:states:us-east-1:000000000000:execution:orders:one'\n  \
         help: `stepwell list MACHINE` shows the executions that there are\n"
    );
}

#[test]
fn where_there_is_no_host_it_says_how_to_start_one() {
    // A port that nobody has, for it was just given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{free}");
    let output = host::client(&endpoint, &[], &["machine", "list"]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(
        error.starts_with(&format!("error: no host answers at {endpoint}: Connection refused")),
        "{error}"
    );
    let help = "  help: start one with `stepwell dev`, or `stepwell serve`; or name another with \
                --endpoint or $STEPWELL_ENDPOINT\n";
    assert!(error.ends_with(help), "{error}");
    let output = host::client("nonsense", &[], &["machine", "list"]);
    let error = "error: `nonsense` is no URL of a host, which looks like http://127.0.0.1:8080\n";
    assert_eq!(stderr(&output), error);
}

#[test]
fn an_access_key_of_12_digits_is_the_account() {
    let client = Client::new();
    client.create("orders", FAILING, &[]);
    let endpoint = format!("http://{}", client.host.address);
    let key = [("AWS_ACCESS_KEY_ID", "123456789012"), ("AWS_SECRET_ACCESS_KEY", "any")];
    let output = host::client(&endpoint, &key, &["machine", "list"]);
    assert!(stdout(&output).starts_with("there are no state machines"), "{}", stdout(&output));
}

#[test]
fn what_an_attempt_logs_is_kept() {
    // Writes a line to stderr, and its output to stdout.
    let plugin = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\20\00\00\00\06\00\00\00\30\00\00\00\02\00\00\00")
        (data (i32.const 32) "hello\0a")
        (data (i32.const 48) "{}")
        (func (export "_start")
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))
            (drop (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 16)))))"#;
    let project = Project::new(&wat::parse_str(plugin).unwrap());
    let host = Host::dev(project.0.path(), &[]);
    let client = Client { project, host };
    client.create("log", COPYING, &[]);
    let output = client.run(&["start", "log", "--name", "one", "--follow"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("| A  hello\n"), "{}", stderr(&output));
    let logs = client.done(&["logs", "one", "--machine", "log"]);
    assert!(logs.contains("+ A  wasm:one/main attempt 1, "), "{logs}");
    assert!(logs.ends_with("| hello\n"), "{logs}");
    let attempt = client.done(&["logs", "one", "--machine", "log", "--json"]);
    let attempt: Value = serde_json::from_str(&attempt).unwrap();
    assert_eq!(attempt["attempt"]["log"].as_str().unwrap().trim_end(), "hello");
}

#[test]
fn what_an_attempt_calls_of_its_host_is_kept_and_shown_with_it() {
    let project = Project::new(&fs::read(root().join("target/guests/email.wasm")).unwrap());
    let host = Host::dev(project.0.path(), &[]);
    let client = Client { project, host };
    let mail = json!({
        "from": "a@example.com", "to": ["b@example.com"], "subject": "s", "text": "t",
        "server": "127.0.0.1:2525",
    });
    let task = json!({
        "Type": "Task", "Resource": "wasm:one/send", "Parameters": mail, "End": true,
    });
    let definition = json!({ "StartAt": "A", "States": { "A": task } }).to_string();
    client.create("mail", &definition, &[]);
    let output = client.run(&["start", "mail", "--name", "one", "--follow"]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let logs = client.done(&["logs", "one", "--machine", "mail"]);
    assert!(logs.contains(" > connect 127.0.0.1:2525: refused: it is not granted  "), "{logs}");
    let attempt = client.done(&["logs", "one", "--machine", "mail", "--json"]);
    let attempt: Value = serde_json::from_str(&attempt).unwrap();
    let attempt = &attempt["attempt"];
    let calls = attempt["calls"].as_array().unwrap();
    let connect = calls.iter().find(|call| call["capability"] == "connect").unwrap();
    assert_eq!(connect["what"], "127.0.0.1:2525");
    assert_eq!(attempt["moreCalls"], 0);
    assert!(attempt["usage"]["host_calls"].as_u64().unwrap() > calls.len() as u64, "{attempt}");

    let arn = "arn:aws:states:us-east-1:000000000000:execution:mail:one";
    let told = |with_data: bool| {
        let request = json!({ "executionArn": arn, "includeExecutionData": with_data });
        let (_, history) = client.host.call_as("000000000000", "GetExecutionHistory", &request);
        let events = history["events"].as_array().unwrap();
        events.iter().find(|event| event["type"] == "TaskFailed").unwrap()["stepwell"].clone()
    };
    assert_eq!(told(true)["calls"], attempt["calls"]);
    let without = told(false);
    assert!(without["usage"]["hostCalls"].as_u64().unwrap() > 0, "{without}");
    assert_eq!(without["calls"], Value::Null);
}
