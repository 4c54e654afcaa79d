//! What the host keeps for one call: the data of its store.

use wasmtime::component::ResourceTable;
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpCtx;

use crate::{
    call::{CallInfo, Heartbeat},
    calls::Recorder,
    capability::{
        files::Files, http::Requests, refusals::Refusals, secrets::Placeholders, tcp::Network,
    },
    grants::Grants,
    invoke::Program,
    limits::{HostCalls, Limits, Memory},
    log::Log,
    stdio::{Output, Shared},
};

pub(crate) struct State {
    pub(crate) memory: Memory,
    pub(crate) host_calls: HostCalls,
    pub(crate) setting: Setting,
    pub(crate) files: Files,
    pub(crate) table: ResourceTable,
    /// Made when the guest first asks for anything of WASI; many never do.
    pub(crate) wasi: Option<WasiCtx>,
    pub(crate) http: WasiHttpCtx,
}

/// What surrounds the guest during the call.
pub(crate) struct Setting {
    pub(crate) call: CallInfo,
    pub(crate) heartbeat: Option<Heartbeat>,
    pub(crate) grants: Grants,
    pub(crate) network: Network,
    pub(crate) requests: Requests,
    pub(crate) refusals: Refusals,
    pub(crate) calls: Recorder,
    pub(crate) placeholders: Placeholders,
    pub(crate) limits: Limits,
    pub(crate) log: Shared<Log>,
    /// Set for a command.
    pub(crate) pipe: Option<Pipe>,
}

/// What a command is begun with.
#[derive(Clone)]
pub(crate) struct Pipe {
    pub(crate) input: bytes::Bytes,
    /// Where its stdout goes; none for the log.
    pub(crate) output: Option<Shared<Output>>,
    pub(crate) program: Program,
}
