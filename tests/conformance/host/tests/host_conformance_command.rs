//! The command, as somebody uses it who has a host.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn suite(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stepwell-host-conformance"))
        .current_dir(root())
        .env("STEPWELL_CACHE_DIR", root().join("target/stepwell-cache"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Stepwell, with what it answers changed on its way.
const WRONG: &str =
    "target/debug/stepwell conformance-adapter | sed -u s/Stepwell.Trap/Stepwell.Oops/g";

#[test]
fn the_exit_code_says_whether_a_case_failed() {
    let right =
        suite(&["--only", "failures/", "--", "target/debug/stepwell", "conformance-adapter"]);
    assert_eq!(right.status.code(), Some(0), "{right:?}");
    assert!(text(&right.stdout).contains("0 failed"));
    let wrong =
        suite(&["--only", "failures/panic", "--only", "failures/own", "--", "sh", "-c", WRONG]);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    let told = text(&wrong.stdout);
    for part in [
        "failures               1 passed     1 failed     0 not claimed\n",
        "FAILED failures/panic: A panic is `Stepwell.Trap`; ",
        "  step 1: the error: it should be \"Stepwell.Trap\", and is \"Stepwell.Oops\" ",
        "  the contract: the guest trapped: ",
    ] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
}

#[test]
fn programs_get_it_as_json_and_junit() {
    let report =
        |format| suite(&["--only", "failures/panic", "--report", format, "--", "sh", "-c", WRONG]);
    let json: serde_json::Value = serde_json::from_slice(&report("json").stdout).unwrap();
    assert_eq!(json["host"]["name"], "stepwell");
    assert_eq!(json["counts"], serde_json::json!({ "passed": 0, "failed": 1, "not-claimed": 0 }));
    assert_eq!(json["cases"][0]["id"], "failures/panic");
    assert_eq!(json["cases"][0]["verdict"], "failed");
    let junit = text(&report("junit").stdout);
    for part in ["<testsuite name=\"failures\" tests=\"1\"", "failures=\"1\"", "Stepwell.Oops"] {
        assert!(junit.contains(part), "no {part:?} in {junit}");
    }
}

#[test]
fn what_cannot_be_run_is_told() {
    let list = suite(&["--list", "--only", "log/"]);
    assert_eq!(list.status.code(), Some(0));
    assert_eq!(text(&list.stdout).lines().count(), 4);
    for (arguments, told) in [
        (
            &["--list", "--only", "nothing"][..],
            "error: no case is called so: --list shows their names\n",
        ),
        (&["--", "/nowhere/adapter"], "error: the adapter /nowhere/adapter cannot be started: "),
        (&[], "error: the following required arguments were not provided:\n  <ADAPTER>..."),
    ] {
        let output = suite(arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(told), "{output:?}");
    }
    // Each case that needs a probe says how to build it.
    let output = suite(&[
        "--probes",
        "/nowhere",
        "--only",
        "log/of-one",
        "--",
        "target/debug/stepwell",
        "conformance-adapter",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stdout);
    assert!(told.contains("the probe /nowhere/probe.wasm cannot be read ("), "{told}");
    assert!(told.contains("build the probes with `cargo xtask guests`"), "{told}");
}
