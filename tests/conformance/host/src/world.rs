//! What is around a host under test: servers on loopback, and directories. They see what a plugin
//! really did, whatever the host says.

mod directories;
mod http;
mod tcp;

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub(crate) use self::{directories::Directories, http::Http, tcp::Tcp};
use crate::{case, variables::Variables};

/// The world of one case.
pub(crate) struct World {
    pub(crate) http: Http,
    pub(crate) tcp: Tcp,
    pub(crate) directories: Directories,
}

impl World {
    /// Makes what a case says, and tells where it is.
    pub(crate) fn open(said: &case::World, variables: &mut Variables) -> io::Result<Self> {
        let http = Http::open(said.http.clone())?;
        let tcp = Tcp::open()?;
        let directories = Directories::make(&said.directories)?;
        // Nobody listens there any more, and the system gives out other ports first.
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        variables.set("http", http.address().to_string());
        variables.set("http-port", http.address().port());
        variables.set("tcp", tcp.address().to_string());
        variables.set("tcp-port", tcp.address().port());
        variables.set("closed", closed.to_string());
        Ok(Self { http, tcp, directories })
    }
}

/// What a server has seen, which others wait for.
#[derive(Debug, Default)]
struct Watched<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Watched<T> {
    fn lock(&self) -> MutexGuard<'_, T> {
        self.value.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the value, and tells those who wait.
    fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }

    /// Waits until something holds of the value, and says whether it did before patience was out.
    fn wait(&self, patience: Duration, holds: impl Fn(&T) -> bool) -> bool {
        let end = Instant::now() + patience;
        let mut value = self.lock();
        while !holds(&value) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            (value, _) =
                self.changed.wait_timeout(value, left).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }
}
