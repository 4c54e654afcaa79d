//! TCP, which std has no way to open in WASI preview 1.
//!
//! In a host it is `wasi:sockets`, and reaches only what the operator has granted; a refusal is an
//! error of the kind `PermissionDenied`. Elsewhere it is std's.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

/// A connection; it is closed when dropped.
#[derive(Debug)]
pub struct TcpStream(platform::Stream);

impl TcpStream {
    /// Connects to `host:port`, where an IPv6 address stands in brackets. Names are resolved, and
    /// their addresses tried in turn.
    ///
    /// The timeout bounds connecting to one address, and later each wait in a read or a write.
    ///
    /// # Errors
    /// The last address's error: `PermissionDenied` where the address is not granted,
    /// `TimedOut`, `ConnectionRefused`, and whatever else the network reports. `InvalidInput`
    /// where the text is no `host:port`.
    pub fn connect(address: &str, timeout: Duration) -> io::Result<Self> {
        let invalid = || {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{address:?} is not of the form host:port"),
            )
        };
        let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
        let port = port.parse().map_err(|_| invalid())?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(invalid());
        }
        platform::connect(host, port, timeout)
            .map(Self)
            .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
    }
}

impl Read for TcpStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for TcpStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Tries addresses in turn; the last one's error is returned.
fn first<A, S>(
    addresses: impl IntoIterator<Item = A>,
    connect: impl Fn(A) -> io::Result<S>,
) -> io::Result<S> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match connect(address) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(not(target_family = "wasm"))]
mod platform {
    use std::{io, net::ToSocketAddrs as _, time::Duration};

    pub(super) use std::net::TcpStream as Stream;

    pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<Stream> {
        super::first((host, port).to_socket_addrs()?, |address| {
            let stream = Stream::connect_timeout(&address, timeout)?;
            stream.set_read_timeout(Some(timeout))?;
            stream.set_write_timeout(Some(timeout))?;
            Ok(stream)
        })
    }
}

#[cfg(target_family = "wasm")]
mod platform;
