//! What happened in an execution: all of it without its data, and some of it with all there is.
//!
//! An event without its data is a row of numbers:
//! `[previousEventId, milliseconds, type, name, n, error, fuel, peakMemory, durationMs]`. The
//! milliseconds are those since the execution was started; `type`, `name` and `error` are indices
//! into `texts`, and -1 where there is none, as `n` is. What comes last and says nothing is left
//! out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use stepwell_interpreter::event::Outline;
use stepwell_journal::Direction;

use super::OwnAction;
use crate::{
    action::{Request, executions::HistoryEvent},
    arn::{Arn, Execution},
    error::{Code, Error},
    host::{
        Host,
        executions::{find, id},
        own,
    },
    service::Caller,
    time::Time,
};

/// How many events an outline has where nobody says, and at most: as many as an execution may have.
pub const MOST_OUTLINED: usize = 25_000;

/// How many events may be asked for by their ids.
pub const MOST_IDS: usize = 200;

/// How many events follow one where nobody says.
const DEFAULT: usize = 100;

/// Asks for an execution's events without their data: for all, or those after one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetHistoryOutline {
    /// Whose.
    pub execution_arn: Arn<Execution>,
    /// Only those after this one.
    #[serde(default)]
    pub after_event_id: u64,
    /// How many at most; [`MOST_OUTLINED`] by default.
    #[serde(default)]
    pub max_results: usize,
}

impl Request for GetHistoryOutline {}

/// What GetHistoryOutline answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryOutline {
    /// When the execution was started.
    pub start_date: Time,
    /// What the rows point to.
    pub texts: Vec<String>,
    /// The id of the first row; 0 where there is none.
    pub first_event_id: u64,
    /// The rows.
    pub events: Vec<Vec<i64>>,
    /// Whether there are more.
    pub more: bool,
}

/// Asks for events with all there is to them: those of some ids, or some from one on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetEvents {
    /// Whose.
    pub execution_arn: Arn<Execution>,
    /// Which, at most [`MOST_IDS`].
    pub event_ids: Option<Vec<u64>>,
    /// From which one on; the first by default.
    pub from_event_id: Option<u64>,
    /// How many at most.
    #[serde(default)]
    pub max_results: usize,
    /// Whether the data of states are wanted.
    #[serde(default = "yes")]
    pub include_execution_data: bool,
}

fn yes() -> bool {
    true
}

impl Request for GetEvents {
    fn check(&self) -> Result<(), Error> {
        if self.event_ids.is_some() && (self.from_event_id.is_some() || self.max_results > 0) {
            return Err(Error::validation(
                "Must not specify fromEventId or maxResults together with eventIds",
            ));
        }
        Ok(())
    }
}

/// What GetEvents answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Events {
    /// In the order of their ids; an id that there is not is left out.
    pub events: Vec<HistoryEvent>,
    /// The first one that is not among them: of those asked for by their ids, where their data were
    /// too much for one answer; otherwise of those that follow.
    pub next_event_id: Option<u64>,
}

/// Refuses what is another account's, and executions of which nothing is kept: Express ones that are
/// no children of a Map Run.
fn own_kept(caller: &Caller, action: OwnAction, arn: &Arn<Execution>) -> Result<(), Error> {
    own(caller, action, arn)?;
    if arn.resource.express.is_some() && arn.resource.machine.label.is_none() {
        return Err(Error::new(
            Code::InvalidArn,
            "Invalid Arn: 'Resource type not valid in this context: express'",
        ));
    }
    Ok(())
}

pub(super) async fn get_history_outline(
    host: &Host,
    caller: &Caller,
    request: GetHistoryOutline,
) -> Result<HistoryOutline, Error> {
    let arn = request.execution_arn;
    own_kept(caller, OwnAction::GetHistoryOutline, &arn)?;
    let (description, _) = find(host, &arn).await?;
    let limit = match request.max_results {
        0 => MOST_OUTLINED,
        some => some.min(MOST_OUTLINED),
    };
    let from = request.after_event_id.saturating_add(1);
    let page = host.store().outline(id(&arn)?, from, limit).await?;
    let started_at = description.listing.started_at;
    let mut texts = Texts::default();
    let first_event_id = page.items.first().map_or(0, |event| event.id);
    let start = started_at.as_millisecond();
    let events = page.items.into_iter().map(|event| row(event, start, &mut texts)).collect();
    Ok(HistoryOutline {
        start_date: started_at.into(),
        texts: texts.texts,
        first_event_id,
        events,
        more: page.next.is_some(),
    })
}

/// Texts, each of which is told once.
#[derive(Default)]
struct Texts {
    texts: Vec<String>,
    indices: HashMap<String, i64>,
}

impl Texts {
    fn index(&mut self, text: String) -> i64 {
        if let Some(index) = self.indices.get(&text) {
            return *index;
        }
        let index = i64::try_from(self.texts.len()).unwrap_or(i64::MAX);
        self.texts.push(text.clone());
        self.indices.insert(text, index);
        index
    }
}

fn row(event: Outline, start: i64, texts: &mut Texts) -> Vec<i64> {
    const NONE: i64 = -1;
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut row = vec![
        whole(event.previous_event_id),
        event.timestamp.as_millisecond() - start,
        texts.index(event.type_name),
        event.name.map_or(NONE, |name| texts.index(name)),
        event.number.map_or(NONE, whole),
        event.error.map_or(NONE, |error| texts.index(error)),
    ];
    match event.usage {
        Some(usage) => {
            row.extend([usage.fuel, usage.peak_memory, usage.duration_ms].map(whole));
        }
        None => {
            let said = row.iter().rposition(|number| *number != NONE).map_or(0, |last| last + 1);
            row.truncate(said);
        }
    }
    row
}

pub(super) async fn get_events(
    host: &Host,
    caller: &Caller,
    request: GetEvents,
) -> Result<Events, Error> {
    let arn = &request.execution_arn;
    own_kept(caller, OwnAction::GetEvents, arn)?;
    find(host, arn).await?;
    let with_data = request.include_execution_data;
    let id = id(arn)?;
    let read = match request.event_ids {
        Some(ids) => host.store().events(id, ids.into_iter().collect()).await?,
        None => {
            let size = if request.max_results == 0 { DEFAULT } else { request.max_results };
            let from = request.from_event_id.unwrap_or(1);
            host.store().history(id, from, Direction::Forward, size).await?
        }
    };
    let event = |event| HistoryEvent { event, with_data };
    Ok(Events { events: read.items.into_iter().map(event).collect(), next_event_id: read.next })
}

#[cfg(test)]
mod tests {
    use stepwell_interpreter::Usage;

    use super::*;

    #[test]
    fn rows_leave_out_what_comes_last_and_says_nothing() {
        let mut texts = Texts::default();
        let outline = Outline {
            id: 2,
            previous_event_id: 1,
            timestamp: "2026-11-22T12:00:01.5Z".parse().unwrap(),
            type_name: "TaskFailed".into(),
            name: Some("wasm:payments/charge".into()),
            number: None,
            error: Some("Down".into()),
            usage: Some(Usage { fuel: 7, peak_memory: 8, duration_ms: 9, ..Usage::default() }),
        };
        let mut row = |outline: &Outline| row(outline.clone(), 1_795_348_800_000, &mut texts);
        assert_eq!(row(&outline), [1, 1500, 0, 1, -1, 2, 7, 8, 9]);
        let without = Outline { usage: None, ..outline.clone() };
        assert_eq!(row(&without), [1, 1500, 0, 1, -1, 2]);
        assert_eq!(row(&Outline { error: None, ..without.clone() }), [1, 1500, 0, 1]);
        let nothing = Outline { error: None, name: None, ..without };
        assert_eq!(row(&nothing), [1, 1500, 0]);
        assert_eq!(row(&Outline { number: Some(3), ..nothing }), [1, 1500, 0, -1, 3]);
        assert_eq!(texts.texts, ["TaskFailed", "wasm:payments/charge", "Down"]);
    }
}
