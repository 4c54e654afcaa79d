//! Taking what all calls share.

use std::time::Duration;

use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_sandbox::Limits;

use crate::support::World;

async fn limited(limits: Limits) -> World {
    World { limits, ..World::new().await }
}

async fn traps(input: Value, why: &str) {
    let (error, cause) = World::new().await.failure("exhaust", input).await;
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.starts_with(why), "{cause}");
}

#[tokio::test]
async fn sockets() {
    traps(json!({ "take": "sockets" }), "resource table has no free keys").await;
}

#[tokio::test]
async fn pollables() {
    traps(json!({ "take": "pollables" }), "resource table has no free keys").await;
}

#[tokio::test]
async fn random_bytes() {
    let mib = 1_u64 << 20;
    let world = World::new().await;
    let random = |bytes: u64| json!({ "take": "random", "bytes": bytes });
    assert_eq!(world.output("exhaust", random(mib)).await, json!(mib));
    traps(random(mib + 1), "").await;
    traps(random(u64::MAX), "").await;
}

#[tokio::test]
async fn the_body_of_a_request_that_is_never_sent() {
    let taken = World::new().await.output("exhaust", json!({ "take": "body" })).await;
    assert!((1..=128 << 10).contains(&taken.as_u64().unwrap()), "{taken}");
}

#[tokio::test]
async fn all_of_time() {
    for sleep in [json!({ "take": "sleep" }), json!({ "take": "sleeps", "count": 100 })] {
        let world = limited(Limits { time: Duration::from_millis(50), ..Limits::default() }).await;
        let (error, cause) = world.failure("exhaust", sleep).await;
        assert_eq!(error, "States.Timeout");
        assert!(cause.starts_with("The call is over its time limit of 50ms: "), "{cause}");
    }
}

#[tokio::test]
async fn calls_to_the_host() {
    let world = limited(Limits { host_calls: 1000, ..Limits::default() }).await;
    let (error, cause) = world.failure("exhaust", json!({ "take": "calls" })).await;
    assert_eq!(error, "Stepwell.OutOfHostCalls");
    assert_eq!(cause, "The call is over its limit of 1000 calls to the host.");
}

async fn flood(bytes: usize, times: usize, lines: bool) {
    let world = World::new().await;
    let log = json!({ "take": "log", "bytes": bytes, "times": times, "lines": lines });
    let done = world.run("exhaust", log).await;
    assert_eq!(done.result.unwrap(), times.to_string());
    let log = done.log.text();
    assert!(log.len() as u64 <= world.limits.log + (8 << 10), "{}", log.len());
    assert!(done.log.cut() > 0);
}

#[tokio::test]
async fn log_in_many_small_lines() {
    flood(0, 200_000, true).await;
}

#[tokio::test]
async fn log_in_one_huge_line() {
    flood(32 << 20, 1, true).await;
}

#[tokio::test]
async fn log_without_an_end_of_line() {
    flood(1000, 2000, false).await;
}

#[tokio::test]
async fn exiting() {
    for status in [0, 1, 255] {
        let exit = json!({ "take": "exit", "status": status });
        traps(exit, "the plugin exited with status ").await;
    }
}

#[tokio::test]
async fn output_that_is_nested_deeply() {
    let world = World::new().await;
    let output = world.run("output", json!(100_000)).await.result.unwrap();
    // It is JSON; what is made of it has a limit, and no recursion that overflows.
    let error = Json::parse(output).unwrap_err().to_string();
    assert!(error.starts_with("recursion limit exceeded"), "{error}");
}

#[tokio::test]
async fn a_huge_text() {
    let (error, _) = World::new()
        .await
        .failure("exhaust", json!({ "take": "text", "bytes": 1_u64 << 30 }))
        .await;
    assert_eq!(error, "Stepwell.OutOfMemory");
    let text = json!({ "take": "text", "bytes": 10 << 20 });
    let (error, _) = World::new().await.failure("exhaust", text).await;
    assert_eq!(error, "States.DataLimitExceeded");
}
