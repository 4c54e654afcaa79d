//! The console's files, over a loopback port.

mod client;

use std::sync::Arc;

use client::{Answer, Host};
use serde_json::json;
use stepwell_api::{Authentication, Clock, Limits, Server, Stateless};

/// What every answer below `/console/` has.
const HEADERS: [&str; 7] = [
    "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src \
     'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
    "x-content-type-options: nosniff\r\n",
    "referrer-policy: no-referrer\r\n",
    "x-frame-options: deny\r\n",
    "permissions-policy: ",
    "cross-origin-opener-policy: same-origin\r\n",
    "cross-origin-resource-policy: same-origin\r\n",
];

fn guarded(answer: &Answer) {
    for header in HEADERS {
        assert!(answer.headers.contains(header), "{header}: {}", answer.headers);
    }
    assert!(!answer.headers.contains("access-control"), "{}", answer.headers);
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    let line = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    answer.headers.lines().find_map(line)
}

/// Where a file of the page is that never changes; none in a build without the page.
fn asset(index: &Answer) -> Option<String> {
    let (_, rest) = index.body.split_once("src=\"")?;
    rest.split('"').next().map(str::to_owned)
}

#[tokio::test]
async fn places_of_the_page_are_the_page_itself() {
    let host = Host::development().await;
    let index = host.send("GET /console/", &[], "").await;
    assert_eq!(index.status, 200);
    guarded(&index);
    assert_eq!(header(&index, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&index, "cache-control"), Some("no-cache"));
    assert_eq!(header(&index, "vary"), Some("accept-encoding"));
    let machine = "/console/machines/arn%3Aaws%3Astates%3Ar%3A1%3AstateMachine%3Aa.b/start";
    for place in ["/console/machines", machine, "/console/executions/x?tab=events"] {
        let answer = host.send(&format!("GET {place}"), &[], "").await;
        assert_eq!((answer.status, &answer.body), (200, &index.body), "{place}");
        guarded(&answer);
    }
    let head = host.send("HEAD /console/", &[], "").await;
    assert_eq!((head.status, &*head.body), (200, ""));
    guarded(&head);
}

#[tokio::test]
async fn files_are_kept_by_browsers_as_long_as_they_are_the_same() {
    let host = Host::development().await;
    let index = host.send("GET /console/", &[], "").await;
    let tag = header(&index, "etag").unwrap().to_owned();
    for tags in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        let answer = host.send("GET /console/", &[("if-none-match", &tags)], "").await;
        assert_eq!((answer.status, &*answer.body), (304, ""), "{tags}");
        assert_eq!(header(&answer, "etag"), Some(&*tag));
        guarded(&answer);
    }
    let other = host.send("GET /console/", &[("if-none-match", "\"x\"")], "").await;
    assert_eq!(other.status, 200);
    let compressed = raw(&host, "/console/", "br, gzip").await;
    let named = format!("etag: {}-gzip\"", tag.trim_end_matches('"'));
    let is_compressed = compressed.contains("content-encoding: gzip\r\n");
    assert_eq!(is_compressed, stepwell_console::INCLUDED, "{compressed}");
    assert_eq!(compressed.contains(&named), is_compressed, "{compressed}");
    let asset = asset(&index);
    assert_eq!(asset.is_some(), stepwell_console::INCLUDED);
    if let Some(asset) = asset {
        let answer = host.send(&format!("GET {asset}"), &[], "").await;
        assert_eq!(answer.status, 200, "{asset}");
        guarded(&answer);
        let kept = "public, max-age=31536000, immutable";
        assert_eq!(header(&answer, "cache-control"), Some(kept));
        assert_eq!(header(&answer, "content-type"), Some("text/javascript; charset=utf-8"));
    }
}

/// The head of an answer whose body may be no text.
async fn raw(host: &Host, path: &str, encoding: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(&host.address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\naccept-encoding: {encoding}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes);
    text.split("\r\n\r\n").next().unwrap().to_lowercase() + "\r\n"
}

#[tokio::test]
async fn what_is_no_file_is_not_found() {
    let host = Host::development().await;
    for path in [
        "/console/nothing.js",
        "/console/assets/nothing.js",
        "/console/assets/",
        "/console/index.html.gz",
        "/console/assets/../../etc/passwd",
    ] {
        let answer = host.send(&format!("GET {path}"), &[], "").await;
        assert_eq!((answer.status, &*answer.body), (404, "There is no such file.\n"), "{path}");
        guarded(&answer);
    }
    for what in ["POST /console/", "DELETE /console/machines", "POST /console/host.json"] {
        let answer = host.send(what, &[], "").await;
        assert_eq!(answer.status, 404, "{what}");
        guarded(&answer);
    }
}

#[tokio::test]
async fn a_browser_is_sent_to_the_console_and_clients_are_not() {
    let host = Host::development().await;
    let accept = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    for (what, headers) in [("GET /", &[accept][..]), ("HEAD /", &[accept]), ("GET /console", &[])]
    {
        let answer = host.send(what, headers, "").await;
        assert_eq!((answer.status, header(&answer, "location")), (302, Some("/console/")));
    }
    for (what, headers) in
        [("GET /", &[][..]), ("GET /", &[("accept", "*/*")]), ("POST /", &[accept])]
    {
        assert_eq!(host.send(what, headers, "").await.status, 404, "{what}");
    }
}

#[tokio::test]
async fn the_host_greets_whoever_opens_the_console() {
    let host = Host::development().await;
    let answer = host.send("GET /console/host.json", &[], "").await;
    guarded(&answer);
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer, "content-type"), Some("application/json"));
    let version = env!("CARGO_PKG_VERSION");
    let greeting =
        json!({ "version": version, "authentication": "development", "region": "us-east-1" });
    assert_eq!(answer.json(), greeting);
}

#[tokio::test]
async fn a_host_may_have_no_console() {
    let authentication = Authentication::Development { region: "us-east-1".into() };
    let service = Arc::new(Stateless::new(Clock::system()));
    let server = Server::new(service, authentication, Limits::default()).without_page();
    let host = Host::serving(server).await;
    for path in ["/", "/console", "/console/", "/console/host.json", "/console/index.html"] {
        let answer = host.send(&format!("GET {path}"), &[("accept", "text/html")], "").await;
        assert_eq!(answer.status, 404, "{path}");
    }
}
