//! Taking what all calls share, until there is no more of it.

use std::{hint, io::Write as _, process};

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::{
    clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant},
    http::types::{Fields, OutgoingRequest},
    io::poll,
    random::random::get_random_bytes,
    sockets::{network::IpAddressFamily, tcp_create_socket::create_tcp_socket},
};

use crate::bindings::stepwell::task::call;

/// What is taken.
#[derive(Deserialize)]
#[serde(tag = "take", rename_all = "kebab-case")]
pub(super) enum What {
    /// Sockets that are held.
    Sockets,
    /// Pollables that are held.
    Pollables,
    /// Time, waiting until the end of it, after a heartbeat.
    Sleep,
    /// Time, waiting for many ends of it at once.
    Sleeps { count: usize },
    /// Calls to the host.
    Calls,
    /// Random bytes at one go.
    Random { bytes: u64 },
    /// Room in the body of a request that is never sent.
    Body,
    /// Log, as lines of so many bytes each, or without ends of lines.
    Log { bytes: usize, times: usize, lines: bool },
    /// Nothing: ends the process it believes to be.
    Exit { status: i32 },
    /// Memory, as one text that says it is so long, and its copies on the way out.
    Text { bytes: usize },
}

pub(super) fn run(what: What) -> Value {
    match what {
        What::Sockets => hoard(|| create_tcp_socket(IpAddressFamily::Ipv4)),
        What::Pollables => hoard(|| subscribe_duration(u64::MAX)),
        What::Sleep => {
            call::heartbeat();
            subscribe_instant(u64::MAX).block();
            json!("woken")
        }
        What::Sleeps { count } => {
            let all: Vec<_> = (0..count).map(|_| subscribe_duration(u64::MAX)).collect();
            json!(poll::poll(&all.iter().collect::<Vec<_>>()))
        }
        What::Calls => loop {
            hint::black_box(now());
        },
        What::Random { bytes } => json!(get_random_bytes(bytes).len()),
        What::Body => {
            let request = OutgoingRequest::new(Fields::new());
            let Ok(body) = request.body() else { return Value::Null };
            let Ok(stream) = body.write() else { return Value::Null };
            let mut taken = 0;
            loop {
                // Nobody reads it, so there is room at once or never.
                poll::poll(&[&stream.subscribe(), &subscribe_duration(20_000_000)]);
                let Ok(room @ 1..) = stream.check_write() else { break };
                if stream.write(&vec![b'x'; room as usize]).is_err() {
                    break;
                }
                taken += room;
            }
            json!(taken)
        }
        What::Log { bytes, times, lines } => {
            let mut text = vec![b'x'; bytes];
            if lines {
                text.push(b'\n');
            }
            let mut log = std::io::stderr().lock();
            json!((0..times).filter(|_| log.write_all(&text).is_ok()).count())
        }
        What::Exit { status } => process::exit(status),
        What::Text { bytes } => json!("x".repeat(bytes)),
    }
}

/// Takes one after the other and gives none back. The host has to say when it is enough.
fn hoard<T>(take: impl Fn() -> T) -> Value {
    let mut hoard = Vec::new();
    loop {
        hoard.push(take());
        hint::black_box(&hoard);
    }
}
