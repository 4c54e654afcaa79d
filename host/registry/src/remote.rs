//! A repository of a registry, spoken to as the OCI Distribution Specification has it.
//!
//! A registry is not believed: each answer has a limit that bites while it is read, digests and
//! sizes are checked here, and redirects and locations that lead to another host get no
//! credentials.
//!
//! [OCI Distribution Specification](https://github.com/opencontainers/distribution-spec/blob/main/spec.md).

mod authorize;
mod pull;
mod push;
mod signatures;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Method, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION},
    redirect,
};

pub use self::pull::Found;
use crate::{credentials::Credentials, error::Error, foreign::foreign, reference::Repository};

/// How long a connection may take to come about.
const CONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// How long there may be no byte, unless others are told.
const SILENT_AT_MOST: Duration = Duration::from_secs(30);
/// How long a request may take in all.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15 * 60);
/// How long it may take to read the signatures of an artifact, unless others are told.
const SIGNATURES_WITHIN: Duration = Duration::from_secs(60);
/// How often a request may be sent elsewhere.
const REDIRECTS_AT_MOST: usize = 5;
/// The largest manifest, in bytes, as the Distribution Specification recommends.
const MANIFEST_AT_MOST: u64 = 4 << 20;
/// How much is read of what a registry says when it refuses.
const MESSAGE_AT_MOST: u64 = 64 << 10;

/// How a registry is spoken to.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who one is.
    pub credentials: Credentials,
    /// Whether to do without TLS. Registries on loopback have none anyway, unless `authorities`
    /// says whom to believe there.
    pub plain_http: bool,
    /// Certificates in PEM of authorities that are believed beside those of the system.
    pub authorities: Option<Vec<u8>>,
    /// How long it may send nothing while it is waited for: half a minute by default.
    pub silence: Duration,
    /// How long reading an artifact's signatures may take in all: a minute by default.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            plain_http: false,
            authorities: None,
            silence: SILENT_AT_MOST,
            patience: SIGNATURES_WITHIN,
        }
    }
}

/// What one is about to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read.
    Pull,
    /// Read and write.
    Push,
}

/// A repository that can be read, or written to.
#[derive(Debug)]
pub struct Remote {
    http: reqwest::Client,
    repository: Repository,
    access: Access,
    credentials: Credentials,
    base: Url,
    patience: Duration,
    /// What requests are authorized with, once the registry has asked for it.
    authorization: Mutex<Option<HeaderValue>>,
}

/// A request that can be sent more than once.
#[derive(Debug, Clone)]
struct Call {
    /// What is asked for, in words.
    what: String,
    method: Method,
    url: Url,
    accept: Option<&'static str>,
    body: Option<(&'static str, Bytes)>,
}

impl Remote {
    /// A repository, to which nothing is sent yet.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(repository: &Repository, access: Access, options: &Options) -> Result<Self, Error> {
        // That one is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let setup = |error: reqwest::Error| Error::Setup(because(&error));
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("stepwell/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECTED_WITHIN)
            .read_timeout(options.silence)
            .timeout(ANSWERED_WITHIN)
            // They are followed here, where it is seen where they lead.
            .redirect(redirect::Policy::none());
        if repository.is_loopback() {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &options.authorities {
            let authorities = reqwest::Certificate::from_pem_bundle(pem).map_err(setup)?;
            if authorities.is_empty() {
                return Err(Error::Setup("the file has no certificates in PEM".to_owned()));
            }
            builder = builder.tls_certs_merge(authorities);
        }
        let is_plain =
            options.plain_http || repository.is_loopback() && options.authorities.is_none();
        let scheme = if is_plain { "http" } else { "https" };
        let (registry, name) = (repository.registry(), repository.name());
        let base = Url::parse(&format!("{scheme}://{registry}/v2/{name}/"))
            .map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Self {
            http: builder.build().map_err(setup)?,
            repository: repository.clone(),
            access,
            credentials: options.credentials.clone(),
            base,
            patience: options.patience,
            authorization: Mutex::default(),
        })
    }

    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// A request for something below the repository.
    fn call(&self, what: String, method: Method, path: &str) -> Result<Call, Error> {
        let url = self.base.join(path).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Call { what, method, url, accept: None, body: None })
    }

    /// Sends a request, authorized where the registry asks for it, and follows where it is sent.
    /// The answer may be one of any status but redirections, 401 and 403.
    async fn send(&self, mut call: Call) -> Result<Response, Error> {
        let mut was_authorized = false;
        for _ in 0..=REDIRECTS_AT_MOST {
            let response = self.request(&call).send().await;
            let response = response.map_err(|error| self.unreachable(&call.url, &error))?;
            let status = response.status();
            if status == StatusCode::UNAUTHORIZED && !was_authorized && self.is_home(&call.url) {
                was_authorized = true;
                let authorization = self.authorize(&call.what, response.headers()).await?;
                *self.authorization.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(authorization);
                continue;
            }
            if status == StatusCode::FORBIDDEN {
                return Err(self.unauthorized(&call.what, message(response).await));
            }
            if status == StatusCode::UNAUTHORIZED {
                return Err(self.unauthorized(&call.what, String::new()));
            }
            if !status.is_redirection() {
                return Ok(response);
            }
            call.url = self.elsewhere(&call, &response)?;
            if call.method != Method::GET && call.method != Method::HEAD {
                let (to, why) = (shown(&call.url), "it would write there");
                return Err(Error::Redirect { what: call.what, to, why });
            }
        }
        let (to, why) = (shown(&call.url), "there were too many before");
        Err(Error::Redirect { what: call.what, to, why })
    }

    /// The same, where the answer must have that status.
    async fn expect(&self, call: Call, expected: StatusCode) -> Result<Response, Error> {
        let what = call.what.clone();
        let response = self.send(call).await?;
        match response.status() {
            status if status == expected => Ok(response),
            StatusCode::NOT_FOUND => Err(Error::NotFound { what }),
            status => {
                let message = message(response).await;
                Err(Error::Refused { what, status: status.as_u16(), message })
            }
        }
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let mut request = self.http.request(call.method.clone(), call.url.clone());
        if let Some(accept) = call.accept {
            request = request.header(ACCEPT, accept);
        }
        if let Some((media_type, body)) = &call.body {
            request = request.header(CONTENT_TYPE, *media_type).body(body.clone());
        } else if call.method == Method::POST {
            request = request.header(CONTENT_LENGTH, 0);
        }
        if self.is_home(&call.url) {
            let authorization = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(authorization) = &*authorization {
                request = request.header(AUTHORIZATION, authorization);
            }
        }
        request
    }

    /// Whether a URL is one of the registry itself, which gets what authorizes.
    fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    /// Where an answer leads.
    fn elsewhere(&self, call: &Call, response: &Response) -> Result<Url, Error> {
        let (what, location) = (call.what.clone(), response.headers().get(LOCATION));
        let text = location.and_then(|it| it.to_str().ok()).unwrap_or_default();
        let Ok(url) = call.url.join(text).map_err(drop).and_then(|url| match text {
            "" => Err(()),
            _ => Ok(url),
        }) else {
            return Err(Error::Redirect { what, to: foreign(text), why: "it is no URL" });
        };
        let is_safe = url.scheme() == "https" || url.scheme() == self.base.scheme();
        if !is_safe || !url.has_host() {
            return Err(Error::Redirect { what, to: shown(&url), why: "it leads out of TLS" });
        }
        Ok(url)
    }

    /// What there is no answer from, be it the registry or a host that it leads to.
    fn unreachable(&self, at: &Url, error: &reqwest::Error) -> Error {
        let (registry, why) = (self.repository.registry().to_owned(), because(error));
        let why = match at.host_str() {
            Some(host) if !self.is_home(at) => {
                let port = at.port().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{}{port}, where the request leads, does not: {why}", foreign(host))
            }
            _ => why,
        };
        Error::Unreachable { registry, why }
    }

    fn unauthorized(&self, what: &str, message: String) -> Error {
        let (registry, what) = (self.repository.registry().to_owned(), what.to_owned());
        match self.credentials.username() {
            Some(username) => {
                let username = username.to_owned();
                Error::Unauthorized { registry, username, what, message }
            }
            None => Error::NeedsCredentials { registry, what, message },
        }
    }

    /// Reads an answer that may have so many bytes.
    async fn read(&self, what: &str, mut response: Response, most: u64) -> Result<Vec<u8>, Error> {
        let too_large = || Error::TooLarge { what: what.to_owned(), most };
        let announced = response.content_length();
        if announced.is_some_and(|length| length > most) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if (bytes.len() + chunk.len()) as u64 > most => {
                    return Err(too_large());
                }
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes),
                Err(error) => {
                    let (found, what) = (bytes.len() as u64, what.to_owned());
                    return Err(match announced {
                        Some(expected) if found < expected && !error.is_timeout() => {
                            Error::Truncated { what, found, expected }
                        }
                        _ => self.unreachable(response.url(), &error),
                    });
                }
            }
        }
    }
}

/// What a registry says when it refuses: the messages of its errors, or the text.
///
/// [OCI Distribution, Error Codes](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes).
async fn message(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() as u64 > MESSAGE_AT_MOST {
            return String::new();
        }
    }
    let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let errors = document["errors"].as_array().into_iter().flatten();
    let messages = errors.filter_map(|error| {
        error["message"].as_str().filter(|it| !it.is_empty()).or_else(|| error["code"].as_str())
    });
    foreign(&messages.collect::<Vec<_>>().join("; "))
}

/// A URL without what may be secret in it, such as the query of one that is signed.
fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    foreign(&format!("{}://{host}{port}{}", url.scheme(), url.path()))
}

/// An error with all that it comes from; reqwest's own words are of no help.
fn because(error: &reqwest::Error) -> String {
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    source.to_string()
}
