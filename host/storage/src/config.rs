//! Buckets as an operator writes them down, in the tables `[buckets.NAME]` of `stepwell.toml`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use serde::Deserialize;

use crate::{Access, Bucket};

/// A bucket as it is written down: a directory,
///
/// ```toml
/// [buckets.orders]
/// directory = "data/orders"
/// access = "read-write"       # "read-only" by default
/// ```
///
/// or a bucket of S3 or of a store that speaks its protocol:
///
/// ```toml
/// [buckets.archive]
/// bucket = "acme-archive"
/// region = "eu-central-1"                   # "us-east-1" by default
/// endpoint = "https://minio.example.com"    # that of AWS by default
/// access-key-id-env = "ARCHIVE_KEY"
/// secret-access-key-env = "ARCHIVE_SECRET"
/// ```
///
/// Secrets are in environment variables, never in the file. Where none are named they are those of
/// every AWS client (`AWS_ACCESS_KEY_ID`, ...), and where those are not set, the role of the
/// machine, container or Kubernetes account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Table")]
pub struct Config {
    /// Where the objects are.
    pub location: Location,
    /// What may be done with them.
    pub access: Access,
}

/// Where a bucket's objects are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A directory, relative to that of the project.
    Directory(PathBuf),
    /// A bucket of an S3-style store.
    S3(S3),
}

/// A bucket of an S3-style store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// Its name there.
    pub bucket: String,
    /// The store's URL; AWS's if there is none.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// The environment variables with the credentials.
    pub credentials: Credentials,
}

/// The names of environment variables that hold credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Those of every AWS client, or else the role that the environment gives.
    Standard,
    /// These, which must be set.
    Variables {
        /// The access key's id.
        access_key_id: String,
        /// The secret access key.
        secret_access_key: String,
        /// The session token of temporary credentials.
        session_token: Option<String>,
    },
}

/// The table as it is read, before it is known whether its keys go together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    directory: Option<PathBuf>,
    bucket: Option<String>,
    endpoint: Option<String>,
    region: Option<String>,
    #[serde(default)]
    allow_http: bool,
    access_key_id_env: Option<String>,
    secret_access_key_env: Option<String>,
    session_token_env: Option<String>,
    #[serde(default)]
    access: Access,
}

/// Why a bucket that is written down cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither kind of bucket.
    #[error("a bucket needs `directory`, or the `bucket` of an S3-style store")]
    Nowhere,
    /// A key of the other kind of bucket.
    #[error("`{0}` is for the bucket of an S3-style store, and this one is a directory")]
    NotForDirectories(&'static str),
    /// Credentials would be sent in the clear.
    #[error(
        "the endpoint `{0}` is not https: whoever is on the way reads and changes what is sent. \
         Set allow-http = true if that is meant"
    )]
    PlainHttp(String),
    /// No URL of a store.
    #[error("the endpoint `{0}` is no URL: it must start with https:// or http://")]
    Endpoint(String),
    /// One name of two that belong together.
    #[error("`{0}` is missing: an access key has an id and a secret")]
    HalfOfKey(&'static str),
    /// A directory cannot be opened or made.
    #[error("cannot open the directory {}: {cause}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// A variable that is named is not set.
    #[error("the environment variable `{0}` is not set; credentials are read from it")]
    Variable(String),
    /// The store's client refuses its settings.
    #[error("the S3-style store cannot be used: {0}")]
    Client(object_store::Error),
}

impl TryFrom<Table> for Config {
    type Error = Error;

    fn try_from(table: Table) -> Result<Self, Error> {
        let access = table.access;
        let location = match (table.directory, table.bucket) {
            (Some(directory), bucket) => {
                let others = [
                    ("bucket", bucket.is_some()),
                    ("endpoint", table.endpoint.is_some()),
                    ("region", table.region.is_some()),
                    ("allow-http", table.allow_http),
                    ("access-key-id-env", table.access_key_id_env.is_some()),
                    ("secret-access-key-env", table.secret_access_key_env.is_some()),
                    ("session-token-env", table.session_token_env.is_some()),
                ];
                if let Some((key, _)) = others.into_iter().find(|(_, given)| *given) {
                    return Err(Error::NotForDirectories(key));
                }
                Location::Directory(directory)
            }
            (None, None) => return Err(Error::Nowhere),
            (None, Some(bucket)) => {
                if let Some(endpoint) = &table.endpoint {
                    match endpoint.split_once("://") {
                        Some(("https", _)) => {}
                        Some(("http", _)) if table.allow_http => {}
                        Some(("http", _)) => return Err(Error::PlainHttp(endpoint.clone())),
                        _ => return Err(Error::Endpoint(endpoint.clone())),
                    }
                }
                let session_token = table.session_token_env;
                let credentials = match (table.access_key_id_env, table.secret_access_key_env) {
                    (Some(access_key_id), Some(secret_access_key)) => {
                        Credentials::Variables { access_key_id, secret_access_key, session_token }
                    }
                    (Some(_), None) => return Err(Error::HalfOfKey("secret-access-key-env")),
                    (None, None) if session_token.is_none() => Credentials::Standard,
                    (None, _) => return Err(Error::HalfOfKey("access-key-id-env")),
                };
                Location::S3(S3 {
                    bucket,
                    endpoint: table.endpoint,
                    region: table.region.unwrap_or_else(|| "us-east-1".to_owned()),
                    credentials,
                })
            }
        };
        Ok(Self { location, access })
    }
}

/// What tells of the role that a container, a Kubernetes account or a function has.
const ROLE: [&str; 6] = [
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

impl Config {
    /// Opens the bucket of a project in `directory`. A directory that may be written to is made if
    /// it is not there. `variable` looks up an environment variable.
    ///
    /// # Errors
    /// Where a directory cannot be opened, a variable is not set, or the store's client refuses
    /// its settings. The store itself is not asked yet.
    pub fn open(
        &self,
        directory: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Bucket, Error> {
        match &self.location {
            Location::Directory(path) => {
                let path = directory.join(path);
                let made = match self.access {
                    Access::ReadOnly => Ok(()),
                    Access::ReadWrite => fs::create_dir_all(&path),
                };
                made.and_then(|()| Bucket::directory(&path, self.access))
                    .map_err(|cause| Error::Directory { path, cause })
            }
            Location::S3(s3) => Ok(Bucket::s3(s3.client(variable)?, self.access)),
        }
    }
}

impl S3 {
    fn client(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<object_store::aws::AmazonS3, Error> {
        // The HTTP client takes the cryptography that the process has chosen. An error says that
        // it has chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(&self.region)
            .with_allow_http(self.endpoint.as_ref().is_some_and(|url| url.starts_with("http://")));
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let (id, secret, token) = match &self.credentials {
            Credentials::Variables { access_key_id, secret_access_key, session_token } => {
                let set = |name: &String| variable(name).ok_or(Error::Variable(name.clone()));
                (
                    Some(set(access_key_id)?),
                    Some(set(secret_access_key)?),
                    session_token.as_ref().map(set).transpose()?,
                )
            }
            Credentials::Standard => (
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
                variable("AWS_SESSION_TOKEN"),
            ),
        };
        match (id, secret) {
            (Some(id), Some(secret)) => {
                builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                if let Some(token) = token {
                    builder = builder.with_token(token);
                }
            }
            (Some(_), None) => return Err(Error::Variable("AWS_SECRET_ACCESS_KEY".to_owned())),
            (None, Some(_)) => return Err(Error::Variable("AWS_ACCESS_KEY_ID".to_owned())),
            (None, None) => {
                for name in ROLE {
                    let key = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>();
                    if let (Ok(key), Some(value)) = (key, variable(name)) {
                        builder = builder.with_config(key, value);
                    }
                }
            }
        }
        builder.build().map_err(Error::Client)
    }
}

#[cfg(test)]
mod tests;
