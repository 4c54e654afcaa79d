//! What a guest reaches: nothing, but for what it is granted.

use std::fs;

use serde_json::{Value, json};
use stepwell_sandbox::{
    Grants, Limits,
    grants::{Access, Directory, Spec},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::support::{Report, engine, follow, run, start};

async fn run_granted(spec: Spec, resource: &str, input: Value) -> Report {
    let engine = engine(Grants::open(spec).unwrap(), Limits::default()).await;
    follow(start(&engine, resource, json!({}), input)).await
}

/// A directory with the file `in.txt` of five bytes, and beside it one that is not granted.
fn directory(access: Access) -> (TempDir, Spec) {
    let around = tempfile::tempdir().unwrap();
    let granted = around.path().join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("in.txt"), "hello").unwrap();
    fs::write(around.path().join("secret.txt"), "secret").unwrap();
    let directory = Directory { host: granted, guest: "/data".to_owned(), access };
    (around, Spec { directories: vec![directory], ..Spec::default() })
}

fn connecting(address: impl ToString) -> Spec {
    Spec { connect: vec![address.to_string().parse().unwrap()], ..Spec::default() }
}

#[tokio::test]
async fn no_file_is_reached_by_default() {
    let (around, _) = directory(Access::ReadOnly);
    let path = around.path().join("granted/in.txt");
    for task in ["open-file", "write-file"] {
        let report = run(&format!("wasm:hostile/{task}"), json!({ "path": path })).await;
        let (error, cause) = report.failure();
        assert_eq!(error, "Hostile.Refused");
        // To a guest without directories there are no files.
        assert!(cause.starts_with("NotFound: "), "{cause}");
        assert!(report.only_usage().fuel > 0);
    }
    assert_eq!(fs::read(path).unwrap(), b"hello");
}

#[tokio::test]
async fn a_granted_directory_is_read() {
    let (_around, spec) = directory(Access::ReadOnly);
    let input = json!({ "path": "/data/in.txt" });
    let report = run_granted(spec, "wasm:hostile/open-file", input).await;
    assert_eq!(report.output(), &json!({ "bytes": 5 }));
}

#[tokio::test]
async fn a_directory_granted_for_reading_is_not_written() {
    let (around, spec) = directory(Access::ReadOnly);
    for name in ["in.txt", "new.txt"] {
        let input = json!({ "path": format!("/data/{name}"), "bytes": 9 });
        let report = run_granted(spec.clone(), "wasm:hostile/write-file", input).await;
        let (error, cause) = report.failure();
        assert_eq!(error, "Hostile.Refused");
        assert!(cause.starts_with("PermissionDenied: "), "{cause}");
    }
    assert_eq!(fs::read(around.path().join("granted/in.txt")).unwrap(), b"hello");
    assert!(!around.path().join("granted/new.txt").exists());
}

#[tokio::test]
async fn a_directory_granted_for_writing_is_written() {
    let (around, spec) = directory(Access::ReadWrite);
    let input = json!({ "path": "/data/new.txt", "bytes": 9 });
    let report = run_granted(spec, "wasm:hostile/write-file", input).await;
    assert_eq!(report.output(), &json!(null));
    assert_eq!(fs::read(around.path().join("granted/new.txt")).unwrap(), b"xxxxxxxxx");
}

#[tokio::test]
async fn a_granted_directory_is_not_left() {
    let (around, spec) = directory(Access::ReadWrite);
    std::os::unix::fs::symlink("../secret.txt", around.path().join("granted/link")).unwrap();
    for path in ["/data/../secret.txt", "/data/link"] {
        for task in ["open-file", "write-file"] {
            let resource = format!("wasm:hostile/{task}");
            let report = run_granted(spec.clone(), &resource, json!({ "path": path })).await;
            let (error, cause) = report.failure();
            assert_eq!(error, "Hostile.Refused", "{cause}");
        }
    }
    assert_eq!(fs::read(around.path().join("secret.txt")).unwrap(), b"secret");
}

#[tokio::test]
async fn no_endpoint_is_reached_by_default() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let report = run("wasm:hostile/open-socket", json!({ "address": address })).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Hostile.Refused");
    assert!(cause.starts_with(&format!("PermissionDenied: {address}: ")), "{cause}");
    let log = format!("stepwell: Connecting to {address} was refused: it is not granted.\n");
    assert_eq!(report.attempts[0].log, log);
    assert!(report.only_usage().fuel > 0);
}

#[tokio::test]
async fn a_guest_that_traps_over_a_refusal_is_explained_by_it() {
    let input = json!({ "address": "127.0.0.1:9", "trap": true });
    let report = run("wasm:hostile/open-socket", input).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Stepwell.PermissionDenied");
    let begin = "Connecting to 127.0.0.1:9 was refused: it is not granted.\nwasm trap: ";
    assert!(cause.starts_with(begin), "{cause}");
    assert!(cause.contains("\nwasm backtrace:\n"), "{cause}");
}

#[tokio::test]
async fn a_granted_endpoint_is_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let input = json!({ "address": address });
    let report = run_granted(connecting(address), "wasm:hostile/open-socket", input).await;
    assert_eq!(report.output(), &json!(null));
    let (_, from) = listener.accept().await.unwrap();
    assert!(from.ip().is_loopback());
}

#[tokio::test]
async fn an_endpoint_beside_the_granted_one_is_not_reached() {
    let granted = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let spec = connecting(granted.local_addr().unwrap());
    let input = json!({ "address": other.local_addr().unwrap() });
    let report = run_granted(spec, "wasm:hostile/open-socket", input).await;
    let (error, cause) = report.failure();
    assert_eq!(error, "Hostile.Refused");
    assert!(cause.starts_with("PermissionDenied: "), "{cause}");
}

#[tokio::test]
async fn no_name_is_looked_up_by_default() {
    let report = run("wasm:hostile/open-socket", json!({ "address": "localhost:9" })).await;
    assert_eq!(report.failure().0, "Hostile.Refused");
    let log = "stepwell: Looking up `localhost` was refused: it is not granted.\n";
    assert_eq!(report.attempts[0].log, log);
}
