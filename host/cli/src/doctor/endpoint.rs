//! A host that runs: that it answers, and takes requests.

use super::check::Check;
use crate::client::{Client, Error};

const WHAT: &str = "endpoint";

/// Asks the host. `expected`: whether one must be there.
pub(super) async fn check(endpoint: Option<String>, expected: bool) -> Check {
    let expected = expected || endpoint.is_some();
    let client = match Client::anonymous(endpoint) {
        Ok(client) => client,
        Err(error) => return Check::bad(WHAT, format!("{error:#}"), "name it with --endpoint"),
    };
    let url = client.endpoint();
    match client.probe("ready").await {
        Ok(200) => Check::ok(WHAT, format!("the host at {url} takes requests")),
        Ok(503) => Check::bad(
            WHAT,
            format!("the host at {url} takes no requests"),
            "it is being stopped, or its journal cannot be written: its log tells",
        ),
        Ok(status) => Check::bad(
            WHAT,
            format!("what answers at {url} is no host of Stepwell (HTTP {status})"),
            "name the host with --endpoint or $STEPWELL_ENDPOINT",
        ),
        Err(Error::Unreachable { .. }) if !expected => {
            Check::ok(WHAT, format!("no host runs at {url}"))
        }
        Err(error) => Check::bad(
            WHAT,
            error.to_string(),
            "start one with `stepwell serve`, or name where it listens with --endpoint",
        ),
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// What is made of whoever answers with this status.
    async fn answered(status: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let count = stream.read(&mut request).await.unwrap();
            assert!(request[..count].starts_with(b"GET /ready HTTP/1.1\r\n"));
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            // Until the client has gone.
            stream.read(&mut request).await
        };
        let (check, _) = tokio::join!(check(Some(url.clone()), false), answer);
        check.line().replace(&url, "URL")
    }

    #[tokio::test]
    async fn a_host_is_ready_or_not() {
        assert_eq!(answered("200 OK").await, "Ok endpoint: the host at URL takes requests");
        assert_eq!(
            answered("503 Service Unavailable").await,
            "Bad endpoint: the host at URL takes no requests -- it is being stopped, or its journal \
             cannot be written: its log tells"
        );
        assert_eq!(
            answered("404 Not Found").await,
            "Bad endpoint: what answers at URL is no host of Stepwell (HTTP 404) -- name the host \
             with --endpoint or $STEPWELL_ENDPOINT"
        );
    }

    #[tokio::test]
    async fn a_host_that_is_named_must_be_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(
            check(Some(url.clone()), false).await.line(),
            format!(
                "Bad endpoint: no host answers at {url}: Connection refused (os error 111) -- start one with `stepwell serve`, or \
                 name where it listens with --endpoint"
            )
        );
    }
}
