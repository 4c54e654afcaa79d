//! Makes components of core modules.

use anyhow::Result;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
    WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding};

use crate::{Error, Kind, Project, wit};

/// What a core module lacks of being a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// Nothing: it says itself which world it is of, as bindings generators make it say.
    WithWorld,
    /// The world: it follows the canonical ABI of the world `task-plugin`, but does not say so.
    WithoutWorld,
    /// The world, and a place for the adapter's memory that does no harm to its own allocator.
    WithoutWorldOrAllocator,
}

/// Makes a component of a core module, which may import preview 1 of WASI.
///
/// # Errors
/// Where the module is not of the world.
pub fn encode(module: &[u8], kind: Module) -> Result<Vec<u8>> {
    let mut module = module.to_vec();
    if kind != Module::WithWorld {
        let (resolve, world) = wit::world()?;
        wit_component::embed_component_metadata(
            &mut module,
            &resolve,
            world,
            StringEncoding::UTF8,
            false,
        )?;
    }
    ComponentEncoder::default()
        .validate(true)
        .realloc_via_memory_grow(kind == Module::WithoutWorldOrAllocator)
        .module(&module)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}

/// Makes a component that exports `wasi:cli/run` of a command for preview 1 of WASI.
///
/// # Errors
/// Where the module is no command.
pub fn encode_command(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)?
        .encode()
}

/// What a project's tools made, as what the project is to be.
///
/// # Errors
/// Where it is not that.
pub(crate) fn finish(project: &Project, wasm: &[u8], module: Module) -> Result<Vec<u8>, Error> {
    if project.kind() == Kind::Command || is_component(wasm) {
        return Ok(wasm.to_vec());
    }
    encode(wasm, module).map_err(|error| Error::Made {
        made: "what was compiled".to_owned(),
        problem: format!("cannot be made a component of the world {}: {error:#}", wit::WORLD),
    })
}

/// The version and the layer stand after the magic number; a component's layer is 1.
fn is_component(wasm: &[u8]) -> bool {
    wasm.get(4..8) == Some(&[0x0d, 0, 1, 0])
}
