//! Connections to the hosts of URLs, and to no address that was not checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use wasmtime_wasi_http::Error;

use super::{Subject, network::Network, tls::Tls, url::Url};
use crate::capability::{address::is_public, endpoint::Host, host::Pattern};

/// What a grant lets a request reach, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Public addresses.
    Public,
    /// Loopback ones, which is what `localhost` is for.
    Loopback,
    /// The address that is granted itself, wherever it is.
    Itself,
}

impl Reach {
    /// What a rule for such a host lets a request to one of them reach.
    pub(super) fn of(host: &Pattern) -> Self {
        match host {
            Pattern::Address(_) => Self::Itself,
            Pattern::Name(name) if name == "localhost" => Self::Loopback,
            Pattern::Any | Pattern::Below(_) | Pattern::Name(_) => Self::Public,
        }
    }

    /// Whether nobody but the operator's own network carries a request to that host.
    pub(super) fn is_private(self, host: &Host) -> bool {
        match (self, host) {
            (Self::Loopback, _) => true,
            (Self::Itself, Host::Address(address)) => !is_public(*address),
            _ => false,
        }
    }

    fn has(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Loopback => address.is_loopback(),
            Self::Itself => true,
        }
    }
}

/// A connection, with TLS or without.
pub(super) type Connection = Either<TlsStream<TcpStream>, TcpStream>;

/// Makes the connections of a sandbox.
pub(crate) struct Connector {
    network: Arc<dyn Network>,
    tls: Tls,
}

impl Connector {
    pub(crate) fn new(network: Arc<dyn Network>, tls: Tls) -> Self {
        Self { network, tls }
    }

    /// Connects to the host of `url`, where it has an address within reach, or one that is granted
    /// itself.
    pub(super) async fn connect(
        &self,
        url: &Url,
        reach: Reach,
        granted: &[IpAddr],
        subject: &Subject,
    ) -> Result<Connection, Error> {
        let addresses = self.addresses(url, reach, granted, subject).await?;
        let stream = self.connect_to_any(&addresses, url.port).await?;
        match url.tls {
            true => self.tls.connect(url, stream, subject).await.map(Either::Left),
            false => Ok(Either::Right(stream)),
        }
    }

    /// The addresses of the host that may be reached. It is resolved this once: what is connected
    /// to is what was checked, whatever a second look-up would say.
    async fn addresses(
        &self,
        url: &Url,
        reach: Reach,
        granted: &[IpAddr],
        subject: &Subject,
    ) -> Result<Vec<IpAddr>, Error> {
        let unresolved = || Error::DnsError { rcode: None, info_code: None };
        let all = match &url.host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.network.resolve(name).await.map_err(|_| unresolved())?,
        };
        let all: Vec<_> = all.into_iter().map(|address| address.to_canonical()).collect();
        let allows = |address: &IpAddr| reach.has(*address) || granted.contains(address);
        let allowed: Vec<_> = all.iter().copied().filter(allows).collect();
        match (allowed.is_empty(), all.first()) {
            (false, _) => Ok(allowed),
            (true, None) => Err(unresolved()),
            (true, Some(private)) => {
                let origin = url.origin(Host::Address(*private));
                let is = match &url.host {
                    Host::Name(name) => format!("`{name}` resolves to"),
                    Host::Address(_) => "its host is".to_owned(),
                };
                subject.refused(match reach {
                    Reach::Loopback => format!("{is} {private}, which is no loopback address"),
                    Reach::Public | Reach::Itself => format!(
                        "{is} {private}, which is not public; grant `{origin}` itself if that is \
                         meant"
                    ),
                });
                Err(Error::DestinationIpProhibited)
            }
        }
    }

    async fn connect_to_any(&self, addresses: &[IpAddr], port: u16) -> Result<TcpStream, Error> {
        let mut failure = Error::DestinationUnavailable;
        for address in addresses {
            match self.network.connect(SocketAddr::new(*address, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = unconnected(&error),
            }
        }
        Err(failure)
    }
}

fn unconnected(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Error::ConnectionRefused,
        io::ErrorKind::TimedOut => Error::ConnectionTimeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Error::DestinationIpUnroutable
        }
        _ => Error::DestinationUnavailable,
    }
}
