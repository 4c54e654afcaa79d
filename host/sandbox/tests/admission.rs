//! What is admitted, what is refused, and in which words.

mod support;

use stepwell_sandbox::{
    Limits, Options, Sandbox,
    admit::{self, Error},
};
use support::{CAT, ECHO, Guest, MAIN, Task, command, contract, encode, run, sandbox};
use wit_component::{StringEncoding, embed_component_metadata};

async fn refusal(file: impl Into<Vec<u8>>) -> String {
    sandbox().admit(file).await.unwrap_err().to_string()
}

/// A component of the world `guest` in `wit`, made of the module in `wat`.
fn component_of(wit: &str, wat: &str) -> Vec<u8> {
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let mut module = wat::parse_str(wat).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    encode(&module)
}

#[tokio::test]
async fn what_is_no_webassembly_is_refused() {
    assert_eq!(refusal(b"").await, "not a WebAssembly file: it is empty");
    assert_eq!(
        refusal(b"#!/bin/sh\n").await,
        "not a WebAssembly file: it does not begin with `\\0asm`"
    );
    assert_eq!(
        refusal(b"(module)").await,
        "not a WebAssembly file: it looks like WebAssembly text; `wasm-tools parse` makes a .wasm \
         of it"
    );
    assert_eq!(
        refusal(b"\x7fELF\x02").await,
        "not a WebAssembly file: it is an ELF file; plugins are admitted as .wasm, and the host \
         compiles them itself"
    );
    assert_eq!(
        refusal(b"\0asm\x07\0\0\0").await,
        "not a WebAssembly file: it has the header of WebAssembly, of a version that is not known"
    );
}

#[tokio::test]
async fn a_corrupt_file_is_refused_with_the_place() {
    let mut file = Guest::running(ECHO);
    file.truncate(file.len() / 2);
    let error = refusal(file).await;
    assert!(error.starts_with("corrupt WebAssembly: "), "{error}");
    assert!(error.contains(" (at byte "), "{error}");
    let mut file = command("", CAT);
    file.truncate(file.len() - 3);
    let error = refusal(file).await;
    assert!(error.starts_with("corrupt WebAssembly: unexpected end"), "{error}");
}

#[tokio::test]
async fn no_byte_that_is_wrong_makes_the_host_panic() {
    let file = Guest::running(ECHO);
    let sandbox = sandbox();
    for at in (0..file.len()).step_by(7) {
        let mut broken = file.clone();
        broken[at] ^= 0xff;
        // Some bytes, as those of names, may well change without harm.
        let _ = sandbox.admit(broken).await;
    }
}

#[tokio::test]
async fn a_core_module_that_is_no_command_is_refused() {
    let module = wat::parse_str(r#"(module (memory (export "memory") 1) (func (export "add")))"#);
    assert_eq!(
        refusal(module.unwrap()).await,
        "a core module that is no WASI command: it does not export the function `_start`, and \
         does not carry the contract `stepwell:task` either. It exports `memory` and `add`. Build \
         it as a command, or make a component of it"
    );
    let module = wat::parse_str("(module)").unwrap();
    assert!(refusal(module).await.contains("It exports nothing."));
}

#[tokio::test]
async fn a_core_module_with_foreign_imports_is_refused() {
    let module = wat::parse_str(
        r#"(module (import "env" "sleep" (func)) (import "wasi_unstable" "fd_write" (func))
            (memory (export "memory") 1) (func (export "_start")))"#,
    );
    assert_eq!(
        refusal(module.unwrap()).await,
        "a core module that imports from `env` and `wasi_unstable`: only `wasi_snapshot_preview1` \
         can be adapted. Make a component of it"
    );
}

#[tokio::test]
async fn a_component_of_another_world_is_refused_with_what_it_exports() {
    let file = component_of(
        "package acme:shop@2.0.0; interface cart { empty: func(); }
         world guest { export cart; export greet: func(); }",
        r#"(module (func (export "acme:shop/cart@2.0.0#empty")) (func (export "greet")))"#,
    );
    assert_eq!(
        refusal(file).await,
        "a component of another world: it exports `greet` and `acme:shop/cart@2.0.0`, but neither \
         `stepwell:task/plugin` (version 0.1) nor `wasi:cli/run` (version 0.2)"
    );
}

#[tokio::test]
async fn another_version_of_the_contract_is_refused() {
    let file = component_of(
        "package stepwell:task@0.2.0; interface plugin { run: func(); }
         world guest { export plugin; }",
        r#"(module (func (export "stepwell:task/plugin@0.2.0#run")))"#,
    );
    assert_eq!(
        refusal(file).await,
        "made for another version of the contract: it exports `stepwell:task/plugin@0.2.0`, and \
         this host runs version 0.1"
    );
}

#[tokio::test]
async fn the_contract_with_other_types_is_refused() {
    let file = component_of(
        "package stepwell:task@0.1.0; interface plugin { run: func(); }
         world guest { export plugin; }",
        r#"(module (func (export "stepwell:task/plugin@0.1.0#run")))"#,
    );
    let error = refusal(file).await;
    assert!(error.starts_with("does not fit the host: "), "{error}");
    assert!(error.contains("describe"), "{error}");
}

#[tokio::test]
async fn unknown_imports_are_all_named() {
    let (mut resolve, _) = contract();
    let wit = "package acme:shop@2.0.0;
        interface cart { empty: func(); } interface till { open: func(); }
        world guest { import cart; import till; import stepwell:task/call@0.1.0;
                      export stepwell:task/plugin@0.1.0; }";
    let package = resolve.push_str("shop.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let guest = Guest {
        imports: r#"(import "acme:shop/cart@2.0.0" "empty" (func))
                    (import "acme:shop/till@2.0.0" "open" (func))
                    (import "stepwell:task/call@0.1.0" "heartbeat" (func))"#,
        ..Guest::default()
    };
    let mut module = wat::parse_str(guest.wat()).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    assert_eq!(
        refusal(encode(&module)).await,
        "imports what this host does not have: `acme:shop/cart@2.0.0` and `acme:shop/till@2.0.0`"
    );
}

#[tokio::test]
async fn further_exports_do_no_harm() {
    let (mut resolve, _) = contract();
    let wit = "package acme:shop@2.0.0;
        world guest { export init: func(); export stepwell:task/plugin@0.1.0; }";
    let package = resolve.push_str("shop.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some("guest")).unwrap();
    let guest = Guest { fields: r#"(func (export "init"))"#.to_owned(), ..Guest::default() };
    let mut module = wat::parse_str(guest.wat()).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    let plugin = sandbox().admit(encode(&module)).await.unwrap();
    assert_eq!(run(&plugin, "1").await.result.unwrap(), "1");
}

#[tokio::test]
async fn a_plugin_that_cannot_describe_itself_is_refused() {
    let guest = |describe| Guest { describe, ..Guest::default() };
    let error = refusal(guest("unreachable").component()).await;
    assert!(
        error.starts_with(
            "could not describe itself: Stepwell.Trap: wasm trap: wasm `unreachable` instruction \
             executed"
        ),
        "{error}"
    );
    assert_eq!(
        refusal(guest("(loop $again (br $again))").component()).await,
        "could not describe itself: Stepwell.OutOfFuel: The call is over its fuel limit of \
         1000000000: it used all of it."
    );
}

#[tokio::test]
async fn a_plugin_that_describes_itself_wrongly_is_refused() {
    let task = |name| Task { name, ..MAIN };
    let schema = |schema| Task { input_schema: Some(schema), ..MAIN };
    let cases = [
        (
            Guest { name: "", ..Guest::default() },
            "its name `` is not 1 to 64 of A-Z, a-z, 0-9, `-`, `_` and `.`, beginning with a \
             letter or digit",
        ),
        (
            Guest { version: "one", ..Guest::default() },
            "its version `one` is no semantic version: unexpected character 'o' while parsing \
             major version number",
        ),
        (Guest { tasks: vec![], ..Guest::default() }, "it has no tasks"),
        (
            Guest { tasks: vec![task("a b")], ..Guest::default() },
            "the name of its task `a b` is not 1 to 64 of A-Z, a-z, 0-9, `-`, `_`, `.` and `:`, \
             beginning with a letter or digit",
        ),
        (
            Guest { tasks: vec![task("a"), task("a")], ..Guest::default() },
            "it has two tasks of the name `a`",
        ),
        (
            Guest { tasks: vec![schema("{")], ..Guest::default() },
            "the input schema of its task `main` is no JSON Schema: EOF while parsing an object at \
             line 1 column 1",
        ),
        (
            Guest { tasks: vec![schema("[]")], ..Guest::default() },
            "the input schema of its task `main` is no JSON Schema: it is neither an object nor \
             true or false",
        ),
        (
            Guest { tasks: vec![schema(r#"{"minLength": "two"}"#)], ..Guest::default() },
            "the input schema of its task `main` is no JSON Schema: \"two\" is not of type \
             \"integer\" (at `/minLength`)",
        ),
    ];
    for (guest, expected) in cases {
        assert_eq!(
            refusal(guest.component()).await,
            format!("describes itself wrongly: {expected}")
        );
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let error = sandbox().admit_file("/nowhere/at/all.wasm").await.unwrap_err();
    assert!(matches!(error, Error::Read { .. }));
    assert_eq!(
        error.to_string(),
        "cannot read /nowhere/at/all.wasm: No such file or directory (os error 2)"
    );
}

#[test]
fn a_sandbox_needs_room_for_a_call() {
    for concurrency in [0, 5000] {
        let options = Options { concurrency, ..Options::default() };
        assert_eq!(
            Sandbox::new(&options).unwrap_err().to_string(),
            format!("a sandbox runs 1 to 4096 calls at once, not {concurrency}")
        );
    }
}

#[test]
fn limits_are_read_by_name() {
    let limits: Limits = serde_json::from_str(r#"{"fuel": 5}"#).unwrap();
    assert_eq!(limits, Limits { fuel: 5, ..Limits::default() });
    assert!(serde_json::from_str::<Limits>(r#"{"feul": 5}"#).is_err());
}

/// A WASI command whose instances have so many memories, each with so many tables.
fn with_memories(memories: usize, tables: usize) -> Vec<u8> {
    let tables = "(table 1 funcref)".repeat(tables);
    let others = "(core instance (instantiate $m))".repeat(memories - 1);
    let text = format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1) {tables}
                (func (export "run") (result i32) (i32.const 0)))
            (core instance $a (instantiate $m))
            {others}
            (func $run (result (result)) (canon lift (core func $a "run")))
            (instance $i (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $i)))"#
    );
    wat::parse_str(text).unwrap()
}

#[tokio::test]
async fn a_component_that_no_call_has_room_for_is_refused() {
    let room = |concurrency| Sandbox::new(&Options { concurrency, ..Options::default() }).unwrap();
    let file = with_memories(2, 0);
    room(2).admit(file.clone()).await.unwrap();
    let refused = room(1).admit(file).await.unwrap_err();
    assert!(matches!(refused, Error::TooLarge(_)), "{refused}");
    let text = refused.to_string();
    assert!(
        text.starts_with(
            "too large for this host: an instance has 2 memories and 0 tables, and there is room \
             for 1 and "
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_component_that_takes_the_room_of_many_calls_is_refused() {
    let sandbox = sandbox();
    sandbox.admit(with_memories(8, 4)).await.unwrap();
    assert_eq!(
        sandbox.admit(with_memories(9, 0)).await.unwrap_err().to_string(),
        "too large to be admitted: it has 9 memories in an instance, four tables counting as one, \
         and may have 8. Build it smaller, or raise the limit `memories` of admission"
    );
    let admission = admit::Limits { memories: 2, ..admit::Limits::default() };
    let sandbox = Sandbox::new(&Options { admission, ..Options::default() }).unwrap();
    sandbox.admit(with_memories(2, 4)).await.unwrap();
    let refused = sandbox.admit(with_memories(3, 3)).await.unwrap_err().to_string();
    assert!(refused.contains("it has 3 memories in an instance"), "{refused}");
}

#[tokio::test]
async fn a_module_with_several_memories_is_refused() {
    let guest = Guest { fields: "(memory $second 1)".to_owned(), ..Guest::default() };
    let text = refusal(guest.component()).await;
    assert!(text.contains("memor"), "{text}");
}
