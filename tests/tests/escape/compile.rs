//! Files that are slow to compile, or large when they are.

use std::{path::Path, time::Duration};

use stepwell_sandbox::{
    Compiler, Options, Sandbox,
    admit::{self, Limits},
};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, Instruction, MemorySection,
    MemoryType, Module, TypeSection, ValType,
};

use crate::{
    support::options,
    text::{self, CAT, ECHO, Guest, command},
};

/// A sandbox with these limits.
fn sandbox(admission: Limits) -> Sandbox {
    Sandbox::new(&Options { admission, ..options() }).unwrap()
}

/// Why the file is refused by a host with these limits, which goes on to admit another.
async fn refusal(file: Vec<u8>, limits: Limits) -> String {
    let sandbox = sandbox(limits);
    let error = sandbox.admit(file).await.unwrap_err();
    let plugin = sandbox.admit(Guest::running(ECHO)).await.unwrap();
    assert_eq!(text::run(&plugin, "1").await.result.unwrap(), "1");
    error.to_string()
}

fn over(value: u64, what: &str, limit: u64, name: &str) -> String {
    format!(
        "too large to be admitted: it has {value} {what}, and may have {limit}. Build it smaller, \
         or raise the limit `{name}` of admission"
    )
}

fn of(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

/// A command with so many functions besides `_start`, each with this body.
fn functions(count: u32, body: &Function) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    types.ty().function([ValType::I64], [ValType::I64]);
    let (mut kinds, mut code) = (FunctionSection::new(), CodeSection::new());
    kinds.function(0);
    let mut start = Function::new([]);
    start.instruction(&Instruction::End);
    code.function(&start);
    for _ in 0..count {
        kinds.function(1);
        code.function(body);
    }
    let mut memories = MemorySection::new();
    let memory = MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    };
    memories.memory(memory);
    let mut exports = ExportSection::new();
    exports.export("_start", ExportKind::Func, 0).export("memory", ExportKind::Memory, 0);
    let mut module = Module::new();
    module.section(&types).section(&kinds).section(&memories).section(&exports).section(&code);
    module.finish()
}

/// A body of so many operations.
fn body(operations: u32) -> Function {
    let mut body = Function::new([]);
    body.instruction(&Instruction::LocalGet(0));
    for n in 0..operations {
        body.instruction(&Instruction::I64Const(i64::from(n) << 20));
        body.instruction(match n % 3 {
            0 => &Instruction::I64Mul,
            1 => &Instruction::I64Add,
            _ => &Instruction::I64DivU,
        });
    }
    body.instruction(&Instruction::End);
    body
}

/// Takes half a minute of a processor, and more memory than a small plugin.
fn heavy() -> Vec<u8> {
    functions(20_000, &body(150))
}

#[tokio::test]
async fn a_file_over_the_limit() {
    let file = Guest::running(ECHO);
    let size = file.len() as u64;
    let limits = Limits { file_bytes: size - 1, ..Limits::default() };
    let sandbox = sandbox(limits);
    let refused = over(size, "bytes", size - 1, "file-bytes");
    assert_eq!(sandbox.admit(file.clone()).await.unwrap_err().to_string(), refused);
    let on_disk = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(on_disk.path(), file).unwrap();
    assert_eq!(sandbox.admit_file(on_disk.path()).await.unwrap_err().to_string(), refused);
}

#[tokio::test]
async fn a_file_without_end() {
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    let error = sandbox(limits).admit_file(Path::new("/dev/zero")).await.unwrap_err();
    assert_eq!(error.to_string(), over(1001, "bytes", 1000, "file-bytes"));
}

#[tokio::test]
async fn too_many_functions() {
    let limits = Limits { functions: 1000, ..Limits::default() };
    let refused = over(1001, "functions", 1000, "functions");
    assert_eq!(refusal(functions(1000, &body(1)), limits).await, refused);
}

#[tokio::test]
async fn one_giant_function() {
    let file = functions(1, &body(200_000));
    let error = refusal(file, Limits::default()).await;
    assert!(error.starts_with("too large to be admitted: it has "), "{error}");
    assert!(error.contains(" bytes of code in one function, and may have 1048576."), "{error}");
}

#[tokio::test]
async fn components_in_one_another() {
    let file = of(&format!("{}{}", "(component ".repeat(20), ")".repeat(20)));
    let refused = over(9, "components in one another", 8, "nesting");
    assert_eq!(refusal(file, Limits::default()).await, refused);
}

#[tokio::test]
async fn components_beside_one_another() {
    let file = of(&format!("(component {})", "(component)".repeat(600)));
    let refused = over(501, "modules and components in it", 500, "modules");
    assert_eq!(refusal(file, Limits::default()).await, refused);
}

#[tokio::test]
async fn memories_and_tables_that_are_huge_at_first() {
    let refused =
        |bytes| over(bytes, "bytes of memories and tables at first", 1 << 30, "initial-memory");
    let file = of(r#"(module (memory (export "memory") 20000) (func (export "_start")))"#);
    assert_eq!(refusal(file, Limits::default()).await, refused(20_000 << 16));
    let file = of(
        r#"(module (memory (export "memory") 1) (table 200000000 funcref) (func (export "_start")))"#,
    );
    assert_eq!(refusal(file, Limits::default()).await, refused(1_600_000_000));
}

#[tokio::test]
async fn more_processor_time_than_there_is() {
    let limits = Limits { compile_cpu: Duration::from_secs(1), ..Limits::default() };
    assert_eq!(
        refusal(heavy(), limits).await,
        "compiling it took longer than 1s of processor time, and was stopped. Build it smaller, or \
         raise the limit `compile-cpu` of admission"
    );
}

#[tokio::test]
async fn more_time_than_there_is() {
    let sandbox = sandbox(Limits { compile_time: Duration::from_millis(1), ..Limits::default() });
    let error = sandbox.admit(heavy()).await.unwrap_err();
    assert!(matches!(error, admit::Error::CompileTime { .. }));
    assert_eq!(
        error.to_string(),
        "compiling it took longer than 1ms, and was stopped. Build it smaller, or raise the limit \
         `compile-time` of admission"
    );
}

#[tokio::test]
async fn more_memory_than_there_is() {
    let limits = Limits { compile_memory: 96 << 20, ..Limits::default() };
    assert_eq!(
        refusal(heavy(), limits).await,
        "compiling it needed more memory than 100663296 bytes, and was stopped. Build it smaller, \
         or raise the limit `compile-memory` of admission"
    );
}

/// Admits the file, or says why it was not, within the limits.
async fn outcome(file: Vec<u8>) -> Result<(), String> {
    let limits = Limits {
        compile_cpu: Duration::from_secs(20),
        compile_memory: 1 << 30,
        ..Limits::default()
    };
    let sandbox = sandbox(limits);
    let outcome = sandbox.admit(file).await.map(|_| ()).map_err(|error| error.to_string());
    sandbox.admit(Guest::running(ECHO)).await.unwrap();
    outcome
}

#[tokio::test]
async fn blocks_in_one_another() {
    let mut body = Function::new([]);
    for _ in 0..100_000 {
        body.instruction(&Instruction::Block(wasm_encoder::BlockType::Empty));
    }
    for _ in 0..100_000 {
        body.instruction(&Instruction::End);
    }
    body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::End);
    assert_eq!(outcome(functions(1, &body)).await, Ok(()));
}

#[tokio::test]
async fn a_branch_to_everywhere() {
    let mut body = Function::new([]);
    body.instruction(&Instruction::Block(wasm_encoder::BlockType::Empty));
    body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::I32WrapI64);
    body.instruction(&Instruction::BrTable(vec![0; 60_000].into(), 0));
    body.instruction(&Instruction::End);
    body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::End);
    assert_eq!(outcome(functions(20, &body)).await, Ok(()));
}

#[tokio::test]
async fn locals_without_end() {
    let body = |count| {
        let mut body = Function::new([(count, ValType::I64)]);
        body.instruction(&Instruction::LocalGet(0)).instruction(&Instruction::End);
        body
    };
    assert_eq!(outcome(functions(10, &body(40_000))).await, Ok(()));
    let error = outcome(functions(10, &body(4_000_000))).await.unwrap_err();
    assert!(error.starts_with("corrupt WebAssembly: too many locals"), "{error}");
}

#[tokio::test]
async fn types_and_imports_without_end() {
    let mut types = String::new();
    for n in 0..50_000 {
        types.push_str(&format!("(type (func (param {})))", "i32 ".repeat(n % 30)));
    }
    let file = format!(r#"(module {types} (memory (export "memory") 1) (func (export "_start")))"#);
    assert_eq!(outcome(of(&file)).await, Ok(()));
    let mut imports = String::new();
    for n in 0..50_000 {
        imports.push_str(&format!(r#"(import "m{n}" "f" (func))"#));
    }
    let file =
        format!(r#"(module {imports} (memory (export "memory") 1) (func (export "_start")))"#);
    let error = outcome(of(&file)).await.unwrap_err();
    assert!(error.starts_with("a core module that imports from `m0`, `m1`, "), "{error}");
    assert!(error.len() < 1000, "{error}");
}

#[tokio::test]
async fn data_far_apart() {
    let mut data = String::new();
    for page in 0..4000 {
        data.push_str(&format!(r#"(data (i32.const {}) "x")"#, page * 65536));
    }
    let file =
        format!(r#"(module (memory (export "memory") 4000) {data} (func (export "_start")))"#);
    assert_eq!(outcome(of(&file)).await, Ok(()));
}

/// Each component has ten of the next inside.
#[tokio::test]
async fn instances_of_instances() {
    let mut inner = r#"(core module $m (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))"#
        .to_owned();
    for _ in 0..7 {
        inner = format!("(component $c {inner}) {}", "(instance (instantiate $c))".repeat(10));
    }
    let file = of(&format!(
        r#"(component {inner}
            (core module $m (func (export "run") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $e (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $e)))"#
    ));
    let error = outcome(file).await.unwrap_err();
    assert!(error.starts_with("compiling it "), "{error}");
}

#[tokio::test]
async fn more_instances_than_a_call_has_room_for() {
    let instances = "(core instance (instantiate $m))".repeat(65);
    let file = of(&format!(
        r#"(component
            (core module $m (func (export "run") (result i32) (i32.const 0)))
            (core instance $i (instantiate $m))
            {instances}
            (func $run (result (result)) (canon lift (core func $i "run")))
            (instance $e (export "run" (func $run)))
            (export "wasi:cli/run@0.2.0" (instance $e)))"#
    ));
    let error = outcome(file).await.unwrap_err();
    assert!(error.starts_with("too large for this host: "), "{error}");
    assert!(error.contains("66 core module instances"), "{error}");
}

#[tokio::test]
async fn a_compiler_that_dies() {
    let compiled_by = async |program: &str, script: &str| {
        let arguments = vec!["-c".to_owned(), script.to_owned()];
        let compiler = Compiler::Process { program: program.into(), arguments };
        let sandbox = Sandbox::new(&Options { compiler, ..options() }).unwrap();
        sandbox.admit(command("", CAT)).await.unwrap_err().to_string()
    };
    assert_eq!(
        compiled_by("/nowhere/compiler", "").await,
        "the compiler /nowhere/compiler cannot be run: No such file or directory (os error 2)"
    );
    assert_eq!(
        compiled_by("/bin/sh", "echo 'a bug' >&2; exit 3").await,
        "the compiler /bin/sh died over it (exit status: 3): a bug"
    );
    assert_eq!(
        compiled_by("/bin/sh", "kill -SEGV $$").await,
        "the compiler /bin/sh died over it (signal: 11 (SIGSEGV)): "
    );
}
