//! What a transition costs: the time it takes, and the instructions, which valgrind counts.
//!
//! `cargo bench -p stepwell-interpreter --bench interpreter [-- SCENARIO]`. A transition is a state
//! that is entered and left. Whatever the executions ask for is answered at once; their events are
//! made and dropped.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Identity, Occurrence, Step, Timestamp, event::Details, token::Key,
};

/// What the inputs are filled up to, in bytes.
const SIZES: [usize; 2] = [1 << 10, 200 << 10];
/// How long one round lasts at least; the fastest of them counts, which others disturbed least.
/// It is long beside the kernel's tick, by which processor time is told.
const ROUND: Duration = Duration::from_millis(200);
const ROUNDS: usize = 5;
/// How many transitions are counted at least.
const COUNTED: u64 = 200;
/// Makes this program the child that valgrind looks at: `SCENARIO SIZE EXECUTIONS`.
const CHILD: &str = "STEPWELL_BENCH_COUNT";

struct Scenario {
    name: &'static str,
    definition: fn() -> Value,
}

const SCENARIOS: [Scenario; 7] = [
    Scenario { name: "ten Pass states", definition: passes },
    Scenario { name: "ten Choice states", definition: choices },
    Scenario { name: "JSONPath-heavy state", definition: json_path },
    Scenario { name: "ResultPath into the state", definition: result_path },
    Scenario { name: "JSONata-heavy state", definition: jsonata },
    // More than 25,000 events are no history: it ends after some 6,200 items.
    Scenario { name: "Map over 10,000 items", definition: map },
    Scenario { name: "Parallel of 40", definition: parallel },
];

fn chain(states: impl ExactSizeIterator<Item = Value>) -> Value {
    let last = states.len() - 1;
    let named = |(at, mut state): (usize, Value)| {
        if state["Type"] == "Choice" {
            state["Default"] = format!("S{}", at + 1).into();
        } else if at == last && state["Type"] != "Succeed" {
            state["End"] = true.into();
        } else if at < last {
            state["Next"] = format!("S{}", at + 1).into();
        }
        (format!("S{at}"), state)
    };
    let states: serde_json::Map<_, _> = states.enumerate().map(named).collect();
    json!({ "StartAt": "S0", "States": states })
}

fn passes() -> Value {
    chain((0..10).map(|_| json!({ "Type": "Pass" })))
}

fn choices() -> Value {
    let rules = json!([
        { "Variable": "$.order.customer.tier", "StringEquals": "gold", "Next": "S10" },
        { "And": [
            { "Variable": "$.order.total", "NumericGreaterThan": 100_000 },
            { "Variable": "$.order.express", "BooleanEquals": true },
        ], "Next": "S10" },
        { "Not": { "Variable": "$.order.id", "IsPresent": true }, "Next": "S10" },
        { "Variable": "$.order.id", "StringMatches": "B-*", "Next": "S10" },
    ]);
    let choice = |_| json!({ "Type": "Choice", "Choices": rules });
    chain((0..10).map(choice).chain([json!({ "Type": "Succeed" })]).collect::<Vec<_>>().into_iter())
}

fn json_path() -> Value {
    chain(std::iter::once(json!({
        "Type": "Pass",
        "Parameters": {
            "id.$": "$.order.id",
            "execution.$": "$$.Execution.Name",
            "state.$": "$$.State.Name",
            "customer": { "name.$": "$.order.customer.name", "tier.$": "$.order.customer.tier" },
            "first.$": "$.order.lines[0].sku",
            "skus.$": "$.order.lines[*].sku",
            "dear.$": "$.order.lines[?(@.price > 20)].sku",
            "count.$": "States.ArrayLength($.order.lines)",
            "greeting.$": "States.Format('Dear {}, your order {}', $.order.customer.name, $.order.id)",
            "next.$": "States.MathAdd($.order.total, 1)",
            "digest.$": "States.Hash($.order.id, 'SHA-256')",
            "constant": { "a": [1, 2, 3], "b": "text" },
        },
        "Assign": { "order.$": "$.id" },
        "OutputPath": "$.customer",
    })))
}

fn result_path() -> Value {
    chain((0..10).map(
        |_| json!({ "Type": "Pass", "Result": { "done": true }, "ResultPath": "$.order.result" }),
    ))
}

fn jsonata() -> Value {
    let mut definition = chain(std::iter::once(json!({
        "Type": "Pass",
        "Output": {
            "id": "{% $states.input.order.id %}",
            "state": "{% $states.context.State.Name %}",
            "customer": "{% $uppercase($states.input.order.customer.name) %}",
            "total": "{% $sum($states.input.order.lines.(price * quantity)) %}",
            "dear": "{% $states.input.order.lines[price > 20].sku %}",
            "lines": "{% $map($states.input.order.lines, function($line, $at) {\
                      { 'at': $at, 'text': $line.sku & ': ' & $string($line.quantity) } }) %}",
            "greeting": "{% 'Dear ' & $states.input.order.customer.name & ', thank you' %}",
        },
        "Assign": { "order": "{% $states.input.order.id %}" },
    })));
    definition["QueryLanguage"] = "JSONata".into();
    definition
}

fn map() -> Value {
    json!({ "StartAt": "M", "QueryLanguage": "JSONata", "States": { "M": {
        "Type": "Map",
        "Items": "{% [1..10000] %}",
        "ItemProcessor": { "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } },
        "End": true,
    } } })
}

fn parallel() -> Value {
    let branch = |at| {
        let name = format!("B{at}");
        let pass = json!({ "Type": "Pass", "Result": { "done": true }, "End": true });
        json!({ "StartAt": name, "States": { name: pass } })
    };
    let branches: Vec<_> = (0..40).map(branch).collect();
    json!({ "StartAt": "P", "States": {
        "P": { "Type": "Parallel", "Branches": branches, "ResultPath": null, "End": true },
    } })
}

/// An order of a few hundred bytes, and filling that no scenario looks into.
fn input(size: usize) -> Json {
    let line = |at: u32| json!({ "sku": format!("sku-{at}"), "price": 10 * at, "quantity": at });
    let mut input = json!({
        "order": {
            "id": "A-1001",
            "total": 4990,
            "express": false,
            "customer": { "name": "Ada", "tier": "silver" },
            "lines": (1..=5).map(line).collect::<Vec<_>>(),
        },
        "filling": [],
    });
    let entry = json!({ "id": 12345, "tags": ["a", "b"], "text": "lorem ipsum" });
    let (length, each) = (input.to_string().len(), entry.to_string().len() + 1);
    input["filling"] = vec![entry; size.saturating_sub(length) / each].into();
    Json::parse(input.to_string()).unwrap()
}

/// Runs one execution to its end, and counts its transitions.
fn execute(machine: &StateMachine, identity: &Identity, input: &Json) -> u64 {
    let now = Timestamp::UNIX_EPOCH;
    let (mut execution, mut step) =
        Execution::start(machine, identity.clone(), &Key::new([7; 32]), input.clone(), now);
    let mut transitions = count(&step);
    while step.outcome.is_none() {
        // Long runs are cut into steps, by timers that are due at once.
        let timer = step.effects.iter().find_map(|effect| match effect {
            Effect::SetTimer { timer, .. } => Some(*timer),
            _ => None,
        });
        let timer = timer.expect("an execution that does not wait runs on");
        step = execution.on(machine, now, Occurrence::TimerFired { timer });
        transitions += count(&step);
    }
    transitions
}

fn count(step: &Step) -> u64 {
    let exited = |event: &&_| {
        matches!(event, stepwell_interpreter::Event { details: Details::StateExited { .. }, .. })
    };
    step.events.iter().filter(exited).count() as u64
}

struct Subject {
    machine: StateMachine,
    identity: Identity,
    input: Json,
}

impl Subject {
    fn new(scenario: &Scenario, size: usize) -> Self {
        let text = (scenario.definition)().to_string();
        Self {
            machine: StateMachine::parse(&text).unwrap().machine,
            identity: Identity {
                execution_arn: "arn:aws:states:us-east-1:000000000000:execution:m:e".into(),
                execution_name: "e".into(),
                state_machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:m".into(),
                state_machine_name: "m".into(),
                role_arn: "arn:aws:iam::000000000000:role/r".into(),
            },
            input: input(size),
        }
    }

    fn execute(&self) -> u64 {
        execute(&self.machine, &self.identity, &self.input)
    }

    /// Nanoseconds of one transition.
    fn time(&self) -> f64 {
        let round = |_| {
            let (mut transitions, started, used) = (0, Instant::now(), processor_time());
            while started.elapsed() < ROUND {
                transitions += self.execute();
            }
            let time = match (used, processor_time()) {
                (Some(before), Some(after)) => after.saturating_sub(before),
                _ => started.elapsed(),
            };
            time.as_nanos() as f64 / transitions as f64
        };
        (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
    }
}

/// The processor time of this process, which others do not add to; none but on Linux.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// Instructions of one transition: what so many executions more take. None without valgrind.
fn instructions(scenario: usize, size: usize, each: u64) -> Option<f64> {
    let executions = COUNTED.div_ceil(each);
    let total = |executions: u64| -> Option<f64> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?)
            .env(CHILD, format!("{scenario} {size} {executions}"))
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{text}");
        text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
    };
    Some((total(2 * executions)? - total(executions)?) / (executions * each) as f64)
}

fn child(arguments: &str) {
    let numbers: Vec<usize> = arguments.split(' ').map(|text| text.parse().unwrap()).collect();
    let [scenario, size, executions] = numbers[..] else { panic!("three numbers") };
    let subject = Subject::new(&SCENARIOS[scenario], size);
    for _ in 0..executions {
        subject.execute();
    }
}

fn main() {
    if let Ok(arguments) = std::env::var(CHILD) {
        return child(&arguments);
    }
    // Cargo adds `--bench`.
    let wanted = std::env::args().skip(1).find(|argument| argument != "--bench");
    let valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !valgrind {
        println!("No instructions are counted: install valgrind (`apt install valgrind`).\n");
    }
    println!(
        "{:<28}{:>8}{:>16}{:>16}{:>22}",
        "scenario", "input", "transitions/s", "ns/transition", "instr./transition"
    );
    for (at, scenario) in SCENARIOS.iter().enumerate() {
        if wanted.as_ref().is_some_and(|wanted| !scenario.name.contains(wanted.as_str())) {
            continue;
        }
        for size in SIZES {
            let subject = Subject::new(scenario, size);
            let each = subject.execute();
            let nanoseconds = subject.time();
            let counted = if valgrind { instructions(at, size, each) } else { None };
            println!(
                "{:<28}{:>8}{:>16.0}{:>16.0}{:>22}",
                scenario.name,
                format!("{} KiB", size >> 10),
                1e9 / nanoseconds,
                nanoseconds,
                counted.map_or_else(|| "-".to_owned(), |counted| format!("{counted:.0}")),
            );
        }
    }
}
