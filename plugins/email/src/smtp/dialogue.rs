//! Commands and replies.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{Error, Stream, server::Credentials};

/// The longest line taken from a server. RFC 5321 has 512 bytes.
const LINE_LIMIT: u64 = 4096;

pub(super) struct Dialogue<S: Read + Write>(BufReader<Stream<S>>);

/// What a server says it can do, in its answer to EHLO.
pub(super) struct Offers(Vec<String>);

impl Offers {
    /// Whether it offers an extension.
    pub(super) fn has(&self, extension: &str) -> bool {
        self.words(extension).is_some()
    }

    /// What it says of an extension.
    fn words(&self, extension: &str) -> Option<Vec<&str>> {
        self.0.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let name = words.next()?;
            name.eq_ignore_ascii_case(extension).then(|| words.collect())
        })
    }
}

impl<S: Read + Write> Dialogue<S> {
    pub(super) fn new(stream: Stream<S>) -> Self {
        Self(BufReader::new(stream))
    }

    /// The connection, where the server has said nothing that was not heard.
    pub(super) fn into_stream(self) -> Result<Stream<S>, Error> {
        if self.0.buffer().is_empty() {
            return Ok(self.0.into_inner());
        }
        Err(Error::Tls("the server said more before TLS began than it may".to_owned()))
    }

    pub(super) fn hello(&mut self) -> Result<Offers, Error> {
        let reply = match self.command("EHLO localhost") {
            // A server from before EHLO.
            Err(Error::Rejected(_)) => {
                self.command("HELO localhost")?;
                return Ok(Offers(Vec::new()));
            }
            reply => reply?,
        };
        let offers = reply.lines().filter_map(|line| line.get(4..));
        Ok(Offers(offers.map(str::to_owned).collect()))
    }

    /// Says who the client is (RFC 4954), by PLAIN (RFC 4616) or else LOGIN.
    pub(super) fn login(
        &mut self,
        credentials: &Credentials,
        offers: &Offers,
    ) -> Result<(), Error> {
        let Credentials { user, password } = credentials;
        let ways = offers.words("AUTH").unwrap_or_default();
        let offers = |way: &str| ways.iter().any(|offered| offered.eq_ignore_ascii_case(way));
        if offers("PLAIN") {
            let both = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
            self.command(&format!("AUTH PLAIN {both}"))?;
        } else if offers("LOGIN") {
            self.command("AUTH LOGIN")?;
            self.command(&BASE64_STANDARD.encode(user))?;
            self.command(&BASE64_STANDARD.encode(password))?;
        } else {
            let text = "the server offers no login that is known here: PLAIN, LOGIN";
            return Err(Error::Login(text.to_owned()));
        }
        Ok(())
    }

    pub(super) fn command(&mut self, line: &str) -> Result<String, Error> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.0.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// Waits until the server says something, or breaks off, as often as a read may wait.
    pub(super) fn wait(&mut self, waits: u64) -> io::Result<()> {
        let mut left = waits;
        loop {
            match self.0.fill_buf() {
                Ok(_) => return Ok(()),
                Err(error) if is_late(&error) && left > 1 => left -= 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads a reply, of one line or several: `250-first`, `250 last`.
    pub(super) fn reply(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        loop {
            let line = self.line()?;
            let [kind, tens, ones, separator, ..] = line.as_bytes() else {
                return Err(nonsense(&line).into());
            };
            if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
                return Err(nonsense(&line).into());
            }
            text.push_str(line.trim_end());
            if *separator == b'-' {
                text.push('\n');
                if text.len() as u64 > 16 * LINE_LIMIT {
                    return Err(nonsense("a reply without end").into());
                }
                continue;
            }
            return match (kind, [*kind, *tens, *ones]) {
                (b'2' | b'3', _) => Ok(text),
                (b'4', _) => Err(Error::Busy(text)),
                // RFC 4954, section 6.
                (_, [b'5', b'3', b'0' | b'4' | b'5' | b'8']) => Err(Error::Login(text)),
                (b'5', _) => Err(Error::Rejected(text)),
                _ => Err(nonsense(&line).into()),
            };
        }
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.0.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Err(if line.len() as u64 == LINE_LIMIT {
                nonsense("a line without end")
            } else {
                io::Error::new(io::ErrorKind::UnexpectedEof, "the server broke off the connection")
            });
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// Whether nothing has come in time, which some systems tell as if it were not to be waited for.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

pub(super) fn nonsense(line: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("this is no SMTP server: it says {:?}", line.trim_end()),
    )
}
