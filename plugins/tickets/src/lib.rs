//! Opens support tickets as files that a help desk picks up.

use std::{path::Path, time::SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stepwell_task::{Call, Failure, fs};

stepwell_task::plugin! {
    summary: "Opens support tickets as files that a help desk picks up.",
    wants: { directories: ["/tickets"] },
    tasks: [
        // A ticket that is there already is left as it is: somebody may be working on it.
        "open": idempotent "Writes a ticket into /tickets." => open,
    ],
}

/// What to tell the help desk.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub struct Request {
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    description: String,
    /// Who is concerned, if anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    requester: Option<String>,
    #[serde(default)]
    priority: Priority,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

/// The file's content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ticket<'a> {
    id: &'a str,
    status: &'static str,
    /// Seconds since 1970-01-01T00:00:00Z.
    opened_at: u64,
    execution_arn: &'a str,
    #[serde(flatten)]
    request: Request,
}

/// Where the ticket is.
#[derive(Serialize, JsonSchema)]
pub struct Opened {
    id: String,
    /// The file's name in /tickets.
    file: String,
}

fn open(request: Request, call: &Call) -> Result<Opened, Failure> {
    open_in(Path::new("/tickets"), request, call)
}

fn open_in(folder: &Path, request: Request, call: &Call) -> Result<Opened, Failure> {
    let subject = request.subject.trim();
    if subject.is_empty() || subject.chars().count() > 200 {
        return Err(Failure::new("InvalidSubject", "a subject has 1 to 200 characters"));
    }
    let id = call.id("T");
    let file = format!("{id}.json");
    let path = folder.join(&file);
    if fs::read(&path)?.is_none() {
        let opened_at = SystemTime::UNIX_EPOCH
            .elapsed()
            .map_err(|error| Failure::caused_by("Clock", &error))?
            .as_secs();
        let ticket = Ticket {
            id: &id,
            status: "open",
            opened_at,
            execution_arn: &call.execution_arn,
            request,
        };
        fs::write(&path, serde_json::to_string_pretty(&ticket)?)?;
    }
    Ok(Opened { id, file })
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use serde_json::{Value, json};

    use super::*;

    fn request(subject: &str) -> Result<Request, serde_json::Error> {
        serde_json::from_value(json!({
            "subject": subject,
            "description": "The card was declined.",
            "priority": "high",
        }))
    }

    #[test]
    fn the_same_key_opens_one_ticket() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let call = Call::local("key");
        let opened = open_in(folder.path(), request("Order A-1001")?, &call)?;
        let path = folder.path().join(&opened.file);
        let ticket: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
        assert_eq!(ticket["id"], opened.id);
        assert_eq!(ticket["subject"], "Order A-1001");
        assert_eq!(ticket["priority"], "high");
        assert_eq!(ticket["executionArn"], call.execution_arn);
        assert_eq!(ticket.get("requester"), None);

        std::fs::write(&path, "being worked on")?;
        let again = open_in(folder.path(), request("Order A-1001")?, &call)?;
        assert_eq!(again.id, opened.id);
        assert_eq!(std::fs::read_to_string(&path)?, "being worked on");
        Ok(())
    }

    #[test]
    fn a_ticket_has_a_subject() -> Result<(), Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let result = open_in(folder.path(), request(" ")?, &Call::local("key"));
        assert_eq!(
            result.err().map(|failure| failure.to_string()).as_deref(),
            Some("InvalidSubject: a subject has 1 to 200 characters")
        );
        Ok(())
    }
}
