//! What a host gives to a plugin, for a plugin's own tests, which run without one.
//!
//! Everything here is of the test's own thread: tests don't see what others have set. Key-value
//! stores need no setting up; they begin empty.

use std::{cell::RefCell, collections::BTreeMap};

use crate::http::{Error, Request, Response};

type Serve = dyn Fn(&Request) -> Result<Response, Error>;

#[derive(Default)]
pub(crate) struct Host {
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) stores: BTreeMap<String, BTreeMap<String, (Vec<u8>, u64)>>,
    pub(crate) writes: u64,
    serve: Option<Box<Serve>>,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

pub(crate) fn with<T>(act: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with_borrow_mut(act)
}

/// Sets a configuration value.
pub fn set_config(name: impl Into<String>, value: impl Into<String>) {
    with(|host| host.config.insert(name.into(), value.into()));
}

/// Sets a secret.
pub fn set_secret(name: impl Into<String>, value: impl Into<String>) {
    with(|host| host.secrets.insert(name.into(), value.into()));
}

/// Answers the requests that are sent from here on. Without it they are
/// [refused](Error::Refused), as where nothing is granted.
pub fn serve_http(serve: impl Fn(&Request) -> Result<Response, Error> + 'static) {
    with(|host| host.serve = Some(Box::new(serve)));
}

pub(crate) fn send(request: &Request) -> Result<Response, Error> {
    with(|host| match &host.serve {
        Some(serve) => serve(request),
        None => Err(Error::Refused("no test has said what answers it".to_owned())),
    })
}
