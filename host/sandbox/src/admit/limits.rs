//! What a file may be like, and what compiling it may use up.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use super::{Refusal, inspect::corrupt};

/// The limits of admission. What is over one of the first is told from the file, without compiling
/// it. Those of compiling hold where a [process](super::compile::Compiler::Process) does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Functions of all core modules in the file together.
    pub functions: u64,
    /// Bytes of the code of each function.
    pub function_bytes: u64,
    /// Core modules and components in the file, at any depth.
    pub modules: u64,
    /// How deep components lie in one another.
    pub nesting: u64,
    /// Bytes that all memories and tables in the file have at first, a table element counting
    /// eight.
    pub initial_memory: u64,
    /// Memories of an instance, four tables counting as one. It takes as much of the room for
    /// [calls at once](crate::Options::concurrency).
    pub memories: u64,
    /// Wall-clock time of examining and compiling the file.
    pub compile_time: Duration,
    /// Processor time of the same, of all threads together, in whole seconds.
    pub compile_cpu: Duration,
    /// Bytes of memory that examining and compiling the file may take.
    pub compile_memory: u64,
}

impl Default for Limits {
    /// A file of 64 MiB with 250,000 functions of at most 1 MiB each, in 500 modules and
    /// components, eight deep, with memories and tables of 1 GiB at first, eight memories in an
    /// instance; five minutes, two of the processor, and 2 GiB to compile it. Plugins that carry an
    /// interpreter of Python or JavaScript need a quarter of that.
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            functions: 250_000,
            function_bytes: 1 << 20,
            modules: 500,
            nesting: 8,
            initial_memory: 1 << 30,
            memories: 8,
            compile_time: Duration::from_secs(300),
            compile_cpu: Duration::from_secs(120),
            compile_memory: 2 << 30,
        }
    }
}

/// Logarithm of the bytes of a page of memory, where the file does not say otherwise.
const PAGE: u32 = 16;
/// Bytes an element of a table takes.
const ELEMENT: u64 = 8;

impl Limits {
    /// Refuses a file of so many bytes, if they are too many.
    pub(crate) fn check_size(&self, bytes: u64) -> Result<(), Refusal> {
        within(bytes, self.file_bytes, "bytes", "file-bytes")
    }

    /// Refuses a component whose instances have so many memories, if they are too many.
    pub(crate) fn check_memories(&self, memories: u32) -> Result<(), Refusal> {
        let what = "memories in an instance, four tables counting as one";
        within(memories.into(), self.memories, what, "memories")
    }

    /// Refuses a file that is over a limit, in one pass over its sections.
    pub(super) fn check(&self, bytes: &[u8]) -> Result<(), Refusal> {
        self.check_size(bytes.len() as u64)?;
        let (mut functions, mut modules, mut depth, mut memory) = (0_u64, 0_u64, 0_u64, 0_u64);
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(corrupt)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                    (modules, depth) = (modules + 1, depth + 1);
                    within(modules, self.modules, "modules and components in it", "modules")?;
                    within(depth, self.nesting, "components in one another", "nesting")?;
                }
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CodeSectionStart { count, .. } => {
                    functions += u64::from(count);
                    within(functions, self.functions, "functions", "functions")?;
                }
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    let what = "bytes of code in one function";
                    within(range.end - range.start, self.function_bytes, what, "function-bytes")?;
                }
                Payload::MemorySection(section) => {
                    for ty in section {
                        let ty = ty.map_err(corrupt)?;
                        let page = 1_u64 << ty.page_size_log2.unwrap_or(PAGE).min(PAGE);
                        memory = memory.saturating_add(ty.initial.saturating_mul(page));
                    }
                    self.check_memory(memory)?;
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let initial = table.map_err(corrupt)?.ty.initial;
                        memory = memory.saturating_add(initial.saturating_mul(ELEMENT));
                    }
                    self.check_memory(memory)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_memory(&self, bytes: u64) -> Result<(), Refusal> {
        let what = "bytes of memories and tables at first";
        within(bytes, self.initial_memory, what, "initial-memory")
    }
}

fn within(value: u64, limit: u64, what: &str, name: &str) -> Result<(), Refusal> {
    match value <= limit {
        true => Ok(()),
        false => {
            Err(Refusal::OverLimit { what: what.to_owned(), value, limit, name: name.to_owned() })
        }
    }
}
