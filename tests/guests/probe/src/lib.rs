//! A plugin that tries what the contract says, and tells what came of it: the probe of the suite
//! for hosts in `tests/conformance/host`, whose README has its tasks.
//!
//! It speaks the contract and WASI itself: an SDK would not let it break a rule, and would hide
//! what the host answered.

#[allow(missing_docs, clippy::all, unused_qualifications, unreachable_pub)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "task-plugin",
    });
}

#[cfg(target_family = "wasm")]
mod about;
#[cfg(target_family = "wasm")]
mod description;
#[cfg(target_family = "wasm")]
mod exhaust;
#[cfg(target_family = "wasm")]
mod key_value;
#[cfg(target_family = "wasm")]
mod memory;
#[cfg(target_family = "wasm")]
mod tasks;
