//! Paths that lead out of a directory, or seem to.

use serde_json::{Value, json};
use stepwell_sandbox::grants::Access;

use crate::support::{Around, World};

/// Tries everything that takes a path.
async fn answers(world: &World, path: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for step in [
        json!({ "do": "open", "at": "/data", "path": path }),
        json!({ "do": "open", "at": "/data", "path": path, "create": true, "write": true }),
        json!({ "do": "stat", "at": "/data", "path": path }),
        json!({ "do": "set-times", "at": "/data", "path": path }),
        json!({ "do": "make-directory", "at": "/data", "path": path }),
        json!({ "do": "remove-directory", "at": "/data", "path": path }),
        json!({ "do": "unlink", "at": "/data", "path": path }),
        json!({ "do": "readlink", "at": "/data", "path": path }),
        json!({ "do": "symlink", "at": "/data", "target": "inside.txt", "path": path }),
        json!({ "do": "link", "at": "/data", "path": path, "to": "/data", "new-path": "new" }),
        json!({ "do": "link", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": path }),
        json!({ "do": "rename", "at": "/data", "path": path, "to": "/data", "new-path": "new" }),
        json!({ "do": "rename", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": path }),
    ] {
        answers.push(world.step(step).await);
    }
    answers
}

async fn all_refused(path: &str) {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    for answer in answers(&world, path).await {
        assert_eq!(answer, "not-permitted", "{path}");
    }
    around.check();
    assert_eq!(std::fs::read_to_string(around.path("data/inside.txt")).unwrap(), "inside");
}

#[tokio::test]
async fn up() {
    all_refused("../outside.txt").await;
}

#[tokio::test]
async fn down_and_up() {
    all_refused("folder/../../outside.txt").await;
}

#[tokio::test]
async fn up_with_detours() {
    all_refused("./folder/.././../data/../outside.txt").await;
}

#[tokio::test]
async fn up_to_what_is_not_there() {
    all_refused("../new.txt").await;
}

#[tokio::test]
async fn an_absolute_path() {
    all_refused("/etc/passwd").await;
}

#[tokio::test]
async fn the_secrets_of_the_process() {
    all_refused("/proc/self/environ").await;
}

#[tokio::test]
async fn a_device() {
    all_refused("/dev/zero").await;
}

#[tokio::test]
async fn an_absolute_path_with_more_slashes() {
    all_refused("//etc//passwd").await;
}

#[tokio::test]
async fn a_refusal_is_told_of() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let open = json!([{ "do": "open", "at": "/data", "path": "../outside.txt" }]);
    let done = world.run("files", open.clone()).await;
    let why =
        "Opening `../outside.txt` was refused: it leads out of the directory that is granted.";
    assert_eq!(done.log.text(), format!("stepwell: {why}\n"));
    let panic = json!([open[0], { "do": "panic" }]);
    let (error, cause) = world.failure("files", panic).await;
    assert_eq!(error, "Stepwell.PermissionDenied");
    assert!(cause.starts_with(&format!("{why}\nwasm trap: ")), "{cause}");
}

#[tokio::test]
async fn the_directory_above() {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    for path in ["..", "../", "folder/../..", "../data", "/"] {
        let open = json!({ "do": "open", "at": "/data", "path": path });
        assert_eq!(world.step(open).await, "not-permitted", "{path}");
    }
    around.check();
}

#[tokio::test]
async fn from_a_directory_that_was_opened_below() {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    let steps = json!([
        { "do": "open", "at": "/data", "path": "folder", "as": "folder" },
        { "do": "open", "at": "folder", "path": ".." },
        { "do": "open", "at": "folder", "path": "../../outside.txt" },
        { "do": "open", "at": "folder", "path": "../inside.txt" },
    ]);
    // Each handle is a root of its own, as WASI has it.
    assert_eq!(
        world.steps(steps).await,
        json!(["ok", "not-permitted", "not-permitted", "not-permitted"])
    );
}

#[tokio::test]
async fn names_that_are_dots_elsewhere_only() {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    for path in
        ["..\\outside.txt", "%2e%2e/outside.txt", "\u{ff0e}\u{ff0e}/outside.txt", ".../outside.txt"]
    {
        let open = json!({ "do": "open", "at": "/data", "path": path });
        assert_eq!(world.step(open).await, "no-entry", "{path}");
    }
}

#[tokio::test]
async fn strange_names() {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    let long = "a".repeat(5000);
    let deep = "a/".repeat(5000);
    for (path, expected) in [
        ("", "no-entry"),
        ("in\0side.txt", "invalid"),
        ("../outside.txt\0", "invalid"),
        (&long, "name-too-long"),
        (&deep, "name-too-long"),
        ("inside.txt/", "not-directory"),
        ("inside.txt/.", "not-directory"),
        ("inside.txt/..", "not-directory"),
        ("inside.txt/../../outside.txt", "not-directory"),
        ("nowhere/../../outside.txt", "no-entry"),
    ] {
        let open = json!({ "do": "open", "at": "/data", "path": path });
        assert_eq!(world.step(open).await, expected, "{path:.40}");
    }
    around.check();
}

#[tokio::test]
async fn a_name_of_any_length_in_the_log() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let path = format!("../{}\nstepwell: forged", "\n".repeat(3000));
    let open = json!([{ "do": "open", "at": "/data", "path": path }]);
    let done = world.run("files", open).await;
    let log = done.log.text();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.len() < 500, "{log}");
}
