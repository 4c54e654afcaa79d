//! `stepwell test-state`.

use super::*;

#[test]
fn a_state_is_tested_with_a_mock_step_by_step() {
    let state = r#"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",
        "Parameters":{"FunctionName":"f","Payload.$":"$.n"},"ResultSelector":{"m.$":"$.Payload"},
        "ResultPath":"$.r","Next":"B"}"#;
    let mock = r#"{"result":{"StatusCode":200,"Payload":3}}"#;
    let arguments = ["test-state", state, "--input", r#"{"n":2}"#, "--mock", mock];
    let output = stepwell(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "{\n  \"n\": 2,\n  \"r\": {\n    \"m\": 3\n  }\n}\n");
    assert_eq!(
        stderr(&output),
        concat!(
            "input                  {\"n\":2}\n",
            "after InputPath        {\"n\":2}\n",
            "after Parameters       {\"FunctionName\":\"f\",\"Payload\":2}\n",
            "result                 {\"StatusCode\":200,\"Payload\":3}\n",
            "after ResultSelector   {\"m\":3}\n",
            "after ResultPath       {\"n\":2,\"r\":{\"m\":3}}\n",
            "SUCCEEDED, goes on to `B`\n",
        )
    );

    let output = stepwell(&[&arguments[..], &["--json", "--inspection-level", "info"]].concat());
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        answer,
        serde_json::json!({
            "status": "SUCCEEDED", "output": r#"{"n":2,"r":{"m":3}}"#, "nextState": "B",
        })
    );
}

#[test]
fn a_tested_state_that_fails_exits_with_1_unless_it_is_caught() {
    let test = |more: &str| {
        let state = format!(
            r#"{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke",{more}"End":true}}"#
        );
        let mock = r#"{"errorOutput":{"error":"E","cause":"why"}}"#;
        let output = stepwell(&["test-state", &state, "--mock", mock]);
        let shown = stderr(&output);
        let shown = shown.split_once("after Parameters       {}\n").unwrap().1.to_owned();
        (output.status.code(), shown)
    };
    assert_eq!(test(""), (Some(1), "FAILED E\nwhy\n".to_owned()));
    assert_eq!(
        test(r#""Retry":[{"ErrorEquals":["E"],"IntervalSeconds":3}],"#),
        (
            Some(1),
            "matching Retry         [0]\nRETRIABLE E, would be tried again in 3 s\nwhy\n"
                .to_owned()
        )
    );
    assert_eq!(
        test(r#""Catch":[{"ErrorEquals":["E"],"Next":"Mend"}],"#),
        (
            Some(0),
            "matching Catch         [0]\nCAUGHT_ERROR E, goes on to `Mend`\nwhy\n".to_owned()
        )
    );
}

#[test]
fn a_tested_task_runs_its_plugin() {
    let project = Project::copying();
    let definition = project.path("one.asl.json");
    let (definition, directory) =
        (definition.to_str().unwrap(), project.0.path().to_str().unwrap());
    let arguments = ["test-state", definition, "--project", directory, "--input", "[1, 2]"];
    let output = stepwell(&[&arguments[..], &["--state", "A"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "[\n  1,\n  2\n]\n");

    let output = stepwell(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        format!(
            "error: {definition} is a whole machine: say with --state which state to test. It has \
             `A`\n"
        )
    );
}

#[test]
fn what_cannot_be_tested_exits_with_2_and_says_why() {
    let output =
        stepwell(&["test-state", r#"{"Type":"Pass","End":true}"#, "--mock", r#"{"result":1}"#]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: the state cannot be tested (ValidationException)\n  because: State type 'Pass' is not \
         supported when a mock is specified\n"
    );

    let output = stepwell(&["test-state", r#"{"Type":"Parallel","Branches":[],"End":true}"#]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.starts_with("error: the definition has 1 error\n"), "{text}");
    assert!(text.contains("--> the definition:1:31"), "{text}");
    assert!(text.contains("Value cannot be empty"), "{text}");

    let state = r#"{"Type":"Wait","Seconds":301,"End":true}"#;
    let output = stepwell(&["test-state", state]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).ends_with("FAILED States.Timeout\n"), "{}", stderr(&output));
}
