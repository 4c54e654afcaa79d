//! What is in vain: loops without a way out, and what an earlier one leaves nothing to.

use super::assert_told;

#[test]
fn warns_of_loops_that_never_end() {
    assert_told(
        r#"{"StartAt": "A", "States": {
            "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "In"}], "Default": "End"},
            "C": {"Type": "Pass", "Next": "B"},
            "In": {"Type": "Pass", "Next": "B"},
            "B": {"Type": "Task", "Resource": "wasm:a/b", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "C"},
            "End": {"Type": "Succeed"}}}"#,
        r#"
        WARNING ENDLESS_LOOP /States/B `"B"`: The loop of the states "B", "C" never ends | Give it a way out: a Choice or a Catch that leads to a state outside, "End": true, or a Succeed or Fail state.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {
            "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}], "Default": "End"},
            "B": {"Type": "Wait", "Seconds": 1, "Next": "B"},
            "End": {"Type": "Succeed"}}}"#,
        r#"
        WARNING ENDLESS_LOOP /States/B `"B"`: State "B" only leads to itself, so it never ends | Give it a way out: a Choice or a Catch that leads to a state outside, "End": true, or a Succeed or Fail state.
        "#,
    );
}

#[test]
fn warns_of_loops_in_nested_workflows() {
    assert_told(
        r#"{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
            {"StartAt": "A", "States": {
                "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}], "Default": "E"},
                "B": {"Type": "Pass", "Next": "B"},
                "E": {"Type": "Fail"}}},
            {"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "ItemProcessor": {"StartAt": "X", "States": {
                "X": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Y"}], "Default": "Z"},
                "Y": {"Type": "Pass", "Next": "Y"},
                "Z": {"Type": "Succeed"}}}}}}
        ]}}}"#,
        r#"
        WARNING ENDLESS_LOOP /States/P/Branches[0]/States/B `"B"`: State "B" only leads to itself, so it never ends | Give it a way out: a Choice or a Catch that leads to a state outside, "End": true, or a Succeed or Fail state.
        WARNING ENDLESS_LOOP /States/P/Branches[1]/States/M/ItemProcessor/States/Y `"Y"`: State "Y" only leads to itself, so it never ends | Give it a way out: a Choice or a Catch that leads to a state outside, "End": true, or a Succeed or Fail state.
        "#,
    );
}

#[test]
fn a_loop_with_a_way_out_is_fine() {
    for way_out in [
        r#""B": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "A"}], "Default": "E"}"#,
        r#""B": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "E"}], "Default": "A"}"#,
        r#""B": {"Type": "Task", "Resource": "wasm:a/b", "Catch": [{"ErrorEquals": ["X"], "Next": "E"}], "Next": "A"}"#,
    ] {
        assert_told(
            &format!(
                r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "Next": "B"}}, {way_out}, "E": {{"Type": "Succeed"}}}}}}"#
            ),
            "",
        );
    }
}

#[test]
fn names_few_states_of_a_long_loop() {
    let mut states = vec![
        r#""A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "S0"}], "Default": "E"}, "E": {"Type": "Fail"}"#.to_owned(),
    ];
    for index in 0..5000 {
        let next = (index + 1) % 5000;
        states.push(format!(r#""S{index}": {{"Type": "Pass", "Next": "S{next}"}}"#));
    }
    let text = format!(r#"{{"StartAt": "A", "States": {{{}}}}}"#, states.join(", "));
    let parsed = stepwell_asl::StateMachine::parse(&text).unwrap();
    assert_eq!(
        parsed.warnings[0].message,
        "The loop of the states \"S0\", \"S1\", \"S2\", \"S3\", \"S4\", \"S5\", \"S6\", \"S7\", \
         \"S8\", \"S9\", 4990 more never ends"
    );
    assert_eq!(parsed.warnings.len(), 1);
}

fn task(fields: &str) -> String {
    format!(
        r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "Resource": "wasm:a/b", {fields}, "End": true}}, "Z": {{"Type": "Fail"}}}}}}"#
    )
}

#[test]
fn warns_of_catchers_that_are_never_reached() {
    assert_told(
        &task(
            r#""Catch": [{"ErrorEquals": ["X", "Y"], "Next": "Z"}, {"ErrorEquals": ["Y", "X"], "Next": "Z"},
                {"ErrorEquals": ["Y", "W", "W"], "Next": "Z"}, {"ErrorEquals": ["States.ALL"], "Next": "Z"}]"#,
        ),
        r#"
        WARNING NEVER_REACHED /States/A/Catch[1] `{`: Element 1 of 'Catch' can never be reached | Earlier elements match all of its errors, and the first that matches is taken. Remove it, or move it to the front.
        WARNING NEVER_REACHED /States/A/Catch[2]/ErrorEquals[0] `"Y"`: The error 'Y' is already matched by element 0 | The first element that matches is taken. Remove the name here or there.
        WARNING NEVER_REACHED /States/A/Catch[2]/ErrorEquals[2] `"W"`: The error 'W' is already matched in the same list | Remove it.
        "#,
    );
}

#[test]
fn task_failed_leaves_timeouts_to_those_behind_it() {
    assert_told(
        &task(
            r#""Retry": [{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["X"]}, {"ErrorEquals": ["States.HeartbeatTimeout"]},
                {"ErrorEquals": ["States.Timeout"]}, {"ErrorEquals": ["States.ALL"]}],
               "Catch": [{"ErrorEquals": ["X"], "Next": "Z"}]"#,
        ),
        r#"
        WARNING NEVER_REACHED /States/A/Retry[1] `{`: Element 1 of 'Retry' can never be reached | Earlier elements match all of its errors, and the first that matches is taken. Remove it, or move it to the front.
        "#,
    );
}

#[test]
fn warns_of_rules_that_are_never_reached() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Choice", "Default": "Z", "Choices": [
            {"Variable": "$.a", "IsNull": true, "Next": "Z"},
            {"Variable": "$.a", "IsNull": false, "Next": "Z"},
            {"Comment": "again", "IsNull": true, "Variable": "$.a", "Next": "Z", "Assign": {"b": 1}}]},
            "Z": {"Type": "Succeed"}}}"#,
        r#"
        WARNING NEVER_REACHED /States/A/Choices[2] `{`: Rule 2 of 'Choices' can never be reached | Rule 0 has the same condition, and the first that holds is taken. Remove one of the two.
        "#,
    );
}

#[test]
fn warns_of_conditions_that_depend_on_nothing() {
    let machine = |choices: &str, default: &str| {
        format!(
            r#"{{"QueryLanguage": "JSONata", "StartAt": "A", "States": {{"A": {{"Type": "Choice", {default} "Choices": [{choices}]}},
                "Z": {{"Type": "Succeed"}}}}}}"#
        )
    };
    assert_told(
        &machine(
            r#"{"Condition": false, "Next": "Z"}, {"Condition": "{% true %}", "Next": "Z"}, {"Condition": "{% $a %}", "Next": "Z"}"#,
            r#""Default": "Z","#,
        ),
        r#"
        WARNING NEVER_REACHED /States/A/Choices[0]/Condition `false`: This rule never holds | Remove it, or give it a condition that depends on something.
        WARNING NEVER_REACHED /States/A/Choices[1]/Condition `"{% true %}"`: This rule always holds | The rules behind it and 'Default' can never be reached. Remove what is not needed.
        "#,
    );
    assert_told(
        &machine(r#"{"Condition": true, "Next": "Z"}"#, r#""Default": "Z","#),
        r#"
        WARNING NEVER_REACHED /States/A/Choices[0]/Condition `true`: This rule always holds | 'Default' can never be reached. Remove what is not needed.
        "#,
    );
    assert_told(&machine(r#"{"Condition": true, "Next": "Z"}"#, ""), "");
}
