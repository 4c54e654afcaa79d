//! Which plugin runs what a resource calls.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use stepwell_asl::resource::Resource;
use stepwell_engine::TaskRunner as _;
use stepwell_sandbox::{Grants, Limits, Plugin};
use stepwell_tasks::{Installed, Plugins};
use support::{Guest, MAIN, Task};

/// A plugin with one task.
async fn plugin(task: &'static str) -> Plugin {
    let tasks = vec![Task { name: task, ..MAIN }];
    let guest = Guest { tasks, ..Guest::default() };
    support::sandbox().admit(guest.component()).await.unwrap()
}

#[tokio::test]
async fn it_is_named_as_it_is_installed() {
    let mut plugins = Plugins::default();
    for (name, task) in [
        ("lambda", "invoke"),
        ("mine", "main"),
        ("sqs", "sendMessage"),
        ("aws-sdk", "s3:getObject"),
    ] {
        let (plugin, grants, limits) = (plugin(task).await, Grants::none(), Limits::default());
        plugins.install(name, Installed { plugin, grants, limits });
    }
    let runs = |resource: &str, callee: Option<&str>| {
        plugins.plugin("1", None, &Resource::parse(resource).unwrap(), callee)
    };
    let function = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    assert_eq!(runs(&function("mine"), None).as_deref(), Some("mine"));
    assert_eq!(runs(&function("theirs"), None).as_deref(), Some("lambda"));
    let invoke = "arn:aws:states:::lambda:invoke";
    assert_eq!(runs(invoke, Some("mine")).as_deref(), Some("mine"));
    assert_eq!(runs(invoke, Some("theirs")).as_deref(), Some("lambda"));
    assert_eq!(runs("arn:aws:states:::sqs:sendMessage", None).as_deref(), Some("sqs"));
    assert_eq!(runs("arn:aws:states:::aws-sdk:s3:getObject", None).as_deref(), Some("aws-sdk"));
    assert_eq!(runs("arn:aws:states:::sns:publish", None), None, "there is none");
    let activity = "arn:aws:states:us-east-1:123456789012:activity:a";
    assert_eq!(runs(activity, None), None, "a worker runs it");
}
