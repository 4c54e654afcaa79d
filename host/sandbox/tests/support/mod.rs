//! Guests written in WebAssembly text, so that no guest toolchain is needed.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use std::fmt::Write as _;

use stepwell_sandbox::{
    CallInfo, CancellationToken, Done, Grants, Invocation, Limits, Options, Plugin, Sandbox,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

pub fn sandbox() -> Sandbox {
    Sandbox::new(&Options { concurrency: 8, ..Options::default() }).unwrap()
}

/// Runs the task `main` with default limits and no grants.
pub async fn run(plugin: &Plugin, input: &str) -> Done {
    run_with(plugin, input, &Limits::default(), &Grants::none()).await
}

pub async fn run_with(plugin: &Plugin, input: &str, limits: &Limits, grants: &Grants) -> Done {
    plugin
        .invoke(Invocation {
            task: "main",
            input,
            call: CallInfo::default(),
            limits,
            grants,
            heartbeat: None,
            stop: CancellationToken::new(),
        })
        .await
}

/// A plugin that exports the contract.
pub struct Guest {
    pub name: &'static str,
    pub version: &'static str,
    pub tasks: Vec<Task>,
    /// Body of `run`: instructions with the locals `$task $task_len $in $in_len`, that leave the
    /// result of `$ok` or `$err` on the stack.
    pub run: String,
    /// Body of `describe`, before it gives its answer.
    pub describe: &'static str,
    /// Further fields of the module; imports go to `imports`.
    pub fields: String,
    pub imports: &'static str,
    /// Pages the memory has at first.
    pub pages: u32,
}

#[derive(Clone, Copy)]
pub struct Task {
    pub name: &'static str,
    pub effect: u8,
    pub input_schema: Option<&'static str>,
}

pub const MAIN: Task = Task { name: "main", effect: 0, input_schema: None };

impl Default for Guest {
    fn default() -> Self {
        Self {
            name: "guest",
            version: "1.2.3",
            tasks: vec![MAIN],
            run: ECHO.to_owned(),
            describe: "",
            fields: String::new(),
            imports: "",
            pages: 2,
        }
    }
}

/// Gives its input back.
pub const ECHO: &str = "(call $ok (local.get $in) (local.get $in_len))";
/// Never ends.
pub const SPIN: &str = "(loop $again (br $again)) unreachable";

impl Guest {
    pub fn running(run: impl Into<String>) -> Vec<u8> {
        Self { run: run.into(), ..Self::default() }.component()
    }

    /// As a component.
    pub fn component(&self) -> Vec<u8> {
        encode(&self.module())
    }

    /// As a core module with the section that says which world it implements.
    pub fn module(&self) -> Vec<u8> {
        let (resolve, world) = contract();
        let mut module = wat::parse_str(self.wat()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
            .unwrap();
        module
    }

    pub fn wat(&self) -> String {
        let Self { run, describe, fields, imports, pages, .. } = self;
        let (info, data) = self.info();
        format!(
            r#"(module $guest
                {imports}
                (memory $memory (export "memory") {pages})
                (global $free (mut i32) (i32.const {HEAP}))
                (data (i32.const {DATA}) "{data}")
                {fields}
                ;; Gives out memory from the end, and never takes it back.
                (func $alloc (export "cabi_realloc")
                    (param i32 i32) (param $align i32) (param $size i32) (result i32)
                    (local $at i32)
                    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                    (global.set $free (i32.add (local.get $at) (local.get $size)))
                    (block $enough
                        (br_if $enough (i32.le_u (global.get $free)
                            (i32.mul (memory.size) (i32.const 65536))))
                        (drop (memory.grow (i32.add (i32.const 1)
                            (i32.shr_u (local.get $size) (i32.const 16))))))
                    (local.get $at))
                (func $ok (param $text i32) (param $len i32) (result i32)
                    (i32.store8 (i32.const 0) (i32.const 0))
                    (i32.store (i32.const 8) (local.get $text))
                    (i32.store (i32.const 12) (local.get $len))
                    (i32.const 0))
                (func $err (param $error i32) (param $error_len i32)
                    (param $cause i32) (param $cause_len i32) (param $after i64) (result i32)
                    (i32.store8 (i32.const 0) (i32.const 1))
                    (i32.store (i32.const 8) (local.get $error))
                    (i32.store (i32.const 12) (local.get $error_len))
                    (i32.store (i32.const 16) (local.get $cause))
                    (i32.store (i32.const 20) (local.get $cause_len))
                    (i32.store8 (i32.const 24) (i64.ne (local.get $after) (i64.const 0)))
                    (i64.store (i32.const 32) (local.get $after))
                    (i32.const 0))
                (func $describe (export "stepwell:task/plugin@0.1.0#describe") (result i32)
                    {describe}
                    (i32.const {info}))
                (func $run (export "stepwell:task/plugin@0.1.0#run")
                    (param $task i32) (param $task_len i32) (param $in i32) (param $in_len i32)
                    (result i32)
                    {run}))"#
        )
    }

    /// The answer of `describe` as it lies in memory, and where.
    fn info(&self) -> (u32, String) {
        let mut image = Image::default();
        let mut tasks = Vec::new();
        for task in &self.tasks {
            image.string(task.name, &mut tasks);
            image.string("", &mut tasks);
            tasks.extend(u32::from(task.effect).to_le_bytes());
            tasks.extend(u32::from(task.input_schema.is_some()).to_le_bytes());
            image.string(task.input_schema.unwrap_or_default(), &mut tasks);
            tasks.extend([0; 12]);
        }
        let mut info = Vec::new();
        image.string(self.name, &mut info);
        image.string(self.version, &mut info);
        image.string("made in a test", &mut info);
        let at = image.put(&tasks);
        info.extend(at.to_le_bytes());
        info.extend(u32::try_from(self.tasks.len()).unwrap().to_le_bytes());
        info.extend([0; 40]);
        (image.put(&info), escaped(&image.bytes))
    }
}

const DATA: u32 = 1024;
const HEAP: u32 = 65536;

#[derive(Default)]
struct Image {
    bytes: Vec<u8>,
}

impl Image {
    fn put(&mut self, bytes: &[u8]) -> u32 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = DATA + u32::try_from(self.bytes.len()).unwrap();
        self.bytes.extend(bytes);
        assert!(DATA as usize + self.bytes.len() <= HEAP as usize);
        at
    }

    fn string(&mut self, text: &str, to: &mut Vec<u8>) {
        to.extend(self.put(text.as_bytes()).to_le_bytes());
        to.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    }
}

pub fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "\\{byte:02x}").unwrap();
        text
    })
}

pub fn contract() -> (wit_parser::Resolve, wit_parser::WorldId) {
    // From whichever package this file is a part of.
    let above = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let wit = above.map(|dir| dir.join("wit/task.wit")).find(|wit| wit.exists()).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_file(wit).unwrap();
    let world = resolve.select_world(&[package], Some("task-plugin")).unwrap();
    (resolve, world)
}

pub fn encode(module: &[u8]) -> Vec<u8> {
    ComponentEncoder::default().module(module).unwrap().encode().unwrap()
}

/// A WASI command: a preview-1 core module whose `_start` is `start`. Its constants: `$iov` is at
/// 0, a scratch word at 16, text at 1024, a buffer of 32 KiB at 32768.
pub fn command(text: &str, start: &str) -> Vec<u8> {
    let text = escaped(text.as_bytes());
    wat::parse_str(format!(
        r#"(module $command.wasm
            (import "wasi_snapshot_preview1" "fd_read"
                (func $fd_read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (import "wasi_snapshot_preview1" "path_open"
                (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "args_sizes_get"
                (func $args_sizes_get (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "args_get"
                (func $args_get (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "environ_sizes_get"
                (func $environ_sizes_get (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "environ_get"
                (func $environ_get (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 1024) "{text}")
            (func $read (param $fd i32) (result i32)
                (i32.store (i32.const 0) (i32.const 32768))
                (i32.store (i32.const 4) (i32.const 32768))
                (if (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16))
                    (then (call $proc_exit (i32.const 70))))
                (i32.load (i32.const 16)))
            (func $write (param $fd i32) (param $at i32) (param $len i32)
                (i32.store (i32.const 0) (local.get $at))
                (i32.store (i32.const 4) (local.get $len))
                (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 16))
                    (then (call $proc_exit (i32.const 71)))))
            (func $start (export "_start")
                (local $n i32)
                {start}))"#
    ))
    .unwrap()
}

/// Copies stdin to stdout.
pub const CAT: &str = "(loop $again
    (local.set $n (call $read (i32.const 0)))
    (if (local.get $n) (then
        (call $write (i32.const 1) (i32.const 32768) (local.get $n))
        (br $again))))";
