//! Where connections go: a host and its port.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use super::host::is_name;
use crate::grants::Error;

/// Where a guest may connect to, as `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`.
///
/// A host name stands for the public addresses it resolves to: private, loopback and link-local
/// ones are refused even so, lest whoever runs the name's DNS reach into the operator's network.
/// Grant such an address by itself. The one exception is `localhost`, which stands for loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
}

/// A host, by name or by address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A DNS name, in lower case and without a dot at the end.
    Name(String),
    /// This address, private or not.
    Address(IpAddr),
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Endpoint(text.to_owned());
        if let Ok(address) = text.parse::<SocketAddr>() {
            // The zone of an address is not part of what is compared, so there must be none.
            if address.port() == 0 || text.contains('%') {
                return Err(invalid());
            }
            return Ok(Self {
                host: Host::Address(address.ip().to_canonical()),
                port: address.port(),
            });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let host = host.strip_suffix('.').unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(invalid)?;
        if !is_name(host) {
            return Err(invalid());
        }
        Ok(Self { host: Host::Name(host.to_ascii_lowercase()), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(f, "{name}:{}", self.port),
            Host::Address(address) => SocketAddr::new(*address, self.port).fmt(f),
        }
    }
}

crate::grants::as_text!(Endpoint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_read_and_shown() {
        for text in ["smtp.example.com:587", "127.0.0.1:25", "[::1]:25", "localhost:80"] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.to_string(), text);
        }
        let endpoint: Endpoint = "SMTP.Example.com.:25".parse().unwrap();
        assert_eq!(endpoint.to_string(), "smtp.example.com:25");
        let endpoint: Endpoint = "[::ffff:10.0.0.1]:25".parse().unwrap();
        assert_eq!(endpoint.to_string(), "10.0.0.1:25");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "host",
            "host:",
            "host:0",
            "host:70000",
            "a b:1",
            ":25",
            "a..b:1",
            "*:1",
            "127.0.0.1:0",
            "[fe80::1%25]:80",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no endpoint")), "{error}");
        }
    }
}
