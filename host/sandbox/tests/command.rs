//! WASI commands.

mod support;

use std::time::Duration;

use stepwell_sandbox::{
    CallInfo, CancellationToken, Effect, Grants, Invocation, Kind, Limits, Plugin, Program, Ran,
    grants::{Access, Directory, Spec},
};
use support::{CAT, Guest, command, run, run_with, sandbox};

#[tokio::test]
async fn a_core_module_with_start_is_adapted() {
    let plugin = sandbox().admit(command("", CAT)).await.unwrap();
    let info = plugin.info();
    assert_eq!(info.kind, Kind::Command);
    assert_eq!(info.name, "command");
    assert_eq!(info.version, "0.0.0");
    assert_eq!(info.tasks.len(), 1);
    assert_eq!(info.tasks[0].name, "main");
    assert_eq!(info.tasks[0].effect, Effect::AtMostOnce);
    assert!(info.imports.iter().any(|name| name.starts_with("wasi:cli/stdin@0.2.")));
    let input = format!("[{}]", "1,".repeat(40_000) + "1");
    assert_eq!(run(&plugin, &input).await.result.unwrap(), input);
}

#[tokio::test]
async fn a_status_other_than_zero_is_a_failure() {
    let start = "(call $write (i32.const 2) (i32.const 1024) (i32.const 20))
                 (call $proc_exit (i32.const 3))";
    let plugin = sandbox().admit(command("no such customer: 7\n", start)).await.unwrap();
    let done = run(&plugin, "null").await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.CommandFailed");
    // Preview 1 has numbers, WASI 0.2 only success and failure: the adapter hands on the latter.
    assert_eq!(failure.cause, "exit status 1: no such customer: 7");
    assert_eq!(done.log.text(), "no such customer: 7\n");
}

#[tokio::test]
async fn a_failure_without_a_word_says_so() {
    let start = "(call $proc_exit (i32.const 3))";
    let plugin = sandbox().admit(command("", start)).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.cause, "exit status 1, and nothing on stderr");
}

#[tokio::test]
async fn exiting_with_zero_is_success() {
    let start = "(call $write (i32.const 1) (i32.const 1024) (i32.const 4))
                 (call $proc_exit (i32.const 0)) unreachable";
    let plugin = sandbox().admit(command("true", start)).await.unwrap();
    assert_eq!(run(&plugin, "null").await.result.unwrap(), "true");
}

#[tokio::test]
async fn an_empty_stdout_is_not_json() {
    let plugin = sandbox().admit(command("", "")).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.InvalidOutput");
    assert_eq!(
        failure.cause,
        "The output of the task `main` is not JSON: EOF while parsing a value at line 1 column 0. \
         It is empty."
    );
}

#[tokio::test]
async fn a_trap_names_what_the_command_said_last() {
    let start = "(call $write (i32.const 2) (i32.const 1024) (i32.const 8)) unreachable";
    let plugin = sandbox().admit(command("panicked", start)).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.Trap");
    let cause = failure.cause;
    assert!(cause.starts_with("wasm trap: wasm `unreachable` instruction executed\n"), "{cause}");
    assert!(cause.contains("command.wasm!start"), "{cause}");
    assert!(cause.ends_with("\nthe log ends with:\npanicked"), "{cause}");
}

#[tokio::test]
async fn stdout_over_the_limit_ends_the_command() {
    let start = "(loop $again (call $write (i32.const 1) (i32.const 1024) (i32.const 1000))
                 (br $again))";
    let plugin = sandbox().admit(command("", start)).await.unwrap();
    let done = run(&plugin, "null").await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "States.DataLimitExceeded");
    assert_eq!(
        failure.cause,
        "The output is over its limit of 262144 bytes: it has at least 263000 bytes."
    );
}

#[tokio::test]
async fn a_huge_log_is_cut_and_says_so() {
    let start = format!(
        "(local.set $n (i32.const 1000))
         (loop $again
            (call $write (i32.const 2) (i32.const 1024) (i32.const 1000))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
         {CAT}"
    );
    let text = "x".repeat(999) + "\n";
    let plugin = sandbox().admit(command(&text, &start)).await.unwrap();
    let done = run(&plugin, "17").await;
    assert_eq!(done.result.unwrap(), "17");
    assert_eq!(done.log.cut(), 1_000_000 - (64 << 10) - (4 << 10));
    let log = done.log.text();
    assert!(log.len() < 80_000);
    assert!(log.contains("[930368 bytes cut here: the log is over its limit of 65536 bytes]"));
}

#[tokio::test]
async fn a_command_is_limited_like_any_plugin() {
    let sandbox = sandbox();
    let spin = sandbox.admit(command("", "(loop $a (br $a))")).await.unwrap();
    let limits = Limits { fuel: 1_000_000, ..Limits::default() };
    let failure = run_with(&spin, "1", &limits, &Grants::none()).await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfFuel");
    let limits = Limits { time: Duration::from_millis(10), ..Limits::default() };
    let failure = run_with(&spin, "1", &limits, &Grants::none()).await.result.unwrap_err();
    assert_eq!(failure.error, "States.Timeout");
    let grow = "(loop $a (drop (memory.grow (i32.const 1))) (br $a))";
    let grow = sandbox.admit(command("", grow)).await.unwrap();
    let failure = run(&grow, "1").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfMemory");
}

/// Opens a file in the first granted directory with the given flags and copies it to stdout. The
/// error number of WASI preview 1 becomes the output, as `"NN"`, where it cannot.
fn opener(path: &str, oflags: u32, rights: u64) -> Vec<u8> {
    let start = format!(
        r#"(local.set $n (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024)
                (i32.const {len}) (i32.const {oflags}) (i64.const {rights}) (i64.const 0)
                (i32.const 0) (i32.const 512)))
           (if (local.get $n) (then
                (i32.store8 (i32.const 600) (i32.const 34))
                (i32.store8 (i32.const 601) (i32.add (i32.const 48)
                    (i32.div_u (local.get $n) (i32.const 10))))
                (i32.store8 (i32.const 602) (i32.add (i32.const 48)
                    (i32.rem_u (local.get $n) (i32.const 10))))
                (i32.store8 (i32.const 603) (i32.const 34))
                (call $write (i32.const 1) (i32.const 600) (i32.const 4))
                (call $proc_exit (i32.const 0))))
           (loop $again
                (local.set $n (call $read (i32.load (i32.const 512))))
                (if (local.get $n) (then
                    (call $write (i32.const 1) (i32.const 32768) (local.get $n))
                    (br $again))))"#,
        len = path.len(),
    );
    command(path, &start)
}

const READ: u64 = 1 << 1;
const WRITE: u64 = 1 << 6;
const CREATE: u32 = 1;
/// Error numbers of WASI preview 1.
const BAD_DESCRIPTOR: &str = "\"08\"";
const NOT_PERMITTED: &str = "\"63\"";
const READ_ONLY: &str = "\"69\"";

fn granted(dir: &std::path::Path, access: Access) -> Grants {
    Grants::open(Spec {
        directories: vec![Directory { host: dir.to_owned(), guest: "/data".to_owned(), access }],
        ..Spec::default()
    })
    .unwrap()
}

#[tokio::test]
async fn files_are_there_only_where_granted() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("in.json"), "{\"from\": \"file\"}").unwrap();
    let plugin = sandbox().admit(opener("in.json", 0, READ)).await.unwrap();
    assert_eq!(run(&plugin, "null").await.result.unwrap(), BAD_DESCRIPTOR);
    let grants = granted(dir.path(), Access::ReadOnly);
    let done = run_with(&plugin, "null", &Limits::default(), &grants).await;
    assert_eq!(done.result.unwrap(), "{\"from\": \"file\"}");
}

#[tokio::test]
async fn a_directory_that_is_read_only_stays_so() {
    let dir = tempfile::tempdir().unwrap();
    let plugin = sandbox().admit(opener("new.json", CREATE, READ | WRITE)).await.unwrap();
    let grants = granted(dir.path(), Access::ReadOnly);
    let done = run_with(&plugin, "null", &Limits::default(), &grants).await;
    let refused = done.result.unwrap();
    assert!([NOT_PERMITTED, READ_ONLY].contains(&&*refused), "{refused}");
    assert!(!dir.path().join("new.json").exists());
    let grants = granted(dir.path(), Access::ReadWrite);
    run_with(&plugin, "null", &Limits::default(), &grants).await;
    assert!(dir.path().join("new.json").exists());
}

#[tokio::test]
async fn a_granted_directory_has_no_way_out() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret.json"), "\"secret\"").unwrap();
    let inner = dir.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.json", inner.join("link")).unwrap();
    let grants = granted(&inner, Access::ReadWrite);
    for path in ["../secret.json", "link"] {
        let plugin = sandbox().admit(opener(path, 0, READ)).await.unwrap();
        let done = run_with(&plugin, "null", &Limits::default(), &grants).await;
        assert_eq!(done.result.unwrap(), NOT_PERMITTED, "{path}");
    }
}

/// Writes all variables to stderr, with NUL between them.
const VARIABLES: &str = "(drop (call $environ_sizes_get (i32.const 100) (i32.const 104)))
    (drop (call $environ_get (i32.const 40000) (i32.const 1024)))
    (call $write (i32.const 2) (i32.const 1024) (i32.load (i32.const 104)))";

#[tokio::test]
async fn the_environment_has_the_call_and_what_is_granted() {
    let start = format!("{VARIABLES} {CAT}");
    let plugin = sandbox().admit(command("", &start)).await.unwrap();
    let grants = Grants::open(Spec {
        environment: [("CURRENCY".to_owned(), "EUR".to_owned())].into(),
        ..Spec::default()
    })
    .unwrap();
    let done = plugin
        .invoke(Invocation {
            task: "main",
            input: "null",
            call: CallInfo {
                tenant: "000000000000".to_owned(),
                attempt: 2,
                idempotency_key: "key".to_owned(),
                ..CallInfo::default()
            },
            limits: &Limits::default(),
            grants: &grants,
            heartbeat: None,
            stop: CancellationToken::new(),
        })
        .await;
    done.result.unwrap();
    let log = done.log.text();
    let variables: Vec<_> = log.split_terminator('\0').collect();
    assert_eq!(
        variables,
        [
            "STEPWELL_TENANT=000000000000",
            "STEPWELL_EXECUTION_ARN=",
            "STEPWELL_STATE_NAME=",
            "STEPWELL_ATTEMPT=2",
            "STEPWELL_IDEMPOTENCY_KEY=key",
            "CURRENCY=EUR",
        ]
    );
}

/// Runs a command as a program.
async fn run_program(plugin: &Plugin, input: &str, grants: &Grants, program: Program) -> Ran {
    let invocation = Invocation {
        task: "main",
        input,
        call: CallInfo { tenant: "000000000000".to_owned(), ..CallInfo::default() },
        limits: &Limits::default(),
        grants,
        heartbeat: None,
        stop: CancellationToken::new(),
    };
    plugin.run_program(invocation, program).await
}

#[tokio::test]
async fn a_program_has_arguments_and_its_stdout_is_no_output() {
    // Writes all arguments to stdout, with NUL between them, and then its stdin.
    let start = format!(
        "(drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
         (drop (call $args_get (i32.const 40000) (i32.const 1024)))
         (call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 104)))
         {CAT}
         (call $proc_exit (i32.const 3))"
    );
    let plugin = sandbox().admit(command("", &start)).await.unwrap();
    let arguments = vec!["--order".to_owned(), "A 1".to_owned()];
    let program = Program { arguments, ..Program::default() };
    let ran = run_program(&plugin, "no JSON", &Grants::none(), program).await;
    assert_eq!(ran.result.unwrap(), 1);
    assert_eq!(ran.log.text(), "main\0--order\0A 1\0no JSON");
    assert!(ran.usage.fuel > 0);
}

#[tokio::test]
async fn a_program_cannot_be_given_what_is_the_hosts_or_the_operators_to_say() {
    let plugin = sandbox().admit(command("", VARIABLES)).await.unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let environment =
        [pair("STEPWELL_TENANT", "1"), pair("STEPWELL_X", "1"), pair("URL", "x"), pair("A", "b")];
    let program = Program { environment: environment.into(), ..Program::default() };
    let granted = [pair("URL", "https://granted.example")];
    let spec = Spec { environment: granted.into(), ..Spec::default() };
    let ran = run_program(&plugin, "", &Grants::open(spec).unwrap(), program).await;
    assert_eq!(ran.result.unwrap(), 0);
    let log = ran.log.text();
    let variables: Vec<_> = log.split_terminator('\0').collect();
    assert_eq!(variables[..2], ["A=b", "STEPWELL_TENANT=000000000000"]);
    assert_eq!(variables.last(), Some(&"URL=https://granted.example"));
    assert_eq!(log.matches("URL=").count() + log.matches("STEPWELL_X").count(), 1, "{log}");
}

#[tokio::test]
async fn a_component_is_no_program() {
    let plugin = sandbox().admit(Guest::default().component()).await.unwrap();
    let ran = run_program(&plugin, "", &Grants::none(), Program::default()).await;
    let failure = ran.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.UnknownTask");
    assert_eq!(failure.cause, "The plugin `guest` is no command.");
}

#[tokio::test]
async fn long_host_calls_do_not_stretch_the_time_limit() {
    let file = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "random_get"
                (func $random (param i32 i32) (result i32)))
            (memory (export "memory") 32)
            (func (export "_start")
                (loop $again
                    (drop (call $random (i32.const 0) (i32.const 1048576)))
                    (br $again))))"#,
    )
    .unwrap();
    let plugin = sandbox().admit(file).await.unwrap();
    // That little fuel would last for minutes, and all of it without giving way.
    let limits = Limits { fuel: 90_000, time: Duration::from_millis(50), ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "States.Timeout", "{}", failure.cause);
}

#[tokio::test]
async fn handles_run_out() {
    let file = wat::parse_str(
        r#"(component
            (import "wasi:io/poll@0.2.0" (instance $poll
                (export "pollable" (type (sub resource)))))
            (alias export $poll "pollable" (type $pollable))
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
                (alias outer 1 $pollable (type $outer))
                (export "pollable" (type $inner (eq $outer)))
                (export "subscribe-duration"
                    (func (param "when" u64) (result (own $inner))))))
            (core func $subscribe (canon lower (func $clock "subscribe-duration")))
            (core module $module
                (import "" "subscribe" (func $subscribe (param i64) (result i32)))
                (func (export "run") (result i32)
                    (loop $again (drop (call $subscribe (i64.const 1))) (br $again))
                    unreachable))
            (core instance $guest (instantiate $module
                (with "" (instance (export "subscribe" (func $subscribe))))))
            (func $run (result (result)) (canon lift (core func $guest "run")))
            (instance (export "wasi:cli/run@0.2.0") (export "run" (func $run))))"#,
    )
    .unwrap();
    let plugin = sandbox().admit(file).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.Trap");
    assert!(failure.cause.starts_with("resource table has no free keys"), "{}", failure.cause);
}
