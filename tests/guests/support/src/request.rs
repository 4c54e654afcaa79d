//! What a guest is told to ask for, and what it tells of the answer.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

/// The secret of that name, or what the host gives for it.
pub(crate) type Secret = fn(&str) -> Option<String>;

/// A request. In its texts `{secret:NAME}` is whatever the host gives for the secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    #[serde(default = "get")]
    pub(crate) method: String,
    /// `SCHEME://AUTHORITY[/PATH][?QUERY]`, taken apart without any check; the path is a slash
    /// where there is none.
    pub(crate) url: String,
    /// Instead of the path and query of the URL.
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
    /// User and password of an `Authorization: Basic` header.
    pub(crate) basic: Option<(String, String)>,
    #[serde(default)]
    pub(crate) body: String,
    /// How many times the body is sent.
    #[serde(default = "once")]
    pub(crate) times: usize,
    /// Whether to go where a redirect points.
    #[serde(default)]
    pub(crate) follow: bool,
    pub(crate) connect_timeout_ms: Option<u64>,
    pub(crate) first_byte_timeout_ms: Option<u64>,
    pub(crate) between_bytes_timeout_ms: Option<u64>,
}

fn get() -> String {
    "GET".to_owned()
}

fn once() -> usize {
    1
}

impl Request {
    /// A `GET` of that, with nothing besides.
    pub fn get(url: &str) -> Self {
        Self {
            method: get(),
            url: url.to_owned(),
            path: None,
            headers: Vec::new(),
            basic: None,
            body: String::new(),
            times: once(),
            follow: false,
            connect_timeout_ms: None,
            first_byte_timeout_ms: None,
            between_bytes_timeout_ms: None,
        }
    }

    /// Scheme, authority, and path with query.
    pub(crate) fn parts(&self) -> (&str, &str, &str) {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("https", &self.url));
        let (authority, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        (scheme, authority, self.path.as_deref().unwrap_or(path))
    }

    /// All headers, with that of `basic`.
    pub(crate) fn all_headers(&self, secret: Secret) -> Vec<(String, String)> {
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), with_secrets(value, secret)))
            .collect();
        if let Some((user, password)) = &self.basic {
            let value = BASE64_STANDARD.encode(with_secrets(&format!("{user}:{password}"), secret));
            headers.push(("authorization".to_owned(), format!("Basic {value}")));
        }
        headers
    }
}

/// `text` with what the host gives for the secrets in it.
pub(crate) fn with_secrets(text: &str, secret: Secret) -> String {
    let mut rest = text;
    let mut filled = String::new();
    while let Some((before, after)) = rest.split_once("{secret:") {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(&secret(name).unwrap_or_default());
        rest = after;
    }
    filled + rest
}

/// What came of a request. The body is there beside an error where the answer broke off.
#[derive(Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Response {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    /// Bytes of the body.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

fn is_zero(size: &usize) -> bool {
    *size == 0
}
