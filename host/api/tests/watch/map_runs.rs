//! What is told of a Map Run and its children.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stepwell_api::{
    Service as _,
    action::map_runs::{DescribeMapRun, ListMapRuns, UpdateMapRun},
    console::{
        Console as _,
        watch::{CHILDREN, PACE},
    },
};
use tokio::time::Instant;

use crate::{World, caller, next, parse};

impl World {
    /// Starts an execution with so many items. Returns its ARN, and that of its Map Run.
    async fn map_run(&self, items: usize) -> (String, String) {
        let items = Value::from_iter(0..items);
        let execution = self.start_with("map", &items).await;
        let request: ListMapRuns = parse("ListMapRuns", &json!({ "executionArn": execution }));
        let listed = self.host.list_map_runs(&self.caller, request).await.unwrap();
        (execution, listed.map_runs[0].map_run_arn.to_string())
    }
}

/// A distributed Map whose children have one state.
fn map(state: &Value) -> String {
    let map = json!({
        "Type": "Map", "Label": "L", "MaxConcurrency": 2, "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "S", "States": { "S": state },
        },
    });
    json!({ "StartAt": "Map", "States": { "Map": map } }).to_string()
}

/// Leaves out what an answer does not say.
fn absent(answer: &mut Value) {
    if let Value::Object(members) = answer {
        members.retain(|_, member| !member.is_null());
        members.values_mut().for_each(absent);
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_map_run_it_is_told_how_far_it_is_and_which_children_start_and_end() {
    let world = World::new(&map(&json!({ "Type": "Wait", "Seconds": 86_400, "End": true }))).await;
    let (execution, arn) = world.map_run(3).await;
    let of_map_run = json!({ "mapRunArn": arn });
    let mut updates = world.watch(of_map_run.clone()).await;
    let (event, run) = next(&mut updates).await;
    let request: DescribeMapRun = parse("DescribeMapRun", &of_map_run);
    let described = world.host.describe_map_run(&world.caller, request).await.unwrap();
    let mut described = serde_json::to_value(described).unwrap();
    absent(&mut described);
    assert_eq!((event, run), ("mapRun", described));

    // Those of others are not told of.
    let other = world.start_with("other", &json!([0])).await;
    let update = json!({ "mapRunArn": arn, "maxConcurrency": 3 });
    let update: UpdateMapRun = parse("UpdateMapRun", &update);
    world.host.update_map_run(&world.caller, update).await.unwrap();
    let mut children = BTreeSet::new();
    let mut run = Value::Null;
    while run["itemCounts"]["running"] != 3 || children.is_empty() {
        let (event, data) = next(&mut updates).await;
        match event {
            "execution" => {
                assert_eq!((&data["status"], &data["mapRunArn"]), (&json!("RUNNING"), &json!(arn)));
                children.insert(data["executionArn"].as_str().unwrap().to_owned());
            }
            "mapRun" => run = data,
            _ => panic!("{event}"),
        }
    }
    assert_eq!(run["maxConcurrency"], 3);
    let last = children.pop_last().expect("one at least");
    world.stop(&other).await;
    world.stop(&last).await;
    // None may fail, and so all are stopped.
    let mut stopped = BTreeSet::new();
    while run["status"] == "RUNNING" || stopped.len() < 3 {
        let (event, data) = next(&mut updates).await;
        match event {
            "execution" => {
                assert_eq!((&data["status"], &data["mapRunArn"]), (&json!("ABORTED"), &json!(arn)));
                stopped.insert(data["executionArn"].as_str().unwrap().to_owned());
            }
            "mapRun" => run = data,
            _ => panic!("{event}"),
        }
    }
    assert!(stopped.contains(&last), "{stopped:?}");
    assert_eq!((&run["status"], run["stopDate"].is_f64()), (&json!("FAILED"), true));
    assert_eq!(run["executionCounts"]["aborted"], 3);
    world.redrive(&execution).await;
    let mut again = BTreeSet::new();
    while run["itemCounts"]["running"] != 3 || again.len() < 3 {
        let (event, data) = next(&mut updates).await;
        match event {
            "execution" => {
                assert_eq!(
                    (&data["status"], &data["redriveCount"]),
                    (&json!("RUNNING"), &json!(1))
                );
                again.insert(data["executionArn"].as_str().unwrap().to_owned());
            }
            "mapRun" => run = data,
            _ => panic!("{event}"),
        }
    }
    assert_eq!(again, stopped);
    assert_eq!((&run["status"], &run["redriveCount"]), (&json!("RUNNING"), &json!(1)));
}

#[tokio::test(start_paused = true)]
async fn of_children_that_end_together_some_are_told_of_and_then_that_some_were_not() {
    let items = 5 * CHILDREN;
    let world = World::new(&map(&json!({ "Type": "Pass", "End": true }))).await;
    let (_, arn) = world.map_run(items).await;
    let update = json!({ "mapRunArn": arn, "maxConcurrency": 0 });
    let update: UpdateMapRun = parse("UpdateMapRun", &update);
    world.host.update_map_run(&world.caller, update).await.unwrap();
    let mut updates = world.watch(json!({ "mapRunArn": arn })).await;
    let (mut at_once, mut told, mut missed, mut lagged) = (0, 0, 0, false);
    let mut last = None;
    loop {
        match next(&mut updates).await {
            ("execution", _) => {
                (at_once, told) = (at_once + 1, told + 1);
                assert!(at_once <= CHILDREN && !lagged);
            }
            ("lagged", _) => {
                assert_eq!(at_once, CHILDREN);
                (lagged, missed) = (true, missed + 1);
            }
            ("mapRun", run) => {
                assert!(last.replace(Instant::now()).is_none_or(|last| last.elapsed() >= PACE));
                (at_once, lagged) = (0, false);
                if run["status"] == "SUCCEEDED" {
                    assert_eq!(run["itemCounts"]["succeeded"], items);
                    break;
                }
            }
            (event, _) => panic!("{event}"),
        }
    }
    assert!(missed > 0 && told < items, "told {told}, and {missed} times that some were missed");
}

#[tokio::test(start_paused = true)]
async fn a_map_run_is_watched_by_its_own_account_where_it_is_there() {
    let world = World::new(&map(&json!({ "Type": "Pass", "End": true }))).await;
    let (_, real) = world.map_run(1).await;
    let absent = real.replace("mapRun:m/", "mapRun:n/");
    let request = |arn: &str| parse("Watch", &json!({ "mapRunArn": arn }));
    let missing = world.host.watch(&world.caller, request(&absent)).await.err().unwrap();
    assert_eq!(missing.to_string(), format!("ResourceNotFound: Resource not found: '{absent}'"));
    let other = caller("222222222222");
    for arn in [real, absent] {
        let refused = world.host.watch(&other, request(&arn)).await.err().unwrap();
        assert_eq!(
            refused.to_string(),
            format!(
                "AccessDeniedException: User: arn:aws:iam::222222222222:root is not authorized \
                 to perform: states:Watch on resource: {arn}"
            )
        );
    }
}
