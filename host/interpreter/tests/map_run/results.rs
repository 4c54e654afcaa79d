use serde_json::{Value, json};
use stepwell_asl::{Json, definition::Transformation};
use stepwell_interpreter::{Failure, map_run::Occurrence};

use crate::host::{Host, reader};

fn writer() -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": { "Bucket": "out", "Prefix.$": "$.prefix" },
    })
}

#[test]
fn more_than_a_payload_is_refused() {
    let run = |length: usize| {
        let mut host = Host::start(json!({}), "[1,2]");
        host.succeed(0, &json!("x".repeat(length)).to_string());
        host.succeed(1, "1");
        host
    };
    // ["...",1] has six bytes beside the x.
    assert_eq!(run(256 * 1024 - 6).output().len(), 256 * 1024);
    assert_eq!(
        run(256 * 1024 - 5).failure(),
        (
            "States.DataLimitExceeded",
            "The state/task 'S' returned a result with a size exceeding the maximum number of \
             bytes service limit."
        )
    );
}

#[test]
fn results_go_to_the_writer() {
    let fields = json!({
        "ItemsPath": "$.items", "ToleratedFailureCount": 1, "ResultWriter": writer(),
    });
    let mut host = Host::start(fields, r#"{"prefix":"p","items":[1,2]}"#);
    let destination = json!({ "Bucket": "out", "Prefix": "p" });
    assert_eq!(host.order().destination.as_ref().unwrap().value(), &destination);
    host.succeed(0, r#"{"a":1}"#);
    host.fail(1);
    assert!(host.finishes && host.end.is_none());
    assert_eq!(host.map_run.item_counts().results_written, 2);
    let name = &host.written[0].identity.execution_name;
    assert_eq!(
        host.written[0].to_aws(),
        json!({
            "ExecutionArn": format!("arn:aws:states:eu-west-1:1:execution:machine/L:{name}"),
            "Input": "1",
            "InputDetails": { "Included": true },
            "Name": name,
            "Output": r#"{"a":1}"#,
            "OutputDetails": { "Included": true },
            "RedriveCount": 0,
            "RedriveStatus": "NOT_REDRIVABLE",
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            "StartDate": "2026-11-22T12:00:00.000Z",
            "StateMachineArn": "arn:aws:states:eu-west-1:1:stateMachine:machine/L",
            "Status": "SUCCEEDED",
            "StopDate": "2026-11-22T12:00:00.000Z",
        })
    );
    let failed = host.written[1].to_aws();
    assert_eq!(
        (&failed["Status"], &failed["Error"], &failed["Cause"], &failed["RedriveStatus"]),
        (&json!("FAILED"), &json!("E"), &json!("why"), &json!("REDRIVABLE_BY_MAP_RUN"))
    );
    let details = r#"{"MapRunArn":"a","ResultWriterDetails":{}}"#;
    host.on(Occurrence::ResultsWritten(Json::parse(details).unwrap()));
    assert_eq!(host.output(), details);
}

#[test]
fn what_was_not_run_is_written_as_pending() {
    let fields = json!({
        "ItemReader": reader(), "MaxConcurrency": 2, "ResultWriter": writer(),
    });
    let mut host = Host::start(fields, r#"{"prefix":"p"}"#);
    host.read((0..5).map(Value::from), true);
    host.fail(0);
    let written: Vec<_> =
        host.written.iter().map(|record| (record.status.as_str(), record.input.text())).collect();
    assert_eq!(
        written,
        [("FAILED", "0"), ("ABORTED", "1"), ("PENDING", "2"), ("PENDING", "3"), ("PENDING", "4")]
    );
    assert!(host.written[2].to_aws().get("StartDate").is_none());
    host.on(Occurrence::ResultsWritten(Json::empty()));
    assert_eq!(host.failure().0, "States.ExceedToleratedFailureThreshold");
}

#[test]
fn a_writer_that_fails_fails_the_map_run() {
    for before in [true, false] {
        let fields = json!({ "ItemsPath": "$.items", "ResultWriter": writer() });
        let mut host = Host::start(fields, r#"{"prefix":"p","items":[1]}"#);
        if !before {
            host.succeed(0, "1");
        }
        host.on(Occurrence::WriteFailed(Failure::new("States.ResultWriterFailed", "full")));
        assert_eq!(host.failure(), ("States.ResultWriterFailed", "full"));
    }
}

#[test]
fn results_are_transformed() {
    let run = |transformation: &str| {
        let fields = json!({
            "ToleratedFailureCount": 1,
            "ResultWriter": { "WriterConfig": { "Transformation": transformation } },
        });
        let mut host = Host::start(fields, "[1,2,3]");
        host.succeed(0, "[1,2]");
        host.fail(1);
        host.succeed(2, "3");
        serde_json::from_str::<Value>(host.output()).unwrap()
    };
    assert_eq!(run("COMPACT"), json!([[1, 2], 3]));
    assert_eq!(run("FLATTEN"), json!([1, 2, 3]));
    let all = run("NONE");
    let statuses: Vec<_> =
        all.as_array().unwrap().iter().map(|it| it["Status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["SUCCEEDED", "FAILED", "SUCCEEDED"]);
}

#[test]
fn a_failure_is_written_whole_whatever_the_transformation() {
    let fields = json!({ "ResultWriter": writer(), "ItemsPath": "$.items" });
    let mut host = Host::start(fields, r#"{"prefix":"p","items":[1]}"#);
    host.fail(0);
    let record = host.written.remove(0);
    let whole = record.to_aws();
    assert_eq!(record.transform(Transformation::Flatten), [whole]);
}

#[test]
fn a_failure_to_read_does_not_keep_the_results_from_being_written() {
    let fields = json!({ "ItemReader": reader(), "ResultWriter": writer() });
    let mut host = Host::start(fields, r#"{"prefix":"p"}"#);
    host.read([json!(1)], false);
    host.fail(0);
    assert!(host.finishes);
    host.on(Occurrence::ReadFailed(Failure::new("States.ItemReaderFailed", "late")));
    assert!(host.end.is_none());
    host.on(Occurrence::ResultsWritten(Json::empty()));
    assert_eq!(host.failure().0, "States.ExceedToleratedFailureThreshold");
}

#[test]
fn what_was_not_run_is_written_as_it_would_have_run() {
    let fields = json!({
        "ItemsPath": "$.items",
        "ItemSelector": { "n.$": "$$.Map.Item.Value.n" },
        "ItemBatcher": { "MaxItemsPerBatch": 2 },
        "MaxConcurrency": 1,
        "ResultWriter": writer(),
    });
    let items: Vec<_> = (0..1_500).map(|n| json!({ "n": n, "m": 0 })).collect();
    let input = json!({ "prefix": "p", "items": items }).to_string();
    let mut host = Host::start(fields, &input);
    host.fail(0);
    assert_eq!(host.written.len(), 750);
    assert_eq!(host.written[1].input.text(), r#"{"Items":[{"n":2},{"n":3}]}"#);
    assert_eq!(host.written[749].input.text(), r#"{"Items":[{"n":1498},{"n":1499}]}"#);
    let counts = host.map_run.item_counts();
    assert_eq!((counts.pending, counts.failed, counts.results_written), (1_498, 2, 2));
}

#[test]
fn an_item_that_makes_no_input_leaves_those_before_it_pending() {
    let fields = json!({
        "ItemsPath": "$.items",
        "ItemSelector": { "n.$": "$$.Map.Item.Value.n" },
        "ResultWriter": writer(),
    });
    let host = Host::start(fields, r#"{"prefix":"p","items":[{"n":0},{"m":1},{"n":2}]}"#);
    let inputs: Vec<_> = host.written.iter().map(|record| record.input.text()).collect();
    assert_eq!(inputs, [r#"{"n":0}"#, r#"{"m":1}"#, r#"{"n":2}"#]);
    assert!(host.written.iter().all(|record| record.status.as_str() == "PENDING"));
}

#[test]
fn nothing_more_is_written_once_the_writer_has_failed() {
    let fields = json!({ "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultWriter": writer() });
    let mut host = Host::start(fields, r#"{"prefix":"p","items":[1,2,3,4]}"#);
    host.on(Occurrence::WriteFailed(Failure::new("States.ResultWriterFailed", "full")));
    assert_eq!(host.stopped, [0, 1]);
    assert!(host.written.is_empty() && !host.finishes);
    let counts = host.map_run.item_counts();
    assert_eq!((counts.aborted, counts.pending, counts.results_written), (2, 2, 0));
}
