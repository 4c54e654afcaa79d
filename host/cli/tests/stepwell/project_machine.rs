//! What `stepwell dev` makes of the project that it is started in.

use serde_json::json;

use super::{host::Host, *};

const ACCOUNT: &str = "000000000000";
const ARN: &str = "arn:aws:states:us-east-1:000000000000:stateMachine:one";

fn passing(result: &str) -> String {
    let state = json!({ "Type": "Pass", "Result": result, "End": true });
    json!({ "StartAt": "A", "States": { "A": state } }).to_string()
}

fn definition(host: &Host) -> Value {
    let request = json!({ "stateMachineArn": ARN });
    host.call_as(ACCOUNT, "DescribeStateMachine", &request).1["definition"].clone()
}

fn input(host: &Host) -> Value {
    host.own(ACCOUNT, "DescribeInput", &json!({ "stateMachineArn": ARN }))
}

#[test]
fn the_projects_machine_is_made_and_follows_its_definition() {
    let project = Project::copying();
    let start = || Host::dev(project.0.path(), &["--data", "data"]);
    project.define(&passing("first"));
    let mut host = start();
    assert_eq!(host.logged(), " INFO the project's state machine `one` is created");
    assert_eq!(definition(&host), passing("first"));
    assert_eq!(host.stop().0, Some(0));
    let mut host = start();
    assert_eq!(host.logged(), " INFO the project's state machine `one` is as before");
    assert_eq!(host.stop().0, Some(0));
    project.define(&passing("second"));
    let mut host = start();
    assert_eq!(
        host.logged(),
        " INFO the project's state machine `one` is updated to its definition"
    );
    assert_eq!(definition(&host), passing("second"));
}

#[test]
fn a_definition_that_cannot_be_used_is_told_of_and_the_host_runs() {
    let project = Project::copying();
    project.define(r#"{"StartAt":"A","States":{}}"#);
    let mut host = Host::dev(project.0.path(), &[]);
    let logged = host.logged();
    let starts = "ERROR the project's state machine `one` cannot be made: ";
    assert!(logged.starts_with(starts) && logged.contains("one.asl.json: "), "{logged}");
    let (status, answer) = host.call_as(ACCOUNT, "ListStateMachines", &json!({}));
    assert_eq!((status, &answer["stateMachines"]), (200, &json!([])));
}

#[test]
fn an_input_has_the_projects_schema_and_examples() {
    let project = Project::copying();
    let settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    let with = format!("input-schema = \"order.json\"\n{settings}");
    project.write("stepwell.toml", with.as_bytes());
    project.write("order.json", br#"{"title":"Order","type":"object"}"#);
    fs::create_dir(project.path("inputs")).unwrap();
    project.write("inputs/small.json", b"{ \"n\": 1 }\n");
    let host = Host::dev(project.0.path(), &[]);
    let examples = json!([{ "name": "small", "input": "{ \"n\": 1 }\n" }]);
    assert_eq!(
        input(&host),
        json!({
            "schema": { "title": "Order", "type": "object" },
            "source": "PROJECT",
            "examples": examples,
        })
    );
    // Another account's machine of that name is another.
    let (status, _) = host.call("CreateStateMachine", &json!({
        "name": "one", "definition": passing("x"), "roleArn": "arn:aws:iam::123456789012:role/r",
    }));
    assert_eq!(status, 200);
    let arn = ARN.replace(ACCOUNT, "123456789012");
    let other = host.own("123456789012", "DescribeInput", &json!({ "stateMachineArn": arn }));
    assert_eq!(other, json!({ "examples": [] }));
    // Nor may it ask about this one.
    let request = json!({ "stateMachineArn": ARN });
    let (status, refused) = host.call_target("123456789012", "Stepwell.DescribeInput", &request);
    assert_eq!(status, 400);
    assert!(refused["__type"].as_str().unwrap().ends_with("AccessDeniedException"), "{refused}");
}

#[test]
fn where_the_project_has_no_schema_it_is_that_of_the_first_task() {
    let guest = fs::read(root().join("target/guests/payments.wasm")).unwrap();
    let project = Project::new(&guest);
    let calling = |more: &Value| {
        let mut task = json!({ "Type": "Task", "Resource": "wasm:one/charge", "End": true });
        task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        project.define(&json!({ "StartAt": "A", "States": { "A": task } }).to_string());
        input(&Host::dev(project.0.path(), &[]))
    };
    let shown = calling(&json!({}));
    assert_eq!(shown["source"], "FIRST_TASK");
    assert!(shown["schema"]["properties"]["amount"].is_object(), "{shown}");
    for more in [json!({ "InputPath": "$.order" }), json!({ "Parameters": {} })] {
        assert_eq!(calling(&more), json!({ "examples": [] }), "{more}");
    }
}

#[test]
fn a_schema_that_cannot_be_used_is_named() {
    let project = Project::copying();
    let settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    let with = format!("input-schema = \"none.json\"\n{settings}");
    project.write("stepwell.toml", with.as_bytes());
    let output = stepwell(&["dev", "--port", "0", "--project", project.0.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let file = project.path("none.json");
    let starts = format!("error: the input schema {} cannot be used: ", file.display());
    assert!(stderr(&output).contains(&starts), "{}", stderr(&output));
}
