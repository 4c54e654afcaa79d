//! The command as its users run it: what it prints, and how it exits.

mod client;
mod compile;
mod conform;
mod dev;
mod distributed_map;
mod distribution;
mod doctor;
mod host;
mod killed;
mod languages;
mod plugin;
mod plugin_call;
mod plugin_project;
mod plugins_shown;
mod project_machine;
#[path = "../../../registry/tests/registry/server.rs"]
mod registry_server;
mod serve;
mod tenant;
mod test_state;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn stepwell(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"))
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A project with one plugin, made of a file's bytes, and one task that runs it.
struct Project(tempfile::TempDir);

impl Project {
    fn new(plugin: &[u8]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        project.write("plugin.wasm", plugin);
        project.write(
            "stepwell.toml",
            b"name = \"one\"\ndefinition = \"one.asl.json\"\n[plugins.one]\nfile = \"plugin.wasm\"\n",
        );
        project.define(r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"wasm:one/main","End":true}}}"#);
        project
    }

    /// A project whose plugin is a WASI command that copies its input.
    fn copying() -> Self {
        Self::new(&wat::parse_str(COPY).unwrap())
    }

    fn define(&self, definition: &str) {
        self.write("one.asl.json", definition.as_bytes());
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, more: &[&str]) -> Output {
        let directory = self.0.path().to_str().unwrap();
        stepwell(&[&["run", directory], more].concat())
    }
}

/// Reads up to 4 KiB from stdin and writes them to stdout.
const COPY: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\00\10\00\00")
    (func (export "_start")
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

#[test]
fn a_run_gives_its_output_and_exits_with_0() {
    let output = Project::copying().run(&["--input", r#"{"a":[1,2]}"#]);
    assert_eq!(stderr(&output).matches("SUCCEEDED").count(), 1, "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, serde_json::json!({ "a": [1, 2] }));
    let progress = stderr(&output);
    assert!(progress.contains("> A\n") && progress.contains("+ A"), "{progress}");
    let table = progress.lines().find(|line| line.contains("wasm:one/main")).unwrap();
    assert!(table.contains("KiB"), "{table}");
}

#[test]
fn a_program_gets_events_attempts_and_the_result_as_json_lines() {
    let output = Project::copying().run(&["--input", "{}", "--json"]);
    let lines: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["event"]["type"], "ExecutionStarted");
    let attempt = lines.iter().find_map(|line| line.get("attempt")).unwrap();
    assert!(attempt["usage"]["fuel"].as_u64().unwrap() > 0, "{attempt}");
    let result = &lines.last().unwrap()["result"];
    assert_eq!(result["status"], "SUCCEEDED");
    assert_eq!(result["output"], serde_json::json!({}));
    assert_eq!(result["tasks"][0]["attempts"], 1);
}

#[test]
fn the_history_is_written_as_aws_gives_it() {
    let project = Project::copying();
    let file = project.path("history.json");
    project.run(&["--history", file.to_str().unwrap()]);
    let history: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let types: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
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
}

#[test]
fn an_execution_that_fails_exits_with_1_and_says_why() {
    let project = Project::copying();
    project.define(
        r#"{"StartAt":"A","States":{"A":{"Type":"Fail","Error":"Mine","Cause":"as it is"}}}"#,
    );
    let output = project.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).ends_with("FAILED Mine\nas it is\n"), "{}", stderr(&output));
}

#[test]
fn tasks_that_name_no_plugin_are_found_before_anything_runs() {
    let project = Project::copying();
    project.define(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Task","Resource":"wasm:onne/main","Next":"B"},
            "B":{"Type":"Task","Resource":"wasm:one/man","Next":"C"},
            "C":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","End":true}
        }}"#,
    );
    let output = project.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("one.asl.json has 3 errors\n"), "{text}");
    let run: Vec<_> = text.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(
        run,
        [
            "error[UNKNOWN_PLUGIN]: There is no plugin 'onne'",
            "error[UNKNOWN_TASK]: The plugin 'one' has no task 'man'",
            "error[UNKNOWN_PLUGIN]: There is no plugin 'sqs'",
        ]
    );
    assert!(text.contains("help: Did you mean \"one\"? There are: one."), "{text}");
    // `validate` finds the same.
    let file = project.path("one.asl.json");
    let output = stepwell(&["validate", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert_eq!(text.lines().filter(|line| line.starts_with("error[")).collect::<Vec<_>>(), run);
    // A state that is answered from a script needs no task.
    project.write("mocks.json", br#"{"A": {"output": 1}, "B": {"output": 2}, "C": {"output": 3}}"#);
    let output = project.run(&["--mocks", project.path("mocks.json").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn what_only_a_host_can_run_is_valid_but_does_not_run_alone() {
    let project = Project::copying();
    project.define(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Task","Resource":"arn:aws:states:::one:main.waitForTaskToken","Next":"B"},
            "B":{"Type":"Task","Resource":"arn:aws:states:us-east-1:000000000000:activity:b","Next":"C"},
            "C":{"Type":"Task","Resource":"arn:aws:states:::states:startExecution.sync:2","Next":"D"},
            "D":{"Type":"Task","Resource":"arn:aws:states:::aws-sdk:sfn:listStateMachines","End":true}
        }}"#,
    );
    let file = project.path("one.asl.json");
    let output = stepwell(&["validate", file.to_str().unwrap()]);
    assert_eq!(stdout(&output), format!("{}: no problems\n", file.display()));
    let output = project.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    let errors: Vec<_> = text.lines().filter(|line| line.starts_with("error[")).collect();
    assert_eq!(
        errors,
        [
            "error[NEEDS_HOST]: The state waits for an answer from outside (.waitForTaskToken)",
            "error[NEEDS_HOST]: The state waits for an answer from outside (an activity)",
            "error[NEEDS_HOST]: The state calls the API of Step Functions",
            "error[NEEDS_HOST]: The state calls the API of Step Functions",
        ]
    );
    let help = "help: This needs a host with an API: start one with `stepwell dev`. Or mock the \
                state with --mocks.";
    assert!(text.contains(help), "{text}");
    project.write(
        "mocks.json",
        br#"{"A": {"output": 1}, "B": {"output": 2}, "C": {"output": 3}, "D": {"output": 4}}"#,
    );
    let output = project.run(&["--mocks", project.path("mocks.json").to_str().unwrap()]);
    assert_eq!(stdout(&output), "4\n", "{}", stderr(&output));
}

#[test]
fn validate_looks_for_tasks_in_the_project_it_is_told() {
    let project = Project::copying();
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"wasm:two/main?fuel=1","Next":"B"},
        "B":{"Type":"Task","Resource":"wasm:one/main?memory=1GiB","End":true}}}"#;
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("other.asl.json");
    fs::write(&file, definition).unwrap();
    let alone = stepwell(&["validate", file.to_str().unwrap()]);
    assert_eq!(alone.status.code(), Some(0), "{}", stdout(&alone));
    let directory = project.path(".");
    let output = stepwell(&[
        "validate",
        "--json",
        "--project",
        directory.to_str().unwrap(),
        file.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<_> = answer["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["severity"], &it["code"], &it["location"], &it["line"], &it["message"]))
        .map(|it| format!("{} {} {} {} {}", it.0, it.1, it.2, it.3, it.4).replace('"', ""))
        .collect();
    assert_eq!(
        found,
        [
            "ERROR UNKNOWN_PLUGIN /States/A/Resource 1 There is no plugin 'two'",
            "WARNING LIMIT_NOT_GRANTED /States/B/Resource 2 The plugin 'one' may use 128.0 MiB, \
             not 1.0 GiB of memory",
        ]
    );
}

#[test]
fn a_plugin_that_cannot_be_used_hides_no_findings() {
    let project = Project::new(b"no plugin");
    project.define(r#"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"wasm:one/main"}}}"#);
    let file = project.path("one.asl.json");
    let output = stepwell(&["validate", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).contains("required: [Next, End]"), "{}", stdout(&output));
    let text = stderr(&output);
    assert!(text.starts_with("error: the plugin `one` cannot be used\n"), "{text}");
}

#[test]
fn a_broken_definition_stops_a_run_with_its_place() {
    let project = Project::copying();
    project.define("{\n  \"StartAt\": \"A\",\n  \"States\": {}\n}");
    let output = project.run(&[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("one.asl.json has "), "{text}");
    assert!(text.contains("one.asl.json:3:13"), "{text}");
}

#[test]
fn what_is_no_plugin_is_refused_with_its_file() {
    for (bytes, words) in [
        (&b"\0asm garbage"[..], "not a WebAssembly file"),
        (b"(module)", "not a WebAssembly file"),
        (&wat::parse_str("(module (func (export \"f\")))").unwrap(), "_start"),
        (&wat::parse_str("(component)").unwrap(), "stepwell:task/plugin"),
    ] {
        let output = Project::new(bytes).run(&[]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: the plugin `one` cannot be used\n"), "{text}");
        assert!(text.contains("plugin.wasm"), "{text}");
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn all_mistakes_of_a_definition_are_shown_at_once() {
    let project = Project::copying();
    project.define(TEN_MISTAKES);
    let file = project.path("one.asl.json");
    let output = stepwell(&["validate", file.to_str().unwrap()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.ends_with("one.asl.json: 10 errors\n"), "{text}");
    assert_eq!(text.matches("error[").count(), 10, "{text}");
    assert!(text.contains("error[MISSING_TRANSITION_TARGET]: Missing 'StartAt' target"), "{text}");
    assert!(text.contains("one.asl.json:2:14"), "{text}");
    assert!(text.contains("= help: Did you mean \"Charge\"?"), "{text}");
}

#[test]
fn findings_come_as_json_for_programs() {
    let project = Project::copying();
    project.define(TEN_MISTAKES);
    let file = project.path("one.asl.json");
    let output = stepwell(&["validate", "--json", file.to_str().unwrap()]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["result"], "FAIL");
    let first = &answer["diagnostics"][0];
    assert_eq!(first["code"], "MISSING_TRANSITION_TARGET");
    assert_eq!(first["severity"], "ERROR");
    assert_eq!((&first["line"], &first["column"]), (&2.into(), &14.into()));

    // Without its project, whose plugins may not be built.
    let good = root().join("examples/order-fulfilment/order-fulfilment.asl.json");
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join("copy.asl.json");
    fs::copy(good, &file).unwrap();
    let output = stepwell(&["validate", "--json", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer, serde_json::json!({ "result": "OK", "diagnostics": [] }));
}

const TEN_MISTAKES: &str = r#"{
  "StartAt": "Chrage",
  "Version": "2.0",
  "States": {
    "Charge": {
      "Type": "Task",
      "Resource": "wsm:payments/charge",
      "TimeoutSeconds": -1,
      "Retry": [{ "ErrorEquals": [], "MaxAttempts": "3" }],
      "Next": "Decde"
    },
    "Decide": {
      "Type": "Choice",
      "Choices": [{ "Variable": "$.a[", "StringEquals": 5, "Next": "Done" }]
    },
    "Done": { "Type": "Succeed" },
    "Out": { "Type": "Pass", "Parmeters": {}, "End": true }
  }
}"#;

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let output = stepwell(&["validate", "/nowhere/one.asl.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: cannot read the definition /nowhere/one.asl.json\n\
         \x20 because: No such file or directory (os error 2)\n"
    );
    let output = stepwell(&["plugin", "inspect", "/nowhere/one.wasm"]);
    assert_eq!(
        stderr(&output),
        "error: cannot read /nowhere/one.wasm\n  because: No such file or directory (os error 2)\n"
    );
    let project = Project::copying();
    fs::remove_file(project.path("stepwell.toml")).unwrap();
    let text = stderr(&project.run(&[]));
    assert!(text.starts_with("error: cannot read ") && text.contains("stepwell.toml"), "{text}");
}

#[test]
fn a_plugin_is_shown_with_what_it_is_granted() {
    let project = Project::copying();
    let file = project.path("plugin.wasm");
    let output = stepwell(&["plugin", "inspect", file.to_str().unwrap()]);
    let text = stdout(&output);
    assert!(text.contains("WASI command"), "{text}");
    assert!(text.contains("main  at-most-once"), "{text}");
    assert!(text.contains("wasi:cli/stdin"), "{text}");
    let row = |what: &str| {
        let row = text.lines().find(|line| line.contains(what)).unwrap_or_default();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("directory "), "directory any not granted it imports `wasi:filesystem`");

    let mut settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    settings.push_str(
        "[plugins.one.grants]\nconnect = [\"127.0.0.1:25\"]\nenvironment = { KEY = \"secret\" }\n\
         directories = [{ host = \"out\", guest = \"/out\", access = \"read-write\" }]\n",
    );
    project.write("stepwell.toml", settings.as_bytes());
    let directory = project.0.path().to_str().unwrap();
    let output = stepwell(&["plugin", "inspect", file.to_str().unwrap(), "--project", directory]);
    let text = stdout(&output);
    assert!(text.contains("as one:"), "{text}");
    let row = |what: &str| {
        let row = text.lines().find(|line| line.contains(what)).unwrap_or_default();
        row.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        row("/out"),
        "directory /out = out, read-write granted it imports `wasi:filesystem`"
    );
    assert_eq!(
        row("127.0.0.1:25"),
        "connect 127.0.0.1:25 not imported the plugin does not import `wasi:sockets`"
    );
    assert_eq!(
        row("KEY"),
        "environment KEY not imported the plugin does not import `wasi:cli/environment`"
    );
    assert!(!text.contains("secret"), "{text}");
    // Whoever runs it is told of what has no effect.
    let output = project.run(&["--input", "{}"]);
    let warning = "warning: a grant of the plugin `one` has no effect: connect 127.0.0.1:25: the \
                   plugin does not import `wasi:sockets`\nwarning: a grant of the plugin `one` has \
                   no effect: environment KEY: ";
    assert!(stderr(&output).starts_with(warning), "{}", stderr(&output));
}

#[test]
fn a_workflow_is_tried_out_with_mocks_and_without_waiting() {
    let project = Project::copying();
    project.define(
        r#"{"StartAt":"A","States":{
            "A":{"Type":"Wait","Seconds":1000000,"Next":"B"},
            "B":{"Type":"Task","Resource":"wasm:not-there/yet","End":true,
                 "Retry":[{"ErrorEquals":["Down"],"IntervalSeconds":5000}]}
        }}"#,
    );
    project.write("mocks.json", br#"{"B":[{"error":"Down"},{"output":{"b":1}}]}"#);
    let mocks = project.path("mocks.json");
    let mocks = mocks.to_str().unwrap();
    let output = project.run(&["--fast-forward", "--mocks", mocks]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "{\n  \"b\": 1\n}\n");
    assert!(stderr(&output).contains("next attempt in 83m 20s"), "{}", stderr(&output));

    project.write("mocks.json", br#"{"C":{"output":1}}"#);
    let output = project.run(&["--mocks", mocks]);
    assert_eq!(
        stderr(&output),
        format!(
            "error: the mocks {mocks} cannot be used\n  because: the definition has no state `C`\n"
        )
    );
}

#[test]
fn the_same_seed_gives_the_same_history() {
    let project = Project::copying();
    project.define(
        r#"{"StartAt":"P","States":{
            "P":{"Type":"Parallel","Branches":[
                {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"wasm:not-there/a","End":true,
                    "Retry":[{"ErrorEquals":["Down"],"IntervalSeconds":5000,"JitterStrategy":"FULL"}]}}},
                {"StartAt":"B","States":{"B":{"Type":"Task","Resource":"wasm:not-there/b","End":true}}}
            ],"Next":"R"},
            "R":{"Type":"Pass","Parameters":{"u.$":"States.UUID()","n.$":"$$.Execution.Name"},"Next":"J"},
            "J":{"Type":"Pass","QueryLanguage":"JSONata","End":true,
                 "Output":"{% [$states.input.u, $uuid(), $random(), $now()] %}"}
        }}"#,
    );
    project.write("mocks.json", br#"{"A":[{"error":"Down"},{"output":1}],"B":{"output":2}}"#);
    let (mocks, file) = (project.path("mocks.json"), project.path("history.json"));
    let history = |more: &[&str]| {
        let (mocks, file) = (mocks.to_str().unwrap(), file.to_str().unwrap());
        let arguments = ["--fast-forward", "--mocks", mocks, "--history", file];
        let output = project.run(&[&arguments, more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        fs::read_to_string(file).unwrap()
    };
    let first = history(&["--seed", "1"]);
    assert_eq!(first, history(&["--seed", "1"]));
    assert_ne!(first, history(&["--seed", "2"]));
    assert!(first.contains("seed-1") && first.contains("2000-01-01T00:00:00.000Z"), "{first}");
    let later = history(&["--seed", "1", "--start-time", "2026-11-22T12:00:00Z"]);
    assert!(later.contains("2026-11-22T12:00:00.000Z") && !later.contains("2000-"), "{later}");
}
