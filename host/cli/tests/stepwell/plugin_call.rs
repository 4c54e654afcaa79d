//! Plugins that are called by hand: `stepwell plugin run`, and `test` with the examples beside one.

use super::*;

/// A folder with a plugin that gives its input back, and fails where that is empty.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("copy.wasm", &wat::parse_str(COPY).unwrap());
        folder.write("plugin.toml", b"name = \"copy\"\nlanguage = \"wat\"\n");
        fs::create_dir(folder.0.path().join("examples")).unwrap();
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn wasm(&self) -> String {
        self.0.path().join("copy.wasm").to_str().unwrap().to_owned()
    }

    fn run(&self, more: &[&str]) -> Output {
        stepwell(&[&["plugin", "run", &*self.wasm()], more].concat())
    }

    fn test(&self, more: &[&str]) -> Output {
        let folder = self.0.path().to_str().unwrap();
        stepwell(&[&["plugin", "test", folder, "--file", &self.wasm()], more].concat())
    }
}

#[test]
fn a_call_gives_its_output_and_tells_what_it_used() {
    let called = Folder::new().run(&["--input", r#"{"a":1}"#]);
    assert_eq!(called.status.code(), Some(0), "{}", stderr(&called));
    let output: Value = serde_json::from_slice(&called.stdout).unwrap();
    assert_eq!(output, serde_json::json!({ "a": 1 }));
    let told = stderr(&called);
    assert!(told.starts_with("used ") && told.contains(" of fuel, "), "{told}");
    assert!(told.trim_end().ends_with(" calls to the host"), "{told}");
}

#[test]
fn a_program_gets_one_document() {
    let called = Folder::new().run(&["main", "--input", "[1]", "--json"]);
    let document: Value = serde_json::from_slice(&called.stdout).unwrap();
    assert_eq!(document["output"], serde_json::json!([1]));
    assert!(document["usage"]["hostCalls"].as_u64() > Some(0), "{document}");
    assert_eq!(document["log"], "");
}

#[test]
fn a_limit_of_the_command_line_bites() {
    let called = Folder::new().run(&["--limits", "{ host-calls = 1 }"]);
    assert_eq!(called.status.code(), Some(1));
    let told = stderr(&called);
    assert!(
        told.contains(
            "failed Stepwell.OutOfHostCalls: The call is over its limit of 1 calls to the host."
        ),
        "{told}"
    );
}

#[test]
fn a_task_that_is_not_there_is_named() {
    let called = Folder::new().run(&["mian"]);
    assert_eq!(called.status.code(), Some(1));
    let told = stderr(&called);
    assert!(told.contains("failed Stepwell.UnknownTask: "), "{told}");
    assert!(told.contains("has no task `mian`. It has: main."), "{told}");
}

#[test]
fn of_several_tasks_one_is_named() {
    let payments = root().join("target/guests/payments.wasm");
    assert!(payments.is_file(), "it is not built: run `cargo xtask guests`");
    let called = stepwell(&["plugin", "run", payments.to_str().unwrap()]);
    assert_eq!(called.status.code(), Some(2));
    let told = stderr(&called);
    assert!(
        told.contains("the plugin `payments` has more tasks than one: name one of charge, "),
        "{told}"
    );
}

#[test]
fn a_grant_that_has_no_effect_is_told() {
    let called = Folder::new().run(&["--config", "currency=EUR"]);
    assert_eq!(called.status.code(), Some(0));
    let told = stderr(&called);
    assert!(
        told.starts_with(
            "warning: a grant of the plugin `command` has no effect: config currency = EUR: the \
             plugin does not import `stepwell:task/config`\n"
        ),
        "{told}"
    );
}

#[test]
fn examples_are_run_and_those_that_fail_are_shown() {
    let folder = Folder::new();
    folder.write(
        "examples/same.json",
        br#"{ "task": "main", "input": {"a": 1}, "output": {"a": 1} }"#,
    );
    let tested = folder.test(&[]);
    assert_eq!(stdout(&tested), "ok      same\n1 of 1 examples passed\n", "{}", stderr(&tested));
    assert_eq!(tested.status.code(), Some(0));

    folder.write("examples/other.json", br#"{ "input": [1], "output": [2] }"#);
    folder.write("examples/wrong.json", br#"{ "input": [1], "error": {"error": "Copy.Wrong"} }"#);
    let tested = folder.test(&[]);
    assert_eq!(
        stdout(&tested),
        "failed  other\n  expected  [2]\n  output    [1]\n\
         ok      same\n\
         failed  wrong\n  expected  the error Copy.Wrong\n  output    [1]\n\
         1 of 3 examples passed\n"
    );
    assert_eq!(tested.status.code(), Some(1));
    assert_eq!(folder.test(&["--only", "same"]).status.code(), Some(0));
}

#[test]
fn an_example_says_what_is_answered_and_what_was_not_is_told() {
    let folder = Folder::new();
    let wasm = root().join("target/guests/zendesk.wasm");
    let example = |answers: &str| {
        format!(
            r#"{{
                "input": {{ "subject": "Order A-1001", "description": "Declined." }},
                "grants": {{
                    "http": ["https://acme.zendesk.com"],
                    "config": {{ "url": "https://acme.zendesk.com" }}
                }},
                "secrets": {{ "token": {{ "value": "t", "hosts": ["acme.zendesk.com"] }} }},
                "http": [{answers}],
                "output": {{
                    "id": 7, "url": "https://acme.zendesk.com/agent/tickets/7",
                    "status": "new", "existed": false
                }}
            }}"#
        )
    };
    let answer = r#"{
        "request": "POST https://acme.zendesk.com/api/v2/tickets.json",
        "answer": { "status": 201, "body": { "ticket": { "id": 7, "status": "new" } } }
    }"#;
    folder.write("examples/answered.json", example(answer).as_bytes());
    folder.write("examples/not-answered.json", example("").as_bytes());
    let path = folder.0.path().to_str().unwrap();
    let tested = stepwell(&["plugin", "test", path, "--file", wasm.to_str().unwrap()]);
    assert_eq!(tested.status.code(), Some(1), "{}", stderr(&tested));
    let told = stdout(&tested);
    assert!(told.starts_with("ok      answered\nfailed  not-answered\n"), "{told}");
    assert!(told.contains("\n  error     Zendesk.TemporarilyUnavailable\n"), "{told}");
    let unanswered =
        "\n  no answer POST https://acme.zendesk.com/api/v2/tickets.json\n1 of 2 examples";
    assert!(told.contains(unanswered), "{told}");
}

#[test]
fn a_plugin_without_examples_is_told_where_they_belong() {
    let folder = Folder::new();
    let tested = folder.test(&[]);
    assert_eq!(tested.status.code(), Some(2));
    let examples = folder.0.path().join("examples");
    let told = stderr(&tested);
    assert!(told.contains(&format!("there are no examples in {}", examples.display())), "{told}");
    let told = stderr(&folder.test(&["--only", "x"]));
    assert!(told.contains("there are no examples of that name in "), "{told}");
    fs::remove_dir(&examples).unwrap();
    let told = stderr(&folder.test(&[]));
    assert!(
        told.contains(&format!("cannot read the examples in {}", examples.display())),
        "{told}"
    );
}

#[test]
fn the_limits_of_admission_are_those_of_the_environment() {
    let folder = Folder::new();
    let run = |admission| {
        Command::new(env!("CARGO_BIN_EXE_stepwell"))
            .args(["plugin", "run", &folder.wasm()])
            .env("STEPWELL_ADMISSION", admission)
            .env("STEPWELL_CACHE_DIR", folder.0.path().join("cache"))
            .output()
            .unwrap()
    };
    let told = stderr(&run("{ file-bytes = 10 }"));
    assert!(told.contains("or raise the limit `file-bytes` of admission"), "{told}");
    let told = stderr(&run("{ bytes = 10 }"));
    assert!(
        told.contains("$STEPWELL_ADMISSION is no table such as { file-bytes = 200_000_000 }"),
        "{told}"
    );
}
