//! Distributed Maps in `stepwell run`.

use super::*;

/// A project whose machine reads orders from a bucket, handles each in a child execution, and
/// writes what became of them to another bucket.
fn importing() -> Project {
    let project = Project::copying();
    let table = "[buckets.orders]\ndirectory = \"orders\"\n\
                 [buckets.results]\ndirectory = \"results\"\naccess = \"read-write\"\n";
    let settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    project.write("stepwell.toml", (settings + table).as_bytes());
    for bucket in ["orders", "results"] {
        fs::create_dir(project.path(bucket)).unwrap();
    }
    project.write("orders/today.csv", b"id,quantity\na,2\nb,0\nc,5\n");
    project.write("mocks.json", br#"{"Ship":{"output":{"shipped":true}}}"#);
    project.define(
        r#"{"StartAt":"Import","States":{"Import":{
            "Type":"Map","Label":"Orders","End":true,"ToleratedFailureCount":1,"MaxConcurrency":1,
            "ItemReader":{
                "Resource":"arn:aws:states:::s3:getObject",
                "ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},
                "Parameters":{"Bucket":"orders","Key":"today.csv"}
            },
            "ItemProcessor":{
                "ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
                "StartAt":"Any","States":{
                    "Any":{"Type":"Choice","Default":"Ship",
                        "Choices":[{"Variable":"$.quantity","StringEquals":"0","Next":"None"}]},
                    "None":{"Type":"Fail","Error":"OutOfStock","Cause":"none is left"},
                    "Ship":{"Type":"Task","Resource":"wasm:one/main","ResultPath":"$.result",
                        "End":true}
                }
            },
            "ResultWriter":{
                "Resource":"arn:aws:states:::s3:putObject",
                "Parameters":{"Bucket":"results","Prefix":"imports"},
                "WriterConfig":{"OutputType":"JSONL","Transformation":"COMPACT"}
            }
        }}}"#,
    );
    project
}

impl Project {
    fn run_mocked(&self, more: &[&str]) -> Output {
        let mocks = self.path("mocks.json");
        self.run(&[&["--mocks", mocks.to_str().unwrap()], more].concat())
    }
}

#[test]
fn a_distributed_map_reads_from_and_writes_to_buckets() {
    let project = importing();
    let output = project.run_mocked(&[]);
    let progress = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{progress}");
    let lines: Vec<_> = progress
        .lines()
        .filter_map(|line| Some(line.split_once("  ")?.1.trim_start().split_once("  ")?.1.trim()))
        .collect();
    assert!(lines.contains(&"> Import"), "{progress}");
    assert!(lines.contains(&"* Import  3 of 3 items, 1 failed"), "{progress}");
    let failed = lines.iter().find(|line| line.starts_with("! Import")).unwrap();
    assert!(failed.ends_with(" OutOfStock: none is left"), "{progress}");
    assert!(lines.iter().any(|line| line.starts_with("+ Import")), "{progress}");

    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let arn = result["MapRunArn"].as_str().unwrap();
    assert!(arn.contains(":mapRun:one/Orders:"), "{arn}");
    let details = &result["ResultWriterDetails"];
    assert_eq!(details["Bucket"], "results");
    let results = project.path("results");
    let read = |key: &Value| fs::read_to_string(results.join(key.as_str().unwrap())).unwrap();
    let manifest: Value = serde_json::from_str(&read(&details["Key"])).unwrap();
    let succeeded = read(&manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]);
    let succeeded: Vec<Value> =
        succeeded.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let shipped = |id: &str, quantity: &str| serde_json::json!({ "id": id, "quantity": quantity, "result": { "shipped": true } });
    assert_eq!(succeeded, [shipped("a", "2"), shipped("c", "5")]);
    let failed = read(&manifest["ResultFiles"]["FAILED"][0]["Key"]);
    let failed: Value = serde_json::from_str(&failed).unwrap();
    assert_eq!((&failed["Status"], &failed["Error"]), (&"FAILED".into(), &"OutOfStock".into()));
}

#[test]
fn a_program_gets_the_counts_of_a_map_run_as_json_lines() {
    let output = importing().run_mocked(&["--json"]);
    let lines: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |name: &str| lines.iter().filter_map(|line| line.get(name)).collect::<Vec<_>>();
    let last = *of("mapRun").last().unwrap();
    assert_eq!((&last["state"], &last["ended"]), (&"Import".into(), &true.into()));
    assert_eq!(
        last["itemCounts"],
        serde_json::json!({
            "pending": 0, "running": 0, "succeeded": 2, "failed": 1, "timedOut": 0, "aborted": 0,
            "total": 3, "resultsWritten": 3, "pendingRedrive": 0,
        })
    );
    let failed = of("childFailed");
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["error"], "OutOfStock");
    let types: Vec<_> = of("event").iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!(
        types,
        [
            "ExecutionStarted",
            "MapStateEntered",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunSucceeded",
            "MapStateSucceeded",
            "MapStateExited",
            "ExecutionSucceeded",
        ]
    );
    let result = &lines.last().unwrap()["result"];
    assert_eq!(result["status"], "SUCCEEDED");
    assert_eq!(result["output"]["MapRunArn"], last["mapRunArn"]);
}

#[test]
fn a_bucket_that_is_not_granted_fails_the_map_and_says_how_to_grant_it() {
    let project = importing();
    let settings = fs::read_to_string(project.path("stepwell.toml")).unwrap();
    project.write("stepwell.toml", settings.replace("buckets.orders", "buckets.order").as_bytes());
    let output = project.run_mocked(&[]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("States.ItemReaderFailed"), "{text}");
    let cause = "The bucket `orders` is not granted; did you mean `order`? Grant it in \
                 stepwell.toml: a table [buckets.orders]";
    assert!(text.contains(cause), "{text}");
}
