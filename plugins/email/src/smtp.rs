//! The client's side of one SMTP delivery (RFC 5321), with TLS (RFC 3207, RFC 8314) and login
//! (RFC 4954) where they are asked for.

mod dialogue;
pub(crate) mod server;
mod tls;

use std::{io, time::Duration};

use lettre::address::Envelope;
use stepwell_task::{Call, net::TcpStream};

use dialogue::Dialogue;
use server::{Security, Server};
pub(crate) use tls::Stream;

/// How long to wait for each of the server's answers but the last.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait for the server to say that it has taken the message (RFC 5321, section
/// 4.5.3.2.6): who gives up earlier sends it again, and people get it twice.
const CONFIRMATION: Duration = Duration::from_secs(10 * 60);

/// Why a message was not delivered.
#[derive(Debug)]
pub(crate) enum Error {
    /// The server cannot be reached, or breaks off.
    Connection(io::Error),
    /// The server has all of the message, and does not say whether it has taken it.
    Unconfirmed(io::Error),
    /// The connection cannot be made safe.
    Tls(String),
    /// The server asks to come back later: its reply, 4yz.
    Busy(String),
    /// The server will not have it: its reply, 5yz.
    Rejected(String),
    /// The server does not take some recipients, which are named with its replies, 5yz.
    Recipients(String),
    /// The server wants a login, or another one: its reply.
    Login(String),
    /// The login would be readable on its way.
    ReadableLogin,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Connection(error)
    }
}

/// Hands a message to a server for all recipients, or for none of them. Where there is a time by
/// which it must be done, it is given up a little before that.
pub(crate) fn send(
    server: &Server,
    envelope: &Envelope,
    message: &[u8],
    call: &Call,
) -> Result<(), Error> {
    let stream = TcpStream::connect(&server.address, TIMEOUT)?;
    let patience = || call.remaining().unwrap_or(CONFIRMATION).min(CONFIRMATION);
    converse(stream, server, envelope, message, patience)
}

/// The dialogue over a connection.
fn converse<S: io::Read + io::Write>(
    stream: S,
    server: &Server,
    envelope: &Envelope,
    message: &[u8],
    patience: impl FnOnce() -> Duration,
) -> Result<(), Error> {
    let mut dialogue = match server.security {
        Security::Tls => Dialogue::new(Stream::Plain(stream).secured(server)?),
        Security::StartTls | Security::None => Dialogue::new(Stream::Plain(stream)),
    };
    dialogue.reply()?;
    let mut offers = dialogue.hello()?;
    if server.security == Security::StartTls {
        if !offers.has("STARTTLS") {
            let text = "the server does not offer STARTTLS".to_owned();
            return Err(Error::Tls(text));
        }
        dialogue.command("STARTTLS")?;
        dialogue = Dialogue::new(dialogue.into_stream()?.secured(server)?);
        // What was said before was open to anybody.
        offers = dialogue.hello()?;
    }
    if let Some(credentials) = &server.credentials {
        if server.security == Security::None && !server.is_loopback() {
            return Err(Error::ReadableLogin);
        }
        dialogue.login(credentials, &offers)?;
    }
    deliver(&mut dialogue, envelope, message, patience)
}

fn deliver<S: io::Read + io::Write>(
    dialogue: &mut Dialogue<S>,
    envelope: &Envelope,
    message: &[u8],
    patience: impl FnOnce() -> Duration,
) -> Result<(), Error> {
    let sender = envelope.from().map(AsRef::<str>::as_ref).unwrap_or_default();
    dialogue.command(&format!("MAIL FROM:<{sender}>"))?;
    let mut refused = Vec::new();
    for recipient in envelope.to() {
        match dialogue.command(&format!("RCPT TO:<{recipient}>")) {
            Err(Error::Rejected(reply)) => refused.push(format!("{recipient}: {reply}")),
            reply => {
                reply?;
            }
        }
    }
    if !refused.is_empty() {
        // The server forgets the others when the connection ends without DATA.
        let _ = dialogue.command("QUIT");
        return Err(Error::Recipients(refused.join("\n")));
    }
    dialogue.command("DATA")?;
    dialogue.send(&dot_stuffed(message))?;
    // From here on the message may be the server's.
    let unconfirmed = |error| match error {
        Error::Connection(error) => Error::Unconfirmed(error),
        told => told,
    };
    let waits = patience().as_secs() / TIMEOUT.as_secs();
    let confirmed = dialogue.send(b".\r\n").and_then(|()| dialogue.wait(waits));
    confirmed.map_err(Error::Unconfirmed)?;
    dialogue.reply().map_err(unconfirmed)?;
    // The message is the server's now, whatever becomes of the farewell.
    let _ = dialogue.command("QUIT");
    Ok(())
}

/// The message as DATA takes it (RFC 5321, section 4.5.2): every line ends in CRLF, one that
/// begins with a dot gets another. The lone dot that ends it is not there yet.
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
    out
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use lettre::Address;

    use super::{dialogue::nonsense, server::Credentials, *};

    /// A server that says its lines whatever it hears, and what it heard.
    struct Script<'a> {
        says: &'a [u8],
        /// Where it says one line at a time, how often it has the client wait for its word on the
        /// message.
        waits: Option<u32>,
        heard: Vec<u8>,
    }

    impl Read for &mut Script<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(waits) = self.waits.as_mut() else { return self.says.read(buffer) };
            if *waits > 0 && self.heard.ends_with(b"\r\n.\r\n") {
                *waits -= 1;
                return Err(io::ErrorKind::TimedOut.into());
            }
            let end = self.says.iter().position(|byte| *byte == b'\n');
            self.says.by_ref().take(end.map_or(0, |at| at as u64 + 1)).read(buffer)
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
        run_as(&Server::plain("mail.example.com:25"), says)
    }

    fn run_as(server: &Server, says: &str) -> (Result<(), Error>, String) {
        run_waiting(server, says, None)
    }

    fn run_waiting(server: &Server, says: &str, waits: Option<u32>) -> (Result<(), Error>, String) {
        let address = |name: &str| Address::new(name, "example.com");
        let (Ok(from), Ok(ada), Ok(bob)) = (address("shop"), address("ada"), address("bob")) else {
            return (Err(nonsense("address").into()), String::new());
        };
        let mut script = Script { says: says.as_bytes(), waits, heard: Vec::new() };
        let result = Envelope::new(Some(from), vec![ada, bob])
            .map_err(|error| io::Error::other(error).into())
            .and_then(|envelope| {
                let patience = || TIMEOUT * 3;
                converse(&mut script, server, &envelope, b"Subject: x\r\n\r\n.dot\nend", patience)
            });
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

    /// What a server says until it has the whole message.
    const TAKEN: &str = "220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 go on\r\n";

    #[test]
    fn a_server_may_take_its_time_to_take_the_message() {
        let plain = Server::plain("mail.example.com:25");
        let says = format!("{TAKEN}250 queued\r\n221 bye\r\n");
        let (result, _) = run_waiting(&plain, &says, Some(2));
        assert!(result.is_ok(), "{result:?}");
        let (result, _) = run_waiting(&plain, &says, Some(3));
        let is_late = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
        assert!(matches!(&result, Err(Error::Unconfirmed(error)) if is_late(error)), "{result:?}");
    }

    #[test]
    fn what_the_server_may_have_taken_is_told_from_what_it_has_not() {
        for says in ["", "25", "250-queued\r\n", "nonsense\r\n"] {
            let (result, heard) = run(&format!("{TAKEN}{says}"));
            assert!(matches!(&result, Err(Error::Unconfirmed(_))), "{says:?}: {result:?}");
            assert!(heard.ends_with("\r\n.\r\n"), "{heard}");
        }
        let (result, _) = run(&format!("{TAKEN}451 try again\r\n"));
        assert!(matches!(&result, Err(Error::Busy(reply)) if reply == "451 try again"));
        let (result, _) = run(&format!("{TAKEN}554 spam\r\n"));
        assert!(matches!(&result, Err(Error::Rejected(reply)) if reply == "554 spam"));
        let (result, _) = run(TAKEN.trim_end_matches("354 go on\r\n"));
        assert!(matches!(&result, Err(Error::Connection(_))), "{result:?}");
    }

    #[test]
    fn a_busy_server_is_told_from_a_refusal() {
        let (result, _) = run("421 shutting down\r\n");
        assert!(matches!(&result, Err(Error::Busy(reply)) if reply == "421 shutting down"));
        let (result, heard) = run("220 hi\r\n250 hi\r\n552 too much mail\r\n");
        assert!(matches!(&result, Err(Error::Rejected(reply)) if reply == "552 too much mail"));
        assert!(!heard.contains("RCPT"), "{heard}");
    }

    #[test]
    fn recipients_that_are_not_taken_are_named_and_nobody_gets_it() {
        let (result, heard) =
            run("220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n550 no such user\r\n221 bye\r\n");
        let told = "bob@example.com: 550 no such user";
        assert!(matches!(&result, Err(Error::Recipients(text)) if text == told), "{result:?}");
        assert!(heard.ends_with("RCPT TO:<bob@example.com>\r\nQUIT\r\n"), "{heard}");
        let (result, _) = run("220 hi\r\n250 hi\r\n250 ok\r\n550 who?\r\n450 full\r\n");
        assert!(matches!(&result, Err(Error::Busy(reply)) if reply == "450 full"), "{result:?}");
    }

    fn with_login(address: &str) -> Server {
        let credentials = Credentials { user: "ada".into(), password: "s3cret".into() };
        Server { credentials: Some(credentials), ..Server::plain(address) }
    }

    #[test]
    fn a_login_is_by_what_the_server_offers() {
        let server = with_login("127.0.0.1:25");
        let (_, heard) = run_as(&server, "220 hi\r\n250-hi\r\n250 AUTH LOGIN PLAIN\r\n235 ok\r\n");
        // NUL, ada, NUL, s3cret
        assert!(heard.contains("\r\nAUTH PLAIN AGFkYQBzM2NyZXQ=\r\nMAIL FROM"), "{heard}");
        let says = "220 hi\r\n250-hi\r\n250 auth LOGIN\r\n334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 ok\r\n";
        let (_, heard) = run_as(&server, says);
        assert!(heard.contains("\r\nAUTH LOGIN\r\nYWRh\r\nczNjcmV0\r\nMAIL FROM"), "{heard}");
        for (says, told) in [
            ("220 hi\r\n250 hi\r\n", "the server offers no login that is known here: PLAIN, LOGIN"),
            ("220 hi\r\n250-hi\r\n250 AUTH PLAIN\r\n535 5.7.8 no\r\n", "535 5.7.8 no"),
        ] {
            let (result, _) = run_as(&server, says);
            assert!(matches!(&result, Err(Error::Login(text)) if text == told), "{result:?}");
        }
        let (result, _) = run_as(&server, "220 hi\r\n250-hi\r\n250 AUTH PLAIN\r\n454 later\r\n");
        assert!(matches!(&result, Err(Error::Busy(reply)) if reply == "454 later"), "{result:?}");
        let (result, _) = run("220 hi\r\n250 hi\r\n530 5.7.0 log in first\r\n");
        assert!(matches!(&result, Err(Error::Login(text)) if text == "530 5.7.0 log in first"));
    }

    #[test]
    fn a_login_is_not_sent_where_others_can_read_it() {
        let says = "220 hi\r\n250-hi\r\n250 AUTH PLAIN\r\n";
        let (result, heard) = run_as(&with_login("10.0.0.1:25"), says);
        assert!(matches!(&result, Err(Error::ReadableLogin)), "{result:?}");
        assert_eq!(heard, "EHLO localhost\r\n");
    }

    #[test]
    fn a_server_without_tls_is_not_spoken_to_without() {
        let server = Server { security: Security::StartTls, ..with_login("127.0.0.1:587") };
        let tls = |says: &str| match run_as(&server, says).0 {
            Err(Error::Tls(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(tls("220 hi\r\n250 AUTH PLAIN\r\n"), "the server does not offer STARTTLS");
        // Somebody on the way may have put commands behind the reply.
        let says = "220 hi\r\n250-hi\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n";
        assert_eq!(tls(says), "the server said more before TLS began than it may");
        let says = "220 hi\r\n250-hi\r\n250 STARTTLS\r\n220 go\r\n";
        let text = tls(says);
        assert!(text.starts_with("the server broke off: "), "{text}");
    }

    proptest::proptest! {
        /// A server may say anything at all.
        #[test]
        fn no_server_is_too_much(lines in proptest::collection::vec("([2345][0-9]{2}[ -])?\\PC{0,20}\r?\n?", 0..20)) {
            for security in [Security::None, Security::StartTls, Security::Tls] {
                let server = Server { security, ..with_login("127.0.0.1:25") };
                let (result, heard) = run_as(&server, &lines.concat());
                // Nobody gets it whom the server has not taken.
                proptest::prop_assert!(result.is_err() || heard.contains("\r\nDATA\r\n"));
            }
        }
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
