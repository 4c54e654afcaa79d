//! Preview-1 core modules, made components.

use wasi_preview1_component_adapter_provider as adapter;
use wit_component::ComponentEncoder;

use super::{Refusal, inspect::Module, refusal::list};

/// Makes a component of a core module: of one that says which world it implements, in a section
/// its bindings put there, a component of that world; of any other, a WASI command.
pub(super) fn to_component(bytes: &[u8], module: &Module) -> Result<Vec<u8>, Refusal> {
    let adapter = if module.has_world {
        adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER
    } else if module.has_start {
        let foreign: Vec<_> = module
            .imports
            .iter()
            .filter(|name| *name != adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME)
            .cloned()
            .collect();
        if !foreign.is_empty() {
            return Err(Refusal::ForeignModule { modules: list(&foreign) });
        }
        adapter::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER
    } else {
        return Err(Refusal::NotACommand { exports: list(&module.exports) });
    };
    ComponentEncoder::default()
        .module(bytes)
        .and_then(|encoder| encoder.adapter(adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter))
        .and_then(ComponentEncoder::encode)
        .map_err(|error| Refusal::Adapt(format!("{error:#}")))
}
