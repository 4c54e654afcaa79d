//! Answers that are given in the place of the network's, for whoever tries a plugin out.

use std::{fmt, str::FromStr};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use wasmtime_wasi_http::{Error, WasiBody};

use super::{
    Answer, Subject,
    body::{Bounded, Of},
    exchange::check_head,
    url::Url,
};
use crate::grants;

/// Who answers in the place of the network. It is asked about requests that are granted, within
/// their limits and complete, as a server would get them: nothing else comes this far.
pub trait Answers: Send + Sync {
    /// What is answered to a request; none where there is nobody to answer, which the guest sees as
    /// a connection that was refused. The request is as it would be sent: its URL is only a path
    /// and a query, and secrets are in the place of their placeholders.
    fn answer(&self, asked: &Asked, request: &Request<Bytes>) -> Option<Response<Bytes>>;
}

/// What a request asks for, as `METHOD URL`, such as `GET https://api.example.com/v1/orders?all`.
/// Two are the same where servers could not tell them apart: the host is in small letters, and the
/// scheme's own port is no part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    method: Method,
    url: Url,
}

impl Asked {
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self { method, url }
    }
}

impl FromStr for Asked {
    type Err = grants::Error;

    fn from_str(text: &str) -> Result<Self, grants::Error> {
        let read = || {
            let (method, url) = text.split_once(' ')?;
            let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
            let method = Method::from_bytes(method.as_bytes()).ok().filter(|_| is_method)?;
            Some(Self { method, url: Url::read(&url.parse().ok()?)? })
        };
        read().ok_or_else(|| grants::Error::Asked(text.to_owned()))
    }
}

/// With the query.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)?;
        match self.url.query() {
            Some(query) => write!(f, "?{query}"),
            None => Ok(()),
        }
    }
}

/// Has a request answered, within the same limits as if it were sent.
pub(super) async fn answered(
    answers: &dyn Answers,
    url: Url,
    request: Request<Bounded<WasiBody>>,
    limit: u64,
    subject: Subject,
) -> Answer {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let asked = Asked::new(head.method.clone(), url);
    let answer = answers.answer(&asked, &Request::from_parts(head, body));
    let answer = answer.ok_or(Error::ConnectionRefused)?;
    check_head(answer.headers())?;
    let answer = answer.map(|body| {
        let body = Full::new(body).map_err(|never| match never {});
        Bounded::new(body, Of::Response, limit, subject).boxed_unsync()
    });
    Ok((answer, Box::new(async { Ok(()) })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_a_method_and_a_url() {
        for (text, shown) in [
            ("GET https://API.example.com:443", "GET https://api.example.com/"),
            ("POST http://127.0.0.1:8080/a?b=c", "POST http://127.0.0.1:8080/a?b=c"),
        ] {
            let asked: Asked = text.parse().unwrap();
            assert_eq!(asked.to_string(), shown);
            assert_eq!(shown.parse::<Asked>().unwrap(), asked);
        }
        let one: Asked = "GET https://a/?b".parse().unwrap();
        assert_ne!(one, "GET https://a/?c".parse().unwrap());
        assert_ne!(one, "PUT https://a/?b".parse().unwrap());
    }

    #[test]
    fn what_is_no_request_is_told_how_to_be_one() {
        for text in ["", "https://a/", "get https://a/", " https://a/", "GET a/", "GET https://a b"]
        {
            let error = text.parse::<Asked>().unwrap_err().to_string();
            let is = "is no request: write `POST https://api.example.com/v1/orders?all=true`";
            assert_eq!(error, format!("`{text}` {is}"));
        }
    }
}
