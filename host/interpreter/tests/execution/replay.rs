//! Whatever the definition, the input and the occurrences: nothing panics, the history is well
//! formed, and the same occurrences give the same steps.

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Failure, MAX_PAYLOAD, Occurrence, Step, TaskId, TimerId, Timestamp,
};

use crate::driver::{START, identity};

/// Most lead somewhere in any data, so that executions come far.
const PATHS: &[&str] = &[
    "$",
    "$$",
    "$..a",
    "$..[?(@.a)]",
    "$$.Execution.Input.a",
    "$$.Execution.Input.l",
    "$$.State.EnteredTime",
    "$.a",
];
const PLACES: &[&str] = &["$", "$", "$.a", "$.b.c", "$.l[1]"];
const ERRORS: &[&str] = &["E", "States.ALL", "States.Timeout", "States.TaskFailed"];

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(texts).prop_map(Value::from)
}

fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c\u{e9}]{0,3}".prop_map(Value::from),
        Just(START.into()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&["a", "b", "c", "l"][..]), inner), 0..4)
                .prop_map(|members| members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect()),
        ]
    })
}

fn template() -> impl Strategy<Value = Value> {
    const CALLS: &[&str] = &["States.UUID()", "States.MathAdd($.a, 1)", "States.Format('{}', $)"];
    (data(), one_of(PATHS), one_of(CALLS))
        .prop_map(|(data, path, call)| json!({ "d": data, "a.$": path, "l.$": call }))
}

/// Fields that a state has or has not.
fn some_of(
    fields: Vec<(&'static str, BoxedStrategy<Value>)>,
) -> impl Strategy<Value = Vec<(String, Value)>> {
    let field = |(name, value): (&'static str, BoxedStrategy<Value>)| {
        prop::option::weighted(0.15, value.prop_map(move |value| (name.to_owned(), value)))
    };
    let fields: Vec<_> = fields.into_iter().map(field).collect();
    fields.prop_map(|fields| fields.into_iter().flatten().collect())
}

fn io() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let number = prop_oneof![Just(json!(0)), Just(json!(1)), Just(json!(3))];
    let retry = (one_of(ERRORS), number).prop_map(|(error, attempts)| {
        json!([{ "ErrorEquals": [error], "MaxAttempts": attempts, "JitterStrategy": "FULL" }])
    });
    let catch = (one_of(ERRORS), one_of(PLACES)).prop_map(
        |(error, place)| json!([{ "ErrorEquals": [error], "ResultPath": place, "Next": "NEXT" }]),
    );
    vec![
        ("InputPath", one_of(PATHS).boxed()),
        ("OutputPath", one_of(PATHS).boxed()),
        ("ResultPath", one_of(PLACES).boxed()),
        ("ResultSelector", template().boxed()),
        ("Assign", one_of(PATHS).prop_map(|path| json!({ "VARIABLE.$": path })).boxed()),
        ("Retry", retry.boxed()),
        ("Catch", catch.boxed()),
    ]
}

fn state(kind: Value, fields: Vec<(String, Value)>) -> Value {
    let mut state = kind;
    for (name, value) in fields {
        state[name] = value;
    }
    state
}

/// A workflow in which each state leads to the next, with names that [`name`] gives.
fn workflow() -> impl Strategy<Value = Vec<Value>> {
    let pass = (
        data(),
        some_of(
            io().into_iter()
                .filter(|(name, _)| !matches!(*name, "Retry" | "Catch" | "ResultSelector"))
                .collect(),
        ),
    )
        .prop_map(|(result, fields)| state(json!({ "Type": "Pass", "Result": result }), fields));
    let wait = prop_oneof![
        4 => (0..9_u64).prop_map(|seconds| json!({ "Type": "Wait", "Seconds": seconds })),
        1 => one_of(PATHS).prop_map(|path| json!({ "Type": "Wait", "SecondsPath": path })),
        2 => one_of(PATHS).prop_map(|path| json!({ "Type": "Wait", "TimestampPath": path })),
    ];
    let choice = (one_of(PATHS), any::<i32>()).prop_map(|(path, number)| {
        json!({ "Type": "Choice", "Choices": [
            { "Variable": path, "NumericLessThan": number, "Next": "NEXT" },
        ], "Default": "NEXT" })
    });
    let fail = one_of(ERRORS).prop_map(|error| json!({ "Type": "Fail", "Error": error }));
    let mut fields = io();
    fields.push(("Parameters", template().boxed()));
    fields.push(("TimeoutSeconds", Just(json!(5)).boxed()));
    fields.push(("HeartbeatSeconds", Just(json!(2)).boxed()));
    let task = (
        prop::sample::select(&["wasm:p/t", "arn:aws:states:::s:a.waitForTaskToken"][..]),
        some_of(fields),
    )
        .prop_map(|(resource, fields)| {
            state(json!({ "Type": "Task", "Resource": resource }), fields)
        });
    let leaf = prop_oneof![6 => pass, 2 => wait, 2 => choice, 1 => fail, 8 => task].boxed();
    let nested = leaf.prop_recursive(2, 12, 3, |inner| {
        let workflow = prop::collection::vec(inner.clone(), 1..3);
        let parallel = (prop::collection::vec(workflow.clone(), 1..3), some_of(io())).prop_map(
            |(branches, fields)| state(json!({ "Type": "Parallel", "Branches": branches }), fields),
        );
        let mut fields = io();
        fields.push(("ItemSelector", template().boxed()));
        fields.push(("MaxConcurrency", (0..3_u64).prop_map(Value::from).boxed()));
        fields.push(("ToleratedFailureCount", (0..2_u64).prop_map(Value::from).boxed()));
        let map = (workflow, some_of(fields)).prop_map(|(processor, fields)| {
            state(
                json!({
                    "Type": "Map",
                    "ItemsPath": "$$.Execution.Input.l",
                    "ItemProcessor": processor,
                }),
                fields,
            )
        });
        prop_oneof![2 => inner, 1 => parallel, 2 => map]
    });
    prop::collection::vec(nested, 1..4)
}

/// Names the states of a workflow and of those within it.
fn name(states: Vec<Value>, count: &mut usize) -> Value {
    let start = format!("S{count}");
    let mut named = serde_json::Map::new();
    for mut state in states {
        let own = format!("S{count}");
        *count += 1;
        let inner = |workflow: &mut Value, count: &mut usize| {
            if let Value::Array(states) = workflow.take() {
                *workflow = name(states, count);
            }
        };
        for branch in state.get_mut("Branches").and_then(Value::as_array_mut).into_iter().flatten()
        {
            inner(branch, count);
        }
        if let Some(processor) = state.get_mut("ItemProcessor") {
            inner(processor, count);
        }
        // No workflow may assign what one around it does.
        if let Some(value) = state.get_mut("Assign").map(|assign| assign["VARIABLE.$"].take()) {
            state["Assign"] = json!({ format!("v{count}.$"): value });
        }
        let next = format!("S{count}");
        for field in ["Catch", "Choices"] {
            for part in state.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
                part["Next"] = next.clone().into();
            }
        }
        let fails = state["Type"] == "Fail";
        if state["Type"] == "Choice" {
            state["Default"] = next.into();
        } else if !fails {
            state["Next"] = next.into();
        }
        named.insert(own, state);
        if fails {
            return json!({ "StartAt": start, "States": named });
        }
    }
    named.insert(format!("S{count}"), json!({ "Type": "Succeed" }));
    *count += 1;
    json!({ "StartAt": start, "States": named })
}

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
        What::Started => Occurrence::TaskStarted { task },
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_same_occurrences_give_the_same_steps(
        states in workflow(),
        (a, l) in (data(), prop::collection::vec(data(), 0..4)),
        happenings in prop::collection::vec(happening(), 0..24),
    ) {
        let mut definition = name(states, &mut 0);
        definition["TimeoutSeconds"] = 300.into();
        let Ok(parsed) = StateMachine::parse(&definition.to_string()) else {
            return Err(TestCaseError::reject("the definition is refused"));
        };
        let machine = parsed.machine;
        let mut now: Timestamp = START.parse().unwrap();
        let input = Json::from(json!({ "a": a, "l": l }));
        let start = now;
        let (mut execution, first) = Execution::start(&machine, identity(), input.clone(), now);
        let mut steps: Vec<Step> = vec![first];
        let mut told = Vec::new();
        for happening in &happenings {
            now += std::time::Duration::from_secs(happening.seconds);
            let occurrence = occurrence(happening, &execution.pending(&machine));
            told.push((now, occurrence.clone()));
            steps.push(execution.on(&machine, now, occurrence));
        }

        let events: Vec<_> = steps.iter().flat_map(|step| &step.events).collect();
        for (event, id) in events.iter().zip(1..) {
            prop_assert_eq!(event.id, id);
            prop_assert!(event.previous_event_id < id);
        }
        prop_assert!(events.is_sorted_by_key(|event| event.timestamp));
        let ends = events.iter().filter(|event| event.details.is_end()).count();
        prop_assert_eq!(ends, usize::from(execution.outcome().is_some()));
        if execution.outcome().is_none() {
            prop_assert!(!execution.pending(&machine).is_empty(), "something must yet happen");
        }

        // Stored and read again before each step, it goes the same way.
        let (mut again, first) = Execution::start(&machine, identity(), input, start);
        prop_assert_eq!(&first, &steps[0]);
        for ((at, occurrence), step) in told.into_iter().zip(&steps[1..]) {
            let stored = serde_json::to_string(&again).unwrap();
            again = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&again.on(&machine, at, occurrence), step);
        }
    }
}
