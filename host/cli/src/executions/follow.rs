//! An execution that a host runs, shown until it ends, as `stepwell run` shows its own.

use anyhow::Result;
use serde_json::json;
use stepwell_engine::Update;
use stepwell_interpreter::{Event, Outcome, Step, event::Details};

use crate::{
    Verdict,
    client::{Client, History},
    progress::{Tracker, View, summary},
};

/// Shows what happens to an execution after an event, and its end.
pub(super) async fn follow(
    client: &Client,
    execution: &str,
    after: u64,
    json: bool,
) -> Result<Verdict> {
    let mut history = History::of(client, execution);
    let mut tracker = Tracker::default();
    let mut view = None;
    let mut outcome = None;
    while let Some(entries) = history.next().await? {
        for entry in entries {
            let event = &entry.event;
            let started = event.timestamp;
            let update = Update::Step(Step { events: vec![event.clone()], ..Step::default() });
            let mut notices = tracker.follow(&update);
            notices.extend(tracker.used(event.id, event.usage, entry.log()));
            outcome = end(event);
            if event.id > after {
                view.get_or_insert_with(|| View::new(json, started)).show(&update, &notices);
            }
        }
    }
    if let Some(view) = view {
        view.finish();
    }
    // A history that has been read ends with one.
    let Some(outcome) = outcome else { return Ok(Verdict::Bad) };
    if json {
        anstream::println!("{}", json!({ "result": summary::result(&outcome, &tracker) }));
    } else {
        anstream::eprint!("{}", summary::tasks(tracker.visits()));
        summary::outcome(&outcome);
    }
    Ok(if matches!(outcome, Outcome::Succeeded { .. }) { Verdict::Good } else { Verdict::Bad })
}

/// How the execution ended, where this is its last event.
fn end(event: &Event) -> Option<Outcome> {
    Some(match &event.details {
        Details::ExecutionSucceeded { output } => Outcome::Succeeded { output: output.clone() },
        Details::ExecutionFailed(failure) => Outcome::Failed(failure.clone()),
        Details::ExecutionTimedOut(failure) => Outcome::TimedOut(failure.clone()),
        Details::ExecutionAborted(failure) => Outcome::Aborted(failure.clone()),
        _ => return None,
    })
}
