//! Writing more than a call may, and the directory of the call's own.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytesize::ByteSize;
use serde_json::{Value, json};
use stepwell_sandbox::{
    CancellationToken, Limits,
    grants::{Access, Spec},
};
use tokio::sync::Notify;

use crate::support::{Around, World};

/// A call may write 10,000 bytes into `/data`.
async fn limited(around: &Around) -> World {
    let limits = Limits { file_bytes: 10_000, ..Limits::default() };
    World { limits, ..around.world(Access::ReadWrite).await }
}

fn open(path: &str) -> Value {
    json!({ "do": "open", "at": "/data", "path": path, "write": true, "create": true, "as": path })
}

/// What is in `/data` that was not there at first.
fn written(around: &Around) -> u64 {
    let entries = fs::read_dir(around.path("data")).unwrap().map(Result::unwrap);
    let new = entries
        .filter(|entry| !["inside.txt", "folder"].contains(&&*entry.file_name().to_string_lossy()));
    new.map(|entry| entry.metadata().unwrap().len()).sum()
}

#[tokio::test]
async fn up_to_the_limit() {
    let around = Around::new();
    let world = limited(&around).await;
    // Making the file counts as 4,096.
    let steps = json!([
        open("new"),
        { "do": "write", "file": "new", "bytes": 5904 },
        { "do": "write", "file": "new", "bytes": 1, "offset": 5904 },
    ]);
    assert_eq!(world.steps(steps).await, json!(["ok", "ok", "quota"]));
    assert_eq!(written(&around), 5904);
    // Each call has its own.
    let again = json!([open("new"), { "do": "write", "file": "new", "bytes": 10_000 }]);
    assert_eq!(world.steps(again).await, json!(["ok", "ok"]));
}

#[tokio::test]
async fn over_the_limit_at_one_go() {
    let around = Around::new();
    let world = limited(&around).await;
    let steps = json!([open("new"), { "do": "write", "file": "new", "bytes": 5905 }]);
    assert_eq!(world.steps(steps).await, json!(["ok", "quota"]));
    assert_eq!(written(&around), 0);
}

#[tokio::test]
async fn over_the_limit_through_streams() {
    let around = Around::new();
    let world = limited(&around).await;
    for append in [false, true] {
        let stream =
            json!({ "do": "stream", "file": "inside.txt", "bytes": 20_000, "append": append });
        assert_eq!(world.steps(json!([open("inside.txt"), stream])).await, json!(["ok", "quota"]));
        let size = fs::metadata(around.path("data/inside.txt")).unwrap().len();
        assert!(size <= 20_008, "{size}");
    }
}

#[tokio::test]
async fn over_the_limit_in_several_files() {
    let around = Around::new();
    let world = limited(&around).await;
    let steps = json!([open("a"), open("b"), open("c")]);
    assert_eq!(world.steps(steps).await, json!(["ok", "ok", "quota"]));
    assert!(!around.path("data/c").exists());
}

#[tokio::test]
async fn over_the_limit_by_entries_without_bytes() {
    let around = Around::new();
    for step in [
        |n: usize| json!({ "do": "make-directory", "at": "/data", "path": format!("new-{n}") }),
        |n: usize| json!({ "do": "symlink", "at": "/data", "target": "x", "path": format!("link-{n}") }),
        |n: usize| json!({ "do": "link", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": format!("hard-{n}") }),
    ] {
        let world = limited(&around).await;
        let steps: Value = (0..3).map(step).collect();
        assert_eq!(world.steps(steps).await, json!(["ok", "ok", "quota"]));
    }
}

#[tokio::test]
async fn over_the_limit_by_a_size_or_a_gap() {
    let around = Around::new();
    let world = limited(&around).await;
    let huge = 1_u64 << 40;
    let steps = json!([
        open("inside.txt"),
        { "do": "set-size", "file": "inside.txt", "size": huge },
        { "do": "write", "file": "inside.txt", "bytes": 1, "offset": huge },
        { "do": "set-size", "file": "inside.txt", "size": 9000 },
        { "do": "set-size", "file": "inside.txt", "size": 0 },
    ]);
    assert_eq!(world.steps(steps).await, json!(["ok", "quota", "quota", "ok", "ok"]));
}

#[tokio::test]
async fn over_the_limit_is_why_a_guest_breaks() {
    let around = Around::new();
    let world = limited(&around).await;
    let steps =
        json!([open("new"), { "do": "write", "file": "new", "bytes": 8000 }, { "do": "panic" }]);
    let (error, cause) = world.failure("files", steps).await;
    assert_eq!(error, "Stepwell.PermissionDenied");
    let why =
        "Writing to a file was refused: the call is over its limit of 10000 bytes in files.\n";
    assert!(cause.starts_with(why), "{cause}");
}

#[tokio::test]
async fn more_listings_than_the_host_holds() {
    let around = Around::new();
    let world = around.world(Access::ReadOnly).await;
    let list = |more: usize| json!([{ "do": "list", "at": "/data", "more": more }]);
    assert_eq!(world.steps(list(15)).await, json!([["folder", "inside.txt"]]));
    assert_eq!(world.steps(list(16)).await, json!(["insufficient-memory"]));
}

/// With a directory of each call's own, and one that all share.
async fn with_scratch(around: &Around) -> World {
    let spec = Spec { scratch: Some(ByteSize(100_000)), ..around.spec(Access::ReadWrite) };
    World::granting(spec).await
}

/// The directories there are at the moment.
fn scratches(place: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| {
        let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let folders = entries(place).into_iter().flat_map(|place| entries(&place));
    folders.flat_map(|folder| entries(&folder)).collect()
}

/// How many of them calls have left, but for an empty one that is kept for the next call.
fn left(place: &Path) -> usize {
    let all = scratches(place);
    let empty = all.iter().filter(|path| fs::read_dir(path).unwrap().count() == 0).count();
    all.len() - empty.min(1)
}

#[tokio::test]
async fn no_scratch_without_a_grant() {
    let world = Around::new().world(Access::ReadWrite).await;
    assert_eq!(world.output("identity", json!(null)).await["directories"], json!(["/data"]));
    assert_eq!(left(world.scratch.path()), 0);
}

#[tokio::test]
async fn a_scratch_directory_is_a_calls_own_and_gone_after_it() {
    let around = Around::new();
    let world = with_scratch(&around).await;
    assert_eq!(
        world.output("identity", json!(null)).await["directories"],
        json!(["/data", "/scratch"])
    );
    let steps = json!([
        { "do": "list", "at": "/scratch" },
        { "do": "make-directory", "at": "/scratch", "path": "folder" },
        { "do": "open", "at": "/scratch", "path": "folder", "as": "folder" },
        { "do": "open", "at": "folder", "path": "file", "create": true, "write": true, "as": "file" },
        { "do": "stream", "file": "file", "bytes": 10 },
        { "do": "read", "file": "file" },
        { "do": "open", "at": "/scratch", "path": "../alive" },
    ]);
    for _ in 0..2 {
        assert_eq!(
            world.steps(steps.clone()).await,
            json!([[], "ok", "ok", "ok", "ok", "xxxxxxxxxx", "not-permitted"])
        );
        assert_eq!(left(world.scratch.path()), 0);
    }
}

#[tokio::test]
async fn a_scratch_directory_has_a_limit_of_its_own() {
    let around = Around::new();
    let mut world = with_scratch(&around).await;
    world.limits.file_bytes = 10_000;
    let file = json!({ "do": "open", "at": "/scratch", "path": "file", "create": true, "write": true, "as": "file" });
    let steps = json!([
        file,
        { "do": "write", "file": "file", "bytes": 90_000 },
        { "do": "write", "file": "file", "bytes": 10_000 },
        open("new"),
        { "do": "write", "file": "new", "bytes": 5_000 },
        { "do": "panic" },
    ]);
    let (error, cause) = world.failure("files", steps).await;
    assert_eq!(error, "Stepwell.PermissionDenied");
    let why = "Writing to /scratch was refused: the call may write 100000 bytes there.\n";
    assert!(cause.starts_with(why), "{cause}");
    assert_eq!(written(&around), 5_000);
    assert_eq!(left(world.scratch.path()), 0);
}

#[tokio::test]
async fn nothing_is_moved_out_of_the_scratch_directory() {
    let around = Around::new();
    let world = with_scratch(&around).await;
    let steps = json!([
        { "do": "make-directory", "at": "/scratch", "path": "folder" },
        { "do": "open", "at": "/scratch", "path": "folder", "as": "folder" },
        { "do": "open", "at": "folder", "path": "file", "create": true },
        { "do": "rename", "at": "folder", "path": "file", "to": "/data", "new-path": "mine" },
        { "do": "link", "at": "folder", "path": "file", "to": "/data", "new-path": "mine" },
        { "do": "rename", "at": "/data", "path": "inside.txt", "to": "folder", "new-path": "mine" },
        { "do": "close", "file": "folder" },
        { "do": "open", "at": "/data", "path": "folder", "as": "other" },
        { "do": "rename", "at": "other", "path": "file.txt", "to": "/data", "new-path": "moved" },
    ]);
    let across = "cross-device";
    assert_eq!(
        world.steps(steps).await,
        json!(["ok", "ok", "ok", across, across, across, "ok", "ok", "ok"])
    );
}

#[tokio::test]
async fn a_scratch_directory_deeper_than_paths_are_long() {
    let around = Around::new();
    let spec = Spec { scratch: Some(ByteSize::mib(64)), ..around.spec(Access::ReadWrite) };
    let world = World::granting(spec).await;
    let steps = json!([{ "do": "descend", "at": "/scratch", "levels": 1500 }]);
    assert_eq!(world.steps(steps).await, json!(["ok"]));
    assert_eq!(left(world.scratch.path()), 0);
}

/// Runs a call that makes its directory and sleeps, until it does.
async fn sleeping(world: &Arc<World>, stop: &CancellationToken) -> tokio::task::JoinHandle<String> {
    let asleep = Arc::new(Notify::new());
    let call = tokio::spawn({
        let (world, stop, asleep) = (Arc::clone(world), stop.clone(), Arc::clone(&asleep));
        async move {
            let sleep = json!({ "take": "sleep" });
            let heartbeat: stepwell_sandbox::Heartbeat = Arc::new(move || asleep.notify_one());
            world.call("exhaust", &sleep, Some(heartbeat), stop).await.result.unwrap_err().error
        }
    });
    asleep.notified().await;
    assert_eq!(scratches(world.scratch.path()).len(), 1);
    call
}

#[tokio::test]
async fn a_scratch_directory_of_a_call_that_is_stopped() {
    let world = Arc::new(with_scratch(&Around::new()).await);
    let stop = CancellationToken::new();
    let call = sleeping(&world, &stop).await;
    stop.cancel();
    assert_eq!(call.await.unwrap(), "Stepwell.Cancelled");
    assert_eq!(scratches(world.scratch.path()).len(), 0);
}

#[tokio::test]
async fn a_scratch_directory_of_a_call_that_is_dropped() {
    let world = Arc::new(with_scratch(&Around::new()).await);
    let call = sleeping(&world, &CancellationToken::new()).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    while !scratches(world.scratch.path()).is_empty() {
        tokio::task::yield_now().await;
    }
}
