//! What a host that was lost does again, and what a redrive does.

use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Failure, Outcome,
    map_run::{ChildType, Limits, Occurrence, Step},
};

use crate::host::{Host, now, reader};

fn writer() -> Value {
    json!({ "Resource": "arn:aws:states:::s3:putObject", "Parameters": { "Bucket": "out" } })
}

#[test]
fn what_is_under_way_goes_on() {
    let fields = json!({
        "ItemReader": reader(), "MaxConcurrency": 2, "ResultWriter": writer(),
    });
    let mut host = Host::start(fields, r#"{"prefix":"p"}"#);
    host.restart();
    assert_eq!((host.from, host.asked.len()), (0, 2), "what was asked for is asked for again");
    host.read((0..3).map(Value::from), false);
    assert_eq!((host.from, host.asked.len()), (3, 3));
    host.restart();
    assert_eq!(host.from, 2, "what no child has is read again");
    assert_eq!(host.inputs(), ["0", "1"], "what was started is not started again");
    assert_eq!(host.map_run.item_counts().total, 3);
    host.succeed(0, "0");
    assert_eq!(host.inputs(), ["1"]);
    host.read((2..6).map(Value::from), true);
    assert_eq!(host.inputs(), ["1", "2"]);
    assert_eq!(host.map_run.item_counts().total, 6);
    host.fail(1);
    for _ in 0..2 {
        let written = host.written.iter().map(|record| record.status.as_str());
        let all = ["SUCCEEDED", "FAILED", "ABORTED", "PENDING", "PENDING", "PENDING"];
        assert!(written.eq(all) && host.finishes);
        host.restart();
    }
    host.on(Occurrence::ResultsWritten(Json::empty()));
    assert_eq!(host.failure().0, "States.ExceedToleratedFailureThreshold");
    let step = host.map_run.resume(&host.machine, now());
    assert_eq!(step, Step::default());
}

#[test]
fn items_of_another_place_are_asked_for_again() {
    let mut host = Host::start(json!({ "ItemReader": reader() }), r#"{"prefix":"p"}"#);
    host.from = 7;
    host.read([json!(7)], true);
    assert_eq!((host.from, host.asked.len(), host.children.len()), (0, 2, 0));
    host.read([json!(0)], true);
    host.succeed(0, "0");
    assert_eq!(host.output(), "[0]");
}

#[test]
fn its_limits_are_those_of_its_state_until_they_are_updated() {
    let mut host = Host::start(json!({ "MaxConcurrency": 2, "ToleratedFailureCount": 1 }), "[1]");
    let limits = Limits {
        max_concurrency: 2,
        tolerated_failure_count: Some(1),
        tolerated_failure_percentage: None,
    };
    assert_eq!(host.map_run.limits(), limits);
    host.on(Occurrence::Updated {
        max_concurrency: Some(3),
        tolerated_failure_count: None,
        tolerated_failure_percentage: Some(5.0),
    });
    let limits = Limits { max_concurrency: 3, tolerated_failure_percentage: Some(5.0), ..limits };
    assert_eq!(host.map_run.limits(), limits);
}

#[test]
fn a_redrive_runs_what_did_not_succeed() {
    let mut host =
        Host::start(json!({ "MaxConcurrency": 3, "ToleratedFailureCount": 1 }), "[0,1,2,3,4,5]");
    host.fail(0);
    host.succeed(1, "10");
    host.ended(2, Outcome::TimedOut(Failure::new("States.Timeout", "")));
    assert_eq!(host.failure().0, "States.ExceedToleratedFailureThreshold");
    assert_eq!(host.stopped, [3, 4]);
    host.redrive();
    let counts = host.map_run.item_counts();
    assert_eq!((counts.succeeded, counts.running, counts.pending_redrive), (1, 3, 1));
    assert_eq!((counts.pending, counts.failed, counts.total), (1, 0, 6));
    assert_eq!(host.redriven, [(0, 1), (2, 1), (3, 1)]);
    host.restart();
    assert_eq!(host.redriven[3..], [(0, 1), (2, 1), (3, 1)], "as often as they were to be");
    host.redriven.truncate(3);
    host.succeed(0, "0");
    host.succeed(2, "20");
    host.succeed(3, "30");
    assert_eq!(host.redriven[3..], [(4, 1)]);
    assert_eq!(host.children[&5].input.text(), "5");
    // It fails once more, and is redriven once more.
    host.fail(4);
    host.fail(5);
    host.redrive();
    assert_eq!(host.redriven[4..], [(4, 2), (5, 1)]);
    host.succeed(4, "40");
    host.succeed(5, "50");
    assert_eq!(host.output(), "[0,10,20,30,40,50]");
    assert_eq!(host.map_run.execution_counts().succeeded, 6);
}

#[test]
fn an_express_child_is_started_anew() {
    let fields = json!({ "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
        "StartAt": "P",
        "States": { "P": { "Type": "Pass", "End": true } },
    }});
    let mut host = Host::start(fields, "[0,1]");
    host.succeed(0, "0");
    host.fail(1);
    host.redrive();
    assert_eq!(host.redriven, [(1, 1)]);
    assert_eq!(host.children[&1].child_type, ChildType::Express);
    host.succeed(1, "10");
    assert_eq!(host.output(), "[0,10]");
}

#[test]
fn a_redrive_reads_on() {
    let fields = json!({ "ItemReader": reader() });
    let mut host = Host::start(fields, r#"{"prefix":"p"}"#);
    host.read([json!(0)], false);
    host.on(Occurrence::ReadFailed(Failure::new("States.ItemReaderFailed", "gone")));
    assert_eq!(host.failure().0, "States.ItemReaderFailed");
    host.redrive();
    assert_eq!(host.map_run.items_read(), 1);
    assert_eq!(host.redriven, [(0, 1)]);
    host.read([json!(1)], true);
    host.succeed(0, "0");
    host.succeed(1, "10");
    assert_eq!(host.output(), "[0,10]");
}

#[test]
fn results_that_are_kept_of_failures_are_replaced() {
    let fields = json!({
        "ResultWriter": { "WriterConfig": { "Transformation": "NONE" } },
    });
    let mut host = Host::start(fields, "[0]");
    host.fail(0);
    host.redrive();
    host.succeed(0, "7");
    let results: Value = serde_json::from_str(host.output()).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 1);
    assert_eq!((&results[0]["Output"], &results[0]["RedriveCount"]), (&json!("7"), &json!(1)));
}

#[test]
fn one_that_is_stopped_goes_on_when_it_is_redriven() {
    let mut host = Host::start(json!({ "MaxConcurrency": 2 }), "[0,1,2]");
    host.succeed(0, "0");
    host.stop();
    assert_eq!(host.stopped, [1, 2]);
    let counts = host.map_run.item_counts();
    assert_eq!((counts.succeeded, counts.aborted), (1, 2));
    host.redrive();
    // One of them had ended before it could be stopped.
    host.succeed(1, "10");
    host.succeed(2, "20");
    assert_eq!(host.output(), "[0,10,20]");
}
