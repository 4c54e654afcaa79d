//! The network that requests go out to.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use async_trait::async_trait;
use tokio::net::{TcpStream, lookup_host};

/// Looks up names and opens connections for the requests of guests.
///
/// It decides nothing: the sandbox checks what a name was resolved to, and has it connect to none
/// but the addresses it has checked.
#[async_trait]
pub trait Network: Send + Sync + 'static {
    /// The addresses of a host.
    ///
    /// # Errors
    ///
    /// Where the name cannot be resolved.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;

    /// A connection to that address.
    ///
    /// # Errors
    ///
    /// Where nobody answers there.
    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream>;
}

/// The network as the host's system knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

#[async_trait]
impl Network for System {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        // The port has no part in it.
        Ok(lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}
