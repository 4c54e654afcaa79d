//! A client of a host: one function signs and sends.

mod credentials;
mod error;
mod history;
pub(crate) mod name;

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use clap::Args;
use serde_json::Value;

use self::credentials::Credentials;
pub(crate) use self::{
    error::Error,
    history::{Entry, History},
    name::Execution,
};

/// Where a host is unless somebody says otherwise.
pub(crate) const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:8080";
const ENDPOINT_VARIABLE: &str = "STEPWELL_ENDPOINT";
/// How long a host may take to answer what it answers at once.
const TIME: Duration = Duration::from_secs(60);
const TIME_OF_PROBE: Duration = Duration::from_secs(5);
/// Longer than an Express execution may run.
const TIME_OF_EXPRESS: Duration = Duration::from_secs(6 * 60);
/// How often a request that was throttled is sent, and the first wait in between.
const TRIES: u32 = 4;
const WAIT: Duration = Duration::from_millis(250);

/// What all commands against a host take.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The host's URL; by default $STEPWELL_ENDPOINT, or http://127.0.0.1:8080.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,

    /// Print JSON for programs, as the API has it.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What speaks with a host.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: reqwest::Url,
    credentials: Credentials,
}

impl Client {
    /// A client of the host that the options name, with the credentials of AWS's clients.
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let credentials = Credentials::find(&credentials::Environment::of_process())?;
        Self::at(options.endpoint.clone(), credentials)
    }

    /// A client that only [probes](Self::probe).
    pub(crate) fn anonymous(endpoint: Option<String>) -> Result<Self> {
        Self::at(endpoint, Credentials::of_development())
    }

    fn at(endpoint: Option<String>, credentials: Credentials) -> Result<Self> {
        let variable = || std::env::var(ENDPOINT_VARIABLE).ok().filter(|text| !text.is_empty());
        let endpoint = endpoint.or_else(variable).unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        let url = reqwest::Url::parse(&endpoint)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url.with_context(|| {
            format!("`{endpoint}` is no URL of a host, which looks like {DEFAULT_ENDPOINT}")
        })?;
        // That one is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot set up the HTTP client")?;
        Ok(Self { http, endpoint: url, credentials })
    }

    /// Calls an action; its answer as the API has it. A request that is throttled is sent again, a
    /// few times.
    pub(crate) async fn call(&self, action: &'static str, request: &Value) -> Result<Value, Error> {
        let mut wait = WAIT;
        for _ in 1..TRIES {
            match self.send(action, request).await {
                Err(error) if error.is_throttled() => tokio::time::sleep(wait).await,
                result => return result,
            }
            wait *= 2;
        }
        self.send(action, request).await
    }

    /// The host's URL.
    pub(crate) fn endpoint(&self) -> String {
        self.endpoint.as_str().trim_end_matches('/').to_owned()
    }

    /// The status of one of the pages that a host has beside the API: `health`, `ready`.
    pub(crate) async fn probe(&self, page: &str) -> Result<u16, Error> {
        let request = self.http.get(format!("{}/{page}", self.endpoint())).timeout(TIME_OF_PROBE);
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        Ok(response.status().as_u16())
    }

    fn broken(&self, error: &reqwest::Error) -> Error {
        Error::broken(self.endpoint(), error)
    }

    /// Signs and sends a request, once.
    async fn send(&self, action: &'static str, request: &Value) -> Result<Value, Error> {
        let body = request.to_string().into_bytes();
        let request = self.request(action, body).map_err(|why| Error::Request { action, why })?;
        let response = self.http.execute(request).await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|error| self.broken(&error))?;
        let answer = serde_json::from_slice::<Value>(&body).ok().filter(Value::is_object);
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            Some(answer) if answer["__type"].is_string() || answer["message"].is_string() => {
                Err(Error::refused(&answer))
            }
            _ => Err(Error::NotAHost { endpoint: self.endpoint(), status: status.as_u16() }),
        }
    }

    /// The signed request.
    fn request(&self, action: &str, body: Vec<u8>) -> Result<reqwest::Request> {
        let port = self.endpoint.port().map_or(String::new(), |port| format!(":{port}"));
        let host = format!("{}{port}", self.endpoint.host_str().unwrap_or_default());
        let target = format!("AWSStepFunctions.{action}");
        let headers = [
            ("host", &*host),
            ("x-amz-target", &target),
            ("content-type", "application/x-amz-json-1.0"),
        ];
        let identity = self.credentials.signing().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.credentials.region)
            .name("states")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let uri = self.endpoint.as_str();
        let signable =
            SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(&body))?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let mut request = self.http.post(self.endpoint.clone());
        for (name, value) in headers.into_iter().chain(signature.headers()) {
            request = request.header(name, value);
        }
        let time = if action == "StartSyncExecution" { TIME_OF_EXPRESS } else { TIME };
        Ok(request.timeout(time).body(body).build()?)
    }

    /// All that a list has, over all its pages, or the first so many.
    pub(crate) async fn list(
        &self,
        action: &'static str,
        mut request: Value,
        member: &str,
        most: Option<usize>,
    ) -> Result<Vec<Value>, Error> {
        let most = most.unwrap_or(usize::MAX);
        let mut items = Vec::new();
        loop {
            request["maxResults"] = (most - items.len()).min(1_000).into();
            let mut answer = self.call(action, &request).await?;
            if let Value::Array(page) = answer[member].take() {
                items.extend(page);
            }
            items.truncate(most);
            match answer["nextToken"].take() {
                Value::Null => return Ok(items),
                _ if items.len() == most => return Ok(items),
                token => request["nextToken"] = token,
            }
        }
    }
}
