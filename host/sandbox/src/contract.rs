//! The plugin contract as Rust sees it, generated from `wit/task.wit`.

#![allow(missing_docs, unreachable_pub, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "task-plugin",
    imports: { "stepwell:task/key-value": async },
    exports: { default: async },
});

pub(crate) use exports::stepwell::task::plugin;
pub(crate) use stepwell::task::{call, config, key_value, log, secrets, types};
