//! WASI 0.2 as far as it is granted.
//!
//! Linked once for a sandbox. For a call a context is made from its grants, and only when the
//! guest first uses any of it.

use wasmtime::component::Linker;
use wasmtime_wasi::{
    WasiCtx, WasiCtxView, WasiView,
    filesystem::WasiFilesystemCtxView,
    p2::{
        self,
        bindings::{filesystem, sockets::ip_name_lookup},
        pipe::MemoryInputPipe,
    },
    sockets::WasiSocketsView as _,
};

use crate::{
    call::CallInfo,
    capability::{
        clock,
        files::{HasFiles, View},
        http, random,
        tcp::{self, HasLookup, Lookup},
    },
    state::{Setting, State},
};

/// The interfaces of WASI that are there to import, by package.
pub(crate) const PACKAGES: &[&str] = &[
    "wasi:cli",
    "wasi:clocks",
    "wasi:filesystem",
    "wasi:http",
    "wasi:io",
    "wasi:random",
    "wasi:sockets",
];

/// Handles a guest may hold at once on streams, files, sockets and the like. Many of them are file
/// descriptors of the host, which all calls share, and a socket can be made without any grant.
pub(crate) const HANDLES: usize = 256;

/// Random bytes a guest gets at one go; the host holds them for it.
const RANDOM: u64 = 1 << 20;

pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    p2::add_to_linker_async(linker)?;
    linker.allow_shadowing(true);
    ip_name_lookup::add_to_linker::<State, HasLookup>(linker, |state| {
        let network = state.setting.network.clone();
        Lookup { inner: state.sockets(), network }
    })?;
    tcp::watch_connections(linker)?;
    filesystem::types::add_to_linker::<State, HasFiles>(linker, files)?;
    filesystem::preopens::add_to_linker::<State, HasFiles>(linker, files)?;
    linker.allow_shadowing(false);
    http::add_to_linker(linker)
}

fn files(state: &mut State) -> View<'_> {
    let State { wasi, setting, files, table, .. } = state;
    let wasi = wasi.get_or_insert_with(|| context(setting));
    View { inner: WasiFilesystemCtxView { ctx: wasi.filesystem(), table }, files }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: self.wasi.get_or_insert_with(|| context(&self.setting)),
            table: &mut self.table,
        }
    }
}

fn context(setting: &Setting) -> WasiCtx {
    let mut wasi = WasiCtx::builder();
    setting.network.configure(&mut wasi);
    wasi.max_random_size(RANDOM);
    let spec = setting.grants.spec();
    if let Some(seed) = spec.random_seed {
        random::configure(seed, &mut wasi);
    }
    if let Some(at) = spec.clock {
        clock::configure(at, &mut wasi);
    }
    wasi.stderr(setting.log.clone());
    let output = setting.pipe.as_ref().and_then(|pipe| pipe.output.clone());
    match output {
        Some(output) => wasi.stdout(output),
        None => wasi.stdout(setting.log.clone()),
    };
    if let Some(pipe) = &setting.pipe {
        wasi.arg(crate::info::COMMAND_TASK).stdin(MemoryInputPipe::new(pipe.input.clone()));
        wasi.args(&pipe.program.arguments);
        // Of two variables of one name a guest may find either.
        let is_free = |name: &str| {
            !name.starts_with(CallInfo::VARIABLES) && !spec.environment.contains_key(name)
        };
        let given = pipe.program.environment.iter().filter(|(name, _)| is_free(name));
        for (name, value) in given {
            wasi.env(name, value);
        }
        for (name, value) in setting.call.environment() {
            wasi.env(name, value);
        }
    }
    for (name, value) in &spec.environment {
        wasi.env(name, value);
    }
    let mut wasi = wasi.build();
    *wasi.filesystem() = setting.grants.directories();
    wasi
}
