//! Secrets that a guest sends without ever seeing them.

use std::io::Write as _;

use serde_json::json;
use stepwell_sandbox::grants::{Exposure, Secret, Source};
use tempfile::NamedTempFile;

use super::{
    DENIED,
    world::{Client, PUBLIC, Server, Way, World, ok},
};

const VALUE: &str = "s3cr3t";

/// A client that has the secret `KEY` of that value, for these hosts.
fn with_secret(client: Client, value: &str, hosts: &[&str]) -> (Client, NamedTempFile) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(value.as_bytes()).unwrap();
    let secret = Secret {
        name: "KEY".to_owned(),
        from: Source::File(file.path().to_owned()),
        expose: Exposure::Placeholder,
        hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
    };
    let mut client = client;
    client.spec.secrets.push(secret);
    (client, file)
}

#[tokio::test]
async fn a_placeholder_is_replaced_in_headers() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let (client, _file) = with_secret(Client::granted(&[&url]), VALUE, &["127.0.0.1"]);
    let outcome = client
        .fetch(json!([
            { "url": url, "headers": [["authorization", "Bearer {secret:KEY}"]] },
            { "url": url, "headers": [["x-key", "{secret:KEY}, {secret:KEY}"]] },
            { "url": url, "basic": ["user", "{secret:KEY}"] },
        ]))
        .await;
    for at in 0..3 {
        assert_eq!(outcome.body(at), "here");
    }
    let seen = server.seen();
    assert!(seen[0].contains("\r\nauthorization: Bearer s3cr3t\r\n"), "{seen:?}");
    assert!(seen[1].contains("\r\nx-key: s3cr3t, s3cr3t\r\n"), "{seen:?}");
    // user:s3cr3t
    assert!(seen[2].contains("\r\nauthorization: Basic dXNlcjpzM2NyM3Q=\r\n"), "{seen:?}");
    assert_eq!(outcome.log, "");
    assert!(outcome.calls.contains(&("KEY".to_owned(), "given".to_owned())), "{outcome:?}");
    assert!(!format!("{:?}", outcome.calls).contains(VALUE), "{outcome:?}");
}

#[tokio::test]
async fn a_placeholder_is_replaced_nowhere_else() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let (client, _file) = with_secret(Client::granted(&[&url]), VALUE, &["127.0.0.1"]);
    let outcome = client
        .fetch(json!([{
            "url": url,
            "path": "/{secret:KEY}?key={secret:KEY}",
            "method": "POST",
            "body": "{secret:KEY}",
        }]))
        .await;
    assert_eq!(outcome.body(0), "here");
    let [seen] = &server.seen()[..] else { panic!() };
    assert!(!seen.contains(VALUE), "{seen}");
    assert_eq!(seen.matches("stepwell-secret-").count(), 3, "{seen}");
}

#[tokio::test]
async fn a_secret_does_not_go_to_other_hosts() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let requests = [
        json!({ "url": url, "headers": [["x-key", "{secret:KEY}"]] }),
        json!({ "url": url, "basic": ["user", "{secret:KEY}"] }),
    ];
    for request in requests {
        for hosts in [&["api.example", "*"][..1], &[]] {
            let (client, _file) = with_secret(Client::granted(&[&url]), VALUE, hosts);
            let outcome = client.fetch(json!([request])).await;
            assert_eq!(outcome.error(0), DENIED);
            outcome.assert_refused(&format!(
                "The request `GET {url}/` was refused: it carries the secret `KEY`, which is not \
                 for that host."
            ));
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_is_not_sent_where_others_can_read_it() {
    let server = Server::saying(&ok("here")).await;
    let world =
        World::default().name("api.example", &[&[PUBLIC]]).way(PUBLIC, Way::To(server.address));
    let client = Client::granted(&["http://api.example", "http://9.9.9.9"]).within(world);
    let (client, _file) = with_secret(client, VALUE, &["api.example", "9.9.9.9"]);
    for host in ["api.example", "9.9.9.9"] {
        let url = format!("http://{host}/");
        let request = json!({ "url": url, "headers": [["x-key", "{secret:KEY}"]] });
        let outcome = client.fetch(json!([request])).await;
        assert_eq!(outcome.error(0), DENIED);
        outcome.assert_refused(&format!(
            "The request `GET {url}` was refused: it carries the secret `KEY`, which is not sent \
             without TLS; use `https`."
        ));
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_that_does_not_fit_a_header_is_not_shown() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let (client, _file) = with_secret(Client::granted(&[&url]), "two\nlines", &["127.0.0.1"]);
    let request = json!({ "url": url, "headers": [["x-key", "{secret:KEY}"]] });
    let outcome = client.fetch(json!([request])).await;
    assert_eq!(outcome.error(0), DENIED);
    outcome.assert_refused(&format!(
        "The request `GET {url}/` was refused: the secret in its header `x-key` has characters \
         that a header may not have; see whether the file it is read from has several lines."
    ));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_secret_that_a_guest_sees_is_told_nowhere() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let (mut client, _file) = with_secret(Client::granted(&[&url]), VALUE, &[]);
    client.spec.secrets[0].expose = Exposure::Value;
    let outcome =
        client.fetch(json!([{ "url": url, "path": "/{secret:KEY}?key={secret:KEY}" }])).await;
    assert_eq!(outcome.body(0), "here");
    assert!(server.seen()[0].starts_with("GET /s3cr3t?key=s3cr3t HTTP/1.1\r\n"));
    let last = outcome.calls.last().unwrap();
    assert_eq!(*last, (format!("GET {url}/[KEY]"), "200".to_owned()));
}
