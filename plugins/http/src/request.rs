//! The request that is sent: what the state says, and what its connection adds.

use std::time::Duration;

use serde_json::{Map, Value};
use stepwell_task::{Call, Failure, http};

use crate::{
    connection::Additions,
    form, names,
    parameters::{ArrayFormat, Encoding, Method, Parameters, texts},
};

/// Header fields that a state may not set, in lower case; AWS refuses them, too.
const RESTRICTED: &[&str] = &[
    "a-im",
    "accept-charset",
    "accept-datetime",
    "accept-encoding",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "forwarded",
    "from",
    "host",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "max-forwards",
    "origin",
    "pragma",
    "proxy-authorization",
    "referer",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "warning",
];

/// What the names of others begin with that a state may not set.
const RESTRICTED_PREFIXES: &[&str] = &["x-forwarded-", "x-amz-", "x-amzn-"];

/// A request before it is sent.
#[derive(Debug)]
pub(crate) struct Draft {
    method: Method,
    /// Without the query.
    endpoint: String,
    query: Vec<(String, String)>,
    /// The query that the endpoint has, as it is.
    own_query: Option<String>,
    headers: Vec<(String, String)>,
    body: Body,
    encoding: Encoding,
    arrays: ArrayFormat,
    agent: String,
}

#[derive(Debug)]
enum Body {
    None,
    Text(String),
    Object(Map<String, Value>),
    Json(Value),
}

impl Draft {
    /// The request as the state says it.
    pub(crate) fn new(parameters: &Parameters, call: &Call) -> Result<Self, Failure> {
        let (endpoint, own_query) = endpoint(&parameters.api_endpoint)?;
        let mut headers = Vec::new();
        for (name, value) in parameters.headers.iter().flatten() {
            allowed(name)?;
            // Several values of a field are one list, RFC 9110, section 5.3.
            headers.push((name.clone(), texts("Headers", name, value)?.join(", ")));
        }
        let mut query = Vec::new();
        for (name, value) in parameters.query_parameters.iter().flatten() {
            for value in texts("QueryParameters", name, value)? {
                query.push((name.clone(), value));
            }
        }
        let transform = parameters.transform.clone().unwrap_or_default();
        Ok(Self {
            method: parameters.method,
            endpoint,
            query,
            own_query,
            headers,
            body: match &parameters.request_body {
                None => Body::None,
                Some(Value::String(text)) => Body::Text(text.clone()),
                Some(Value::Object(members)) => Body::Object(members.clone()),
                Some(other) => Body::Json(other.clone()),
            },
            encoding: transform.request_body_encoding,
            arrays: transform.request_encoding_options.unwrap_or_default().array_format,
            agent: format!("Amazon|StepFunctions|HttpInvoke|{}", region(call)),
        })
    }

    /// With what the connection adds, which takes the place of what the state says of the same
    /// name.
    pub(crate) fn with(mut self, additions: Additions) -> Result<Self, Failure> {
        let Additions { headers, query, body } = additions;
        for (name, value) in headers {
            self.set_header(&name, value);
        }
        let is_added = |name: &str| query.iter().any(|(added, _)| added == name);
        self.query.retain(|(name, _)| !is_added(name));
        if let Some(own) = &mut self.own_query {
            let is_kept = |pair: &&str| {
                form_urlencoded::parse(pair.as_bytes()).all(|(name, _)| !is_added(&name))
            };
            *own = own.split('&').filter(is_kept).collect::<Vec<_>>().join("&");
        }
        self.query.extend(query);
        if !body.is_empty() {
            let members = match &mut self.body {
                Body::Object(members) => members,
                Body::None => {
                    self.body = Body::Object(Map::new());
                    let Body::Object(members) = &mut self.body else { return Ok(self) };
                    members
                }
                Body::Text(_) | Body::Json(_) => {
                    return Err(Failure::new(
                        names::RUNTIME,
                        "the connection adds parameters to the body, so that RequestBody must be \
                         an object",
                    ));
                }
            };
            members.extend(body.into_iter().map(|(name, value)| (name, value.into())));
        }
        if self.encoding == Encoding::UrlEncoded && matches!(self.body, Body::Json(_)) {
            return Err(Failure::new(
                names::RUNTIME,
                "RequestBody must be an object where RequestBodyEncoding is URL_ENCODED",
            ));
        }
        Ok(self)
    }

    pub(crate) fn build(mut self, timeout: Duration) -> http::Request {
        let mut url = self.endpoint;
        let own = self.own_query.filter(|query| !query.is_empty());
        let added = self.query.iter().map(|(name, value)| form::parameter(name, value));
        for (part, joint) in
            own.into_iter().chain(added).zip(std::iter::once('?').chain(std::iter::repeat('&')))
        {
            url.push(joint);
            url.push_str(&part);
        }
        let (body, kind) = match (std::mem::replace(&mut self.body, Body::None), self.encoding) {
            (Body::None, _) => (None, ""),
            (Body::Text(text), Encoding::None) => (Some(text), "application/json"),
            (Body::Text(text), Encoding::UrlEncoded) => (Some(text), FORM),
            (Body::Object(members), Encoding::UrlEncoded) => {
                (Some(form::encode(&members, self.arrays)), FORM)
            }
            (Body::Object(members), Encoding::None) => {
                (Some(Value::Object(members).to_string()), "application/json")
            }
            (Body::Json(value), _) => (Some(value.to_string()), "application/json"),
        };
        let mut request = http::Request::new(self.method.as_str(), url).timeout(timeout);
        set(&mut self.headers, "User-Agent", self.agent);
        // No more than a state can hold, of a server that heeds it.
        set(&mut self.headers, "Range", "bytes=0-262144".to_owned());
        if let Some(body) = body {
            if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                request = request.header("Content-Type", kind);
            }
            request = request.body(body);
        }
        self.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    fn set_header(&mut self, name: &str, value: String) {
        set(&mut self.headers, name, value);
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Sets a header field in place of those of the same name.
fn set(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value));
}

/// The endpoint without its query, and the query.
fn endpoint(text: &str) -> Result<(String, Option<String>), Failure> {
    let invalid = |why: &str| Failure::new(names::RUNTIME, format!("ApiEndpoint {text:?} {why}"));
    let url: http_types::Uri =
        text.parse().map_err(|error| invalid(&format!("is no URL: {error}")))?;
    if url.scheme() != Some(&http_types::uri::Scheme::HTTPS) {
        return Err(invalid("does not begin with https://, and nothing else is called"));
    }
    if url.authority().is_none_or(|authority| authority.as_str().contains('@')) {
        return Err(invalid("names a user: the connection says who calls"));
    }
    if text.contains('#') {
        return Err(invalid("has a fragment, which no server sees"));
    }
    Ok(match text.split_once('?') {
        Some((endpoint, query)) => (endpoint.to_owned(), Some(query.to_owned())),
        None => (text.to_owned(), None),
    })
}

fn allowed(name: &str) -> Result<(), Failure> {
    let lower = name.to_ascii_lowercase();
    let is_restricted = RESTRICTED.contains(&lower.as_str())
        || RESTRICTED_PREFIXES.iter().any(|prefix| lower.starts_with(prefix));
    match is_restricted {
        true => {
            let cause = format!("the header {name:?} is not a state's to set: leave it out");
            Err(Failure::new(names::RUNTIME, cause))
        }
        false => Ok(()),
    }
}

/// The region in the execution's ARN, `arn:aws:states:REGION:...`.
fn region(call: &Call) -> &str {
    call.execution_arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or("local")
}
