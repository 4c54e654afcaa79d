//! What a plugin may touch. Nothing by default.

mod effective;
mod merge;
mod more;
mod overview;
mod wanted;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
    sync::Arc,
};

use bytesize::ByteSize;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wasmtime_wasi::{WasiCtx, filesystem::WasiFilesystemCtx};

pub use crate::capability::{
    directories::{Access, Directory},
    endpoint::{Endpoint, Host},
    host::Pattern as HostPattern,
    http::{Path as HttpPath, Rule as HttpRule},
    key_value::Grant as KeyValue,
    scratch::GUEST as SCRATCH,
    secrets::{Exposure, Given, Secret, Source},
};
pub use effective::{Capability, Effective, Row, State};
pub use more::More;
pub use overview::Overview;
pub use wanted::{Wanted, wants_name};

use crate::capability::{
    http::Answers,
    key_value, secrets,
    watch::{Use, Watch},
};

/// Grants as an operator writes them down.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Spec {
    /// Directories the guest finds open.
    pub directories: Vec<Directory>,
    /// Bytes that each call may write to files in a directory of its own, which the guest finds
    /// at [`SCRATCH`] and which is gone after the call. A file or directory that is made counts as
    /// 4 KiB besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<ByteSize>,
    /// Endpoints the guest may open TCP connections to.
    pub connect: Vec<Endpoint>,
    /// HTTP requests the guest may make.
    pub http: Vec<HttpRule>,
    /// Environment variables the guest sees.
    pub environment: BTreeMap<String, String>,
    /// Configuration values.
    pub config: BTreeMap<String, String>,
    /// Secrets, or what stands for them.
    pub secrets: Vec<Secret>,
    /// Stores of key-value data.
    pub key_value: Vec<KeyValue>,
    /// What the guest's random numbers follow from, where they are to be the same in each call;
    /// they are no secret then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_seed: Option<u64>,
    /// The time at which the guest's wall clock stands still; by default it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Timestamp>,
}

/// Why grants cannot be read, or made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an endpoint.
    #[error("`{0}` is no endpoint: write `host:port`, `192.0.2.1:port` or `[2001:db8::1]:port`")]
    Endpoint(String),
    /// Not a host.
    #[error(
        "`{0}` is no host: write `api.example.com`, `*.example.com`, `192.0.2.1`, \
         `[2001:db8::1]` or `*`"
    )]
    Host(String),
    /// Not a rule for requests.
    #[error(
        "`{0}` grants no requests: write `https://api.example.com`, or with methods, a port and \
         a path `GET,POST https://api.example.com:8443/v1/*`"
    )]
    Request(String),
    /// Not what a request asks for.
    #[error("`{0}` is no request: write `POST https://api.example.com/v1/orders?all=true`")]
    Asked(String),
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
    /// The value of a secret cannot be read.
    #[error("cannot read the secret `{secret}` from {cause}")]
    Secret {
        /// The secret.
        secret: String,
        /// Where it should be, and why it cannot be read.
        cause: String,
    },
    /// Not a name for an environment variable.
    #[error("`{0}` is no name for an environment variable: it is empty, or has `=` or NUL in it")]
    Variable(String),
    /// Several directories at one path.
    #[error("two directories are granted as `{0}`: the guest finds one at each path")]
    SamePath(String),
    /// Several secrets of one name.
    #[error("two secrets are granted as `{0}`: the guest finds one under each name")]
    SameSecret(String),
    /// Several stores of one name.
    #[error("two key-value stores are granted as `{0}`: the guest finds one under each name")]
    SameStore(String),
    /// A secret that the guest may read, and that is yet for some hosts alone.
    #[error(
        "the secret `{0}` is for some hosts, and its value is exposed: the guest could send it \
         anywhere. Expose a placeholder, or leave the hosts out"
    )]
    ExposedToHosts(String),
}

/// Reads and writes a type as the text that it is read from and shown as.
macro_rules! as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use as_text;

/// Grants made ready: the directories are open, so that what is granted stays the directory the
/// operator named, whatever is renamed later, and the secrets are read. Cheap to clone; share one
/// among all calls.
#[derive(Clone, Default)]
pub struct Grants {
    opened: Arc<Opened>,
    key_value: Option<key_value::Access>,
    watch: Option<Watch>,
    answers: Option<Arc<dyn Answers>>,
}

#[derive(Default)]
struct Opened {
    spec: Spec,
    directories: WasiFilesystemCtx,
    secrets: secrets::Values,
}

impl Grants {
    /// Opens what `spec` grants.
    ///
    /// # Errors
    ///
    /// Where a directory cannot be opened, a secret cannot be read, a variable cannot be set, or
    /// two grants contradict each other.
    pub fn open(spec: Spec) -> Result<Self, Error> {
        for name in spec.environment.keys() {
            if name.is_empty() || name.contains(['=', '\0']) {
                return Err(Error::Variable(name.clone()));
            }
        }
        let scratch = spec.scratch.map(|_| SCRATCH);
        let mut paths = BTreeSet::new();
        for path in spec.directories.iter().map(|directory| &*directory.guest).chain(scratch) {
            if !paths.insert(path.trim_end_matches('/')) {
                return Err(Error::SamePath(path.to_owned()));
            }
        }
        let mut names = BTreeSet::new();
        for secret in &spec.secrets {
            if !names.insert(&secret.name) {
                return Err(Error::SameSecret(secret.name.clone()));
            }
            if secret.expose == Exposure::Value && !secret.hosts.is_empty() {
                return Err(Error::ExposedToHosts(secret.name.clone()));
            }
        }
        let mut stores = BTreeSet::new();
        for KeyValue { store, .. } in &spec.key_value {
            if !stores.insert(store) {
                return Err(Error::SameStore(store.clone()));
            }
        }
        let mut wasi = WasiCtx::builder();
        for directory in &spec.directories {
            directory.open(&mut wasi)?;
        }
        let directories = wasi.build().filesystem().clone();
        let secrets = secrets::Values::read(&spec.secrets)?;
        Ok(Self { opened: Arc::new(Opened { spec, directories, secrets }), ..Self::default() })
    }

    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same grants with a place for the key-value data of the plugin that is installed as
    /// `plugin`. Without one all stores are refused.
    #[must_use]
    pub fn with_key_value(self, store: Arc<dyn key_value::Store>, plugin: &str) -> Self {
        let key_value = Some(key_value::Access { store, plugin: plugin.to_owned() });
        Self { key_value, ..self }
    }

    /// The same grants, with somebody who is told of what guests ask for.
    #[must_use]
    pub fn with_watch(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The same grants, with somebody who answers the HTTP requests that are granted: none of them
    /// goes to the network then. This is for trying plugins out.
    #[must_use]
    pub fn with_answers(self, answers: Arc<dyn Answers>) -> Self {
        Self { answers: Some(answers), ..self }
    }

    /// What is granted.
    pub fn spec(&self) -> &Spec {
        &self.opened.spec
    }

    pub(crate) fn directories(&self) -> WasiFilesystemCtx {
        self.opened.directories.clone()
    }

    pub(crate) fn secrets(&self) -> &secrets::Values {
        &self.opened.secrets
    }

    /// Tells whoever watches.
    pub(crate) fn used(&self, used: impl FnOnce() -> Use) {
        if let Some(watch) = &self.watch {
            watch(used());
        }
    }

    pub(crate) fn answers(&self) -> Option<Arc<dyn Answers>> {
        self.answers.clone()
    }

    pub(crate) fn key_value(&self) -> Option<&key_value::Access> {
        self.key_value.as_ref()
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
    fn a_path_is_granted_once() {
        let directory = |guest: &str| Directory {
            host: std::env::temp_dir(),
            guest: guest.to_owned(),
            access: Access::ReadOnly,
        };
        let open = |guests: &[&str], scratch: Option<ByteSize>| {
            let directories = guests.iter().map(|guest| directory(guest)).collect();
            Grants::open(Spec { directories, scratch, ..Spec::default() })
        };
        open(&["/in", "/in/side"], Some(ByteSize::mib(1))).unwrap();
        for (guests, scratch, path) in [
            (&["/in", "/in/"] as &[_], None, "/in/"),
            (&[SCRATCH], Some(ByteSize::mib(1)), SCRATCH),
        ] {
            assert_eq!(
                open(guests, scratch).unwrap_err().to_string(),
                format!(
                    "two directories are granted as `{path}`: the guest finds one at each path"
                )
            );
        }
    }

    #[test]
    fn a_name_is_granted_once() {
        let secret = |expose| Secret {
            name: "KEY".to_owned(),
            from: Source::Env("PATH".to_owned()),
            expose,
            hosts: Vec::new(),
        };
        let secrets = vec![secret(Exposure::Value), secret(Exposure::Placeholder)];
        assert_eq!(
            Grants::open(Spec { secrets, ..Spec::default() }).unwrap_err().to_string(),
            "two secrets are granted as `KEY`: the guest finds one under each name"
        );
        let store = KeyValue::new("cache".to_owned());
        let key_value = vec![store.clone(), KeyValue { size: ByteSize::mib(1), ..store }];
        assert_eq!(
            Grants::open(Spec { key_value, ..Spec::default() }).unwrap_err().to_string(),
            "two key-value stores are granted as `cache`: the guest finds one under each name"
        );
    }

    #[test]
    fn a_secret_for_some_hosts_is_not_exposed() {
        let secret = Secret {
            name: "KEY".to_owned(),
            from: Source::Env("PATH".to_owned()),
            expose: Exposure::Value,
            hosts: vec!["api.example.com".parse().unwrap()],
        };
        let spec = Spec { secrets: vec![secret], ..Spec::default() };
        assert_eq!(
            Grants::open(spec).unwrap_err().to_string(),
            "the secret `KEY` is for some hosts, and its value is exposed: the guest could send it \
             anywhere. Expose a placeholder, or leave the hosts out"
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

    #[test]
    fn a_secret_that_is_not_there_is_named() {
        let open = |from| {
            let secret =
                Secret { name: "KEY".to_owned(), from, expose: Exposure::Value, hosts: Vec::new() };
            Grants::open(Spec { secrets: vec![secret], ..Spec::default() }).unwrap_err().to_string()
        };
        assert_eq!(
            open(Source::File("/nowhere/key".into())),
            "cannot read the secret `KEY` from the file /nowhere/key: No such file or directory \
             (os error 2)"
        );
        assert_eq!(
            open(Source::Env("STEPWELL_NO_SUCH_VARIABLE".to_owned())),
            "cannot read the secret `KEY` from the variable STEPWELL_NO_SUCH_VARIABLE: \
             environment variable not found"
        );
    }
}
