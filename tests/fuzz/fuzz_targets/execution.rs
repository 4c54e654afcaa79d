#![no_main]

use libfuzzer_sys::fuzz_target;
use stepwell_asl::{Json, StateMachine};
use stepwell_fuzz::contain_panics_of_the_evaluator;
use stepwell_interpreter::{
    Effect, Execution, Failure, Identity, MAX_EVENTS, Occurrence, TaskId, TimerId, Timestamp, token::Key,
};

/// How much one execution is told at most.
const REPORTS: usize = 64;

fn identity() -> Identity {
    Identity {
        execution_arn: "arn:aws:states:us-east-1:1:execution:m:e".into(),
        execution_name: "e".into(),
        state_machine_arn: "arn:aws:states:us-east-1:1:stateMachine:m".into(),
        state_machine_name: "m".into(),
        role_arn: "arn:aws:iam::1:role/r".into(),
    }
}

/// What a byte of the script stands for: something of a task or timer that is open, or of none.
fn occurrence(byte: u8, pending: &[Effect], input: &Json) -> Occurrence {
    let which = usize::from(byte >> 4);
    let task = pending.iter().filter_map(|effect| match effect {
        Effect::RunTask(run) => Some(run.task),
        _ => None,
    });
    let timer = pending.iter().filter_map(|effect| match effect {
        Effect::SetTimer { timer, .. } => Some(*timer),
        _ => None,
    });
    let task = task.cycle().nth(which).unwrap_or(TaskId(u64::MAX));
    let timer = timer.cycle().nth(which).unwrap_or(TimerId(u64::MAX));
    let usage = None;
    match byte & 15 {
        0 => Occurrence::Stop { error: None, cause: None },
        1 => Occurrence::TaskStarted { task, worker_name: None },
        2 => Occurrence::TaskSubmitted { task, output: input.clone() },
        3 => Occurrence::TaskHeartbeat { task },
        4 => Occurrence::TaskSucceeded { task, output: Json::empty(), usage },
        5 | 6 => Occurrence::TaskSucceeded { task, output: input.clone(), usage },
        7 => Occurrence::TaskFailed { task, failure: Failure::default(), usage },
        8 | 9 => Occurrence::TaskFailed { task, failure: Failure::new("E", "why"), usage },
        _ => Occurrence::TimerFired { timer },
    }
}

// A definition, an input and a script, each on a line of its own.
fuzz_target!(
    init: contain_panics_of_the_evaluator(),
    |data: &[u8]| {
        let mut lines = data.splitn(3, |byte| *byte == b'\n');
        let (Some(definition), Some(input)) = (lines.next(), lines.next()) else { return };
        let script = lines.next().unwrap_or_default();
        let (Ok(definition), Ok(input)) = (str::from_utf8(definition), str::from_utf8(input))
        else {
            return;
        };
        let Ok(parsed) = StateMachine::parse(definition) else { return };
        let Ok(input) = Json::parse(input) else { return };
        let machine = parsed.machine;

        let mut now = Timestamp::UNIX_EPOCH;
        let (mut execution, step) = 
            Execution::start(&machine, identity(), &Key::new([7; 32]), input.clone(), now);
        let (mut events, mut outcome) = (step.events, step.outcome);
        for byte in script.iter().take(REPORTS) {
            let pending = execution.pending(&machine);
            assert_eq!(pending.is_empty(), outcome.is_some(), "it ends, or something is awaited");
            if outcome.is_some() {
                break;
            }
            let occurrence = occurrence(*byte, &pending, &input);
            if let Occurrence::TimerFired { timer } = occurrence
                && let Some(at) = pending.iter().find_map(|effect| match effect {
                    Effect::SetTimer { timer: set, at } if *set == timer => Some(*at),
                    _ => None,
                })
            {
                now = now.max(at);
            }
            let stored = serde_json::to_string(&execution).expect("it can be stored");
            let mut copy: Execution = serde_json::from_str(&stored).expect("it can be read again");
            let step = execution.on(&machine, now, occurrence.clone());
            assert_eq!(step, copy.on(&machine, now, occurrence), "a copy goes the same way");
            assert_eq!(execution.pending(&machine), copy.pending(&machine));
            events.extend(step.events);
            outcome = step.outcome;
        }
        assert!(events.len() as u64 <= MAX_EVENTS);
        for (event, id) in events.iter().zip(1..) {
            assert_eq!(event.id, id);
            assert!(event.previous_event_id < id);
            let _ = event.to_aws(stepwell_interpreter::event::Timestamps::Iso8601);
        }
    }
);
