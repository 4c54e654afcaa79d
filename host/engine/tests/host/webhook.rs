//! Webhooks that are sent status changes.

use serde_json::json;
use stepwell_engine::events::{Destination as _, Failure, Webhook};
use stepwell_journal::{ExecutionId, NoticeId, Pending};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
};

/// A request: its lines up to the body, in small letters, and the body.
type Request = (Vec<String>, String);

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_ascii_lowercase()),
        }
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length?.parse().ok()?];
    stream.read_exact(&mut body).await.ok()?;
    Some((lines, String::from_utf8(body).ok()?))
}

/// A server that gives these answers, one to each request.
async fn server(answers: &'static [u16]) -> (String, mpsc::UnboundedReceiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for status in answers {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            tell.send(read(&mut stream).await.unwrap()).unwrap();
            let answer = format!(
                "HTTP/1.1 {status} Answer\r\nLocation: /\r\nContent-Length: 0\r\n\
                 Connection: close\r\n\r\n"
            );
            stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (format!("http://{address}/hook?key=secret"), requests)
}

fn event(id: u64, execution: u8) -> Pending {
    let execution = ExecutionId::from_bytes([execution; 16]);
    Pending { id: NoticeId(id), execution, body: json!({ "id": id }).into() }
}

#[tokio::test]
async fn each_event_is_posted_as_json() {
    let (url, mut requests) = server(&[200, 204]).await;
    let webhook = Webhook::new(&url, [("Authorization", "Bearer abc")]).unwrap();
    let delivered = webhook.deliver(&[event(1, 1), event(2, 1)]).await;
    assert!(delivered.failure.is_none());
    assert_eq!(delivered.notices, [NoticeId(1), NoticeId(2)]);
    let (lines, body) = requests.recv().await.unwrap();
    assert_eq!((&*lines[0], &*body), ("post /hook?key=secret http/1.1", r#"{"id":1}"#));
    for header in ["content-type: application/json", "authorization: bearer abc"] {
        assert!(lines.iter().any(|line| line == header), "{lines:?}");
    }
    assert_eq!(requests.recv().await.unwrap().1, r#"{"id":2}"#);
}

#[tokio::test]
async fn what_is_not_taken_comes_again_with_what_follows_of_its_execution() {
    for status in [[500].as_slice(), &[404], &[301]] {
        let (url, mut requests) = server(status).await;
        let webhook = Webhook::new(&url, []).unwrap();
        let delivered = webhook.deliver(&[event(1, 1), event(2, 1)]).await;
        assert!(delivered.notices.is_empty());
        let text = delivered.failure.unwrap().to_string();
        let place = url.strip_suffix("?key=secret").unwrap();
        assert_eq!(text, format!("{place} answered with the status {}", status[0]));
        requests.recv().await.unwrap();
        assert!(requests.recv().await.is_none(), "the second was not sent");
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_named() {
    // Bound, so that nobody else has the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/hook", socket.local_addr().unwrap());
    let delivered = Webhook::new(&url, []).unwrap().deliver(&[event(1, 1)]).await;
    let text = delivered.failure.unwrap().to_string();
    assert!(text.starts_with(&format!("{url} cannot be reached: ")), "{text}");
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_answer_is_waited_for_no_longer_than_half_a_minute() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let before = tokio::time::Instant::now();
    let delivered = Webhook::new(&url, []).unwrap().deliver(&[event(1, 1)]).await;
    assert!(matches!(delivered.failure, Some(Failure::Unreachable { .. })));
    assert_eq!(before.elapsed().as_secs(), 30);
    drop(listener);
}

#[test]
fn other_addresses_and_headers_are_refused() {
    let error = |url, headers: &[(&'static str, &'static str)]| {
        Webhook::new(url, headers.iter().copied()).unwrap_err().to_string()
    };
    assert_eq!(
        error("ftp://a/b", &[]),
        "\"ftp://a/b\" is no address of a webhook: its scheme is ftp. Write https://HOST/PATH."
    );
    assert_eq!(
        error("hook", &[]),
        "\"hook\" is no address of a webhook: relative URL without a base. Write \
         https://HOST/PATH."
    );
    assert_eq!(error("https://a/b", &[("a b", "c")]), "\"a b\" is no header that can be sent.");
}
