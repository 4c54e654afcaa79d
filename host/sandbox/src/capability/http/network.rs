//! The network that requests go out to.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
};

use async_trait::async_trait;
use tokio::{net::TcpStream, sync::Semaphore, task::spawn_blocking};

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

/// One permit is one name that is being looked up: it holds a thread for as long as the DNS is
/// silent, even where nobody waits for it any more, and the host needs threads for other things.
static LOOKUPS: Semaphore = Semaphore::const_new(MOST_LOOKUPS);
const MOST_LOOKUPS: usize = 64;

/// The network as the host's system knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

#[async_trait]
impl Network for System {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let name = name.to_owned();
        // The port has no part in it.
        let look_up = move || (name.as_str(), 0).to_socket_addrs();
        Ok(in_turn(&LOOKUPS, look_up).await??.map(|address| address.ip()).collect())
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}

/// Does what blocks a thread when it is its turn, which ends when the thread is free again.
async fn in_turn<T: Send + 'static>(
    turns: &'static Semaphore,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let turn = turns.acquire().await.map_err(io::Error::other)?;
    let work = move || {
        let _turn = turn;
        work()
    };
    spawn_blocking(work).await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc::channel, time::Duration};

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_lookup_that_nobody_waits_for_has_its_turn_until_it_ends() {
        static TURNS: Semaphore = Semaphore::const_new(1);
        let (answer, answered) = channel::<()>();
        let silent = in_turn(&TURNS, move || answered.recv());
        assert!(timeout(Duration::from_millis(20), silent).await.is_err());
        let next = timeout(Duration::from_millis(20), in_turn(&TURNS, || ()));
        assert!(next.await.is_err());
        drop(answer);
        in_turn(&TURNS, || ()).await.unwrap();
    }

    #[tokio::test]
    async fn a_name_is_looked_up() {
        assert!(System.resolve("localhost").await.unwrap().iter().all(IpAddr::is_loopback));
    }
}
