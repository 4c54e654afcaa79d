//! What each field may be.

use super::*;

#[test]
fn keeps_the_query_languages_apart() {
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine | Remove it here, or set JSONata in the states that want it and not for the machine.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "InputPath": "$.a", "Parameters": {}, "ResultSelector": {}, "ResultPath": "$", "OutputPath": "$", "TimeoutSecondsPath": "$.b", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/InputPath `"InputPath"`: Field 'InputPath' is not supported | JSONata states read $states.input in their expressions instead.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Parameters `"Parameters"`: Field 'Parameters' is not supported | A JSONata state has Arguments (a Map has ItemSelector).
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultSelector `"ResultSelector"`: Field 'ResultSelector' is not supported | A JSONata state has Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultPath `"ResultPath"`: Field 'ResultPath' is not supported | A JSONata state has Output, or keeps the result with Assign.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/OutputPath `"OutputPath"`: Field 'OutputPath' is not supported | A JSONata state has Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/TimeoutSecondsPath `"TimeoutSecondsPath"`: Field 'TimeoutSecondsPath' is not supported | A JSONata state has the field without "Path", with an expression between {% and %}.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Arguments": {}, "Output": "{% 1 %}", "Next": "M"}, "M": {"Type": "Map", "Items": [], "ItemProcessor": {"StartAt": "B", "QueryLanguage": "JSONata", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Arguments `"Arguments"`: Field 'Arguments' is not supported | A JSONPath state has Parameters; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Output `"Output"`: Field 'Output' is not supported | A JSONPath state has ResultSelector, ResultPath and OutputPath; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/M/Items `"Items"`: Field 'Items' is not supported | A JSONPath state has ItemsPath; or set "QueryLanguage": "JSONata".
        ERROR SCHEMA_VALIDATION_FAILED /States/M/ItemProcessor/QueryLanguage `"QueryLanguage"`: Field 'QueryLanguage' is not supported | Known here: Comment, ProcessorConfig, States, StartAt.
        "#,
    );
}

#[test]
fn checks_fields_of_their_type() {
    assert_told(
        r#"{"Comment": 1, "StartAt": [], "TimeoutSeconds": "1", "States": {"A": {"Type": "Pass", "End": "yes"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /Comment `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /StartAt `[]`: Expected value of type String | This is an array.
        ERROR SCHEMA_VALIDATION_FAILED /TimeoutSeconds `"1"`: Expected value of type Integer | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/End `"yes"`: Expected value of type Boolean | This is a string.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": {}, "Retry": null, "Catch": "x", "Assign": 1, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Branches `{}`: Expected value of type Array | This is an object.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry `null`: Expected value of type Array | This is null.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch `"x"`: Expected value of type Array | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Assign `1`: Expected value of type Object | This is a number.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": 1, "Cause": "a", "CausePath": "$.b"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [Cause, CausePath] | Remove Cause or CausePath.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Error `1`: Expected value of type String | This is a number.
        "#,
    );
}

#[test]
fn checks_retriers_and_catchers() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Retry": [
  {"ErrorEquals": []},
  {"ErrorEquals": ["States.ALL", "X"]},
  {"ErrorEquals": ["States.ALL"]},
  {"ErrorEquals": ["States.TimeOut"], "IntervalSeconds": 0, "MaxAttempts": 100000000, "BackoffRate": 0.5},
  {"ErrorEquals": [1], "IntervalSeconds": 10, "MaxDelaySeconds": 10, "JitterStrategy": "full"},
  {"MaxDelaySeconds": 31622400}
], "Catch": [{"ErrorEquals": ["X"], "Next": 5, "ResultPath": 5, "Output": 1}], "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[0]/ErrorEquals `[]`: Value cannot be empty | Put at least one element into the array.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[1]/ErrorEquals `["States.ALL", "X"]`: 'States.ALL' must appear alone in 'ErrorEquals' | It stands for all errors. Remove the other names.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[2]/ErrorEquals `["States.ALL"]`: 'States.ALL' must appear in the last element | It matches all errors, so what follows is never reached. Move it to the end.
        WARNING SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/ErrorEquals[0] `"States.TimeOut"`: There is no error 'States.TimeOut' | Did you mean "States.Timeout"?
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/IntervalSeconds `0`: Value must be between 1 and 99999999 | 0 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/MaxAttempts `100000000`: Value must be between 0 and 99999999 | 100000000 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[3]/BackoffRate `0.5`: Value must be greater than or equal to 1 | 0.5 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/ErrorEquals[0] `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/MaxDelaySeconds `10`: 'MaxDelaySeconds' must be greater than 'IntervalSeconds' | The first delay is 10 s. Choose more than that.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[4]/JitterStrategy `"full"`: Value must be one of [FULL, NONE] | Did you mean "FULL"?
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[5] `{`: These fields are required: [ErrorEquals] | Add the field "ErrorEquals".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Retry[5]/MaxDelaySeconds `31622400`: Value must be between 1 and 31622399 | 31622400 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/Next `5`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/ResultPath `5`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Catch[0]/Output `"Output"`: Field 'Output' is not supported | A JSONPath state has ResultSelector, ResultPath and OutputPath; or set "QueryLanguage": "JSONata".
        "#,
    );
}

#[test]
fn checks_tasks() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a", "TimeoutSeconds": 100000000, "HeartbeatSeconds": 0, "Credentials": {}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Resource `"wasm:a"`: Value is not a valid resource ARN | "a" does not name a task. Write wasm:PLUGIN/TASK, such as wasm:payments/charge.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/TimeoutSeconds `100000000`: Value must be between 1 and 99999999 | 100000000 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/HeartbeatSeconds `0`: Value must be between 1 and 99999999 | 0 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Credentials `"Credentials"`: The field 'RoleArn' is required but was missing | Add the field "RoleArn", or remove "Credentials".
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "HeartbeatSecondsPath": "$.h", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [HeartbeatSeconds, HeartbeatSecondsPath] | Remove HeartbeatSeconds or HeartbeatSecondsPath.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/HeartbeatSeconds `5`: 'HeartbeatSeconds' must be smaller than 'TimeoutSeconds' | The task times out after 5 s. Choose less than that.
        "#,
    );
}

#[test]
fn checks_waits() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Wait", "Next": "B"}, "B": {"Type": "Wait", "Seconds": 1, "SecondsPath": "$.a", "Next": "C"}, "C": {"Type": "Wait", "Seconds": 1.5, "Next": "D"}, "D": {"Type": "Wait", "Seconds": -1, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Exactly one of these fields is required: [Seconds, Timestamp, SecondsPath, TimestampPath] | Add one of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/B `"B"`: Only one of these fields is allowed: [Seconds, Timestamp, SecondsPath, TimestampPath] | Remove Seconds or SecondsPath.
        ERROR SCHEMA_VALIDATION_FAILED /States/C/Seconds `1.5`: Expected value of type Integer | Give a whole number.
        ERROR SCHEMA_VALIDATION_FAILED /States/D/Seconds `-1`: Value must be between 0 and 99999999 | -1 is out of range.
        "#,
    );
}

#[test]
fn checks_choices() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Choice", "Choices": [], "Default": "B"}, "B": {"Type": "Succeed"}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices `[]`: Value cannot be empty | Put at least one element into the array.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Choices": [
  {"Variable": "$.a", "Next": "B"},
  {"Variable": "$.a", "StringEquals": "a", "IsNull": true, "Next": "B"},
  {"Variable": "$.a", "StringEquals": 1},
  {"NumericEquals": "1", "Next": "B"},
  {"Variable": "$.a", "TimestampEquals": "now", "Next": "B"},
  {"Variable": "$.a", "And": [{"Variable": "$.a", "IsNull": 1, "Next": "B"}], "Next": "B"},
  {"Or": [], "Next": "B"}
]}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0] `{`: A choice rule requires one comparison operator | Add one, such as "StringEquals", or And, Or, Not.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[1] `{`: A choice rule allows only one comparison operator | Combine several with "And": [{...}, {...}].
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[2] `{`: These fields are required: [Next] | Add the field "Next".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[2]/StringEquals `1`: Expected value of type String | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[3] `{`: These fields are required: [Variable] | Add the field "Variable".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[3]/NumericEquals `"1"`: Expected value of type Number | This is a string.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[4]/TimestampEquals `"now"`: String does not match RFC3339 timestamp | Write it as 2026-03-14T01:59:00Z, with the T, and with the Z or an offset.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/Variable `"Variable"`: Field 'Variable' is not supported | The rules in And have Variables of their own.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/And[0]/IsNull `1`: Expected value of type Boolean | This is a number.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[5]/And[0]/Next `"Next"`: Field 'Next' is not supported | Remove it.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[6]/Or `[]`: Value cannot be empty | Put at least one element into the array.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"B": {"Type": "Succeed"}, "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}, {"Condition": "true", "Next": "B"}]}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0] `{`: These fields are required: [Condition] | Add the field "Condition".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0]/Variable `"Variable"`: Field 'Variable' is not supported | A rule of a JSONata state has a Condition.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[0]/IsNull `"IsNull"`: Field 'IsNull' is not supported | Known here: Comment, Next, Assign, Condition, Output.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Choices[1]/Condition `"true"`: JSONata expression must start with '{%' and end with '%}' | Put the whole expression between {% and %}, with nothing before or after them.
        "#,
    );
}

#[test]
fn checks_maps() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "MaxConcurrency": -1, "ToleratedFailurePercentage": 101, "ToleratedFailureCount": 1.5, "ItemSelector": {}, "Parameters": {}, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE", "ExecutionType": "STANDARD"}, "StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A `"A"`: Only one of these fields is allowed: [ItemSelector, Parameters] | Remove ItemSelector or Parameters.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/MaxConcurrency `-1`: Value must be greater than or equal to 0 | -1 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ToleratedFailurePercentage `101`: Value must be between 0 and 100 | 101 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ToleratedFailureCount `1.5`: Expected value of type Integer | Give a whole number.
        WARNING SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/ProcessorConfig/ExecutionType `"STANDARD"`: 'ExecutionType' has no effect | Only a Map whose Mode is DISTRIBUTED has one. Remove it.
        "#,
    );
    assert_told(
        r#"{"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Map", "Items": 5, "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Items `5`: 'Items' must be an array, an object or a JSONata expression | Put the expression between {% and %}.
        "#,
    );
}

#[test]
fn checks_distributed_maps() {
    let machine = |map: &str, config: &str| {
        format!(
            r#"{{"StartAt": "A", "States": {{"A": {{"Type": "Map", {map}"ItemProcessor": {{"ProcessorConfig": {config}, "StartAt": "B", "States": {{"B": {{"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}}}}, "End": true}}}}}}"#
        )
    };
    let standard = r#"{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}"#;
    assert_told(
        &machine(
            r#""Label": "a b", "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "XML", "MaxItems": 100000001, "ItemsPointer": "a/b"}}, "ItemBatcher": {"MaxInputBytesPerBatch": 262145}, "ResultWriter": {}, "#,
            r#"{"Mode": "DISTRIBUTED"}"#,
        ),
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Label `"a b"`: Label contains invalid character: ' ' | Use letters, digits, - and _ in "a b".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig/InputType `"XML"`: Value must be one of [CSV, JSON, JSONL, PARQUET, MANIFEST] | "XML" is none of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig/MaxItems `100000001`: Value must be between 0 and 100000000 | 100000001 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig/ItemsPointer `"a/b"`: Value is not a valid JSON Pointer | Write /NAME for a member, /0 for an element, ~1 for a slash and ~0 for a tilde in a name.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemBatcher/MaxInputBytesPerBatch `262145`: Value must be between 1 and 262144 | 262145 is out of range.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultWriter `"ResultWriter"`: These fields are required: [Resource] | Add the field "Resource".
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/ProcessorConfig `"ProcessorConfig"`: The field 'ExecutionType' is required but was missing | Add "ExecutionType": "STANDARD" or "EXPRESS".
        "#,
    );
    let label = "x".repeat(41);
    assert_told(
        &machine(
            &format!(
                r#""Label": "{label}", "ItemReader": {{"Resource": "arn:aws:states:::s3:getBucket"}}, "ItemBatcher": {{}}, "ResultWriter": {{"WriterConfig": {{"OutputType": "CSV", "Transformation": "ALL"}}}}, "#
            ),
            standard,
        ),
        &format!(
            r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Label `"{label}"`: Label must have 1 to 40 characters | It becomes part of the ARN of the Map Run. Choose a shorter one.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/Resource `"arn:aws:states:::s3:getBucket"`: Value is not a valid resource ARN | Here the resource is arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemBatcher `"ItemBatcher"`: At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch] | Say how large a batch may be.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultWriter/WriterConfig/OutputType `"CSV"`: Value must be one of [JSON, JSONL] | "CSV" is none of them.
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ResultWriter/WriterConfig/Transformation `"ALL"`: Value must be one of [NONE, COMPACT, FLATTEN] | "ALL" is none of them.
        "#
        ),
    );
    for (config, told) in [
        (
            r#"{"InputType": "CSV"}"#,
            "`\"ReaderConfig\"`: The field 'CSVHeaderLocation' is required but was missing | Add \"CSVHeaderLocation\": \"FIRST_ROW\", or \"GIVEN\" with CSVHeaders.",
        ),
        (
            r#"{"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}"#,
            "`\"ReaderConfig\"`: The field 'CSVHeaders' is required but was missing | Add \"CSVHeaders\": [...] with the names of the columns, or take \"FIRST_ROW\" as CSVHeaderLocation.",
        ),
        (
            "{}",
            "`\"ReaderConfig\"`: The field 'InputType' is required but was missing | Say in ReaderConfig what the objects hold: \"InputType\": \"CSV\", \"JSON\", \"JSONL\" or \"PARQUET\".",
        ),
        (
            r#"{"InputType": "MANIFEST", "ManifestType": "ATHENA_DATA"}"#,
            "/InputType `\"MANIFEST\"`: 'InputType' must be the type of the objects | MANIFEST is none of them: CSV, JSON, JSONL, PARQUET.",
        ),
        (
            r#"{"InputType": "CSV", "ManifestType": "S3_INVENTORY"}"#,
            "/InputType `\"CSV\"`: 'InputType' is not allowed for the ManifestType S3_INVENTORY | An inventory is read as what it is. Remove InputType.",
        ),
    ] {
        let reader = format!(
            r#""ItemReader": {{"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {config}}}, "#
        );
        let place = if told.starts_with('/') { "" } else { " " };
        let told = format!(
            "ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemReader/ReaderConfig{place}{told}"
        );
        assert_told(&machine(&reader, standard), &told);
    }
}

#[test]
fn tells_a_distributed_map_from_an_inline_one() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "Label": "a", "ItemProcessor": {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Label `"Label"`: Field 'Label' is not supported by an inline Map | Add "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} to the ItemProcessor.
        "#,
    );
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}, "Next": "C"}, "C": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/ItemProcessor/States/B/Resource `"arn:aws:states:::sqs:sendMessage.waitForTaskToken"`: Express state machine does not support '.waitForTaskToken' service integration  | Use a Standard workflow.
        "#,
    );
}

#[test]
fn a_role_is_named_by_a_string() {
    assert_told(
        r#"{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "wasm:a/b", "Credentials": {"RoleArn": 5}, "End": true}}}"#,
        r#"
        ERROR SCHEMA_VALIDATION_FAILED /States/A/Credentials/RoleArn `5`: Expected value of type String | This is a number.
        "#,
    );
}
