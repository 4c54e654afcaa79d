//! Whatever the definition, the input and the occurrences: nothing panics, the history is well
//! formed, and the same occurrences give the same steps.

mod definition;

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Failure, MAX_EVENTS, MAX_PAYLOAD, Occurrence, Step, TaskId, TimerId,
    Timestamp,
};

use self::definition::{ERRORS, data, definition};
use crate::driver::{START, identity, key};

/// What happens to one of the tasks, and how much later.
#[derive(Debug, Clone)]
struct Happening {
    which: prop::sample::Index,
    seconds: u64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Started,
    Submitted(Value),
    Heartbeat,
    Succeeded(Value),
    TooLarge,
    Failed(&'static str),
    Timer,
    Stop,
}

fn happening() -> impl Strategy<Value = Happening> {
    let what = prop_oneof![
        1 => Just(What::Started),
        1 => data().prop_map(What::Submitted),
        1 => Just(What::Heartbeat),
        9 => data().prop_map(What::Succeeded),
        1 => Just(What::TooLarge),
        4 => prop::sample::select(ERRORS).prop_map(What::Failed),
        9 => Just(What::Timer),
        1 => Just(What::Stop),
    ];
    (any::<prop::sample::Index>(), prop::sample::select(&[0, 0, 1, 4, 60][..]), what)
        .prop_map(|(which, seconds, what)| Happening { which, seconds, what })
}

/// What an execution is told: of a task or timer that is open, or of one that never was.
fn occurrence(happening: &Happening, pending: &[Effect]) -> Occurrence {
    let which = |id: fn(&Effect) -> Option<u64>| {
        let open: Vec<_> = pending.iter().filter_map(id).collect();
        if open.is_empty() { u64::MAX } else { open[happening.which.index(open.len())] }
    };
    let task = TaskId(which(|effect| match effect {
        Effect::RunTask(run) => Some(run.task.0),
        _ => None,
    }));
    let timer = TimerId(which(|effect| match effect {
        Effect::SetTimer { timer, .. } => Some(timer.0),
        _ => None,
    }));
    let usage = None;
    match &happening.what {
        What::Started => Occurrence::TaskStarted { task, worker_name: None },
        What::Submitted(output) => {
            Occurrence::TaskSubmitted { task, output: output.clone().into() }
        }
        What::Heartbeat => Occurrence::TaskHeartbeat { task },
        What::Succeeded(output) => {
            Occurrence::TaskSucceeded { task, output: output.clone().into(), usage }
        }
        What::TooLarge => {
            let output = Value::from("a".repeat(MAX_PAYLOAD)).into();
            Occurrence::TaskSucceeded { task, output, usage }
        }
        What::Failed(error) => {
            Occurrence::TaskFailed { task, failure: Failure::new(*error, "why"), usage }
        }
        What::Timer => Occurrence::TimerFired { timer },
        What::Stop => Occurrence::Stop { error: None, cause: None },
    }
}

/// What ends an execution for certain: what runs has succeeded, and what is due first fires.
fn whatever_is_open(pending: &[Effect], now: &mut Timestamp) -> Option<Occurrence> {
    let task = pending.iter().find_map(|effect| match effect {
        Effect::RunTask(run) => Some(run.task),
        _ => None,
    });
    if let Some(task) = task {
        return Some(Occurrence::TaskSucceeded { task, output: Json::empty(), usage: None });
    }
    let timers = pending.iter().filter_map(|effect| match effect {
        Effect::SetTimer { timer, at } => Some((*at, *timer)),
        _ => None,
    });
    let (at, timer) = timers.min()?;
    *now = at.max(*now);
    Some(Occurrence::TimerFired { timer })
}

/// What is stored of a step's events.
fn stored(step: &Step) -> String {
    serde_json::to_string(&step.events).unwrap()
}

/// Redrives an execution as long as it fails, at most three times.
fn redriven(
    machine: &StateMachine,
    mut execution: Execution,
    mut now: Timestamp,
) -> Result<(), TestCaseError> {
    for count in 1..=3 {
        let mut last = execution.last_event_id();
        let copy = serde_json::to_string(&execution).unwrap();
        let mut copy: Execution = serde_json::from_str(&copy).unwrap();
        let step = execution.redrive(machine, None, now);
        prop_assert_eq!(&copy.redrive(machine, None, now), &step);
        let mut steps = match step {
            Ok(step) => vec![step],
            // It has succeeded, or has been under way for more than a year.
            Err(_) => return Ok(()),
        };
        for _ in 0..1_000 {
            let Some(occurrence) = whatever_is_open(&execution.pending(machine), &mut now) else {
                break;
            };
            steps.push(execution.on(machine, now, occurrence));
        }
        prop_assert!(execution.outcome().is_some(), "it has ended");
        prop_assert_eq!(execution.redrive_count(), count);
        prop_assert!(execution.pending(machine).is_empty());
        for event in steps.iter().flat_map(|step| &step.events) {
            last += 1;
            prop_assert_eq!(event.id, last);
            prop_assert!(event.previous_event_id < event.id);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_same_occurrences_give_the_same_steps(
        definition in definition(),
        (a, l) in (data(), prop::collection::vec(data(), 0..4)),
        happenings in prop::collection::vec(happening(), 0..24),
    ) {
        let Ok(parsed) = StateMachine::parse(&definition.to_string()) else {
            return Err(TestCaseError::reject("the definition is refused"));
        };
        let machine = parsed.machine;
        let start: Timestamp = START.parse().unwrap();
        let mut now = start;
        let input = Json::from(json!({ "a": a, "l": l }));
        let (mut execution, first) = Execution::start(&machine, identity(), &key(), input.clone(), now);
        let mut steps = vec![first];
        let mut told = Vec::new();
        for happening in &happenings {
            now += std::time::Duration::from_secs(happening.seconds);
            let pending = execution.pending(&machine);
            let occurrence = occurrence(happening, &pending);
            steps.push(execution.on(&machine, now, occurrence.clone()));
            told.push((now, occurrence, pending));
        }
        // Each state is come to at most once, so that the rest is short.
        for _ in 0..1_000 {
            let pending = execution.pending(&machine);
            let Some(occurrence) = whatever_is_open(&pending, &mut now) else { break };
            steps.push(execution.on(&machine, now, occurrence.clone()));
            told.push((now, occurrence, pending));
        }
        prop_assert!(execution.outcome().is_some(), "it has ended");
        let ended = execution.clone();

        let events: Vec<_> = steps.iter().flat_map(|step| &step.events).collect();
        prop_assert!(events.len() as u64 <= MAX_EVENTS);
        for (event, id) in events.iter().zip(1..) {
            prop_assert_eq!(event.id, id);
            prop_assert!(event.previous_event_id < id);
        }
        prop_assert!(events.is_sorted_by_key(|event| event.timestamp));
        prop_assert_eq!(events.iter().filter(|event| event.details.is_end()).count(), 1);
        prop_assert!(events.last().is_some_and(|event| event.details.is_end()));

        // Stored and read again before each step, it goes the same way.
        let (mut again, first) = Execution::start(&machine, identity(), &key(), input, start);
        prop_assert_eq!(stored(&first), stored(&steps[0]));
        for ((at, occurrence, pending), step) in told.into_iter().zip(&steps[1..]) {
            let copy = serde_json::to_string(&again).unwrap();
            again = serde_json::from_str(&copy).unwrap();
            prop_assert_eq!(again.pending(&machine), pending);
            let same = again.on(&machine, at, occurrence);
            prop_assert_eq!(stored(&same), stored(step));
            prop_assert_eq!(&same, step);
        }
        redriven(&machine, ended, now)?;
    }
}
