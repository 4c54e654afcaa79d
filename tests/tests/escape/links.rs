//! Links that lead out of a directory, placed by others or by the guest itself.

use std::{fs, sync::Arc};

use serde_json::{Value, json};
use stepwell_sandbox::{
    CancellationToken,
    grants::{Access, Spec},
};

use crate::support::{Around, World};

/// Opens and reads; a link at the end is followed.
async fn read(world: &World, path: &str) -> Value {
    let answers = world
        .steps(json!([
            { "do": "open", "at": "/data", "path": path, "as": "file" },
            { "do": "read", "file": "file" },
        ]))
        .await;
    answers[1].clone()
}

async fn opened(world: &World, path: &str) -> Value {
    world.step(json!({ "do": "open", "at": "/data", "path": path })).await
}

#[tokio::test]
async fn a_link_to_outside() {
    let around = Around::new();
    around.link(around.path("outside.txt"), "data/absolute");
    around.link("../outside.txt", "data/relative");
    around.link("relative", "data/chained");
    around.link("folder/../chained", "data/chained-on");
    around.link("../nowhere.txt", "data/dangling");
    around.link("/proc/self/environ", "data/process");
    around.link("..", "data/up");
    let world = around.world(Access::ReadWrite).await;
    for path in [
        "absolute",
        "relative",
        "chained",
        "chained-on",
        "dangling",
        "process",
        "up",
        "up/outside.txt",
        "folder/../up/outside.txt",
    ] {
        assert_eq!(opened(&world, path).await, "not-permitted", "{path}");
        let create =
            json!({ "do": "open", "at": "/data", "path": path, "create": true, "write": true });
        assert_eq!(world.step(create).await, "not-permitted", "{path}");
    }
    around.check();
}

#[tokio::test]
async fn a_link_to_inside_is_followed() {
    let around = Around::new();
    around.link("folder/file.txt", "data/link");
    around.link("../inside.txt", "data/folder/up");
    let world = around.world(Access::ReadOnly).await;
    assert_eq!(read(&world, "link").await, "in the folder");
    assert_eq!(read(&world, "folder/up").await, "inside");
}

#[tokio::test]
async fn a_link_in_a_circle() {
    let around = Around::new();
    around.link("b", "data/a");
    around.link("a", "data/b");
    let world = around.world(Access::ReadOnly).await;
    assert_eq!(opened(&world, "a").await, "loop");
}

#[tokio::test]
async fn a_link_the_guest_makes() {
    let around = Around::new();
    let world = around.world(Access::ReadWrite).await;
    let symlink = |target: &str, path: &str| json!({ "do": "symlink", "at": "/data", "target": target, "path": path });
    let absolute = around.path("outside.txt");
    let absolute = absolute.to_str().unwrap();
    for target in [absolute, "/etc/passwd", "/"] {
        assert_eq!(world.step(symlink(target, "link")).await, "not-permitted", "{target}");
    }
    for (target, path) in [("../outside.txt", "up"), ("..", "above"), ("above/outside.txt", "on")] {
        assert_eq!(world.step(symlink(target, path)).await, "ok");
    }
    for path in ["up", "above", "above/outside.txt", "on"] {
        assert_eq!(opened(&world, path).await, "not-permitted", "{path}");
    }
    around.check();
}

#[tokio::test]
async fn a_link_that_is_not_followed_gives_nothing() {
    let around = Around::new();
    around.link("../outside.txt", "data/link");
    let world = around.world(Access::ReadWrite).await;
    let open = json!({ "do": "open", "at": "/data", "path": "link", "no-follow": true });
    assert_eq!(world.step(open).await, "loop");
}

#[tokio::test]
async fn a_hard_link_the_guest_makes() {
    let around = Around::new();
    around.link("../outside.txt", "data/link");
    let world = around.world(Access::ReadWrite).await;
    let link = |path: &str| json!({ "do": "link", "at": "/data", "path": path, "to": "/data", "new-path": "new" });
    assert_eq!(world.step(link("../outside.txt")).await, "not-permitted");
    // The link itself is what gets another name.
    assert_eq!(world.step(link("link")).await, "ok");
    assert_eq!(opened(&world, "new").await, "not-permitted");
    around.check();
}

#[tokio::test]
async fn a_hard_link_the_owner_has_made_is_inside() {
    let around = Around::new();
    fs::hard_link(around.path("outside.txt"), around.path("data/linked")).unwrap();
    let world = around.world(Access::ReadOnly).await;
    assert_eq!(read(&world, "linked").await, "outside");
    let write = json!({ "do": "open", "at": "/data", "path": "linked", "write": true });
    assert_eq!(world.step(write).await, "not-permitted");
}

#[tokio::test]
async fn renaming_and_removing_take_the_link_not_what_it_leads_to() {
    let around = Around::new();
    around.link("../outside.txt", "data/over");
    around.link("../outside.txt", "data/removed");
    let world = around.world(Access::ReadWrite).await;
    let steps = json!([
        { "do": "rename", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": "over" },
        { "do": "unlink", "at": "/data", "path": "removed" },
        { "do": "open", "at": "/data", "path": "over", "as": "file" },
        { "do": "read", "file": "file" },
    ]);
    assert_eq!(world.steps(steps).await, json!(["ok", "ok", "ok", "inside"]));
    around.check();
}

#[tokio::test]
async fn a_folder_of_links_is_not_walked_out_of() {
    let around = Around::new();
    around.link("../elsewhere", "data/sideways");
    let world = around.world(Access::ReadWrite).await;
    for step in [
        json!({ "do": "open", "at": "/data", "path": "sideways/inside.txt" }),
        json!({ "do": "make-directory", "at": "/data", "path": "sideways/new" }),
        json!({ "do": "unlink", "at": "/data", "path": "sideways/inside.txt" }),
        json!({ "do": "rename", "at": "/data", "path": "inside.txt", "to": "/data", "new-path": "sideways/inside.txt" }),
        json!({ "do": "rename", "at": "/data", "path": "sideways/inside.txt", "to": "/data", "new-path": "mine" }),
    ] {
        assert_eq!(world.step(step.clone()).await, "not-permitted", "{step}");
    }
    around.check();
}

#[tokio::test]
async fn from_one_directory_into_another_that_is_granted() {
    let around = Around::new();
    around.link("../elsewhere/inside.txt", "data/over");
    let directories = vec![
        around.directory("data", "/data", Access::ReadWrite),
        around.directory("elsewhere", "/elsewhere", Access::ReadOnly),
    ];
    let world = World::granting(Spec { directories, ..Spec::default() }).await;
    for step in [
        // What is granted is a directory, not a way between two.
        json!({ "do": "open", "at": "/data", "path": "over" }),
        json!({ "do": "open", "at": "/data", "path": "../elsewhere/inside.txt" }),
        json!({ "do": "rename", "at": "/elsewhere", "path": "inside.txt", "to": "/data", "new-path": "new" }),
        json!({ "do": "rename", "at": "/data", "path": "inside.txt", "to": "/elsewhere", "new-path": "new" }),
        json!({ "do": "link", "at": "/elsewhere", "path": "inside.txt", "to": "/data", "new-path": "new" }),
        json!({ "do": "link", "at": "/data", "path": "inside.txt", "to": "/elsewhere", "new-path": "new" }),
    ] {
        assert_eq!(world.step(step.clone()).await, "not-permitted", "{step}");
    }
    around.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_between_a_directory_and_a_link() {
    const TIMES: usize = 1500;
    let around = Around::new();
    fs::write(around.path("data/folder/inside.txt"), "inside").unwrap();
    around.link("../elsewhere", "data/link");
    let world = Arc::new(around.world(Access::ReadWrite).await);
    let swap = json!([
        { "do": "swap", "at": "/data", "path": "folder", "other": "link", "times": TIMES },
    ]);
    let hammer = json!([
        { "do": "hammer", "at": "/data", "path": "folder/inside.txt", "times": TIMES },
    ]);
    let swapping = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.call("files", &swap, None, CancellationToken::new()).await.result }
    });
    let hammered = world.call("files", &hammer, None, CancellationToken::new()).await;
    assert_eq!(swapping.await.unwrap().unwrap(), r#"["ok"]"#);
    let answers: Value = serde_json::from_str(&hammered.result.unwrap()).unwrap();
    let answers = answers[0].as_object().unwrap();
    for answer in answers.keys() {
        let expected = ["inside", "no-entry", "not-permitted"];
        assert!(expected.contains(&answer.as_str()), "{answers:?}");
    }
    around.check();
}

#[tokio::test]
async fn what_is_neither_a_file_nor_a_directory() {
    let around = Around::new();
    let fifo = around.path("data/fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(around.path("data/socket")).unwrap();
    around.link("fifo", "data/link");
    let world = around.world(Access::ReadWrite).await;
    for path in ["fifo", "socket", "link"] {
        for (write, truncate) in [(false, false), (true, false), (true, true)] {
            let open = json!({ "do": "open", "at": "/data", "path": path, "write": write, "truncate": truncate });
            assert_eq!(world.step(open.clone()).await, "not-permitted", "{open}");
        }
    }
    // With somebody at the other end, too.
    let _other_end = fs::File::options().read(true).write(true).open(&fifo).unwrap();
    let open = json!({ "do": "open", "at": "/data", "path": "fifo", "write": true });
    assert_eq!(world.step(open).await, "not-permitted");
}

#[tokio::test]
async fn a_device_in_a_directory_that_is_granted() {
    let mut around = Around::new().spec(Access::ReadWrite);
    around.directories[0].host = "/dev".into();
    let world = World::granting(around).await;
    for path in ["zero", "null", "tty", "random"] {
        assert_eq!(opened(&world, path).await, "not-permitted", "{path}");
    }
}
