use serde_json::{Value, json};
use stepwell_interpreter::{Failure, Outcome, map_run::Occurrence};

use crate::host::{Host, reader};

const EXCEEDED: (&str, &str) = (
    "States.ExceedToleratedFailureThreshold",
    "The specified tolerated failure threshold was exceeded",
);

#[test]
fn no_failure_is_tolerated_where_nothing_is_said() {
    let mut host = Host::start(json!({}), "[1,2,3]");
    host.fail(1);
    assert_eq!(host.failure(), EXCEEDED);
    assert_eq!(host.stopped, [0, 2]);
    let counts = host.map_run.item_counts();
    assert_eq!((counts.failed, counts.aborted, counts.running), (1, 2, 0));
}

#[test]
fn so_many_may_fail() {
    let fields = json!({ "ToleratedFailureCount": 1 });
    let mut host = Host::start(fields.clone(), "[1,2,3]");
    host.fail(0);
    host.succeed(1, "1");
    host.succeed(2, "2");
    assert_eq!(host.output(), "[1,2]");

    let mut host = Host::start(fields, "[1,2,3]");
    host.fail(0);
    host.ended(1, Outcome::TimedOut(Failure::default()));
    assert_eq!(host.failure(), EXCEEDED);
    assert_eq!(host.map_run.item_counts().timed_out, 1);
}

#[test]
fn so_many_of_a_hundred_may_fail() {
    let fields = json!({ "ToleratedFailurePercentage": 50 });
    let mut host = Host::start(fields.clone(), "[1,2,3,4]");
    host.fail(0);
    host.fail(1);
    assert!(host.end.is_none());
    host.fail(2);
    assert_eq!(host.failure(), EXCEEDED);
}

#[test]
fn a_percentage_counts_once_all_items_are_read() {
    let fields = json!({ "ToleratedFailurePercentage": 50, "ItemReader": reader() });
    let mut host = Host::start(fields, "{}");
    host.read([json!(1), json!(2)], false);
    host.fail(0);
    host.fail(1);
    assert!(host.end.is_none());
    host.read([json!(3)], true);
    assert_eq!(host.failure(), EXCEEDED);
}

#[test]
fn the_items_of_a_batch_fail_together() {
    let fields = json!({ "ToleratedFailureCount": 1, "ItemBatcher": { "MaxItemsPerBatch": 2 } });
    let mut host = Host::start(fields, "[1,2,3,4]");
    host.fail(0);
    assert_eq!(host.failure(), EXCEEDED);
}

#[test]
fn what_is_tolerated_can_be_updated() {
    let update = |count: Option<u64>, percentage: Option<f64>| Occurrence::Updated {
        max_concurrency: None,
        tolerated_failure_count: count,
        tolerated_failure_percentage: percentage,
    };
    let fields = |value: Value| json!({ "ToleratedFailureCount": value });
    let mut host = Host::start(fields(json!(1)), "[1,2,3]");
    host.on(update(Some(2), None));
    host.fail(0);
    host.fail(1);
    assert!(host.end.is_none());
    host.on(update(None, Some(10.0)));
    assert_eq!(host.failure(), EXCEEDED);
}
