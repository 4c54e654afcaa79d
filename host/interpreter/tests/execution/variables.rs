use serde_json::json;

use crate::driver::Host;

#[test]
fn are_evaluated_with_the_values_on_entry() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Assign": { "x": 1, "y": 2 }, "Next": "B" },
        "B": { "Type": "Pass", "Assign": { "x.$": "$y", "y.$": "$x" }, "Next": "C" },
        "C": { "Type": "Pass", "Parameters": { "x.$": "$x", "y.$": "$y" }, "End": true },
    }});
    let host = Host::start(&definition, "{}");
    assert_eq!(host.output(), r#"{"x":2,"y":1}"#);
    assert_eq!(host.details(5)["assignedVariables"], json!({ "x": "2", "y": "1" }));
}

#[test]
fn of_a_branch_are_not_seen_outside() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Assign": { "x": 1 }, "Next": "P" },
        "P": { "Type": "Parallel", "Branches": [
            { "StartAt": "B", "States": {
                "B": { "Type": "Pass", "Assign": { "inner.$": "$x" }, "Next": "C" },
                "C": { "Type": "Pass", "Parameters": { "i.$": "$inner" }, "End": true },
            }},
        ], "Next": "D" },
        "D": { "Type": "Pass", "End": true },
    }});
    assert_eq!(Host::start(&definition, "{}").output(), r#"[{"i":1}]"#);
}
