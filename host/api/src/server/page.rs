//! The console's files, which need no credentials: there is nothing in them that is anybody's.

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::any,
};
use stepwell_console::File;

use super::{Server, not_found};
use crate::authentication::Authentication;

/// Where the console is.
const PLACE: &str = "/console/";
const INDEX: &str = "index.html";

/// What the page may do: nothing that comes from elsewhere, or goes there, and be in no frame.
static HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), \
         serial=(), usb=(), xr-spatial-tracking=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The console's places.
pub(super) fn router() -> Router<Server> {
    Router::new()
        .route("/console", any(async || redirect()))
        .route(PLACE, any(index))
        .route("/console/host.json", any(greet))
        .route("/console/{*path}", any(file))
        .layer(from_fn(guard))
}

/// Sends somebody to the console.
pub(super) fn redirect() -> Response {
    let headers = [(header::LOCATION, PLACE), (header::VARY, "accept")];
    (StatusCode::FOUND, headers).into_response()
}

/// Puts the headers on what is answered below the console's place.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => next.run(request).await,
        _ => not_found(&uuid::Uuid::new_v4().to_string()),
    };
    for (name, value) in &HEADERS {
        response.headers_mut().insert(name.clone(), HeaderValue::from_static(value));
    }
    response
}

/// What a host says of itself to whoever opens the console.
async fn greet(State(server): State<Server>) -> Response {
    let (authentication, region) = match &server.shared.authentication {
        Authentication::Development { region } => ("development", region),
        Authentication::Signatures { region, .. } => ("signatures", region),
    };
    let greeting = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "authentication": authentication,
        "region": region,
    });
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_TYPE, "application/json")];
    (headers, greeting.to_string()).into_response()
}

async fn index(headers: HeaderMap) -> Response {
    serve(INDEX, &headers)
}

/// A file, or the page itself where the path is a place within it.
async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(if is_file(&path) { &path } else { INDEX }, &headers)
}

/// Whether a path is that of a file. Places have names of state machines in them, in which there may
/// be dots, but they are never alone.
fn is_file(path: &str) -> bool {
    path.starts_with("assets/") || (path.contains('.') && !path.contains('/'))
}

fn serve(path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = stepwell_console::file(path) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let File { bytes, gzip, content_type, immutable, hash } = file;
    let (body, encoding) = match gzip.filter(|_| accepts_gzip(headers)) {
        Some(gzip) => (gzip, Some("gzip")),
        None => (bytes, None),
    };
    // What is compressed is not the same bytes.
    let tag = format!("\"{}{}\"", &hex::encode(hash)[..32], encoding.map_or("", |_| "-gzip"));
    let unchanged = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        let tags = value.to_str().unwrap_or_default().split(',');
        tags.map(str::trim).any(|it| it == "*" || it.trim_start_matches("W/") == tag)
    });
    let cache = match immutable {
        true => "public, max-age=31536000, immutable",
        // It may be kept, and is asked for again each time.
        false => "no-cache",
    };
    let caching =
        [(header::CACHE_CONTROL, cache), (header::ETAG, &tag), (header::VARY, "accept-encoding")];
    if unchanged {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let type_ = match content_type.starts_with("text/") {
        true => format!("{content_type}; charset=utf-8"),
        false => content_type,
    };
    let mut response = (caching, [(header::CONTENT_TYPE, type_)], body).into_response();
    if let Some(encoding) = encoding {
        let encoding = HeaderValue::from_static(encoding);
        response.headers_mut().insert(header::CONTENT_ENCODING, encoding);
    }
    response
}

/// Whether a client takes what is compressed by gzip.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    lines.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts.any(|part| {
            part.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok()) == Some(0.0)
        });
        named && !refused
    })
}

/// Whether somebody with a browser came to where the API is.
pub(super) fn is_browser(method: &Method, headers: &HeaderMap) -> bool {
    let accepts = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("text/html"));
    matches!(*method, Method::GET | Method::HEAD)
        && headers.get_all(header::ACCEPT).iter().any(accepts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_is_what_the_client_says() {
        let accepts = |text: &'static str| {
            accepts_gzip(&HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(text),
            )]))
        };
        for text in ["gzip", "br, GZIP", "deflate;q=0, gzip;q=0.5", "gzip ; q=1"] {
            assert!(accepts(text), "{text}");
        }
        for text in ["", "br", "gzip;q=0", "gzip; q=0.000", "xgzip"] {
            assert!(!accepts(text), "{text}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn places_of_the_page_are_no_files() {
        for path in ["assets/index.js", "assets/x", "icon.svg"] {
            assert!(is_file(path), "{path}");
        }
        for path in ["machines", "machines/arn:aws:states:r:1:stateMachine:a.b", "executions/"] {
            assert!(!is_file(path), "{path}");
        }
    }
}
