//! The network that plugins' HTTP requests go out to while the suite runs: its names are made up,
//! and nothing leaves the machine but for what is on loopback.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::OnceLock,
};

use async_trait::async_trait;
use stepwell_host_conformance::protocol::Greeting;
use stepwell_sandbox::{Network, SystemNetwork};
use tokio::net::TcpStream;

/// As the suite has said it.
#[derive(Default)]
pub(super) struct MadeUp {
    greeting: OnceLock<Greeting>,
}

impl MadeUp {
    /// Takes what the suite says; what it said first counts.
    pub(super) fn set(&self, greeting: Greeting) {
        let _ = self.greeting.set(greeting);
    }
}

#[async_trait]
impl Network for MadeUp {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if name == "localhost" {
            return SystemNetwork.resolve(name).await;
        }
        let known = self.greeting.get().and_then(|greeting| greeting.names.get(name));
        known.cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let way = self.greeting.get().and_then(|greeting| greeting.ways.get(&address.ip()));
        match way {
            Some(ip) => TcpStream::connect((*ip, address.port())).await,
            None if address.ip().is_loopback() => TcpStream::connect(address).await,
            None => Err(io::ErrorKind::HostUnreachable.into()),
        }
    }
}
