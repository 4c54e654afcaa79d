//! Reaching what is not granted.

use serde_json::{Value, json};
use stepwell_sandbox::grants::Spec;
use tokio::net::TcpListener;

use crate::support::World;

async fn granting(endpoints: &[&str]) -> World {
    let connect = endpoints.iter().map(|endpoint| endpoint.parse().unwrap()).collect();
    World::granting(Spec { connect, ..Spec::default() }).await
}

/// Does one thing, which is refused with these words.
async fn refused(world: &World, deed: Value, why: &str) {
    let done = world.run("network", deed.clone()).await;
    assert_eq!(done.result.unwrap(), r#""access-denied""#, "{deed}");
    assert_eq!(done.log.text(), format!("stepwell: {why}\n"), "{deed}");
    let told = done.calls.first.iter().map(|call| &*call.result).collect::<Vec<_>>();
    match deed["do"].as_str() {
        Some("listen") => assert!(told.is_empty(), "{deed}"),
        _ => assert_eq!(told, ["refused: it is not granted"], "{deed}"),
    }
}

#[tokio::test]
async fn addresses_inside() {
    let world = granting(&["mail.example:25"]).await;
    for address in [
        "127.0.0.1:25",
        "127.1.2.3:25",
        "10.0.0.1:25",
        "172.16.0.1:25",
        "192.168.0.1:25",
        "100.64.0.1:25",
        "169.254.169.254:25",
        "169.254.169.254:80",
        "[::1]:25",
        "[fd00::1]:25",
        "[fe80::1]:25",
        "[fd00:ec2::254]:80",
        "[64:ff9b::7f00:1]:25",
        "[64:ff9b::a9fe:a9fe]:80",
        "[2002:7f00:1::]:25",
    ] {
        let connect = json!({ "do": "connect", "address": address });
        let address: std::net::SocketAddr = address.parse().unwrap();
        let why = format!("Connecting to {address} was refused: it is not granted.");
        refused(&world, connect, &why).await;
    }
}

#[tokio::test]
async fn addresses_of_nobody_and_of_everybody() {
    let world = granting(&["mail.example:25"]).await;
    for address in [
        "0.0.0.0:25",
        "[::]:25",
        "255.255.255.255:25",
        "224.0.0.1:25",
        "[ff02::1]:25",
        "[::127.0.0.1]:25",
    ] {
        let connect = json!({ "do": "connect", "address": address });
        assert_eq!(world.output("network", connect).await, "invalid-argument", "{address}");
    }
}

#[tokio::test]
async fn an_address_of_the_other_family_in_disguise() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let world = granting(&[&format!("127.0.0.2:{port}")]).await;
    let connect = json!({ "do": "connect", "address": format!("[::ffff:127.0.0.1]:{port}") });
    // WASI's sockets have one family each.
    assert_eq!(world.output("network", connect).await, "invalid-argument");
}

#[tokio::test]
async fn an_address_outside() {
    let world = granting(&["mail.example:25"]).await;
    let connect = json!({ "do": "connect", "address": "203.0.114.9:25" });
    let why = "Connecting to 203.0.114.9:25 was refused: it is not granted.";
    refused(&world, connect, why).await;
}

#[tokio::test]
async fn the_address_of_a_granted_name_that_was_not_looked_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let world = granting(&[&format!("localhost:{}", address.port())]).await;
    let connect = json!({ "do": "connect", "address": address });
    let why = format!("Connecting to {address} was refused: it is not granted.");
    refused(&world, connect, &why).await;
}

#[tokio::test]
async fn another_port_of_a_granted_name() {
    let granted = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let world = granting(&[&format!("localhost:{}", granted.local_addr().unwrap().port())]).await;
    let reach = |port: u16| json!({ "do": "reach", "name": "localhost", "port": port });
    let port = granted.local_addr().unwrap().port();
    let done = world.run("network", reach(port)).await;
    let answers: Value = serde_json::from_str(&done.result.unwrap()).unwrap();
    assert!(answers.as_array().unwrap().contains(&json!("ok")), "{answers}");
    let told = done.calls.first.iter().map(|call| (&*call.what, &*call.result));
    let told: Vec<_> = told.collect();
    assert_eq!(told[0].0, "look up localhost");
    let connected = format!("127.0.0.1:{port} (localhost)");
    assert!(told.contains(&(&connected, "connected")), "{told:?}");
    let answers = world.output("network", reach(other.local_addr().unwrap().port())).await;
    for answer in answers.as_array().unwrap() {
        assert_eq!(answer, "access-denied");
    }
}

#[tokio::test]
async fn names_that_were_not_granted() {
    let world = granting(&["mail.example:25"]).await;
    for name in [
        "localhost",
        "example",
        "evil.mail.example",
        "mail.example.evil",
        "xmail.example",
        "metadata.google.internal",
        "127.0.0.1",
        "::1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
    ] {
        let resolve = json!({ "do": "resolve", "name": name });
        let why = format!("Looking up `{name}` was refused: it is not granted.");
        refused(&world, resolve, &why).await;
    }
}

#[tokio::test]
async fn an_address_that_was_granted_as_if_it_were_a_name() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for name in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"] {
        let world = granting(&[&format!("{name}:{port}")]).await;
        let reach = json!({ "do": "reach", "name": name, "port": port });
        let answer = world.output("network", reach).await;
        let contained =
            [json!(["access-denied"]), json!("name-unresolvable"), json!("invalid-argument")];
        assert!(contained.contains(&answer), "{name}: {answer}");
    }
}

#[tokio::test]
async fn listening() {
    let world = granting(&["127.0.0.1:25"]).await;
    for address in ["127.0.0.1:0", "0.0.0.0:8080", "[::1]:0"] {
        let listen = json!({ "do": "listen", "address": address });
        let why = format!(
            "Listening or sending at {address} was refused: only TCP connections to granted \
             endpoints are allowed."
        );
        refused(&world, listen, &why).await;
    }
    // Binding to no address in particular is what connecting begins with.
    let listen = json!({ "do": "listen", "address": "0.0.0.0:0" });
    assert_eq!(world.output("network", listen).await, "access-denied");
}

#[tokio::test]
async fn datagrams() {
    let world = granting(&["127.0.0.1:53"]).await;
    for deed in ["bind", "send"] {
        let deed = json!({ "do": deed, "address": "127.0.0.1:53" });
        assert_eq!(world.output("network", deed).await, "access-denied");
    }
}
