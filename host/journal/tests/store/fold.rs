//! An execution that is loaded from the store before any step goes on as the one in memory does.

#[path = "../../../interpreter/tests/execution/replay/definition.rs"]
mod definition;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_asl::StateMachine;
use stepwell_interpreter::{Effect, Failure, Occurrence, TaskId, TimerId, Timestamp};
use stepwell_journal::{After, Delta, Direction, Memory, Sqlite, Status, Store, sqlite::Options};

use self::definition::{ERRORS, data, definition};
use crate::sample::{Subject, at, form, key, one, start_of};

/// What happens next to one of those that are open.
#[derive(Debug, Clone)]
enum What {
    Succeeded(Value),
    Failed(&'static str),
    Timer,
    Stop,
}

type Happening = (prop::sample::Index, u64, What);

fn happening() -> impl Strategy<Value = Happening> {
    let what = prop_oneof![
        8 => data().prop_map(What::Succeeded),
        4 => prop::sample::select(ERRORS).prop_map(What::Failed),
        8 => Just(What::Timer),
        1 => Just(What::Stop),
    ];
    (any::<prop::sample::Index>(), prop::sample::select(&[0, 0, 1, 4, 60][..]), what)
}

fn occurrence((which, _, what): &Happening, pending: &[Effect]) -> Occurrence {
    let pick = |id: fn(&Effect) -> Option<u64>| {
        let open: Vec<_> = pending.iter().filter_map(id).collect();
        if open.is_empty() { u64::MAX } else { open[which.index(open.len())] }
    };
    let task = TaskId(pick(|effect| match effect {
        Effect::RunTask(run) => Some(run.task.0),
        _ => None,
    }));
    let timer = TimerId(pick(|effect| match effect {
        Effect::SetTimer { timer, .. } => Some(timer.0),
        _ => None,
    }));
    match what {
        What::Succeeded(output) => {
            Occurrence::TaskSucceeded { task, output: output.clone().into(), usage: None }
        }
        What::Failed(error) => {
            Occurrence::TaskFailed { task, failure: Failure::new(*error, "why"), usage: None }
        }
        What::Timer => Occurrence::TimerFired { timer },
        What::Stop => Occurrence::Stop { error: None, cause: None },
    }
}

fn timers(pending: &[Effect]) -> BTreeMap<TimerId, Timestamp> {
    let timer = |effect: &Effect| match effect {
        Effect::SetTimer { timer, at } => Some((*timer, *at)),
        _ => None,
    };
    pending.iter().filter_map(timer).collect()
}

/// Runs an execution, of which every step is made twice: by the one in memory, and by the one that
/// the store has.
async fn run<S: Store>(
    store: &S,
    machine: StateMachine,
    input: Value,
    happenings: &[Happening],
) -> Result<(), TestCaseError> {
    static NAMES: AtomicU64 = AtomicU64::new(0);
    let start = start_of(key(&NAMES.fetch_add(1, Ordering::Relaxed).to_string()));
    let mut subject = Subject::of(store, machine, start, input, at(0)).await;
    subject.begin(store).await;
    let mut events = subject.first.events.clone();
    let mut now = at(0);
    for happening in happenings {
        let Some(mut state) = store.state(subject.id).await.unwrap() else { break };
        if state.execution.outcome().is_some() {
            break;
        }
        let pending = subject.execution.pending(&subject.machine);
        prop_assert_eq!(&state.execution.pending(&subject.machine), &pending);
        let due = store.due(&[subject.id.shard()], Timestamp::MAX, usize::MAX).await.unwrap();
        let mine = due.iter().filter(|timer| timer.execution == subject.id);
        let set: BTreeMap<_, _> = mine.map(|timer| (timer.id, timer.due)).collect();
        prop_assert_eq!(set, timers(&pending), "the store has the timers that are set");

        now += std::time::Duration::from_secs(happening.1);
        let occurrence = occurrence(happening, &pending);
        let fired = matches!(occurrence, Occurrence::TimerFired { .. });
        let step = subject.execution.on(&subject.machine, now, occurrence.clone());
        let same = state.execution.on(&subject.machine, now, occurrence);
        prop_assert_eq!(&same, &step);
        prop_assert_eq!(form(&state.execution), form(&subject.execution));
        let after = After::Commit(state.position.seq);
        let mut delta = Delta::new(subject.lease, subject.id, after, &same, state.execution);
        delta.fired = fired;
        one(store, delta).await.map_err(|error| TestCaseError::fail(error.to_string()))?;
        events.extend(step.events);
    }
    let page = store.history(subject.id, 1, Direction::Forward, usize::MAX - 1).await.unwrap();
    prop_assert_eq!(page.items, events);
    let described = store.describe(subject.id).await.unwrap().unwrap();
    prop_assert_eq!(described.outcome.as_ref(), subject.execution.outcome());
    let status = subject.execution.outcome().map_or(Status::Running, Status::from);
    prop_assert_eq!(described.listing.status, status);
    Ok(())
}

fn check<S: Store>(store: &S, cases: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let input = (data(), prop::collection::vec(data(), 0..4));
    let happenings = prop::collection::vec(happening(), 0..24);
    runner
        .run(&(definition(), input, happenings), |(definition, (a, l), happenings)| {
            let Ok(parsed) = StateMachine::parse(&definition.to_string()) else {
                return Err(TestCaseError::reject("the definition is refused"));
            };
            let input = json!({ "a": a, "l": l });
            runtime.block_on(run(store, parsed.machine, input, &happenings))
        })
        .unwrap();
}

#[test]
fn from_memory() {
    check(&Memory::default(), 256);
}

#[test]
fn from_sqlite() {
    let directory = tempfile::TempDir::new().unwrap();
    check(&Sqlite::open(&Options::new(directory.path())).unwrap(), 64);
}
