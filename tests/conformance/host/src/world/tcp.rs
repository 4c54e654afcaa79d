//! A server that speaks in lines: it says each back, but for two that it knows.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use super::Watched;

/// Says `met` once as many connections as the number behind it have said the same.
const MEET: &str = "meet ";
/// Is not answered at all.
const HOLD: &str = "hold";

/// The server. It ends with the process.
pub(crate) struct Tcp {
    address: SocketAddr,
    seen: Arc<Watched<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    lines: Vec<String>,
    /// Connections that are open.
    open: usize,
    /// Connections that have come to meet others.
    met: usize,
}

impl Tcp {
    pub(crate) fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let seen: Arc<Watched<Seen>> = Arc::default();
        let notes = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = Arc::clone(&notes);
                notes.change(|seen| seen.open += 1);
                thread::spawn(move || {
                    // Whoever came may go when they like.
                    let _ = serve(stream, &notes);
                    notes.change(|seen| seen.open -= 1);
                });
            }
        });
        Ok(Self { address, seen })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen.lock().lines.clone()
    }

    /// Waits for a first line.
    pub(crate) fn wait_for_line(&self, patience: Duration) -> bool {
        self.seen.wait(patience, |seen| !seen.lines.is_empty())
    }

    /// Waits until no connection is open.
    pub(crate) fn wait_until_closed(&self, patience: Duration) -> bool {
        self.seen.wait(patience, |seen| seen.open == 0)
    }
}

/// How long connections wait for one another: longer than the time limit of a case's calls.
const MEETING: Duration = Duration::from_secs(60);

fn serve(stream: TcpStream, notes: &Watched<Seen>) -> io::Result<()> {
    let mut answers = stream.try_clone()?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        notes.change(|seen| seen.lines.push(line.clone()));
        let number = line.strip_prefix(MEET).and_then(|number| number.parse().ok());
        if let Some(others) = number {
            notes.change(|seen| seen.met += 1);
            if notes.wait(MEETING, |seen| seen.met >= others) {
                answers.write_all(b"met\n")?;
            }
        } else if line != HOLD {
            answers.write_all(format!("{line}\n").as_bytes())?;
        }
    }
    Ok(())
}
