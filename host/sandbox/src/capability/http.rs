//! Outgoing HTTP: the imported `wasi:http`.
//!
//! What a guest asks for is checked before anything happens: whether a rule grants it, whether the
//! call has requests left, and whether its headers may go there. A redirect is an answer like any
//! other: a guest that follows it makes another request, which is checked again.

mod answers;
mod body;
mod code;
mod connector;
mod exchange;
mod headers;
mod network;
mod rule;
mod tls;
mod url;

use std::{future, net::IpAddr, sync::Arc};

use http::{Method, Request, Response, request::Parts};
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpCtxView, WasiHttpHooks,
    WasiHttpView, p2::add_only_http_to_linker_async,
};

pub use self::{
    answers::{Answers, Asked},
    network::{Network, System},
    rule::{Path, Rule},
};
pub(crate) use self::{connector::Connector, tls::Tls};
use self::{connector::Reach, exchange::Exchange, url::Url};
use super::{endpoint::Host, host::Pattern, refusals::Refusals, secrets::Recipient, watch::Use};
use crate::{
    grants::Capability,
    state::{Setting, State},
};

pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    add_only_http_to_linker_async(linker)?;
    code::add_to_linker(linker)
}

/// The requests of one call.
pub(crate) struct Requests {
    connector: Arc<Connector>,
    made: u64,
}

impl Requests {
    pub(crate) fn new(connector: Arc<Connector>) -> Self {
        Self { connector, made: 0 }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.setting, table: &mut self.table, ctx: &mut self.http }
    }
}

/// What Wasmtime wants of a request: the answer, and what is to be done while its body is read.
type Answer = Result<(Response<WasiBody>, Work), Error>;
type Work = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// Bytes of a request's body that the host holds at one go: a request need never be sent, and a
/// guest may have many.
const CHUNK: usize = 64 << 10;

impl WasiHttpHooks for Setting {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(headers::is_forbidden)
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Work,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        match self.check(request, options.unwrap_or_default()) {
            Ok(exchange) => Box::new(exchange.run()),
            Err(error) => Box::new(future::ready(Err(error))),
        }
    }
}

/// A request, by its method and its URL without the query, to say what became of it.
#[derive(Clone)]
struct Subject {
    request: String,
    refusals: Refusals,
}

/// Bytes of a request's name that are kept.
const LONGEST: usize = 256;

impl Subject {
    fn new(method: &Method, url: &Url, refusals: Refusals) -> Self {
        let mut request = format!("{method} {url}");
        if request.len() > LONGEST {
            request.truncate(request.floor_char_boundary(LONGEST));
            request.push_str("...");
        }
        Self { request, refusals }
    }

    /// Notes that it was refused.
    fn refused(&self, why: impl AsRef<str>) {
        let why = why.as_ref();
        self.refusals.note(format!("The request `{}` was refused: {why}.", self.request));
    }

    /// Notes that it was begun, but not brought to its end.
    fn broken_off(&self, why: impl AsRef<str>) {
        let why = why.as_ref();
        self.refusals.note(format!("The request `{}` was broken off: {why}.", self.request));
    }
}

impl Setting {
    /// Makes a request ready, if it may be made.
    fn check(
        &mut self,
        request: Request<WasiBody>,
        options: RequestOptions,
    ) -> Result<Exchange, Error> {
        let (mut parts, body) = request.into_parts();
        let Some(url) = Url::read(&parts.uri) else {
            let what = || format!("{} a URL that is none", parts.method);
            self.calls.begin(Capability::Http, what).refused("the URL is none");
            self.refusals.note(
                "A request was refused: the host of its URL must be a name or an address, \
                 with a port or without one, there must be no user before it, and what comes \
                 after it must be ASCII."
                    .to_owned(),
            );
            return Err(Error::HttpRequestUriInvalid);
        };
        self.grants.used(|| Use::Http { host: url.host(), port: url.port });
        let subject = Subject::new(&parts.method, &url, self.refusals.clone());
        let call = self.calls.begin(Capability::Http, || format!("{} {url}", parts.method));
        let (reach, granted) = match self.allowed(&mut parts, &url) {
            Ok(allowed) => allowed,
            Err(why) => {
                subject.refused(&why);
                call.refused(&why);
                return Err(Error::HttpRequestDenied);
            }
        };
        headers::complete(&mut parts.headers, &url);
        parts.uri = url.target().ok_or(Error::HttpRequestUriInvalid)?;
        Ok(Exchange {
            request: Request::from_parts(parts, body),
            url,
            reach,
            granted,
            options,
            limit: self.limits.http_body,
            connector: Arc::clone(&self.requests.connector),
            answers: self.grants.answers(),
            subject,
            call: Some(call),
        })
    }

    /// How far a request may reach, and the addresses at which it is granted; or why it may not be
    /// made. Secrets are in the place of their placeholders then.
    fn allowed(&mut self, parts: &mut Parts, url: &Url) -> Result<(Reach, Vec<IpAddr>), String> {
        if leads_elsewhere(&parts.method) {
            return Err("the methods CONNECT and TRACE are never granted".to_owned());
        }
        let rules = self.grants.spec().http.iter();
        let rules = rules.filter(|rule| rule.allows(&parts.method, url));
        let Some(reach) = rules.map(|rule| Reach::of(&rule.host)).max() else {
            return Err("it is not granted".to_owned());
        };
        // Addresses for which the same request is granted: its host may resolve to one.
        let granted = self.grants.spec().http.iter().filter_map(|rule| match rule.host {
            Pattern::Address(address) => {
                let there = url.at(Host::Address(address));
                rule.allows(&parts.method, &there).then_some(address)
            }
            _ => None,
        });
        let granted = granted.collect();
        if self.requests.made >= self.limits.http_requests {
            let limit = self.limits.http_requests;
            return Err(format!("the call is over its limit of {limit} HTTP requests"));
        }
        self.requests.made += 1;
        let host = url.host();
        let to = Recipient { host: &host, alone: url.tls || reach.is_private(&url.host) };
        headers::reveal(&mut parts.headers, self, to).map_err(|why| why.to_string())?;
        Ok((reach, granted))
    }
}

/// Whether a method makes a tunnel of the connection, or has the server send back the headers,
/// with the secrets in them. Some servers don't care about capitals.
fn leads_elsewhere(method: &Method) -> bool {
    ["CONNECT", "TRACE"].iter().any(|other| method.as_str().eq_ignore_ascii_case(other))
}
