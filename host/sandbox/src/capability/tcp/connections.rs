//! Connections as they are made: what became of each.

use std::net::SocketAddr;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::{
    p2::{
        DynInputStream, DynOutputStream, Network as NetworkHandle, SocketError,
        bindings::sockets::{
            network::{ErrorCode, IpSocketAddress},
            tcp::{HostTcpSocket as _, TcpSocket},
        },
    },
    sockets::WasiSocketsView as _,
};

use super::{Network, said};
use crate::{calls::Pending, grants::Capability, state::State};

/// The interface, in the version that Wasmtime has.
const TCP: &str = "wasi:sockets/tcp@0.2.12";

/// What a function of sockets gives to the guest.
type Given<T> = wasmtime::Result<(Result<T, ErrorCode>,)>;

/// Watches connections being made. They are made as Wasmtime makes them.
pub(crate) fn watch(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut tcp = linker.instance(TCP)?;
    tcp.func_wrap("[method]tcp-socket.start-connect", |mut store, arguments| {
        let (socket, network, to): (Resource<TcpSocket>, Resource<NetworkHandle>, IpSocketAddress) =
            arguments;
        given(start_connect(store.data_mut(), socket, network, to))
    })?;
    tcp.func_wrap("[method]tcp-socket.finish-connect", |mut store, arguments| {
        let (socket,): (Resource<TcpSocket>,) = arguments;
        given(finish_connect(store.data_mut(), socket))
    })
}

fn given<T>(result: Result<T, SocketError>) -> Given<T> {
    match result.map_err(SocketError::downcast) {
        Ok(given) => Ok((Ok(given),)),
        Err(Ok(code)) => Ok((Err(code),)),
        Err(Err(trap)) => Err(trap),
    }
}

fn start_connect(
    state: &mut State,
    socket: Resource<TcpSocket>,
    handle: Resource<NetworkHandle>,
    to: IpSocketAddress,
) -> Result<(), SocketError> {
    let network = state.setting.network.clone();
    let (rep, address) = (socket.rep(), SocketAddr::from(to));
    let call = network.calls.begin(Capability::Connect, || network.shown(address));
    network.seen().refused = None;
    match state.sockets().start_connect(socket, handle, to) {
        Ok(()) => {
            network.seen().connecting.insert(rep, call);
            Ok(())
        }
        Err(error) => Err(network.failed(call, error)),
    }
}

fn finish_connect(
    state: &mut State,
    socket: Resource<TcpSocket>,
) -> Result<(Resource<DynInputStream>, Resource<DynOutputStream>), SocketError> {
    let (network, rep) = (state.setting.network.clone(), socket.rep());
    let finished = state.sockets().finish_connect(socket);
    let Some(call) = network.seen().connecting.remove(&rep) else { return finished };
    match finished.map_err(SocketError::downcast) {
        Ok(streams) => {
            call.end("connected");
            Ok(streams)
        }
        Err(Ok(ErrorCode::WouldBlock)) => {
            network.seen().connecting.insert(rep, call);
            Err(ErrorCode::WouldBlock.into())
        }
        Err(Ok(error)) => Err(network.failed(call, error.into())),
        Err(Err(trap)) => Err(SocketError::trap(trap)),
    }
}

impl Network {
    /// An address with the name that it was resolved from, if it was.
    fn shown(&self, address: SocketAddr) -> String {
        match self.seen().names.get(&address.ip().to_canonical()).and_then(|names| names.first()) {
            Some(name) => format!("{address} ({name})"),
            None => address.to_string(),
        }
    }

    /// A connection was not made.
    fn failed(&self, call: Pending, error: SocketError) -> SocketError {
        match error.downcast() {
            Ok(code) => {
                match self.seen().refused {
                    Some(_) => call.refused("it is not granted"),
                    None => call.end(said(code)),
                }
                code.into()
            }
            Err(trap) => SocketError::trap(trap),
        }
    }
}
