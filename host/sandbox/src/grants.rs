//! What a plugin may touch. Nothing by default.

use std::{
    collections::BTreeMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use wasmtime_wasi::{FsPerms, WasiCtx, filesystem::WasiFilesystemCtx};

/// Grants as an operator writes them down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// Directories the guest finds open.
    pub directories: Vec<Directory>,
    /// Endpoints the guest may open TCP connections to.
    pub connect: Vec<Endpoint>,
    /// Environment variables: the configuration the guest sees.
    pub environment: BTreeMap<String, String>,
}

/// A directory of the host that the guest finds open. Nothing outside of it can be reached
/// through it, by `..` or by symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Directory {
    /// Where it is on the host. It must exist.
    pub host: PathBuf,
    /// The path at which the guest sees it.
    pub guest: String,
    /// What the guest may do there.
    #[serde(default)]
    pub access: Access,
}

/// What a guest may do in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List, and read files.
    #[default]
    ReadOnly,
    /// Also create, write, rename and delete.
    ReadWrite,
}

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
            return Ok(Self {
                host: Host::Address(address.ip().to_canonical()),
                port: address.port(),
            });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(invalid)?;
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        let port = port.parse().ok().filter(|port| *port != 0).ok_or_else(invalid)?;
        if host.len() > 253 || !host.split('.').all(label) {
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

impl Serialize for Endpoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Why grants could not be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an endpoint.
    #[error("`{0}` is no endpoint: write `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`")]
    Endpoint(String),
    /// A directory cannot be opened.
    #[error("cannot open the directory {} that is granted as `{guest}`: {cause}", host.display())]
    Directory {
        /// The directory.
        host: PathBuf,
        /// The path at which the guest would have seen it.
        guest: String,
        /// Why not.
        cause: String,
    },
    /// Not a name for an environment variable.
    #[error("`{0}` is no name for an environment variable: it is empty, or has `=` or NUL in it")]
    Variable(String),
}

/// Grants made ready: the directories are open, so that what is granted stays the directory the
/// operator named, whatever is renamed later. Cheap to clone; share one among all calls.
#[derive(Clone, Default)]
pub struct Grants(Arc<Opened>);

#[derive(Default)]
struct Opened {
    spec: Spec,
    directories: WasiFilesystemCtx,
}

impl Grants {
    /// Opens what `spec` grants.
    ///
    /// # Errors
    ///
    /// Where a directory cannot be opened or a variable cannot be set.
    pub fn open(spec: Spec) -> Result<Self, Error> {
        for name in spec.environment.keys() {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(Error::Variable(name.clone()));
            }
        }
        let mut wasi = WasiCtx::builder();
        for directory in &spec.directories {
            let access = match directory.access {
                Access::ReadOnly => FsPerms::ReadOnly,
                Access::ReadWrite => FsPerms::ReadWrite,
            };
            wasi.preopened_dir(&directory.host, &directory.guest, access).map_err(|error| {
                Error::Directory {
                    host: directory.host.clone(),
                    guest: directory.guest.clone(),
                    cause: error.root_cause().to_string(),
                }
            })?;
        }
        Ok(Self(Arc::new(Opened { spec, directories: wasi.build().filesystem().clone() })))
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// What is granted.
    pub fn spec(&self) -> &Spec {
        &self.0.spec
    }

    pub(crate) fn directories(&self) -> WasiFilesystemCtx {
        self.0.directories.clone()
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec().fmt(f)
    }
}

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
        for text in ["", "host", "host:", "host:0", "host:70000", "a b:1", ":25", "a..b:1", "*:1"] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no endpoint")), "{error}");
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let spec = Spec {
            directories: vec![Directory {
                host: "/nowhere/at/all".into(),
                guest: "/out".into(),
                access: Access::ReadWrite,
            }],
            ..Spec::default()
        };
        assert_eq!(
            Grants::open(spec).unwrap_err().to_string(),
            "cannot open the directory /nowhere/at/all that is granted as `/out`: \
             No such file or directory (os error 2)"
        );
    }

    #[test]
    fn a_variable_needs_a_name() {
        let spec =
            Spec { environment: [("A=B".to_owned(), String::new())].into(), ..Spec::default() };
        assert_eq!(
            Grants::open(spec).unwrap_err().to_string(),
            "`A=B` is no name for an environment variable: it is empty, or has `=` or NUL in it"
        );
    }
}
