use std::io::{Read, Write};
use stepwell_task::{Call, http::*, local};
#[test]
fn scratch() {
    let url = std::env::var("MOTO").unwrap();
    local::set_config("endpoint", url.clone());
    local::set_config("region", "us-east-1");
    local::set_secret(
        "access-key-id",
        std::env::var("AK").unwrap_or("AKIAIOSFODNN7EXAMPLE".into()),
    );
    local::set_secret("secret-access-key", std::env::var("SK").unwrap_or("any".into()));
    local::serve_http(move |r| {
        let rest = r.url.strip_prefix("http://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let mut s = std::net::TcpStream::connect(host).unwrap();
        let mut t = format!(
            "{} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n",
            r.method,
            r.body.len()
        );
        for (n, v) in &r.headers {
            t += &format!("{n}: {v}\r\n");
        }
        t += "\r\n";
        s.write_all(t.as_bytes()).unwrap();
        s.write_all(&r.body).unwrap();
        let mut b = Vec::new();
        s.read_to_end(&mut b).unwrap();
        let at = b.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&b[..at]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|l| {
                let (n, v) = l.split_once(": ").unwrap_or((l, ""));
                (n.to_lowercase(), v.as_bytes().to_vec())
            })
            .collect();
        Ok(Response { status, headers, body: b[at + 4..].to_vec() })
    });
    let plugin = aws_sdk::plugin();
    println!("{} tasks", plugin.tasks.len());
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let Some((task, input)) = line.split_once(' ') else { continue };
        match plugin.run(task, input, &Call::local("key")) {
            Ok(o) => println!("OK  {task} {}", &o[..o.len().min(900)]),
            Err(f) => println!("ERR {task} {f}"),
        }
    }
}
