//! TCP over `wasi:sockets`.

use std::{io, net::IpAddr, time::Duration};

use wasip2::{
    clocks::monotonic_clock,
    io::{
        poll::{self, Pollable},
        streams::{InputStream, OutputStream, StreamError},
    },
    sockets::{
        instance_network, ip_name_lookup,
        network::{
            ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
            Ipv6SocketAddress, Network,
        },
        tcp::TcpSocket,
        tcp_create_socket,
    },
};

/// Fields are dropped in order, and the streams must go before their socket.
#[derive(Debug)]
pub(super) struct Stream {
    input: InputStream,
    output: OutputStream,
    _socket: TcpSocket,
    timeout: Duration,
}

pub(super) fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<Stream> {
    let network = instance_network::instance_network();
    let addresses = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, d] = ip.octets();
            vec![IpAddress::Ipv4((a, b, c, d))]
        }
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, e, f, g, h] = ip.segments();
            vec![IpAddress::Ipv6((a, b, c, d, e, f, g, h))]
        }
        Err(_) => resolve(&network, host, timeout)?,
    };
    super::first(addresses, |address| connect_to(&network, address, port, timeout))
}

fn resolve(network: &Network, host: &str, timeout: Duration) -> io::Result<Vec<IpAddress>> {
    let stream = ip_name_lookup::resolve_addresses(network, host).map_err(error)?;
    let mut addresses = Vec::new();
    loop {
        match stream.resolve_next_address() {
            Ok(Some(address)) => addresses.push(address),
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => wait(&stream.subscribe(), timeout)?,
            Err(code) => return Err(error(code)),
        }
    }
}

fn connect_to(
    network: &Network,
    address: IpAddress,
    port: u16,
    timeout: Duration,
) -> io::Result<Stream> {
    let (family, address) = match address {
        IpAddress::Ipv4(address) => {
            (IpAddressFamily::Ipv4, IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address }))
        }
        IpAddress::Ipv6(address) => (
            IpAddressFamily::Ipv6,
            IpSocketAddress::Ipv6(Ipv6SocketAddress { port, address, flow_info: 0, scope_id: 0 }),
        ),
    };
    let socket = tcp_create_socket::create_tcp_socket(family).map_err(error)?;
    socket.start_connect(network, address).map_err(error)?;
    let (input, output) = loop {
        match socket.finish_connect() {
            Ok(streams) => break streams,
            Err(ErrorCode::WouldBlock) => wait(&socket.subscribe(), timeout)?,
            Err(code) => return Err(error(code)),
        }
    };
    Ok(Stream { input, output, _socket: socket, timeout })
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.input.read(buffer.len() as u64) {
                Ok(bytes) if bytes.is_empty() => wait(&self.input.subscribe(), self.timeout)?,
                Ok(bytes) => {
                    let Some(target) = buffer.get_mut(..bytes.len()) else {
                        return Err(io::Error::other("the host returned more than was asked for"));
                    };
                    target.copy_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Err(StreamError::Closed) => return Ok(0),
                Err(StreamError::LastOperationFailed(error)) => {
                    return Err(io::Error::other(error.to_debug_string()));
                }
            }
        }
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            match self.output.check_write().map_err(broken)? {
                0 => wait(&self.output.subscribe(), self.timeout)?,
                room => {
                    let length = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
                    let (now, _) = bytes.split_at(length);
                    self.output.write(now).map_err(broken)?;
                    return Ok(length);
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush().map_err(broken)?;
        // The stream is ready again when the flush is done.
        while self.output.check_write().map_err(broken)? == 0 {
            wait(&self.output.subscribe(), self.timeout)?;
        }
        Ok(())
    }
}

/// Waits until it is ready, for no longer than the timeout.
fn wait(ready: &Pollable, timeout: Duration) -> io::Result<()> {
    let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
    let late = monotonic_clock::subscribe_duration(nanoseconds);
    poll::poll(&[ready, &late]);
    if ready.ready() {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer in {timeout:?}")))
    }
}

fn broken(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => {
            io::Error::new(io::ErrorKind::BrokenPipe, "the connection is closed")
        }
        StreamError::LastOperationFailed(error) => io::Error::other(error.to_debug_string()),
    }
}

fn error(code: ErrorCode) -> io::Error {
    let kind = match code {
        ErrorCode::AccessDenied => io::ErrorKind::PermissionDenied,
        ErrorCode::NotSupported => io::ErrorKind::Unsupported,
        ErrorCode::InvalidArgument => io::ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory => io::ErrorKind::OutOfMemory,
        ErrorCode::Timeout => io::ErrorKind::TimedOut,
        ErrorCode::ConnectionRefused => io::ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => io::ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => io::ErrorKind::ConnectionAborted,
        ErrorCode::RemoteUnreachable => io::ErrorKind::HostUnreachable,
        ErrorCode::NameUnresolvable
        | ErrorCode::TemporaryResolverFailure
        | ErrorCode::PermanentResolverFailure => io::ErrorKind::NotFound,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, code.name())
}
