//! Sends e-mail: into a folder from which a mail system takes it, or over SMTP.

mod smtp;

use std::{path::Path, time::Duration};

use lettre::{
    Message,
    message::{Mailbox, SinglePart},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smtp::server::Server;
use stepwell_task::{Call, Failure, fs};

stepwell_task::plugin! {
    summary: "Sends e-mail: into an outbox folder, or over SMTP.",
    wants: {
        directories: ["/outbox"],
        config: ["smtp-server", "smtp-security", "smtp-ca"],
        secrets: ["smtp-user", "smtp-password"],
    },
    tasks: [
        // SMTP knows no idempotency key. Where the host was lost after the server took the
        // message, another attempt sends a second copy; that is for the state machine to decide.
        "send": at_most_once "Sends a text to some people." => send,
    ],
}

/// An e-mail.
#[derive(Deserialize, JsonSchema)]
pub struct Mail {
    /// `ada@example.com` or `Ada Lovelace <ada@example.com>`.
    from: String,
    /// Likewise, at least one.
    #[schemars(length(min = 1))]
    to: Vec<String>,
    subject: String,
    text: String,
    /// `host:port` of an SMTP server, which the operator must have granted. Without one it is the
    /// server that the operator has configured, and where there is none the message goes into
    /// /outbox.
    #[serde(default)]
    server: Option<String>,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    sent: bool,
    message_id: String,
    #[serde(flatten)]
    via: Via,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "via", rename_all = "lowercase")]
enum Via {
    /// A file in /outbox.
    Outbox { file: String },
    /// A server that took the message.
    Smtp { server: String },
}

fn send(mail: Mail, call: &Call) -> Result<Sent, Failure> {
    send_with(Path::new("/outbox"), &mail, call)
}

fn send_with(outbox: &Path, mail: &Mail, call: &Call) -> Result<Sent, Failure> {
    let id = call.id("mail");
    let message = message(mail, &id)?;
    let via = match Server::find(mail.server.as_deref())? {
        Some(server) => {
            smtp::send(&server, message.envelope(), &message.formatted(), call)?;
            Via::Smtp { server: server.address }
        }
        None => {
            let file = format!("{id}.eml");
            fs::write(outbox.join(&file), message.formatted())?;
            Via::Outbox { file }
        }
    };
    Ok(Sent { sent: true, message_id: message_id(&id), via })
}

/// The same in every attempt, so that a mail system can tell a second copy.
fn message_id(id: &str) -> String {
    format!("<{id}@stepwell.invalid>")
}

fn message(mail: &Mail, id: &str) -> Result<Message, Failure> {
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .message_id(Some(message_id(id)))
        .date_now()
        .subject(mail.subject.as_str());
    for to in &mail.to {
        builder = builder.to(mailbox(to)?);
    }
    builder
        .singlepart(SinglePart::plain(mail.text.clone()))
        .map_err(|error| Failure::caused_by("InvalidMail", &error))
}

fn mailbox(text: &str) -> Result<Mailbox, Failure> {
    text.parse().map_err(|error| Failure::new("InvalidAddress", format!("{text:?}: {error}")))
}

impl From<smtp::Error> for Failure {
    fn from(error: smtp::Error) -> Self {
        use std::io::ErrorKind;
        match error {
            smtp::Error::Rejected(reply) => Self::new("Rejected", reply),
            smtp::Error::Recipients(replies) => Self::new("RecipientRejected", replies),
            smtp::Error::Login(reply) => Self::new("AuthenticationFailed", reply),
            smtp::Error::ReadableLogin => Self::new(
                "InsecureLogin",
                "the login is not sent without TLS but to this machine: set smtp-security to \
                 starttls or tls",
            ),
            smtp::Error::Tls(why) => Self::new("TlsFailed", why),
            smtp::Error::Busy(reply) => {
                Self::new("TemporarilyUnavailable", reply).retry_after(Duration::from_secs(1))
            }
            // Another attempt may send a second copy, so that it takes a name of its own to ask for it.
            smtp::Error::Unconfirmed(error) => {
                let cause = format!("the server has the message, and may have taken it: {error}");
                Self::new("Unconfirmed", cause)
            }
            // What another attempt would not change.
            smtp::Error::Connection(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied
                        | ErrorKind::InvalidInput
                        | ErrorKind::InvalidData
                        | ErrorKind::Unsupported
                ) =>
            {
                error.into()
            }
            smtp::Error::Connection(error) => Self::caused_by("TemporarilyUnavailable", &error)
                .retry_after(Duration::from_secs(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, net::TcpListener};

    use serde_json::{Value, json};

    use super::*;

    fn mail() -> Mail {
        Mail {
            from: "Shop <shop@example.com>".into(),
            to: vec!["Ada Lovelace <ada@example.com>".into()],
            subject: "Your order A-1001 — thank you".into(),
            text: "Dear Ada,\n.\nthank you.\n".into(),
            server: None,
        }
    }

    #[test]
    fn without_a_server_it_goes_into_the_outbox() -> Result<(), Box<dyn Error>> {
        let outbox = tempfile::tempdir()?;
        let call = Call::local("key");
        let sent = send_with(outbox.path(), &mail(), &call)?;
        let Via::Outbox { file } = &sent.via else {
            return Err("not in the outbox".into());
        };
        let text = std::fs::read_to_string(outbox.path().join(file))?;
        assert!(text.contains("To: \"Ada Lovelace\" <ada@example.com>\r\n"), "{text}");
        assert!(text.contains(&format!("Message-ID: {}\r\n", sent.message_id)), "{text}");
        assert!(text.contains("Subject: Your order A-1001 =?utf-8?"), "{text}");
        assert!(text.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{text}");
        assert_eq!(send_with(outbox.path(), &mail(), &call)?, sent);
        assert_eq!(std::fs::read_dir(outbox.path())?.count(), 1);
        let json: Value = serde_json::to_value(&sent)?;
        assert_eq!(json["sent"], true);
        assert_eq!(json["via"], "outbox");
        Ok(())
    }

    #[test]
    fn a_line_break_in_the_subject_makes_no_header() -> Result<(), Failure> {
        let mut mail = mail();
        mail.subject = "Hello\r\nBcc: eve@example.com".into();
        let message = message(&mail, "id")?.formatted();
        let text = String::from_utf8_lossy(&message);
        assert!(!text.contains("\nBcc:"), "{text}");
        Ok(())
    }

    #[test]
    fn a_wrong_address_is_named() {
        let input = json!({
            "from": "shop@example.com", "to": ["ada at example"], "subject": "", "text": "",
        });
        let error = plugin().run("send", &input.to_string(), &Call::local("key")).unwrap_err();
        assert_eq!(error.error(), "Email.InvalidAddress");
        assert!(error.cause().starts_with("\"ada at example\": "), "{error}");
    }

    #[test]
    fn a_server_that_is_down_may_be_up_later() -> Result<(), Box<dyn Error>> {
        // A port that was free a moment ago, with nobody listening.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut mail = mail();
        mail.server = Some(address.to_string());
        let failure = send_with(Path::new("/none"), &mail, &Call::local("key")).unwrap_err();
        assert_eq!(failure.error(), "TemporarilyUnavailable");
        assert_eq!(failure.delay(), Some(Duration::from_secs(1)));
        Ok(())
    }

    #[test]
    fn a_message_that_may_have_been_sent_is_told_so() {
        let lost = std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "gone");
        let failure = Failure::from(smtp::Error::Unconfirmed(lost));
        let told = "Unconfirmed: the server has the message, and may have taken it: gone";
        assert_eq!((failure.to_string().as_str(), failure.delay()), (told, None));
    }

    #[test]
    fn a_server_that_was_not_granted_never_will_be() {
        let refused = smtp::Error::Connection(std::io::ErrorKind::PermissionDenied.into());
        let failure = Failure::from(refused);
        assert_eq!(failure.error(), "PermissionDenied");
        assert_eq!(failure.delay(), None);
    }
}
