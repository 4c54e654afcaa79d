//! JSON lines for programs: one object for each event, in AWS's form, and one for each attempt of
//! a task that ended.

use serde_json::{Value, json};
use stepwell_engine::Update;
use stepwell_interpreter::event::Timestamps;

/// Writes JSON lines to standard output.
pub(crate) struct Json;

impl Json {
    pub(super) fn show(&self, update: &Update) {
        match update {
            Update::Step(step) => {
                for event in &step.events {
                    println(&json!({ "event": event.to_aws(Timestamps::Iso8601) }));
                }
            }
            Update::TaskEnded(task, end) => println(&json!({
                "attempt": {
                    "state": &*task.state,
                    "scheduledEventId": task.task.0,
                    "number": task.attempt,
                    "error": end.result.as_ref().err().and_then(|failure| failure.error.as_ref()),
                    "usage": end.usage,
                    "log": end.log,
                    "calls": end.calls.first,
                    "moreCalls": end.calls.more,
                }
            })),
            Update::MapRun(progress) => println(&json!({
                "mapRun": {
                    "mapRunArn": progress.map_run_arn,
                    "state": &*progress.state,
                    "itemCounts": progress.items,
                    "executionCounts": progress.executions,
                    "ended": progress.ended,
                }
            })),
            Update::ChildFailed(child) => println(&json!({
                "childFailed": {
                    "executionArn": child.identity.execution_arn,
                    "error": child.failure.error,
                    "cause": child.failure.cause,
                }
            })),
        }
    }
}

fn println(line: &Value) {
    anstream::println!("{line}");
}
