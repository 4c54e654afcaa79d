//! Opens support tickets in Zendesk, or a help desk with the same API.
//!
//! <https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#create-ticket>

mod answer;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stepwell_task::{Call, Failure, config, http::Request, secrets};

stepwell_task::plugin! {
    summary: "Opens support tickets in Zendesk.",
    wants: {
        http: ["*"],
        config: ["url", "email"],
        secrets: ["token"],
    },
    tasks: [
        // Zendesk gives the ticket that is there for an idempotency key it knows.
        "open": idempotent "Opens a ticket." => open,
    ],
}

/// What to tell the help desk. It is what the plugin `tickets` takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Ticket {
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    /// The first comment.
    #[schemars(length(min = 1))]
    description: String,
    /// Who is concerned, if anybody: `ada@example.com` or `Ada Lovelace <ada@example.com>`. Without
    /// an address it is told in the description.
    #[serde(default)]
    requester: Option<String>,
    #[serde(default)]
    priority: Priority,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Urgent,
}

/// The ticket that was opened, now or in an earlier attempt.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Opened {
    id: u64,
    /// Where agents find it.
    url: String,
    /// Such as `new` or `open`.
    status: String,
    /// Whether an earlier attempt had opened it.
    existed: bool,
}

fn open(ticket: Ticket, call: &Call) -> Result<Opened, Failure> {
    let subject = ticket.subject.trim();
    if subject.is_empty() || subject.chars().count() > 200 {
        return Err(Failure::new("InvalidSubject", "a subject has 1 to 200 characters"));
    }
    if ticket.description.trim().is_empty() {
        return Err(Failure::new("InvalidDescription", "a ticket has a description"));
    }
    let base = base()?;
    let request = Request::post(format!("{base}/api/v2/tickets.json"), body(&ticket).to_string())
        .header("Authorization", authorization()?)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .header("Idempotency-Key", call.idempotency_key.clone());
    answer::read(&base, request.send().map_err(answer::unanswered)?)
}

/// `https://ACME.zendesk.com`, without a slash at its end.
fn base() -> Result<String, Failure> {
    let url = config::get("url").ok_or_else(|| {
        let cause = "the configuration value url is not granted: https://NAME.zendesk.com";
        Failure::new("InvalidConfiguration", cause)
    })?;
    if !url.starts_with("https://") || url.contains(['?', '#', '@']) {
        let cause = format!("the configuration value url is {url:?}, and not https://HOST");
        return Err(Failure::new("InvalidConfiguration", cause));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// By an API token of an agent, or without an `email` by an OAuth token.
fn authorization() -> Result<String, Failure> {
    let token = secrets::get("token")
        .ok_or_else(|| Failure::new("InvalidConfiguration", "the secret token is not granted"))?;
    Ok(match config::get("email") {
        Some(email) => {
            format!("Basic {}", BASE64_STANDARD.encode(format!("{email}/token:{token}")))
        }
        None => format!("Bearer {token}"),
    })
}

fn body(ticket: &Ticket) -> Value {
    let Ticket { subject, description, requester, priority, tags } = ticket;
    let mut body = description.clone();
    let mut fields = json!({ "subject": subject.trim(), "priority": priority });
    match requester.as_deref().map(|requester| (requester, address(requester))) {
        Some((_, Some((name, email)))) => {
            fields["requester"] = json!({ "name": name, "email": email });
        }
        Some((text, None)) => body.push_str(&format!("\n\nRequester: {text}")),
        None => {}
    }
    if !tags.is_empty() {
        fields["tags"] = json!(tags);
    }
    fields["comment"] = json!({ "body": body });
    json!({ "ticket": fields })
}

/// Name and address in `Ada <ada@example.com>`, or in the address alone.
fn address(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (name, email) = match text.split_once('<') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix('>')?.trim()),
        None => ("", text),
    };
    let (local, domain) = email.split_once('@')?;
    let is_address =
        !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace);
    is_address.then_some((if name.is_empty() { local } else { name }, email))
}

#[cfg(test)]
mod tests;
