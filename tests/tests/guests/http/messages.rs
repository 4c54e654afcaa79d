//! What goes over the wire: what the host means, whatever a guest puts into it.

use serde_json::{Value, json};

use super::{
    DENIED,
    world::{Client, Server, ok},
};

const INVALID: &str = "ErrorCode::HttpRequestUriInvalid";

async fn granted() -> (Server, Client, String) {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let client = Client::granted(&[&url]);
    (server, client, url)
}

/// The error of the request with these further fields, which must not reach the server.
async fn refused(fields: Value) -> String {
    let (server, client, url) = granted().await;
    let mut request = json!({ "url": url });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let outcome = client.fetch(json!([request])).await;
    assert!(server.seen().is_empty(), "{:?}", server.seen());
    outcome.error(0).to_owned()
}

#[tokio::test]
async fn a_body_is_sent_with_its_length_or_in_chunks() {
    let (server, client, url) = granted().await;
    let headers = [["content-length", "5"]];
    let outcome = client
        .fetch(json!([
            { "url": url, "method": "POST", "body": "hello", "headers": headers },
            { "url": url, "method": "POST", "body": "hello" },
        ]))
        .await;
    assert_eq!((outcome.body(0), outcome.body(1)), ("here", "here"));
    let seen = server.seen();
    assert!(seen[0].ends_with("content-length: 5\r\nconnection: close\r\n\r\nhello"), "{seen:?}");
    assert!(
        seen[1].ends_with("transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn headers_of_the_connection_are_not_the_guests_to_set() {
    for name in [
        "Host",
        "Connection",
        "Keep-Alive",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Proxy-Anything",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "HTTP2-Settings",
    ] {
        let error = refused(json!({ "headers": [[name, "chunked"]] })).await;
        assert_eq!(error, "HeaderError::Forbidden", "{name}");
    }
}

#[tokio::test]
async fn a_header_has_no_second_line() {
    for value in ["a\r\nx: y", "a\ny", "a\ry", "a\0"] {
        let error = refused(json!({ "headers": [["x-one", value]] })).await;
        assert_eq!(error, "HeaderError::InvalidSyntax", "{value:?}");
    }
    for name in ["x one", "x:one", "x\r\none", ""] {
        let error = refused(json!({ "headers": [[name, "1"]] })).await;
        assert_eq!(error, "HeaderError::InvalidSyntax", "{name:?}");
    }
}

#[tokio::test]
async fn there_is_one_length_and_it_is_that_of_the_body() {
    let lengths = |lengths: &[&str]| -> Value {
        lengths.iter().map(|length| ["content-length", length]).collect()
    };
    for odd in [&["5", "5"][..], &["5", "6"], &["+5"], &["-1"], &["5,5"], &[" 5"], &["0x5"], &[""]]
    {
        let error =
            refused(json!({ "method": "POST", "body": "hello", "headers": lengths(odd) })).await;
        assert_eq!(error, "HeaderError::InvalidSyntax", "{odd:?}");
    }
    let error = refused(json!({ "method": "POST", "headers": lengths(&["5"]) })).await;
    assert_eq!(error, "ErrorCode::HttpRequestBodySize(Some(0))");
    // One that is too short never is a whole request to the server.
    let error =
        refused(json!({ "method": "POST", "body": "hell", "headers": lengths(&["5"]) })).await;
    assert!(error.starts_with("ErrorCode::Http"), "{error}");
}

#[tokio::test]
async fn a_body_longer_than_it_says_does_not_begin_another_request() {
    let (server, client, url) = granted().await;
    let smuggled = "helloGET /admin HTTP/1.1\r\nhost: x\r\n\r\n";
    let headers = [["content-length", "5"]];
    client
        .fetch(json!([{ "url": url, "method": "POST", "body": smuggled, "headers": headers }]))
        .await;
    for request in server.seen() {
        assert!(!request.contains("/admin"), "{request}");
    }
}

#[tokio::test]
async fn a_path_is_a_path() {
    for path in ["/a b", "/a\r\nx: y", "/a\n", "http://127.0.0.1/", "*", "a", "@b", ":1/"] {
        assert_eq!(refused(json!({ "path": path })).await, "path", "{path:?}");
    }
    assert_eq!(refused(json!({ "path": "/caf\u{e9}" })).await, INVALID);
    assert_eq!(refused(json!({ "path": "/?caf\u{e9}" })).await, INVALID);
}

#[tokio::test]
async fn a_path_that_is_not_there_is_a_slash() {
    let (server, client, url) = granted().await;
    let requests = json!([
        { "url": url },
        { "url": url, "path": "" },
        { "url": url, "path": "?a=b" },
        { "url": url, "path": "/#part" },
    ]);
    let outcome = client.fetch(requests).await;
    let seen = server.seen();
    for (at, target) in ["/", "/", "/?a=b", "/"].into_iter().enumerate() {
        assert_eq!(outcome.body(at), "here");
        assert!(seen[at].starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{seen:?}");
    }
}

#[tokio::test]
async fn an_authority_is_a_host_with_a_port_or_without_one() {
    let server = Server::saying(&ok("")).await;
    let client = Client::granted(&[&server.url(), "http://*"]);
    for authority in [
        format!("user@{}", server.address),
        format!("user:password@{}", server.address),
        format!("shop.example@{}", server.address),
        "127.0.0.1:".to_owned(),
        "127.0.0.1:0".to_owned(),
        "127.0.0.1:99999".to_owned(),
        "[fe80::1%25lo]".to_owned(),
    ] {
        let outcome = client.fetch(json!([{ "url": format!("http://{authority}/") }])).await;
        let error = outcome.error(0);
        assert!([INVALID, "authority"].contains(&error), "{authority}: {error}");
        if error == INVALID {
            outcome.assert_refused(
                "A request was refused: the host of its URL must be a name or an address, with a \
                 port or without one, there must be no user before it, and what comes after it \
                 must be ASCII.",
            );
        }
    }
    for authority in ["", "a b", "a\r\nb", "caf\u{e9}.example"] {
        let request = json!({ "url": format!("http://{authority}"), "path": "/" });
        let outcome = client.fetch(json!([request])).await;
        let error = outcome.error(0);
        assert!([INVALID, "authority"].contains(&error), "{authority:?}: {error}");
    }
    // The port that is checked is the one that is connected to, however it is written.
    for (port, error) in [("+8080", DENIED), ("08080", DENIED), ("0x50", INVALID)] {
        let request = json!({ "url": format!("http://shop.example:{port}/") });
        assert_eq!(client.fetch(json!([request])).await.error(0), error, "{port}");
    }
    assert!(server.seen().is_empty() && client.world.connected().is_empty());
}

#[tokio::test]
async fn other_schemes_than_http_are_unknown() {
    for scheme in ["ftp", "file", "HTTPS+unix"] {
        let outcome = Client::granted(&["http://*", "https://*"])
            .fetch(json!([{ "url": format!("{scheme}://shop.example/") }]))
            .await;
        assert_eq!(outcome.error(0), "ErrorCode::HttpProtocolError");
    }
}
