//! A call of a plugin in plain Wasmtime: what the host's calls are held against.
//!
//! Who takes this in has the bindings in a module `contract`.

use stepwell_sandbox::Limits;
use wasmtime::{
    Engine, Store,
    component::{Component, HasSelf, Linker},
};

use super::contract::{TaskPlugin, TaskPluginPre, stepwell::task::call};

/// Plain Wasmtime: the same engine, fuel and pool; no limits but fuel, no grants, no log.
pub(crate) struct Plain {
    pre: TaskPluginPre<Host>,
    task: String,
    input: String,
}

/// What plain Wasmtime's store has.
#[derive(Default)]
struct Host {
    table: wasmtime::component::ResourceTable,
    wasi: Option<wasmtime_wasi::WasiCtx>,
}

impl wasmtime_wasi::WasiView for Host {
    fn ctx(&mut self) -> wasmtime_wasi::WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_default();
        wasmtime_wasi::WasiCtxView { ctx, table: &mut self.table }
    }
}

impl call::Host for Host {
    fn info(&mut self) -> call::Context {
        call::Context {
            tenant: String::new(),
            execution_arn: String::new(),
            state_name: String::new(),
            attempt: 0,
            idempotency_key: "key".to_owned(),
            task_token: None,
            deadline_unix_ms: None,
        }
    }

    fn heartbeat(&mut self) {}
}

impl Plain {
    pub(crate) fn new(engine: &Engine, wasm: &[u8], task: &str, input: &str) -> Self {
        let component = Component::new(engine, component(wasm)).unwrap();
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        call::add_to_linker::<_, HasSelf<_>>(&mut linker, |state: &mut Host| state).unwrap();
        let pre = TaskPluginPre::new(linker.instantiate_pre(&component).unwrap()).unwrap();
        Self { pre, task: task.to_owned(), input: input.to_owned() }
    }

    pub(crate) async fn call(&self) -> String {
        let mut store = Store::new(self.pre.engine(), Host::default());
        store.set_fuel(Limits::default().fuel).unwrap();
        // The engine counts epochs; none is to end this call.
        store.set_epoch_deadline(1 << 40);
        let plugin: TaskPlugin = self.pre.instantiate_async(&mut store).await.unwrap();
        let plugin = plugin.stepwell_task_plugin();
        plugin.call_run(&mut store, &self.task, &self.input).await.unwrap().unwrap()
    }
}

/// A plugin as a component, as the sandbox makes one.
fn component(wasm: &[u8]) -> Vec<u8> {
    if wasmparser::Parser::is_component(wasm) {
        return wasm.to_vec();
    }
    use wasi_preview1_component_adapter_provider as adapter;
    wit_component::ComponentEncoder::default()
        .module(wasm)
        .unwrap()
        .adapter(
            adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )
        .unwrap()
        .encode()
        .unwrap()
}
