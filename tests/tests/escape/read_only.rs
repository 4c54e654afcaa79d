//! Writing where only reading is granted.

use std::fs;

use serde_json::{Value, json};
use stepwell_sandbox::grants::{Access, Spec};

use crate::support::{Around, World};

async fn refused(step: Value) {
    let around = Around::new();
    around.link("inside.txt", "data/link");
    let directories = vec![
        around.directory("data", "/data", Access::ReadOnly),
        around.directory("data/folder", "/folder", Access::ReadWrite),
    ];
    let world = World::granting(Spec { directories, ..Spec::default() }).await;
    let before = fs::metadata(around.path("data/inside.txt")).unwrap();
    assert_eq!(world.step(step.clone()).await, "not-permitted", "{step}");
    let after = fs::metadata(around.path("data/inside.txt")).unwrap();
    assert_eq!(fs::read_to_string(around.path("data/inside.txt")).unwrap(), "inside");
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
    assert_eq!(fs::read_dir(around.path("data")).unwrap().count(), 3);
}

#[tokio::test]
async fn opening_to_write() {
    refused(json!({ "do": "open", "at": "/data", "path": "inside.txt", "write": true })).await;
}

#[tokio::test]
async fn opening_to_write_through_a_link() {
    refused(json!({ "do": "open", "at": "/data", "path": "link", "write": true })).await;
}

#[tokio::test]
async fn truncating() {
    refused(json!({ "do": "open", "at": "/data", "path": "inside.txt", "truncate": true })).await;
}

#[tokio::test]
async fn creating() {
    refused(json!({ "do": "open", "at": "/data", "path": "new.txt", "create": true })).await;
}

#[tokio::test]
async fn making_a_directory() {
    refused(json!({ "do": "make-directory", "at": "/data", "path": "new" })).await;
}

#[tokio::test]
async fn making_a_link() {
    refused(json!({ "do": "symlink", "at": "/data", "target": "inside.txt", "path": "new" })).await;
}

#[tokio::test]
async fn linking_into_where_writing_is_granted() {
    refused(json!({ "do": "link", "at": "/data", "path": "inside.txt", "to": "/folder", "new-path": "mine" }))
        .await;
}

#[tokio::test]
async fn moving_to_where_writing_is_granted() {
    refused(json!({ "do": "rename", "at": "/data", "path": "inside.txt", "to": "/folder", "new-path": "mine" }))
        .await;
}

#[tokio::test]
async fn renaming() {
    refused(json!({ "do": "rename", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": "mine" }))
        .await;
}

#[tokio::test]
async fn removing() {
    refused(json!({ "do": "unlink", "at": "/data", "path": "inside.txt" })).await;
}

#[tokio::test]
async fn removing_a_directory() {
    refused(json!({ "do": "remove-directory", "at": "/data", "path": "folder" })).await;
}

#[tokio::test]
async fn setting_times() {
    refused(json!({ "do": "set-times", "at": "/data", "path": "inside.txt" })).await;
}

#[tokio::test]
async fn writing_through_a_handle_that_reads() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let steps = json!([
        { "do": "open", "at": "/data", "path": "inside.txt", "as": "file" },
        { "do": "write", "file": "file", "bytes": 1 },
        { "do": "stream", "file": "file", "bytes": 1 },
        { "do": "stream", "file": "file", "bytes": 1, "append": true },
        { "do": "set-size", "file": "file", "size": 0 },
    ]);
    assert_eq!(
        world.steps(steps).await,
        json!(["ok", "not-permitted", "not-permitted", "not-permitted", "not-permitted"])
    );
    assert_eq!(fs::read_to_string(around.path("data/inside.txt")).unwrap(), "inside");
}

#[tokio::test]
async fn a_refusal_says_that_it_is_read_only() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let steps = json!([{ "do": "unlink", "at": "/data", "path": "inside.txt" }, { "do": "panic" }]);
    let (error, cause) = world.failure("files", steps).await;
    assert_eq!(error, "Stepwell.PermissionDenied");
    let why = "Removing `inside.txt` was refused: its directory is granted read-only.\n";
    assert!(cause.starts_with(why), "{cause}");
}

#[tokio::test]
async fn what_is_opened_is_told_with_what_came_of_it() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let steps = json!([
        { "do": "open", "at": "/data", "path": "folder/file.txt" },
        { "do": "open", "at": "/data", "path": "none" },
        { "do": "open", "at": "/data", "path": "inside.txt", "write": true },
        { "do": "open", "at": "/data", "path": "../outside.txt" },
        { "do": "unlink", "at": "/data", "path": "inside.txt" },
    ]);
    let done = world.run("files", steps).await;
    let told = done.calls.first.iter();
    let told: Vec<_> = told.map(|it| (it.capability.as_str(), &*it.what, &*it.result)).collect();
    assert_eq!(
        told,
        [
            ("directory", "read /data/folder/file.txt", "opened"),
            ("directory", "read /data/none", "no entry"),
            ("directory", "read and write /data/inside.txt", "refused: it is not permitted"),
            ("directory", "read /data/../outside.txt", "refused: it is not permitted"),
            ("directory", "removing inside.txt", "refused: its directory is granted read-only"),
        ]
    );
}
