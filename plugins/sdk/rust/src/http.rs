//! HTTP requests that wait for their answer.
//!
//! In a host they are `wasi:http`, and reach only what the operator has granted. In a plugin's own
//! tests [`local::serve_http`](crate::local::serve_http) answers them.
//!
//! ```no_run
//! use stepwell_task::{Failure, http::Request, secrets};
//!
//! fn rate(currency: &str) -> Result<f64, Failure> {
//!     let key = secrets::get("rates-key").unwrap_or_default();
//!     let response = Request::get(format!("https://rates.example.com/{currency}"))
//!         .header("authorization", format!("Bearer {key}"))
//!         .send()?;
//!     if response.status != 200 {
//!         return Err(Failure::new("RatesUnavailable", format!("status {}", response.status)));
//!     }
//!     Ok(response.json()?)
//! }
//! ```

use std::{borrow::Cow, time::Duration};

use serde::de::DeserializeOwned;

use crate::Failure;

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// `http://` or `https://`, host, path and query.
    pub url: String,
    /// The header fields, in order.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there is none.
    pub body: Vec<u8>,
    /// How long to wait at most for the connection, for the answer to begin, and for each part of
    /// it to arrive; 30 seconds unless it is set.
    pub timeout: Duration,
}

/// An answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The status, such as 200.
    pub status: u16,
    /// The header fields, in order; names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The method, the URL or a header is not valid; nothing was sent.
    #[error("the request is not valid: {0}")]
    Invalid(String),
    /// The host does not let the plugin send this request there.
    #[error("the request is not granted: {0}")]
    Refused(String),
    /// Nothing came in time; the server may have the request.
    #[error("no answer in time: {0}")]
    TimedOut(String),
    /// There was no connection: the server does not have the request.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// The answer broke off or made no sense; the server may have the request.
    #[error("the answer did not arrive: {0}")]
    Broken(String),
    /// The body of the request or of the answer has more bytes than the operator allows.
    #[error("a body is too large: {0}")]
    TooLarge(String),
}

/// `PLUGIN.InvalidRequest`, `PLUGIN.PermissionDenied`, `PLUGIN.TimedOut`, `PLUGIN.Unreachable`,
/// `PLUGIN.BrokenResponse` or `PLUGIN.TooLarge`.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match error {
            Error::Invalid(_) => "InvalidRequest",
            Error::Refused(_) => "PermissionDenied",
            Error::TimedOut(_) => "TimedOut",
            Error::Unreachable(_) => "Unreachable",
            Error::Broken(_) => "BrokenResponse",
            Error::TooLarge(_) => "TooLarge",
        };
        Self::caused_by(name, &error)
    }
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: Duration::from_secs(30),
        }
    }

    /// A GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A POST request with a body.
    pub fn post(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", url).body(body)
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets how long to wait; see [`Request::timeout`](struct@Request).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends it and waits until the whole answer is there.
    ///
    /// # Errors
    /// Where there is no answer. An answer of any status is none.
    pub fn send(&self) -> Result<Response, Error> {
        let target = Target::of(&self.url)?;
        platform::send(self, &target)
    }
}

impl Response {
    /// The first header field of that name, whatever its case; `None` too where it is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text; bytes that are none are replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// Where it is not JSON of that type.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

/// A URL, taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    is_https: bool,
    authority: &'a str,
    path_with_query: Cow<'a, str>,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Result<Self, Error> {
        let invalid = || Error::Invalid(format!("{url:?} is not of the form https://host/path"));
        let (scheme, rest) = url.split_once("://").ok_or_else(invalid)?;
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(invalid()),
        };
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() || authority.contains('@') {
            return Err(invalid());
        }
        let path_with_query =
            if path.starts_with('/') { path.into() } else { format!("/{path}").into() };
        Ok(Self { is_https, authority, path_with_query })
    }
}

#[cfg(not(target_family = "wasm"))]
mod platform {
    use super::{Error, Request, Response, Target};

    pub(super) fn send(request: &Request, _target: &Target<'_>) -> Result<Response, Error> {
        crate::local::send(request)
    }
}

#[cfg(target_family = "wasm")]
mod platform;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let parts = |url| {
            let Target { is_https, authority, path_with_query } = Target::of(url).unwrap();
            (is_https, authority.to_owned(), path_with_query.into_owned())
        };
        let local = "localhost:8080".to_owned();
        assert_eq!(parts("http://localhost:8080?a=b"), (false, local, "/?a=b".to_owned()));
        let host = || "example.com".to_owned();
        assert_eq!(parts("https://example.com"), (true, host(), "/".to_owned()));
        assert_eq!(parts("https://example.com/a/b?c#d"), (true, host(), "/a/b?c".to_owned()));
    }

    #[test]
    fn what_is_no_url_is_said_to_be_none() {
        for url in ["example.com", "ftp://example.com", "http://", "https://me@example.com/"] {
            let error = Request::get(url).send().unwrap_err();
            let text =
                format!("the request is not valid: {url:?} is not of the form https://host/path");
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn a_request_is_answered_by_the_test() {
        let request = Request::get("http://rates/eur").header("accept", "application/json");
        let refused = Failure::from(request.send().unwrap_err());
        assert_eq!(refused.error(), "PermissionDenied");
        crate::local::serve_http(|request| {
            assert_eq!(
                (request.method.as_str(), request.url.as_str()),
                ("GET", "http://rates/eur")
            );
            let headers = vec![("content-type".to_owned(), b"application/json".to_vec())];
            Ok(Response { status: 200, headers, body: b"1.25".to_vec() })
        });
        let response = request.send().unwrap();
        assert_eq!(response.header("Content-Type"), Some("application/json"));
        assert_eq!(response.json::<f64>().unwrap(), 1.25);
    }
}
