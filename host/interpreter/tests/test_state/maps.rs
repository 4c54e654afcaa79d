//! Tests of Map states.

use serde_json::{Value, json};

use super::{answer, map, refused};

#[test]
fn a_map_tells_of_its_items() {
    let mut map = map();
    map["ItemsPath"] = "$.items".into();
    map["ItemSelector"] = json!({ "at.$": "$$.Map.Item.Index", "is.$": "$$.Map.Item.Value" });
    map["ToleratedFailurePercentage"] = 50.into();
    let more = |failed: u64| {
        json!({
            "input": r#"{"items": ["a", "b"]}"#,
            "inspectionLevel": "DEBUG",
            "mock": { "result": "[1, 2]" },
            "stateConfiguration": { "mapIterationFailureCount": failed },
        })
    };
    assert_eq!(
        answer(&map, &more(1)),
        json!({
            "status": "SUCCEEDED",
            "output": "[1, 2]",
            "inspectionData": {
                "input": r#"{"items": ["a", "b"]}"#,
                "afterInputPath": r#"{"items": ["a", "b"]}"#,
                "afterItemsPath": r#"["a","b"]"#,
                "afterItemSelector": r#"[{"at":0,"is":"a"},{"at":1,"is":"b"}]"#,
                "maxConcurrency": 0,
                "toleratedFailurePercentage": 50.0,
                "afterResultSelector": "[1, 2]",
                "afterResultPath": "[1, 2]",
            },
        })
    );
    let failed = answer(&map, &more(2));
    assert_eq!(failed["error"], "States.ExceedToleratedFailureThreshold");
    assert_eq!(failed["cause"], "The specified tolerated failure threshold was exceeded");
}

#[test]
fn what_an_item_reader_reads_is_given() {
    let read = |config: Value, data: &str| {
        let mut map = map();
        map["ItemProcessor"]["ProcessorConfig"] =
            json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" });
        map["ItemReader"] =
            json!({ "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config });
        map["ItemSelector"] = json!({ "is.$": "$$.Map.Item.Value" });
        let more = json!({
            "inspectionLevel": "DEBUG",
            "mock": { "result": "[]" },
            "stateConfiguration": { "mapItemReaderData": data },
        });
        let answer = answer(&map, &more);
        let data = &answer["inspectionData"];
        let cause = answer["cause"].clone();
        json!([data["afterItemsPointer"], data["afterItemSelector"], answer["error"], cause])
    };
    let failed = "States.ItemReaderFailed";
    for (config, data, expected) in [
        (json!({ "InputType": "JSON" }), "[1]", json!([null, r#"[{"is":1}]"#, null, null])),
        (
            json!({ "InputType": "JSON", "ItemsPointer": "/a/b" }),
            r#"{"a": {"b": [2]}}"#,
            json!(["[2]", r#"[{"is":2}]"#, null, null]),
        ),
        (
            json!({ "InputType": "JSONL" }),
            "1\n\n2\n",
            json!([null, r#"[{"is":1},{"is":2}]"#, null, null]),
        ),
        (
            json!({ "InputType": "JSON", "ItemsPointer": "/c" }),
            "{}",
            json!([
                null,
                null,
                failed,
                "The ItemsPointer \"/c\" leads to nothing in the data of the ItemReader."
            ]),
        ),
        (
            json!({ "InputType": "JSON" }),
            "1",
            json!([
                null,
                null,
                failed,
                "The data of the ItemReader must be an array or an object."
            ]),
        ),
        (
            json!({ "InputType": "JSON" }),
            "[",
            json!([
                null,
                null,
                failed,
                "The data of the ItemReader are not valid JSON: EOF while parsing a list at line 1 \
                 column 1"
            ]),
        ),
    ] {
        assert_eq!(read(config, data), expected, "{data}");
    }
}

#[test]
fn a_map_tells_of_its_batches() {
    let mut map = map();
    map["ItemProcessor"]["ProcessorConfig"] =
        json!({ "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" });
    map["ItemsPath"] = "$.items".into();
    map["ItemSelector"] = json!({ "is.$": "$$.Map.Item.Value" });
    map["ItemBatcher"] = json!({ "MaxItemsPerBatchPath": "$.n", "BatchInput": { "x.$": "$.x" } });
    let answer_to = |n: u64| {
        let input = json!({ "n": n, "x": 7, "items": ["a", "b", "c"] }).to_string();
        let more = json!({
            "input": input, "inspectionLevel": "DEBUG", "mock": { "result": "[1, 2]" },
        });
        answer(&map, &more)
    };
    assert_eq!(
        answer_to(2)["inspectionData"]["afterItemBatcher"],
        concat!(
            r#"[{"BatchInput":{"x":7},"Items":[{"is":"a"},{"is":"b"}]},"#,
            r#"{"BatchInput":{"x":7},"Items":[{"is":"c"}]}]"#
        )
    );
    let failed = answer_to(0);
    assert_eq!(failed["error"], "States.Runtime");
    assert_eq!(failed["inspectionData"]["afterItemBatcher"], Value::Null);
}

#[test]
fn a_map_with_a_result_writer_returns_where_the_results_are() {
    let mut map = map();
    map["ItemProcessor"]["ProcessorConfig"] =
        json!({ "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" });
    map["ResultWriter"] = json!({
        "Resource": "arn:aws:states:::s3:putObject", "Parameters": { "Bucket": "results" },
    });
    let mocked = |result: &str| json!({ "input": "[1]", "mock": { "result": result } });
    assert_eq!(
        refused(&map, &mocked("[1]")),
        "ValidationException: Mocked result must be an object."
    );
    let written = r#"{"MapRunArn":"arn","ResultWriterDetails":{"Bucket":"results","Key":"k"}}"#;
    assert_eq!(answer(&map, &mocked(written))["output"], written);
}
