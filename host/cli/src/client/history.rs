//! The history of an execution that may still go on.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize as _;
use serde_json::{Value, json};
use stepwell_interpreter::{Calls, Event, Usage};

use super::{Client, Error};

/// How many events are asked for at once: of an execution that goes on the last page is read again.
const PAGE: u32 = 100;
/// How long it is waited for more: at first, and at most.
const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_secs(2);

/// An event, and what a Stepwell host tells beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) event: Event,
    /// As the API has it.
    pub(crate) document: Value,
}

/// Reads a history from its first event on.
pub(crate) struct History<'a> {
    client: &'a Client,
    execution: String,
    /// Of the page to be read, and of that which was read last.
    token: Option<String>,
    /// The id of the last event that was read.
    seen: u64,
    /// Whether that one ends the execution.
    ended: bool,
    /// Whether there are more that were not read.
    more: bool,
    wait: Duration,
}

impl<'a> History<'a> {
    pub(crate) fn of(client: &'a Client, execution: &str) -> Self {
        let execution = execution.to_owned();
        Self { client, execution, token: None, seen: 0, ended: false, more: true, wait: SOON }
    }

    /// The next events that there are already; none where all were read.
    pub(crate) async fn page(&mut self) -> Result<Vec<Entry>, Error> {
        let mut request = json!({ "executionArn": self.execution, "maxResults": PAGE });
        if let Some(token) = &self.token {
            request["nextToken"] = token.as_str().into();
        }
        let mut answer = self.client.call("GetExecutionHistory", &request).await?;
        let documents = match answer["events"].take() {
            Value::Array(events) => events,
            _ => Vec::new(),
        };
        let mut entries = Vec::new();
        for document in documents {
            let event = Event::from_aws(&document).map_err(|error| Error::Request {
                action: "GetExecutionHistory",
                why: error.into(),
            })?;
            // The page was read before, when there was less on it.
            if event.id > self.seen {
                self.seen = event.id;
                self.ended = event.details.is_end();
                entries.push(Entry::new(event, document));
            }
        }
        let next = answer["nextToken"].as_str().map(str::to_owned);
        self.more = next.is_some();
        // Without another page it is this one that more events come on.
        self.token = next.or(self.token.take());
        Ok(entries)
    }

    /// Waits for the next events; none once the execution has ended.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        while self.more || !self.ended {
            let page = self.page().await;
            let entries = match page {
                Err(error) if error.is_throttled() => Vec::new(),
                page => page.context("cannot read the history")?,
            };
            if !entries.is_empty() {
                self.wait = SOON;
                return Ok(Some(entries));
            }
            if !self.more && !self.ended {
                tokio::time::sleep(self.wait).await;
                self.wait = (self.wait * 2).min(LATE);
            }
        }
        Ok(None)
    }

    /// The events that there are now, all of them.
    pub(crate) async fn all(&mut self) -> Result<Vec<Entry>, Error> {
        let mut all = Vec::new();
        while self.more {
            all.extend(self.page().await?);
        }
        Ok(all)
    }

    /// The id of the last event that there is now.
    pub(crate) async fn last(client: &Client, execution: &str) -> Result<u64, Error> {
        let request = json!({ "executionArn": execution, "maxResults": 1, "reverseOrder": true });
        let answer = client.call("GetExecutionHistory", &request).await?;
        Ok(answer["events"][0]["id"].as_u64().unwrap_or_default())
    }
}

impl Entry {
    fn new(mut event: Event, document: Value) -> Self {
        // Where AWS itself answers there is none.
        let told = &document["stepwell"];
        event.usage = usage(&told["usage"]);
        event.calls = Calls {
            first: Vec::deserialize(&told["calls"]).unwrap_or_default(),
            more: told["moreCalls"].as_u64().unwrap_or_default(),
        };
        Self { event, document }
    }

    /// What the attempt logged that the event ends.
    pub(crate) fn log(&self) -> &str {
        self.document["stepwell"]["log"].as_str().unwrap_or_default()
    }
}

fn usage(usage: &Value) -> Option<Usage> {
    Some(Usage {
        fuel: usage["fuel"].as_u64()?,
        peak_memory: usage["peakMemory"].as_u64()?,
        duration_ms: usage["durationMs"].as_u64()?,
        host_calls: usage["hostCalls"].as_u64().unwrap_or_default(),
    })
}
