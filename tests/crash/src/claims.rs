//! What must hold in the end, however often hosts have died.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde_json::Value;
use stepwell_engine::arn;
use stepwell_interpreter::{
    Event, Outcome,
    event::{Details, Timestamps},
    token::Token,
};
use stepwell_journal::{Direction, ExecutionId, Filter, Of, Store};

use crate::{
    news::{Ran, Record},
    plan::{ABANDONED, TENANT, WORKFLOWS},
};

/// What is kept of all executions, by machine and name.
pub type Journal = BTreeMap<(String, String), Kept>;

/// What is kept of an execution.
#[derive(Debug, Clone)]
pub struct Kept {
    id: ExecutionId,
    started_at: Timestamp,
    outcome: Option<Outcome>,
    events: Vec<Event>,
}

/// Reads all executions.
///
/// # Errors
/// Where the store fails.
pub async fn read(store: &dyn Store) -> anyhow::Result<Journal> {
    let mut journal = Journal::new();
    let mut lists: Vec<_> =
        WORKFLOWS.iter().map(|(name, _)| Of::Machine((*name).to_owned())).collect();
    while let Some(of) = lists.pop() {
        let filter = Filter::all(TENANT, of);
        let listed = store.list(filter, 10_000, None).await?;
        ensure!(listed.next.is_none(), "there are more executions than are read");
        for listing in listed.items {
            let id = listing.id;
            let described = store.describe(id).await?.context("what is listed is there")?;
            let history = store.history(id, 1, Direction::Forward, 25_000).await?;
            let map_runs = store.map_runs(id).await?;
            lists.extend(map_runs.into_iter().map(|map_run| Of::MapRun(map_run.arn)));
            let kept = Kept {
                id,
                started_at: listing.started_at,
                outcome: described.outcome,
                events: history.items,
            };
            journal.insert((listing.key.machine, listing.key.name), kept);
        }
    }
    Ok(journal)
}

/// Holds a journal against what the test was told, and against the journal of a host that nobody
/// has disturbed.
///
/// # Errors
/// Where something does not hold.
pub fn check(record: &Record, journal: &Journal, undisturbed: &Journal) -> anyhow::Result<()> {
    ensure!(record.ended, "not all has ended");
    ensure!(record.missing.is_empty(), "lost: {:?}", record.missing);
    let stuck = journal.iter().filter(|(key, _)| record.stuck.contains(&key.1));
    let stuck: Vec<_> = stuck.map(|(key, kept)| (key, shown(&kept.events))).collect();
    ensure!(record.stuck.is_empty(), "stuck: {stuck:#?}");
    let (there, expected) = (certain(journal), certain(undisturbed));
    ensure!(there == expected, "there are other executions: {there:?}");
    for (key, kept) in journal {
        check_history(&kept.events)
            .and_then(|()| match undisturbed.get(key) {
                Some(expected) => check_end(kept, expected),
                None => check_abandoned(kept),
            })
            .with_context(|| format!("{key:?}: {:#?}", shown(&kept.events)))?;
    }
    check_starts(record, journal)?;
    check_answers(record, journal)?;
    check_tasks(record, journal)
}

/// The executions that there are to be in any case.
fn certain(journal: &Journal) -> Vec<&(String, String)> {
    journal.keys().filter(|(_, name)| !name.ends_with(ABANDONED)).collect()
}

/// Nobody waits for it, and it does not run on.
fn check_abandoned(kept: &Kept) -> anyhow::Result<()> {
    let outcome = &kept.outcome;
    ensure!(matches!(outcome, Some(Outcome::Aborted(_))), "it ended as {outcome:?}");
    Ok(())
}

/// A history has no gaps, and nothing happens in it twice.
fn check_history(events: &[Event]) -> anyhow::Result<()> {
    let mut followed = BTreeSet::new();
    for (event, id) in events.iter().zip(1..) {
        ensure!(event.id == id, "event {} comes as the {id}th", event.id);
        ensure!(event.previous_event_id < id, "{id} comes before what led to it");
        let step = (event.previous_event_id, label(event));
        ensure!(followed.insert(step), "{id} has happened before");
    }
    ensure!(events.is_sorted_by_key(|event| event.timestamp), "time runs backwards");
    let starts = events.iter().filter(|it| matches!(it.details, Details::ExecutionStarted { .. }));
    ensure!(starts.count() == 1, "it starts once");
    for event in events.iter().filter(|event| event.details.is_end()) {
        let next = usize::try_from(event.id).ok().and_then(|next| events.get(next));
        let redriven =
            next.is_none_or(|next| matches!(next.details, Details::ExecutionRedriven { .. }));
        ensure!(redriven, "it has ended, and goes on with {next:?}");
    }
    ensure!(events.last().is_some_and(|last| last.details.is_end()), "it has not ended");
    Ok(())
}

/// It has ended as it would have ended, by the same way. What was cut off and must not be run
/// again, or was given to a worker that was cut off, has left its marks.
fn check_end(kept: &Kept, expected: &Kept) -> anyhow::Result<()> {
    let lost = kept.events.iter().filter(|event| error(event) == Some("Stepwell.HostLost")).count();
    let late = kept.events.iter().filter(|event| error(event) == Some("States.Timeout")).count();
    let outcome = form(kept.outcome.as_ref(), lost > 0);
    let expected_outcome = form(expected.outcome.as_ref(), false);
    ensure!(outcome == expected_outcome, "it ended as {outcome}, not as {expected_outcome}");
    // What is stopped may be anywhere.
    let stopped = matches!(kept.outcome, Some(Outcome::Aborted(_)));
    let (way, expected_way) = match lost + late + usize::from(stopped) {
        0 => (labels(&kept.events, is_certain), labels(&expected.events, is_certain)),
        _ => (labels(&kept.events, visits), labels(&expected.events, visits)),
    };
    ensure!(way == expected_way, "it went by {way:#?}, not by {expected_way:#?}");
    Ok(())
}

/// An outcome, without what depends on which host did what.
fn form(outcome: Option<&Outcome>, lost: bool) -> String {
    let mut value = serde_json::to_value(outcome).unwrap_or_default();
    if let Some(Outcome::Succeeded { output }) = outcome {
        value["Succeeded"]["output"] = output.value().clone();
    }
    neutral(&mut value, lost);
    value.to_string()
}

fn neutral(value: &mut Value, lost: bool) {
    match value {
        Value::String(text) if lost && text == "lost" => *value = "ran".into(),
        Value::Array(items) => items.iter_mut().for_each(|item| neutral(item, lost)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == "answer" {
                    *member = Value::Null;
                }
                neutral(member, lost);
            }
        }
        _ => {}
    }
}

/// Whether an event does not depend on who is faster: an answer to a request may come before the
/// request has returned.
fn is_certain(event: &Event) -> bool {
    match &event.details {
        Details::TaskSubmitted(name, _) => name.resource_type == "states",
        _ => true,
    }
}

/// Whether a state was entered that is on the way of every execution.
fn visits(event: &Event) -> bool {
    matches!(&event.details, Details::StateEntered { name, .. } if !name.ends_with("Lost"))
}

fn labels(events: &[Event], which: impl Fn(&Event) -> bool) -> BTreeMap<String, usize> {
    let mut labels = BTreeMap::new();
    for event in events.iter().filter(|event| which(event)) {
        *labels.entry(label(event)).or_default() += 1;
    }
    labels
}

/// What an event says, as far as it is the same in every run.
fn label(event: &Event) -> String {
    let kind = event.details.type_name();
    match &event.details {
        Details::StateEntered { name, .. } | Details::StateExited { name, .. } => {
            format!("{kind} {}", &**name)
        }
        Details::MapIterationStarted { index, .. }
        | Details::MapIterationSucceeded { index, .. } => format!("{kind} {index}"),
        _ => kind,
    }
}

fn error(event: &Event) -> Option<&str> {
    match &event.details {
        Details::TaskFailed(_, failure) | Details::ActivityTimedOut(failure) => {
            failure.error.as_deref()
        }
        _ => None,
    }
}

fn shown(events: &[Event]) -> Vec<String> {
    events.iter().map(|event| event.to_aws(Timestamps::Iso8601).to_string()).collect()
}

/// No start is lost that was acknowledged, and none is made anew. What was stopped stays stopped.
fn check_starts(record: &Record, journal: &Journal) -> anyhow::Result<()> {
    for (name, at) in &record.started {
        let kept = journal.iter().find(|((_, there), _)| there == name);
        let (_, kept) = kept.with_context(|| format!("{name} is lost"))?;
        ensure!(kept.started_at == *at, "{name} was started at {at} and at {}", kept.started_at);
    }
    for name in &record.stopped {
        let kept = journal.iter().find(|((_, there), _)| there == name);
        let outcome = kept.and_then(|(_, kept)| kept.outcome.as_ref());
        ensure!(matches!(outcome, Some(Outcome::Aborted(_))), "{name} ended as {outcome:?}");
    }
    Ok(())
}

/// An answer that was acknowledged is what the task has returned; where none was, one that was
/// tried is.
fn check_answers(record: &Record, journal: &Journal) -> anyhow::Result<()> {
    for (token, answers) in &record.tokens {
        let token = Token::parse(token).context("the host's tokens are valid")?;
        let kept = by_arn(journal, &token.execution_arn)?;
        let events = kept.events.iter();
        let mut ends = events.filter_map(|event| match &event.details {
            Details::TaskSucceeded(_, output) | Details::ActivitySucceeded { output } => {
                Some(output.value()["answer"].as_u64())
            }
            _ => None,
        });
        let answer = ends.next().flatten().and_then(|answer| u32::try_from(answer).ok());
        match (answers.acknowledged, answer) {
            (Some(acknowledged), answer) => ensure!(
                answer == Some(acknowledged),
                "{acknowledged} was acknowledged, and {answer:?} was taken"
            ),
            (None, None) => bail!("nobody has answered for {}", token.execution_arn),
            (None, Some(_)) => {}
        }
        ensure!(ends.next().is_none(), "two answers were taken for {}", token.execution_arn);
    }
    Ok(())
}

/// No task ran before it was committed that it would; none ran twice that must not; and those that
/// did ran under the same idempotency key.
fn check_tasks(record: &Record, journal: &Journal) -> anyhow::Result<()> {
    let mut keys = BTreeMap::new();
    for ran in &record.ran {
        let Ran { execution, task, state, at_most_once, key } = ran;
        let kept = by_arn(journal, execution)?;
        let scheduled = kept.events.iter().find(|event| event.id == *task);
        let scheduled = scheduled.map(|event| event.details.type_name());
        ensure!(
            scheduled.as_deref() == Some("TaskScheduled"),
            "{state} of {execution} ran as {task}, which is {scheduled:?}"
        );
        match keys.insert((execution, task), key) {
            None => {}
            Some(_) if *at_most_once => bail!("{state} of {execution} ran twice: {task}"),
            Some(before) => {
                ensure!(before == key, "{state} of {execution} ran under {before} and {key}");
            }
        }
    }
    Ok(())
}

fn by_arn<'a>(journal: &'a Journal, arn: &str) -> anyhow::Result<&'a Kept> {
    let id = arn::execution_id(arn);
    let kept = journal.values().find(|kept| Some(kept.id) == id);
    kept.with_context(|| format!("{arn} is lost"))
}

/// How many tasks were run more than once.
pub fn run_again(record: &Record) -> usize {
    let attempts: BTreeSet<_> = record.ran.iter().map(|ran| (&ran.execution, ran.task)).collect();
    record.ran.len() - attempts.len()
}
