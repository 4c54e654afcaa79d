//! Being somebody else, or seeing what is somebody else's.

use serde_json::{Value, json};
use stepwell_sandbox::{CallInfo, CancellationToken, Grants, Invocation, Limits};

use crate::support::World;

async fn run_as(world: &World, tenant: &str, task: &str) -> Value {
    let call = CallInfo { tenant: tenant.to_owned(), ..CallInfo::default() };
    let done = world
        .plugin
        .invoke(Invocation {
            task,
            input: "null",
            call,
            limits: &Limits::default(),
            grants: &Grants::none(),
            heartbeat: None,
            stop: CancellationToken::new(),
        })
        .await;
    assert_eq!(done.log.text(), "");
    serde_json::from_str(&done.result.unwrap()).unwrap()
}

#[tokio::test]
async fn memory_of_another_call() {
    let world = World::new().await;
    for tenant in ["111111111111", "222222222222", "111111111111"] {
        assert_eq!(run_as(&world, tenant, "remember").await, 1);
    }
}

#[tokio::test]
async fn the_process_around() {
    assert!(std::env::vars().count() > 0);
    let world = World::new().await;
    let identity = run_as(&world, "111111111111", "identity").await;
    assert_eq!(
        identity,
        json!({
            "tenant": "111111111111",
            "execution": "",
            "environment": {},
            "arguments": [],
            "directories": [],
        })
    );
    assert_eq!(run_as(&world, "222222222222", "identity").await["tenant"], "222222222222");
}
