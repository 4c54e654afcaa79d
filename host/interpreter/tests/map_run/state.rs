//! The distributed Map state itself.

use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Failure, Occurrence, Outcome, Step,
    map_run::{MapRun, MapRunId, Occurrence as Happened, StartMapRun},
};

use crate::host::{Host, key, map, now, reader, start};

struct Parent {
    machine: StateMachine,
    execution: Execution,
    started: StartMapRun,
    types: Vec<String>,
}

impl Parent {
    fn new(fields: Value, input: &str) -> Self {
        let (machine, started) = start(map(fields), input);
        let (execution, step) = Execution::start(
            &machine,
            started.parent().clone(),
            &key(),
            Json::parse(input).unwrap(),
            now(),
        );
        let mut parent = Self { machine, execution, started, types: Vec::new() };
        parent.take(&step);
        parent
    }

    fn take(&mut self, step: &Step) {
        self.types.extend(
            step.events
                .iter()
                .map(|event| format!("{}<{}", event.details.type_name(), event.previous_event_id)),
        );
    }

    fn on(&mut self, occurrence: Occurrence) -> Step {
        let stored = serde_json::to_string(&self.execution).unwrap();
        let mut copy: Execution = serde_json::from_str(&stored).unwrap();
        let step = copy.on(&self.machine, now(), occurrence.clone());
        assert_eq!(step, self.execution.on(&self.machine, now(), occurrence));
        self.take(&step);
        step
    }

    fn end(&mut self, result: Result<Json, Failure>) -> Step {
        self.on(Occurrence::MapRunEnded { map_run: self.started.order.map_run, result })
    }
}

#[test]
fn its_result_is_the_map_runs() {
    let mut parent = Parent::new(json!({ "ResultPath": "$[1]" }), r#"["a","b"]"#);
    assert_eq!(parent.execution.pending(&parent.machine).len(), 1);
    // What is not its Map Run is not its.
    let other = Occurrence::MapRunEnded { map_run: MapRunId(99), result: Ok(Json::empty()) };
    assert_eq!(parent.on(other), Step::default());
    let step = parent.end(Ok(Json::parse("[1]").unwrap()));
    let output = Json::parse(r#"["a",[1]]"#).unwrap();
    assert_eq!(step.outcome, Some(Outcome::Succeeded { output }));
    assert_eq!(
        parent.types,
        [
            "ExecutionStarted<0",
            "MapStateEntered<0",
            "MapStateStarted<2",
            "MapRunStarted<3",
            "MapRunSucceeded<4",
            "MapStateSucceeded<5",
            "MapStateExited<5",
            "ExecutionSucceeded<7",
        ]
    );
}

#[test]
fn a_map_run_that_fails_can_be_retried_and_caught() {
    let fields = json!({
        "Retry": [{ "ErrorEquals": ["States.ItemReaderFailed"], "MaxAttempts": 1 }],
        "ItemReader": reader(),
    });
    let mut parent = Parent::new(fields, "{}");
    let failure = Failure::new("States.ItemReaderFailed", "gone");
    let step = parent.end(Err(failure.clone()));
    let Some(Effect::SetTimer { timer, .. }) = step.effects.first().cloned() else {
        panic!("{step:?}")
    };
    let mut later = parent.execution.clone();
    let step = later.on(
        &parent.machine,
        now() + jiff::SignedDuration::from_secs(2),
        Occurrence::TimerFired { timer },
    );
    let restarted = step.effects.into_iter().find_map(|effect| match effect {
        Effect::StartMapRun(start) => Some(start),
        _ => None,
    });
    let restarted = restarted.unwrap();
    assert_ne!(restarted.order.map_run_arn, parent.started.order.map_run_arn);

    let mut parent = Parent::new(json!({ "ItemReader": reader() }), "{}");
    let step = parent.end(Err(failure.clone()));
    assert_eq!(step.outcome, Some(Outcome::Failed(failure)));
    let end = &parent.types[4..];
    assert_eq!(end, ["MapRunFailed<4", "MapStateFailed<5", "ExecutionFailed<6"]);
}

#[test]
fn stopping_the_execution_stops_the_map_run() {
    let mut parent = Parent::new(json!({}), "[1]");
    let step = parent.on(Occurrence::Stop { error: None, cause: None });
    let map_run = parent.started.order.map_run;
    assert_eq!(step.effects, [Effect::StopMapRun { map_run }]);
}

#[test]
fn a_sibling_that_fails_stops_the_map_run() {
    let state = json!({
        "Type": "Parallel", "End": true,
        "Branches": [
            { "StartAt": "M", "States": { "M": map(json!({})) } },
            { "StartAt": "T", "States": {
                "T": { "Type": "Task", "Resource": "wasm:p/t", "End": true },
            } },
        ],
    });
    let (machine, started) = start(state, "[1]");
    let input = Json::parse("[1]").unwrap();
    let (mut execution, step) =
        Execution::start(&machine, started.parent().clone(), &key(), input, now());
    let task = step.effects.iter().find_map(|effect| match effect {
        Effect::RunTask(run) => Some(run.task),
        _ => None,
    });
    let failed = Occurrence::TaskFailed {
        task: task.unwrap(),
        failure: Failure::new("E", "why"),
        usage: None,
    };
    let step = execution.on(&machine, now(), failed);
    assert!(step.effects.contains(&Effect::StopMapRun { map_run: started.order.map_run }));
    let types: Vec<_> = step.events.iter().map(|event| event.details.type_name()).collect();
    assert!(types.contains(&"MapRunAborted".to_owned()), "{types:?}");
    assert!(types.contains(&"MapStateAborted".to_owned()), "{types:?}");
}

#[test]
fn its_limits_are_evaluated() {
    let fields = json!({
        "ItemsPath": "$.items",
        "MaxConcurrencyPath": "$.n",
        "ToleratedFailureCountPath": "$.n",
        "ToleratedFailurePercentagePath": "$.p",
        "ItemBatcher": { "MaxItemsPerBatchPath": "$.n", "MaxInputBytesPerBatchPath": "$.b" },
    });
    let (_, start) = start(map(fields), r#"{"items":[],"n":7,"p":1.5,"b":100}"#);
    let order = start.order;
    assert_eq!(order.max_concurrency, 7);
    assert_eq!(order.tolerated_failure_count, Some(7));
    assert_eq!(order.tolerated_failure_percentage, Some(1.5));
    let batch = order.batch.unwrap();
    assert_eq!((batch.max_items, batch.max_bytes), (Some(7), Some(100)));
}

fn failure_of(fields: Value, input: &str) -> (Vec<String>, String, String) {
    let definition = json!({ "StartAt": "S", "States": { "S": map(fields) } });
    let machine = StateMachine::parse(&definition.to_string()).unwrap().machine;
    let (_, parent) = start(map(json!({})), "[]");
    let input = Json::parse(input).unwrap();
    let (_, step) = Execution::start(&machine, parent.parent().clone(), &key(), input, now());
    let Some(Outcome::Failed(failure)) = step.outcome else { panic!("{step:?}") };
    let types = step.events.iter().map(|event| event.details.type_name()).collect();
    (types, failure.error.unwrap(), failure.cause.unwrap())
}

#[test]
fn limits_that_are_none_fail_the_execution() {
    let mut fields = reader();
    fields["ReaderConfig"]["MaxItemsPath"] = json!("$.n");
    let (types, error, cause) = failure_of(json!({ "ItemReader": fields }), r#"{"n":-1}"#);
    assert_eq!(types[3..], ["MapRunStarted", "MapRunFailed", "MapStateFailed", "ExecutionFailed"]);
    assert_eq!((&*error, &*cause), ("States.ItemReaderFailed", "field MaxItems must be positive"));

    let fields = json!({ "ItemsPath": "$.i", "ItemBatcher": { "MaxItemsPerBatchPath": "$.n" } });
    let (types, error, cause) = failure_of(fields, r#"{"i":[],"n":0}"#);
    assert_eq!(types[3..], ["ExecutionFailed"]);
    assert_eq!(error, "States.Runtime");
    assert!(cause.ends_with("MaxItemsPerBatch must be greater than 0."), "{cause}");
}

#[test]
fn a_child_is_an_execution_of_the_item_processor() {
    let host = Host::start(json!({}), "[5]");
    let child = host.children[&0].clone();
    let (execution, step) = Execution::start_child(&host.machine, child, &key(), now()).unwrap();
    let output = Json::parse("5").unwrap();
    assert_eq!(step.outcome, Some(Outcome::Succeeded { output }));
    assert_eq!(execution.identity().state_machine_name, "machine/L");
    assert_eq!(step.events.len(), 4);
}

#[test]
fn an_express_child_has_five_minutes() {
    let fields = json!({
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
            "StartAt": "W",
            "States": { "W": { "Type": "Wait", "Seconds": 1000, "End": true } },
        },
    });
    let host = Host::start(fields, "[5]");
    let child = host.children[&0].clone();
    let (mut execution, step) =
        Execution::start_child(&host.machine, child, &key(), now()).unwrap();
    let due = step.effects.iter().filter_map(|effect| match effect {
        Effect::SetTimer { timer, at } => Some((*at, *timer)),
        _ => None,
    });
    let (at, timer) = due.min().unwrap();
    assert_eq!(at, now() + jiff::SignedDuration::from_mins(5));
    let step = execution.on(&host.machine, at, Occurrence::TimerFired { timer });
    assert!(matches!(step.outcome, Some(Outcome::TimedOut(_))));
}

#[test]
fn a_map_run_of_another_machine_fails() {
    let (_, started) = start(map(json!({})), "[1]");
    let text = r#"{"StartAt":"X","States":{"X":{"Type":"Succeed"}}}"#;
    let other = StateMachine::parse(text).unwrap().machine;
    let (mut map_run, step) = MapRun::start(&other, started, now());
    let failure = step.end.unwrap().unwrap_err();
    assert_eq!(failure.cause.unwrap(), "The Map state 'S' is not in the definition.");
    let late = Happened::ItemsRead { from: 0, items: Vec::new(), last: true };
    assert_eq!(map_run.on(&other, now(), late), Default::default());
}

/// A machine whose state sets a variable, and whose distributed Map has this item processor.
fn with_variable(state: Value) -> (StateMachine, StartMapRun) {
    let assigns = json!({ "Type": "Pass", "Assign": { "v": 7 }, "Next": "S" });
    let definition = json!({ "StartAt": "V", "States": { "V": assigns, "S": state } });
    let machine = StateMachine::parse(&definition.to_string()).unwrap().machine;
    let (_, parent) = start(map(json!({})), "[]");
    let identity = parent.parent().clone();
    let input = Json::parse("[1]").unwrap();
    let (_, step) = Execution::start(&machine, identity, &key(), input, now());
    let started = step.effects.into_iter().find_map(|effect| match effect {
        Effect::StartMapRun(start) => Some(*start),
        _ => None,
    });
    (machine, started.unwrap())
}

/// The first child of a Map Run, with its first step.
fn first_child(machine: &StateMachine, started: StartMapRun) -> (Json, Execution, Step) {
    let (_, step) = MapRun::start(machine, started, now());
    let child = step.effects.into_iter().find_map(|effect| match effect {
        stepwell_interpreter::map_run::Effect::StartChild(child) => Some(*child),
        _ => None,
    });
    let child = child.unwrap();
    let input = child.input.clone();
    let (execution, step) = Execution::start_child(machine, child, &key(), now()).unwrap();
    (input, execution, step)
}

#[test]
fn the_map_sees_the_variables_and_its_children_do_not() {
    let (machine, started) = with_variable(map(json!({
        "ItemSelector": { "v.$": "$v" },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "P",
            "States": { "P": { "Type": "Pass", "Parameters": { "v.$": "$v" }, "End": true } },
        },
    })));
    let (input, _, step) = first_child(&machine, started);
    assert_eq!(input.text(), r#"{"v":7}"#);
    let Some(Outcome::Failed(failure)) = step.outcome else { panic!("{step:?}") };
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
}

#[test]
fn a_child_has_map_runs_of_its_own() {
    let inner = map(json!({ "Label": "Inner", "ItemsPath": "$$.Execution.Input.sub" }));
    let (machine, started) = with_variable(map(json!({
        "ItemSelector": { "sub": [1, 2] },
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "I",
            "States": { "I": inner },
        },
    })));
    let outer = started.order.map_run_arn.clone();
    let (_, _, step) = first_child(&machine, started);
    let nested = step.effects.into_iter().find_map(|effect| match effect {
        Effect::StartMapRun(start) => Some(*start),
        _ => None,
    });
    let nested = nested.unwrap();
    let arn = nested.order.map_run_arn.clone();
    assert!(arn.starts_with("arn:aws:states:eu-west-1:1:mapRun:machine/Inner:"), "{arn}");
    assert_ne!(arn.rsplit(':').next(), outer.rsplit(':').next());
    let (_, grandchild, step) = first_child(&machine, nested);
    assert_eq!(step.outcome, Some(Outcome::Succeeded { output: Json::parse("1").unwrap() }));
    assert_eq!(grandchild.identity().state_machine_name, "machine/Inner");
}
