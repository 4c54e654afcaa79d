//! The codes of errors, as guests ask for them.

use wasmtime::{
    StoreContextMut,
    component::{Linker, Resource},
};
use wasmtime_wasi::p2::IoError;
use wasmtime_wasi_http::{Error, p2::bindings::http::types::ErrorCode};

use crate::state::State;

/// The interface, in the version that Wasmtime has.
const TYPES: &str = "wasi:http/types@0.2.12";

/// Has `http-error-code` tell what broke off a body. Wasmtime's own knows none of the errors that
/// reading one ends with.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    linker.instance(TYPES)?.func_wrap(
        "http-error-code",
        |store: StoreContextMut<'_, State>, (error,): (Resource<IoError>,)| {
            let error = store.data().table.get(&error)?;
            Ok((error.downcast_ref().and_then(code),))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// The code of what a body breaks off with.
fn code(error: &Error) -> Option<ErrorCode> {
    match error {
        Error::HttpResponseBodySize(size) => Some(ErrorCode::HttpResponseBodySize(*size)),
        Error::HttpResponseIncomplete => Some(ErrorCode::HttpResponseIncomplete),
        Error::HttpProtocolError => Some(ErrorCode::HttpProtocolError),
        Error::ConnectionReadTimeout => Some(ErrorCode::ConnectionReadTimeout),
        Error::ConnectionTerminated => Some(ErrorCode::ConnectionTerminated),
        _ => None,
    }
}
