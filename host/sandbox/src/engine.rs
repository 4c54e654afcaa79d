//! The Wasmtime engine. One constructor for the whole host: an engine that differs in one setting
//! cannot use the compiled code of another, and would silently compile everything anew.

use std::{io, thread, time::Duration};

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
    ProfilingStrategy, WasmBacktraceDetails,
};

/// Tables for each call the pool has room for. Components made from Python or JavaScript have
/// dozens of small core instances, each with a table or two.
pub(crate) const TABLES_PER_CALL: u32 = 4;
/// Core instances for each call. They are counted, not reserved, so there is no need to be mean.
const CORE_INSTANCES_PER_CALL: u32 = 64;
/// Elements of one table; large interpreters come with 100,000 and more.
const TABLE_ELEMENTS: usize = 200_000;
/// Bytes of bookkeeping for one instance; Python components were seen to need more than the
/// default of 1 MiB.
const INSTANCE_SIZE: usize = 4 << 20;
/// Bytes of a memory that are kept and cleared after a call instead of being given back to the
/// system, which is faster for the small guests that plugins are. Where Linux can tell which pages
/// were touched (since 6.7), only those are cleared.
const KEEP_OF_MEMORY: usize = 1 << 20;
/// The same where all of it must be cleared, touched or not.
const KEEP_OF_MEMORY_BLIND: usize = 128 << 10;
const KEEP_OF_TABLE: usize = 64 << 10;
const KEEP_OF_STACK: usize = 64 << 10;

/// An engine with room for `calls` calls at once.
pub(crate) fn build(calls: u32) -> wasmtime::Result<Engine> {
    let keep = match PoolingAllocationConfig::is_pagemap_scan_available() {
        true => KEEP_OF_MEMORY,
        false => KEEP_OF_MEMORY_BLIND,
    };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_stacks(calls)
        .total_memories(calls)
        .total_tables(calls.saturating_mul(TABLES_PER_CALL))
        .total_core_instances(calls.saturating_mul(CORE_INSTANCES_PER_CALL))
        .max_core_instances_per_component(CORE_INSTANCES_PER_CALL)
        .max_component_instance_size(INSTANCE_SIZE)
        .max_core_instance_size(INSTANCE_SIZE)
        .max_tables_per_module(TABLES_PER_CALL)
        .max_memories_per_module(1)
        .table_elements(TABLE_ELEMENTS)
        .pagemap_scan(Enabled::Auto)
        .linear_memory_keep_resident(keep)
        .table_keep_resident(KEEP_OF_TABLE)
        .async_stack_keep_resident(KEEP_OF_STACK);

    let mut config = config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// An engine that compiles for the others, and runs nothing: it has no pool.
pub(crate) fn compiler() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// What compiled code depends on.
fn config() -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .wasm_component_model(true)
        // A call is one thread; shared memories would not be counted either.
        .wasm_threads(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .profiler(ProfilingStrategy::None);
    config
}

/// How often a guest gives way at the latest, be it computing or calling the host.
const EPOCH: Duration = Duration::from_millis(10);

/// Counts up the epochs of an engine for as long as there is one.
///
/// What a guest has the host do takes time and hardly any fuel, so fuel alone would let it have a
/// thread of the host, and run over its time limit, for minutes.
pub(crate) fn count_epochs(engine: &Engine) -> io::Result<()> {
    let engine = engine.weak();
    let count = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(EPOCH);
        }
    };
    thread::Builder::new().name("stepwell-epochs".to_owned()).spawn(count).map(|_| ())
}
