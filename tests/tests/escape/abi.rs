//! Lying at the boundary between guest and host, in ways that no compiler would.

use std::time::Duration;

use stepwell_sandbox::{Done, Grants, Limits, Plugin, Sandbox};

use crate::{
    support::options,
    text::{self, ECHO, Guest, SPIN, contract, encode},
};

async fn admitted(file: Vec<u8>) -> Plugin {
    Sandbox::new(&options()).unwrap().admit(file).await.unwrap()
}

/// Runs it, and another plugin after it.
async fn run(file: Vec<u8>, limits: Limits) -> Done {
    let sandbox = Sandbox::new(&options()).unwrap();
    let plugin = sandbox.admit(file).await.unwrap();
    let done = text::run_with(&plugin, "1", &limits, &Grants::none()).await;
    let next = sandbox.admit(Guest::running(ECHO)).await.unwrap();
    assert_eq!(text::run(&next, "1").await.result.unwrap(), "1");
    done
}

async fn failure(file: Vec<u8>) -> (String, String) {
    let limits = Limits { fuel: 10_000_000, ..Limits::default() };
    let failure = run(file, limits).await.result.unwrap_err();
    (failure.error, failure.cause)
}

/// The guest with something else in its text.
fn changed(guest: &Guest, from: &str, to: &str) -> Vec<u8> {
    let wat = guest.wat();
    assert!(wat.contains(from));
    let (resolve, world) = contract();
    let mut module = wat::parse_str(wat.replace(from, to)).unwrap();
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &resolve, world, encoding, false).unwrap();
    encode(&module)
}

/// The line of the allocator that takes memory.
const TAKE: &str = "(global.set $free (i32.add (local.get $at) (local.get $size)))";

#[tokio::test]
async fn an_output_that_is_not_in_memory() {
    for (at, length) in [("-8", "16"), ("0", "-1"), ("0x7fffffff", "0x7fffffff"), ("131072", "1")] {
        let output = format!("(call $ok (i32.const {at}) (i32.const {length}))");
        let (error, cause) = failure(Guest::running(output)).await;
        assert_eq!(error, "Stepwell.Trap", "{at} {length}");
        assert!(cause.starts_with("string pointer/length out of bounds of memory"), "{cause}");
    }
}

#[tokio::test]
async fn an_output_that_is_not_utf_8() {
    let output =
        r"(i32.store (i32.const 512) (i32.const -1)) (call $ok (i32.const 512) (i32.const 4))";
    let (error, cause) = failure(Guest::running(output)).await;
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.contains("utf-8"), "{cause}");
}

#[tokio::test]
async fn an_answer_that_is_not_in_memory() {
    for at in ["-8", "0x7ffffff8", "131072", "4"] {
        let (error, cause) = failure(Guest::running(format!("(i32.const {at})"))).await;
        assert_eq!(error, "Stepwell.Trap", "{at}: {cause}");
    }
}

#[tokio::test]
async fn an_answer_of_no_known_case() {
    let answer = "(i32.store8 (i32.const 0) (i32.const 9)) (i32.const 0)";
    let (error, cause) = failure(Guest::running(answer)).await;
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.starts_with("invalid expected discriminant"), "{cause}");
}

#[tokio::test]
async fn an_allocator_that_gives_what_is_not_there() {
    for at in ["-8", "0x7ffffff8", "131072", "131071"] {
        let lie = format!("(return (i32.const {at}))");
        let (error, cause) = failure(changed(&Guest::default(), TAKE, &lie)).await;
        assert_eq!(error, "Stepwell.Trap", "{at}: {cause}");
    }
}

#[tokio::test]
async fn an_allocator_that_never_ends() {
    let (error, _) = failure(changed(&Guest::default(), TAKE, "(loop $again (br $again))")).await;
    assert_eq!(error, "Stepwell.OutOfFuel");
}

#[tokio::test]
async fn an_allocator_that_calls_the_host() {
    let guest = Guest {
        imports: r#"(import "stepwell:task/call@0.1.0" "heartbeat" (func $heartbeat))"#,
        ..Guest::default()
    };
    let (error, cause) = failure(changed(&guest, TAKE, "(call $heartbeat)")).await;
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.starts_with("wasm trap: cannot leave component instance"), "{cause}");
}

#[tokio::test]
async fn a_clean_up_that_never_ends() {
    let guest = Guest {
        fields: r#"(func (export "cabi_post_stepwell:task/plugin@0.1.0#run") (param i32)
            (loop $again (br $again)))"#
            .to_owned(),
        ..Guest::default()
    };
    let (error, _) = failure(guest.component()).await;
    assert_eq!(error, "Stepwell.OutOfFuel");
}

#[tokio::test]
async fn a_start_that_never_ends() {
    let fields = "(func $begin (loop $again (br $again))) (start $begin)".to_owned();
    let guest = Guest { fields, ..Guest::default() };
    let refused = Sandbox::new(&options()).unwrap().admit(guest.component()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "could not describe itself: Stepwell.OutOfFuel: The call is over its fuel limit of \
         1000000000: it used all of it."
    );
}

#[tokio::test]
async fn a_start_that_spins_where_nothing_is_described() {
    let command = wat::parse_str(
        r#"(module (memory (export "memory") 1) (func (export "_start"))
            (func $begin (loop $again (br $again))) (start $begin))"#,
    );
    let (error, _) = failure(command.unwrap()).await;
    assert_eq!(error, "Stepwell.OutOfFuel");
}

#[tokio::test]
async fn a_loop_stopped_by_the_clock_alone() {
    let limits = Limits { fuel: u64::MAX, time: Duration::from_millis(50), ..Limits::default() };
    let failure = run(Guest::running(SPIN), limits).await.result.unwrap_err();
    assert_eq!(failure.error, "States.Timeout");
}

#[tokio::test]
async fn a_recursion_without_end() {
    let fields = "(func $down (param i64) (result i64)
        (i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (i64.const 1)))";
    let run = format!("(drop (call $down (i64.const 0))) {ECHO}");
    let guest = Guest { fields: fields.to_owned(), run, ..Guest::default() };
    let (error, cause) = failure(guest.component()).await;
    assert_eq!(error, "Stepwell.Trap");
    assert!(cause.starts_with("wasm trap: call stack exhausted"), "{cause}");
}

#[tokio::test]
async fn tables_without_end() {
    let fields = "(table $table 1 funcref)".to_owned();
    // Until it does not grow any more, which is at the pool's limit, or the call is over its own.
    let run = format!(
        "(loop $again (br_if $again
            (i32.ne (table.grow $table (ref.null func) (i32.const 10000)) (i32.const -1)))) {ECHO}"
    );
    let guest = Guest { fields, run, ..Guest::default() };
    let plugin = admitted(guest.component()).await;
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let done = text::run_with(&plugin, "1", &limits, &Grants::none()).await;
    assert_eq!(done.result.unwrap_err().error, "Stepwell.OutOfMemory");
    let done = text::run(&plugin, "1").await;
    assert_eq!(done.result.unwrap(), "1");
    assert!(done.usage.peak_memory < 4 << 20, "{}", done.usage.peak_memory);
}
