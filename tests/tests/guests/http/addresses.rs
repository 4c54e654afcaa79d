//! Which addresses a name or an address stands for.

use serde_json::json;

use super::world::{Client, PUBLIC, Server, Way, World, ok};

const PROHIBITED: &str = "ErrorCode::DestinationIpProhibited";

/// Addresses that are somebody's own, as a resolver may give them, and as they are shown.
const PRIVATE: [(&str, &str); 12] = [
    ("127.0.0.1", "127.0.0.1"),
    ("10.1.2.3", "10.1.2.3"),
    ("192.168.1.1", "192.168.1.1"),
    ("169.254.169.254", "169.254.169.254"),
    ("100.64.0.1", "100.64.0.1"),
    ("0.0.0.0", "0.0.0.0"),
    ("::1", "[::1]"),
    ("fd00::1", "[fd00::1]"),
    ("fe80::1", "[fe80::1]"),
    ("::ffff:10.1.2.3", "10.1.2.3"),
    ("64:ff9b::a01:203", "[64:ff9b::a01:203]"),
    ("2002:a01:203::1", "[2002:a01:203::1]"),
];

#[tokio::test]
async fn a_name_does_not_stand_for_a_private_address() {
    for (address, shown) in PRIVATE {
        let client = Client::granted(&["http://api.example/v1/*"])
            .within(World::default().name("api.example", &[&[address]]));
        let outcome = client.fetch(json!([{ "url": "http://api.example/v1/a?b" }])).await;
        assert_eq!(outcome.error(0), PROHIBITED);
        let bare = shown.trim_matches(['[', ']']);
        outcome.assert_refused(&format!(
            "The request `GET http://api.example/v1/a` was refused: `api.example` resolves to \
             {bare}, which is not public; grant `http://{shown}` itself if that is meant."
        ));
        assert!(client.world.connected().is_empty());
    }
}

#[tokio::test]
async fn neither_does_a_wildcard() {
    let world = || {
        World::default()
            .name("in.corp.example", &[&["10.1.2.3"]])
            .name("localhost", &[&["127.0.0.1"]])
            // What the system's resolver makes of such names.
            .name("127.1", &[&["127.0.0.1"]])
            .name("0x7f.0.0.1", &[&["127.0.0.1"]])
            .name("2130706433", &[&["127.0.0.1"]])
    };
    for rule in ["http://*", "http://*.corp.example"] {
        let client = Client::granted(&[rule]).within(world());
        let outcome = client.fetch(json!([{ "url": "http://in.corp.example" }])).await;
        assert_eq!(outcome.error(0), PROHIBITED);
        assert!(client.world.connected().is_empty());
    }
    for host in [
        "localhost",
        "LOCALHOST.",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
    ] {
        let client = Client::granted(&["http://*"]).within(world());
        let outcome = client.fetch(json!([{ "url": format!("http://{host}") }])).await;
        assert_eq!(outcome.error(0), PROHIBITED, "{host}");
        assert!(client.world.connected().is_empty());
    }
}

#[tokio::test]
async fn an_address_that_is_granted_itself_is_reached() {
    let server = Server::saying(&ok("here")).await;
    let url = server.url();
    let client = Client::granted(&["http://*", &url]);
    let mapped = format!("http://[::ffff:127.0.0.1]:{}", server.address.port());
    let outcome = client.fetch(json!([{ "url": url }, { "url": mapped }])).await;
    assert_eq!((outcome.body(0), outcome.body(1)), ("here", "here"));
    assert!(client.world.resolved().is_empty());
}

#[tokio::test]
async fn an_address_that_is_granted_itself_is_reached_by_its_names() {
    let server = Server::saying(&ok("here")).await;
    let (url, port) = (server.url(), server.address.port());
    let by_name = format!("http://in.example:{port}");
    let world = || World::default().name("in.example", &[&["127.0.0.1"]]);
    let client = Client::granted(&[&by_name, &url]).within(world());
    assert_eq!(client.fetch(json!([{ "url": by_name }])).await.body(0), "here");
    // The same request must be granted for the address, and the name.
    for rules in [
        [&by_name, &format!("POST {url}")],
        [&by_name, &format!("{url}/else")],
        [&by_name, &format!("http://127.0.0.2:{port}")],
    ] {
        let client = Client::granted(&rules.map(String::as_str)).within(world());
        assert_eq!(client.fetch(json!([{ "url": by_name }])).await.error(0), PROHIBITED);
    }
    let client = Client::granted(&[&url]).within(world());
    assert_eq!(client.fetch(json!([{ "url": by_name }])).await.error(0), super::DENIED);
}

#[tokio::test]
async fn localhost_stands_for_loopback_and_nothing_else() {
    let server = Server::saying(&ok("here")).await;
    let url = format!("http://localhost:{}", server.address.port());
    let client = Client::granted(&[&url])
        .within(World::default().name("localhost", &[&["127.0.0.1"], &[PUBLIC]]));
    let outcome = client.fetch(json!([{ "url": url }, { "url": url }])).await;
    assert_eq!((outcome.body(0), outcome.error(1)), ("here", PROHIBITED));
    outcome.assert_refused(&format!(
        "The request `GET {url}/` was refused: `localhost` resolves to {PUBLIC}, which is no \
         loopback address."
    ));
    assert_eq!(client.world.connected(), ["127.0.0.1"]);
}

#[tokio::test]
async fn an_answer_that_changes_is_checked_each_time() {
    let server = Server::saying(&ok("here")).await;
    let world = World::default()
        .name("evil.example", &[&[PUBLIC], &["127.0.0.1"]])
        .way(PUBLIC, Way::To(server.address));
    let client = Client::granted(&["http://*"]).within(world);
    let request = json!({ "url": "http://evil.example" });
    let outcome = client.fetch(json!([request, request])).await;
    assert_eq!((outcome.body(0), outcome.error(1)), ("here", PROHIBITED));
    // Resolved once for each request: there is no second answer to connect to.
    assert_eq!(client.world.resolved(), ["evil.example", "evil.example"]);
    assert_eq!(client.world.connected(), [PUBLIC]);
}

#[tokio::test]
async fn of_public_and_private_addresses_only_the_public_are_reached() {
    let server = Server::saying(&ok("here")).await;
    let world = World::default()
        .name("both.example", &[&["127.0.0.1", "10.1.2.3", "9.9.9.1", PUBLIC]])
        .way(PUBLIC, Way::To(server.address));
    let client = Client::granted(&["http://both.example"]).within(world);
    let outcome = client.fetch(json!([{ "url": "http://both.example" }])).await;
    assert_eq!(outcome.body(0), "here");
    // The first of them does not answer.
    assert_eq!(client.world.connected(), ["9.9.9.1", PUBLIC]);
}
