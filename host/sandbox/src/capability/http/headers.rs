//! The headers of requests.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AUTHORIZATION, CONNECTION, HOST, TE, TRAILER},
};
use wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;

use super::url::Url;
use crate::{
    capability::secrets::{Recipient, Withheld},
    state::Setting,
};

/// Whether a guest may neither set nor see a header: those that are about the connection, and not
/// about the request.
pub(super) fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name)
        || [TE, TRAILER].contains(name)
        || name.as_str().starts_with("proxy-")
}

/// Sets what is the host's to say.
pub(super) fn complete(headers: &mut HeaderMap, url: &Url) {
    headers.insert(HOST, url.authority());
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

/// Why a header is not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Withheld(#[from] Withheld),
    /// The secret is in the place of its placeholder, and is not shown.
    #[error(
        "the secret in its header `{0}` has characters that a header may not have; see whether \
         the file it is read from has several lines"
    )]
    Unfit(HeaderName),
}

/// Puts the values of secrets in the place of their placeholders.
pub(super) fn reveal(
    headers: &mut HeaderMap,
    setting: &Setting,
    to: Recipient<'_>,
) -> Result<(), Error> {
    for (name, value) in headers.iter_mut() {
        // A placeholder is ASCII: what is none has to be sent as it is.
        let Ok(text) = value.to_str() else { continue };
        let revealed = match setting.reveal(text, to)? {
            None if name == AUTHORIZATION => reveal_basic(text, setting, to)?,
            revealed => revealed,
        };
        if let Some(revealed) = revealed {
            *value = revealed.try_into().map_err(|_| Error::Unfit(name.clone()))?;
            value.set_sensitive(true);
        }
    }
    Ok(())
}

/// The same in the user and password of `Authorization: Basic`, which are written in base64.
fn reveal_basic(
    header: &str,
    setting: &Setting,
    to: Recipient<'_>,
) -> Result<Option<String>, Withheld> {
    let Some((scheme, encoded)) = header.split_once(' ') else { return Ok(None) };
    let credentials = match scheme.eq_ignore_ascii_case("basic") {
        true => BASE64_STANDARD.decode(encoded.trim()).ok(),
        false => None,
    };
    let Some(credentials) = credentials.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Ok(None);
    };
    let revealed = setting.reveal(&credentials, to)?;
    Ok(revealed.map(|credentials| format!("Basic {}", BASE64_STANDARD.encode(credentials))))
}
