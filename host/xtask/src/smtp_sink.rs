//! `cargo xtask smtp-sink`: a mail server for trying things out.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args;

/// Run a mail server on loopback that is down at first
///
/// It answers the first connections with 421, as a server that is being restarted does, and from
/// then on stores each message it is given as a file.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 2525)]
    port: u16,

    /// How many connections to turn away before it is up
    #[arg(long, default_value_t = 0, value_name = "N")]
    down: u32,

    /// Go down again for as many after each connection that was taken
    #[arg(long)]
    again: bool,

    /// Where to store the messages; created where it is missing
    #[arg(long, default_value = "out/smtp")]
    dir: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let sink = Sink::bind(arguments.port, arguments.down, &arguments.dir)?;
    let sink = if arguments.again { sink.again() } else { sink };
    let (down, kept) = (arguments.down, arguments.down + 1);
    let turned_away = match (down, arguments.again) {
        (0, _) => "no connection is turned away".to_owned(),
        (_, true) => format!("of {kept} connections the first {down} are turned away"),
        (_, false) => format!("the first {down} connections are turned away"),
    };
    anstream::println!(
        "Listening on {}, storing messages in {}; {turned_away}",
        sink.address()?,
        arguments.dir.display()
    );
    sink.serve();
    Ok(())
}

/// A mail server that is listening.
pub(crate) struct Sink {
    listener: TcpListener,
    down: u32,
    again: bool,
    dir: PathBuf,
}

impl Sink {
    /// Port 0 takes any that is free.
    pub(crate) fn bind(port: u16, down: u32, dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| {
            format!("cannot listen on 127.0.0.1:{port}; is another server running there?")
        })?;
        Ok(Self { listener, down, again: false, dir: dir.to_path_buf() })
    }

    /// The same, which goes down again after each connection that it takes.
    pub(crate) fn again(self) -> Self {
        Self { again: true, ..self }
    }

    /// Whether it is down for a connection, of which so many came before.
    fn is_down(&self, number: u32) -> bool {
        match self.again {
            true => number % (self.down + 1) < self.down,
            false => number < self.down,
        }
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers connections, each in its own thread, for as long as the program runs.
    pub(crate) fn serve(self) {
        let stored = Arc::new(AtomicU32::new(0));
        for (number, stream) in (0_u32..).zip(self.listener.incoming()) {
            let Ok(mut stream) = stream else { continue };
            if self.is_down(number) {
                anstream::eprintln!("smtp: 421, turned away");
                // A client that is gone needs no answer.
                let _ = stream.write_all(b"421 Service not available, try again later\r\n");
                continue;
            }
            let dir = self.dir.clone();
            let stored = Arc::clone(&stored);
            thread::spawn(move || {
                let store = |message: &[u8]| {
                    let number = stored.fetch_add(1, Ordering::Relaxed) + 1;
                    let file = dir.join(format!("{number}.eml"));
                    anstream::eprintln!("smtp: stored {}", file.display());
                    fs::write(file, message)
                };
                let result = stream
                    .set_read_timeout(Some(Duration::from_secs(60)))
                    .and_then(|()| stream.try_clone())
                    .and_then(|reader| converse(BufReader::new(reader), stream, store));
                if let Err(error) = result {
                    anstream::eprintln!("smtp: {error}");
                }
            });
        }
    }
}

/// The server's side of the dialogue, as far as a client that keeps to RFC 5321 needs it.
fn converse(
    mut reader: impl BufRead,
    mut writer: impl Write,
    store: impl Fn(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    writer.write_all(b"220 localhost ready\r\n")?;
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" | "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP" => b"250 OK\r\n",
            "DATA" => {
                writer.write_all(b"354 Go ahead\r\n")?;
                store(&message(&mut reader)?)?;
                b"250 Stored\r\n"
            }
            "QUIT" => return writer.write_all(b"221 Bye\r\n"),
            _ => b"500 Unknown command\r\n",
        };
        writer.write_all(answer)?;
    }
}

/// Reads up to the lone dot, and takes away the dots that were put in front of others.
fn message(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.strip_prefix(b".") {
            Some(b"\r\n") => return Ok(message),
            Some(rest) => message.extend_from_slice(rest),
            None => message.extend_from_slice(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, io::Read as _, net::TcpStream};

    use super::*;

    #[test]
    fn stores_what_was_sent() -> io::Result<()> {
        let said =
            "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nHi\r\n..dot\r\n.\r\nQUIT\r\n";
        let mut answers = Vec::new();
        let stored = RefCell::new(Vec::new());
        converse(said.as_bytes(), &mut answers, |message| {
            stored.borrow_mut().push(message.to_vec());
            Ok(())
        })?;
        assert_eq!(stored.into_inner(), [b"Hi\r\n.dot\r\n"]);
        let answers = String::from_utf8_lossy(&answers);
        let codes: Vec<_> = answers.lines().filter_map(|line| line.get(..3)).collect();
        assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "221"]);
        Ok(())
    }

    #[test]
    fn goes_down_again_after_each_that_it_takes() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let sink = Sink::bind(0, 2, dir.path())?.again();
        let down: Vec<_> = (0..7).map(|number| sink.is_down(number)).collect();
        assert_eq!(down, [true, true, false, true, true, false, true]);
        Ok(())
    }

    #[test]
    fn is_down_as_often_as_asked() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let sink = Sink::bind(0, 2, dir.path())?;
        let address = sink.address()?;
        thread::spawn(move || sink.serve());
        for expected in ["421", "421", "220"] {
            let mut code = [0; 3];
            TcpStream::connect(address)?.read_exact(&mut code)?;
            assert_eq!(code, expected.as_bytes());
        }
        Ok(())
    }
}
