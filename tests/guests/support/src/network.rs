//! Sockets, through the functions of `wasi:sockets` themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::{
    io::streams::{InputStream, OutputStream},
    sockets::{
        instance_network::instance_network,
        ip_name_lookup,
        network::{
            ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
            Ipv6SocketAddress,
        },
        tcp::TcpSocket,
        tcp_create_socket::create_tcp_socket,
        udp_create_socket::create_udp_socket,
    },
};

/// What is to be done. The answer is `ok`, addresses, or the name of an error.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Deed {
    /// Connects by TCP.
    Connect {
        /// To where.
        address: SocketAddr,
    },
    /// Connects by TCP, writes a line so many times, and tells the line that came back each time.
    Say {
        /// To where.
        address: SocketAddr,
        /// The line, without its end.
        line: String,
        /// How many times.
        times: usize,
    },
    /// Connects by TCP, and where that is refused panics.
    ConnectOrTrap {
        /// To where.
        address: SocketAddr,
    },
    /// Looks a name up.
    Resolve {
        /// The name of a host.
        name: String,
    },
    /// Looks a name up, and connects to all its addresses.
    Reach {
        /// The name of a host.
        name: String,
        /// At all of its addresses.
        port: u16,
    },
    /// Listens by TCP.
    Listen {
        /// At which of its own.
        address: SocketAddr,
    },
    /// Binds a UDP socket.
    Bind {
        /// At which of its own.
        address: SocketAddr,
    },
    /// Sends by UDP from an unbound socket.
    Send {
        /// To where.
        address: SocketAddr,
    },
}

/// Does it, and tells what came of it.
///
/// # Panics
///
/// Where [`Deed::ConnectOrTrap`] cannot connect.
pub fn run(deed: Deed) -> Value {
    let done = match deed {
        Deed::Connect { address } => connect(address).map(|_| json!("ok")),
        Deed::Say { address, line, times } => {
            connect(address).map(|connection| say(connection, &line, times))
        }
        Deed::ConnectOrTrap { address } => match connect(address) {
            Ok(_) => Ok(json!("ok")),
            Err(code) => panic!("cannot connect: {}", code.name()),
        },
        Deed::Resolve { name } => resolve(&name).map(|found| json!(found)),
        Deed::Reach { name, port } => resolve(&name).map(|found| {
            let answer =
                |ip| connect(SocketAddr::new(ip, port)).map_or_else(named, |_| json!("ok"));
            found.into_iter().map(answer).collect()
        }),
        Deed::Listen { address } => listen(address),
        Deed::Bind { address } => bind(address),
        Deed::Send { address } => send(address),
    };
    done.unwrap_or_else(named)
}

fn named(code: ErrorCode) -> Value {
    json!(code.name())
}

/// A connection; fields are dropped in order, the streams before their socket.
struct Connection {
    input: InputStream,
    output: OutputStream,
    _socket: TcpSocket,
}

fn connect(address: SocketAddr) -> Result<Connection, ErrorCode> {
    let socket = create_tcp_socket(family(address))?;
    socket.start_connect(&instance_network(), to_wasi(address))?;
    loop {
        match socket.finish_connect() {
            Ok((input, output)) => return Ok(Connection { input, output, _socket: socket }),
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            Err(code) => return Err(code),
        }
    }
}

fn say(connection: Connection, line: &str, times: usize) -> Value {
    let Connection { input, output, .. } = &connection;
    let mut heard = Vec::new();
    for _ in 0..times {
        if output.blocking_write_and_flush(format!("{line}\n").as_bytes()).is_err() {
            heard.push("cannot write".to_owned());
            break;
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"\n") {
            match input.blocking_read(1) {
                Ok(bytes) => answer.extend(bytes),
                Err(_) => break,
            }
        }
        heard.push(String::from_utf8_lossy(&answer).trim_end().to_owned());
    }
    json!(heard)
}

fn resolve(name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let stream = ip_name_lookup::resolve_addresses(&instance_network(), name)?;
    let mut found = Vec::new();
    loop {
        match stream.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => {
                found.push(Ipv4Addr::new(a, b, c, d).into());
            }
            Ok(Some(IpAddress::Ipv6((a, b, c, d, e, f, g, h)))) => {
                found.push(Ipv6Addr::new(a, b, c, d, e, f, g, h).into());
            }
            Ok(None) => return Ok(found),
            Err(ErrorCode::WouldBlock) => stream.subscribe().block(),
            Err(code) => return Err(code),
        }
    }
}

fn listen(address: SocketAddr) -> Result<Value, ErrorCode> {
    let socket = create_tcp_socket(family(address))?;
    socket.start_bind(&instance_network(), to_wasi(address))?;
    socket.finish_bind()?;
    socket.start_listen()?;
    socket.finish_listen()?;
    Ok(json!("ok"))
}

fn bind(address: SocketAddr) -> Result<Value, ErrorCode> {
    let socket = create_udp_socket(family(address))?;
    socket.start_bind(&instance_network(), to_wasi(address))?;
    socket.finish_bind()?;
    Ok(json!("ok"))
}

fn send(address: SocketAddr) -> Result<Value, ErrorCode> {
    let socket = create_udp_socket(family(address))?;
    socket.stream(Some(to_wasi(address)))?;
    Ok(json!("ok"))
}

fn family(address: SocketAddr) -> IpAddressFamily {
    match address {
        SocketAddr::V4(_) => IpAddressFamily::Ipv4,
        SocketAddr::V6(_) => IpAddressFamily::Ipv6,
    }
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            let (port, address) = (v4.port(), (a, b, c, d));
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: 0,
                address: (a, b, c, d, e, f, g, h),
                scope_id: 0,
            })
        }
    }
}
