//! The client's side of one SMTP delivery (RFC 5321), without TLS or login: for a relay on the
//! machine or in the same private network.

use std::io::{self, BufRead as _, BufReader, Read, Write};

use lettre::address::Envelope;

/// The longest line taken from a server. RFC 5321 has 512 bytes.
const LINE_LIMIT: u64 = 4096;

/// Why a message was not delivered.
#[derive(Debug)]
pub(crate) enum Error {
    /// The server cannot be reached, or breaks off.
    Connection(io::Error),
    /// The server asks to come back later: its reply, 4yz.
    Busy(String),
    /// The server will not have it: its reply, 5yz.
    Rejected(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

/// Hands a message to the server for all recipients, or for none of them.
pub(crate) fn deliver(
    stream: impl Read + Write,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), Error> {
    let mut dialogue = Dialogue(BufReader::new(stream));
    dialogue.reply()?;
    match dialogue.command("EHLO localhost") {
        // A server from before EHLO.
        Err(Error::Rejected(_)) => dialogue.command("HELO localhost")?,
        result => result?,
    }
    let sender = envelope.from().map(AsRef::<str>::as_ref).unwrap_or_default();
    dialogue.command(&format!("MAIL FROM:<{sender}>"))?;
    for recipient in envelope.to() {
        dialogue.command(&format!("RCPT TO:<{recipient}>"))?;
    }
    dialogue.command("DATA")?;
    dialogue.send(&dot_stuffed(message))?;
    dialogue.reply()?;
    // The message is the server's now, whatever becomes of the farewell.
    let _ = dialogue.command("QUIT");
    Ok(())
}

struct Dialogue<S>(BufReader<S>);

impl<S: Read + Write> Dialogue<S> {
    fn command(&mut self, line: &str) -> Result<(), Error> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.0.get_mut();
        stream.write_all(bytes)?;
        stream.flush()
    }

    /// Reads a reply, of one line or several: `250-first`, `250 last`.
    fn reply(&mut self) -> Result<(), Error> {
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
            return match kind {
                b'2' | b'3' => Ok(()),
                b'4' => Err(Error::Busy(text)),
                b'5' => Err(Error::Rejected(text)),
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

fn nonsense(line: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("this is no SMTP server: it says {:?}", line.trim_end()),
    )
}

/// The message as DATA takes it (RFC 5321, section 4.5.2): every line ends in CRLF, one that
/// begins with a dot gets another, and a lone dot ends it.
fn dot_stuffed(message: &[u8]) -> Vec<u8> {
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    let mut out = Vec::with_capacity(message.len() + 8);
    for line in message.split(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use lettre::Address;

    use super::*;

    /// A server that says its lines whatever it hears, and what it heard.
    struct Script<'a> {
        says: &'a [u8],
        heard: Vec<u8>,
    }

    impl Read for &mut Script<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.says.read(buffer)
        }
    }

    impl Write for &mut Script<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn run(says: &str) -> (Result<(), Error>, String) {
        let address = |name: &str| Address::new(name, "example.com");
        let (Ok(from), Ok(ada), Ok(bob)) = (address("shop"), address("ada"), address("bob")) else {
            return (Err(nonsense("address").into()), String::new());
        };
        let mut script = Script { says: says.as_bytes(), heard: Vec::new() };
        let result = Envelope::new(Some(from), vec![ada, bob])
            .map_err(|error| io::Error::other(error).into())
            .and_then(|envelope| deliver(&mut script, &envelope, b"Subject: x\r\n\r\n.dot\nend"));
        (result, String::from_utf8_lossy(&script.heard).into_owned())
    }

    #[test]
    fn says_what_the_standard_asks() {
        let (result, heard) =
            run("220 hello\r\n250-mail.example.com\r\n250 SIZE 1000\r\n250 ok\r\n\
             250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n221 bye\r\n");
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(
            heard,
            "EHLO localhost\r\nMAIL FROM:<shop@example.com>\r\nRCPT TO:<ada@example.com>\r\n\
             RCPT TO:<bob@example.com>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n"
        );
    }

    #[test]
    fn a_busy_server_is_told_from_a_refusal() {
        let (result, _) = run("421 shutting down\r\n");
        assert!(matches!(&result, Err(Error::Busy(reply)) if reply == "421 shutting down"));
        let (result, heard) = run("220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n550 no such user\r\n");
        assert!(matches!(&result, Err(Error::Rejected(reply)) if reply == "550 no such user"));
        assert!(!heard.contains("DATA"), "{heard}");
    }

    #[test]
    fn a_server_of_old_is_greeted_its_way() {
        let (_, heard) = run("220 hi\r\n502 what?\r\n250 hi\r\n");
        assert!(heard.starts_with("EHLO localhost\r\nHELO localhost\r\nMAIL"), "{heard}");
    }

    #[test]
    fn a_server_that_breaks_off_or_talks_nonsense_is_an_error() {
        let kind = |says: &str| match run(says).0 {
            Err(Error::Connection(error)) => Some(error.kind()),
            _ => None,
        };
        assert_eq!(kind("220 hi\r\n250"), Some(io::ErrorKind::UnexpectedEof));
        assert_eq!(kind("SSH-2.0-OpenSSH\r\n"), Some(io::ErrorKind::InvalidData));
        assert_eq!(kind("é\r\n"), Some(io::ErrorKind::InvalidData));
        assert_eq!(kind(&"x".repeat(5000)), Some(io::ErrorKind::InvalidData));
        assert_eq!(kind(&"250-more\r\n".repeat(9000)), Some(io::ErrorKind::InvalidData));
    }
}
