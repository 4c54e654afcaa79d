//! Components that export the contract.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use stepwell_sandbox::{
    CallInfo, CancellationToken, Digest, Effect, Grants, Invocation, Kind, Limits,
};
use support::{ECHO, Guest, MAIN, SPIN, Task, run, run_with, sandbox};

#[tokio::test]
async fn a_plugin_describes_itself() {
    let file = Guest {
        tasks: vec![
            Task { name: "charge", effect: 1, input_schema: Some(r#"{"type": "object"}"#) },
            Task { name: "refund", effect: 2, input_schema: None },
        ],
        ..Guest::default()
    }
    .component();
    let plugin = sandbox().admit(file.clone()).await.unwrap();
    let info = plugin.info();
    assert_eq!(info.name, "guest");
    assert_eq!(info.version, "1.2.3");
    assert_eq!(info.summary, "made in a test");
    assert_eq!(info.kind, Kind::Component);
    assert_eq!(info.digest, Digest::of(&file));
    assert_eq!(info.tasks.len(), 2);
    assert_eq!(info.tasks[0].effect, Effect::Idempotent);
    assert_eq!(info.tasks[0].input_schema, Some(serde_json::json!({"type": "object"})));
    assert_eq!(info.task("refund").unwrap().effect, Effect::AtMostOnce);
    assert_eq!(info.imports, [] as [&str; 0]);
}

#[tokio::test]
async fn a_call_gives_output_and_says_what_it_used() {
    let plugin = sandbox().admit(Guest::running(ECHO)).await.unwrap();
    let done = run(&plugin, r#"{"amount": 12}"#).await;
    assert_eq!(done.result.unwrap(), r#"{"amount": 12}"#);
    assert!(done.usage.fuel > 0 && done.usage.fuel < 1000, "{:?}", done.usage);
    assert_eq!(done.usage.peak_memory, 2 * 65536);
    assert!(done.log.is_empty());
}

#[tokio::test]
async fn every_call_has_an_instance_of_its_own() {
    let count = r#"
        (i32.store8 (i32.const 900) (i32.add (i32.load8_u (i32.const 900)) (i32.const 1)))
        (i32.store8 (i32.const 901) (i32.add (i32.load8_u (i32.const 900)) (i32.const 48)))
        (call $ok (i32.const 901) (i32.const 1))"#;
    let plugin = sandbox().admit(Guest::running(count)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(run(&plugin, "null").await.result.unwrap(), "1");
    }
}

#[tokio::test]
async fn a_core_module_that_carries_the_contract_is_made_a_component() {
    let plugin = sandbox().admit(Guest::default().module()).await.unwrap();
    assert_eq!(plugin.info().kind, Kind::Component);
    assert_eq!(run(&plugin, "[1]").await.result.unwrap(), "[1]");
}

#[tokio::test]
async fn a_plugin_names_its_failure() {
    let guest = Guest {
        fields: r#"(data (i32.const 512) "Payments.CardDeclinedthe card was declined")"#.to_owned(),
        run: "(call $err (i32.const 512) (i32.const 21) (i32.const 533) (i32.const 21)
                (i64.const 1500))"
            .to_owned(),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Payments.CardDeclined");
    assert_eq!(failure.cause, "the card was declined");
    assert_eq!(failure.retry_after, Some(Duration::from_millis(1500)));
}

#[tokio::test]
async fn a_plugin_asks_about_its_call() {
    // The context lies at 512; the string at offset `at` of it is the output.
    let guest = |at: u32| Guest {
        imports: r#"(import "stepwell:task/call@0.1.0" "info" (func $info (param i32)))"#,
        run: format!(
            "(call $info (i32.const 512))
             (call $ok (i32.load (i32.const {})) (i32.load (i32.const {})))",
            512 + at,
            516 + at
        ),
        ..Guest::default()
    };
    let call = CallInfo {
        tenant: "\"tenant\"".to_owned(),
        execution_arn: "\"arn\"".to_owned(),
        state_name: "\"state\"".to_owned(),
        attempt: 7,
        idempotency_key: "\"key\"".to_owned(),
        task_token: Some("\"token\"".to_owned()),
        deadline: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(99)),
    };
    let sandbox = sandbox();
    for (at, expected) in [(0, "tenant"), (8, "arn"), (16, "state"), (28, "key"), (40, "token")] {
        let plugin = sandbox.admit(guest(at).component()).await.unwrap();
        assert_eq!(plugin.info().imports, ["stepwell:task/call@0.1.0"]);
        let done = plugin
            .invoke(Invocation {
                task: "main",
                input: "null",
                call: call.clone(),
                limits: &Limits::default(),
                grants: &Grants::none(),
                heartbeat: None,
                stop: CancellationToken::new(),
            })
            .await;
        assert_eq!(done.result.unwrap(), format!("\"{expected}\""));
    }
}

#[tokio::test]
async fn a_heartbeat_reaches_the_host() {
    let guest = Guest {
        imports: r#"(import "stepwell:task/call@0.1.0" "heartbeat" (func $heartbeat))"#,
        run: format!("(call $heartbeat) (call $heartbeat) {ECHO}"),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let beats = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&beats);
    let done = plugin
        .invoke(Invocation {
            task: "main",
            input: "null",
            call: CallInfo::default(),
            limits: &Limits::default(),
            grants: &Grants::none(),
            heartbeat: Some(Arc::new(move || {
                counted.fetch_add(1, Ordering::Relaxed);
            })),
            stop: CancellationToken::new(),
        })
        .await;
    done.result.unwrap();
    assert_eq!(beats.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_unknown_task_is_named_with_those_there_are() {
    let tasks = ["charge", "refund"].map(|name| Task { name, ..MAIN });
    let guest = Guest { tasks: tasks.into(), ..Guest::default() };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.UnknownTask");
    assert_eq!(failure.cause, "The plugin `guest` has no task `main`. It has: charge, refund.");
}

#[tokio::test]
async fn a_description_over_its_limit_is_refused() {
    // The name is all of the memory.
    let guest = Guest {
        describe: "(i32.store (i32.const 0) (i32.const 0))
                   (i32.store (i32.const 4) (i32.const 2097152))
                   (return (i32.const 0))",
        pages: 32,
        ..Guest::default()
    };
    let error = sandbox().admit(guest.component()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "could not describe itself: States.DataLimitExceeded: The plugin handed the host more than \
         1048576 bytes at one go."
    );
}

#[tokio::test]
async fn the_host_is_handed_so_much_at_one_go() {
    let guest = Guest {
        imports: r#"(import "stepwell:task/log@0.1.0" "write"
                        (func $log (param i32 i32 i32)))"#,
        run: format!("(call $log (i32.const 2) (i32.const 0) (i32.const 5000000)) {ECHO}"),
        pages: 80,
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "States.DataLimitExceeded");
    assert_eq!(failure.cause, "The plugin handed the host more than 4456448 bytes at one go.");
}

#[tokio::test]
async fn fuel_runs_out() {
    let plugin = sandbox().admit(Guest::running(SPIN)).await.unwrap();
    let limits = Limits { fuel: 5_000_000, ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfFuel");
    assert_eq!(failure.cause, "The call is over its fuel limit of 5000000: it used all of it.");
    assert_eq!(done.usage.fuel, 5_000_000);
}

#[tokio::test]
async fn time_runs_out_and_stops_the_guest() {
    let sandbox = sandbox();
    let plugin = sandbox.admit(Guest::running(SPIN)).await.unwrap();
    let limits = Limits { fuel: u64::MAX, time: Duration::from_millis(20), ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "States.Timeout");
    assert!(
        failure.cause.starts_with("The call is over its time limit of 20ms: it was stopped after "),
        "{}",
        failure.cause
    );
    assert!(failure.cause.ends_with(&format!("having used {} of fuel.", done.usage.fuel)));
    assert!(done.usage.duration >= limits.time);
}

#[tokio::test(flavor = "current_thread")]
async fn a_call_that_is_cancelled_tells_what_it_used() {
    let plugin = sandbox().admit(Guest::running(SPIN)).await.unwrap();
    let stop = CancellationToken::new();
    let (limits, none) = (Limits { fuel: u64::MAX, ..Limits::default() }, Grants::none());
    let call = plugin.invoke(Invocation {
        task: "main",
        input: "null",
        call: CallInfo::default(),
        limits: &limits,
        grants: &none,
        heartbeat: None,
        stop: stop.clone(),
    });
    let cancel = async {
        // Gives the one thread there is to the guest first.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (done, ()) = tokio::join!(call, cancel);
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.Cancelled");
    assert_eq!(failure.cause, "Nobody waits for the call any more: it was stopped.");
    assert!(done.usage.fuel > 0);
}

#[tokio::test(flavor = "current_thread")]
async fn a_guest_that_spins_does_not_hold_up_another() {
    let sandbox = sandbox();
    let spinner = sandbox.admit(Guest::running(SPIN)).await.unwrap();
    let echo = sandbox.admit(Guest::running(ECHO)).await.unwrap();
    let limits = Limits { fuel: u64::MAX, ..Limits::default() };
    let none = Grants::none();
    let spinning = run_with(&spinner, "null", &limits, &none);
    let others = async {
        for _ in 0..100 {
            // Gives the one thread there is to the spinner before each call.
            tokio::task::yield_now().await;
            assert_eq!(run(&echo, "1").await.result.unwrap(), "1");
        }
    };
    tokio::select! {
        biased;
        done = spinning => panic!("the spinner ended: {done:?}"),
        () = others => {}
    }
}

#[tokio::test]
async fn waiting_for_room_is_not_failing() {
    let sandbox = stepwell_sandbox::Sandbox::new(&stepwell_sandbox::Options {
        concurrency: 1,
        ..Default::default()
    })
    .unwrap();
    let plugin = sandbox.admit(Guest::running(ECHO)).await.unwrap();
    let (a, b, c) = tokio::join!(run(&plugin, "1"), run(&plugin, "2"), run(&plugin, "3"));
    assert_eq!([a, b, c].map(|done| done.result.unwrap()), ["1", "2", "3"]);
}

#[tokio::test]
async fn growing_a_memory_without_end_is_stopped() {
    let grow = "(loop $again (drop (memory.grow (i32.const 1))) (br $again)) unreachable";
    let plugin = sandbox().admit(Guest::running(grow)).await.unwrap();
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfMemory");
    assert_eq!(
        failure.cause,
        "The call is over its memory limit of 1048576 bytes: it held 1048576 bytes and asked for \
         65536 more."
    );
    assert_eq!(done.usage.peak_memory, 1 << 20);
}

#[tokio::test]
async fn tables_count_as_memory() {
    let guest = Guest {
        fields: "(table $t 0 funcref)".to_owned(),
        run: "(loop $again
                (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $again))
              unreachable"
            .to_owned(),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let limits = Limits { memory: 200_000, ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfMemory");
    assert_eq!(
        failure.cause,
        "The call is over its memory limit of 200000 bytes: it held 195072 bytes and asked for \
         8000 more."
    );
}

#[tokio::test]
async fn growth_that_fails_gives_nothing_back() {
    // No memory can be that large, so the second one fails before the host is asked.
    let grow = "(loop $again
        (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const -1)))
        (br $again)) unreachable";
    let plugin = sandbox().admit(Guest::running(grow)).await.unwrap();
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    assert_eq!(done.result.unwrap_err().error, "Stepwell.OutOfMemory");
    assert_eq!(done.usage.peak_memory, 1 << 20);
}

#[tokio::test]
async fn a_memory_may_be_too_large_from_the_start() {
    let guest = Guest { pages: 32, ..Guest::default() };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let done = run_with(&plugin, "null", &limits, &Grants::none()).await;
    let failure = done.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.OutOfMemory");
    assert_eq!(
        failure.cause,
        "The call is over its memory limit of 1048576 bytes: it held 0 bytes and asked for \
         2097152 more."
    );
}

#[tokio::test]
async fn a_trap_comes_with_its_backtrace() {
    let guest = Guest {
        fields: "(func $divide_by_zero (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
                 (func $_ZN4core9panicking5panic17h0123456789abcdefE (result i32)
                    (call $divide_by_zero))"
            .to_owned(),
        run: "(drop (call $_ZN4core9panicking5panic17h0123456789abcdefE)) unreachable".to_owned(),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.Trap");
    let cause = failure.cause;
    assert!(cause.starts_with("wasm trap: integer divide by zero\nwasm backtrace:\n"), "{cause}");
    assert_eq!(cause.matches("backtrace").count(), 1, "{cause}");
    assert!(cause.contains("guest!divide_by_zero"), "{cause}");
    assert!(cause.contains("guest!core::panicking::panic"), "{cause}");
    assert!(cause.contains("guest!run"), "{cause}");
}

#[tokio::test]
async fn a_deep_recursion_is_a_trap() {
    let guest = Guest {
        fields: "(func $dive (call $dive))".to_owned(),
        run: "(call $dive) unreachable".to_owned(),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.Trap");
    assert!(failure.cause.starts_with("wasm trap: call stack exhausted\n"), "{}", failure.cause);
}

#[tokio::test]
async fn an_output_that_is_not_json_is_refused() {
    let guest = Guest {
        fields: r#"(data (i32.const 512) "{\"amount\": twelve}")"#.to_owned(),
        run: "(call $ok (i32.const 512) (i32.const 18))".to_owned(),
        ..Guest::default()
    };
    let plugin = sandbox().admit(guest.component()).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "Stepwell.InvalidOutput");
    assert_eq!(
        failure.cause,
        "The output of the task `main` is not JSON: expected ident at line 1 column 13. \
         It begins with: {\"amount\": twelve}"
    );
}

#[tokio::test]
async fn an_output_over_its_limit_is_refused() {
    let megabyte = "(call $ok (call $alloc (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.const 1048576)) (i32.const 1048576))";
    let plugin = sandbox().admit(Guest::running(megabyte)).await.unwrap();
    let failure = run(&plugin, "null").await.result.unwrap_err();
    assert_eq!(failure.error, "States.DataLimitExceeded");
    assert_eq!(
        failure.cause,
        "The output is over its limit of 262144 bytes: it has 1048576 bytes."
    );
}

#[tokio::test]
async fn a_plugin_describes_itself_once_more() {
    let plugin = sandbox().admit(Guest::default().component()).await.unwrap();
    let described = plugin.describe().await.unwrap();
    assert_eq!(described.result.unwrap(), *plugin.info());
    assert!((1..1000).contains(&described.usage.fuel), "{:?}", described.usage);
}

#[tokio::test]
async fn a_task_that_was_not_announced_reaches_the_plugin_past_the_host_alone() {
    let name = "(call $ok (local.get $in) (local.get $in_len))";
    let plugin = sandbox().admit(Guest::running(name)).await.unwrap();
    let (limits, grants) = (Limits::default(), Grants::none());
    let invocation = Invocation {
        task: "other",
        input: "1",
        call: CallInfo::default(),
        limits: &limits,
        grants: &grants,
        heartbeat: None,
        stop: CancellationToken::new(),
    };
    let refused = plugin.invoke(invocation.clone()).await;
    assert_eq!(refused.result.unwrap_err().error, "Stepwell.UnknownTask");
    assert_eq!(refused.said, None);
    let done = plugin.invoke_unannounced(invocation).await;
    assert_eq!(done.result.unwrap(), "1");
}
