use std::{fs, path::Path, sync::Arc};

use futures::TryStreamExt as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _, memory::InMemory};

use super::*;
use crate::Bucket;

fn settings(output: OutputType, transformation: Transformation) -> ResultWriter {
    ResultWriter { destination: None, output, transformation }
}

fn record(name: &str, outcome: Outcome) -> Record {
    Record {
        execution_arn: format!("arn:execution:{name}"),
        state_machine_arn: "arn:stateMachine:m/Map".to_owned(),
        name: name.to_owned(),
        input: Json::parse("{ \"n\": 1 }").unwrap(),
        start: Some("2026-11-22T01:02:03.4Z".parse().unwrap()),
        stop: Some("2026-11-22T01:02:04Z".parse().unwrap()),
        redrive_count: 0,
        outcome,
    }
}

fn succeeded(output: &str) -> Record {
    record("s", Outcome::Succeeded { output: Json::parse(output).unwrap() })
}

fn failed() -> Record {
    let (error, cause) = (Some("Some.Error".to_owned()), Some("it broke".to_owned()));
    record("f", Outcome::Failed { end: End::Failed, error, cause })
}

fn pending() -> Record {
    Record { start: None, stop: None, ..record("p", Outcome::Pending) }
}

/// What was written to `results`, by key.
async fn objects(store: &InMemory) -> Vec<(String, String)> {
    let mut listed: Vec<_> = store.list(None).try_collect().await.unwrap();
    listed.sort_by(|a, b| a.location.cmp(&b.location));
    let mut objects = Vec::new();
    for meta in listed {
        let bytes = store.get(&meta.location).await.unwrap().bytes().await.unwrap();
        objects.push((meta.location.to_string(), String::from_utf8(bytes.to_vec()).unwrap()));
    }
    objects
}

/// What a writer writes of these records.
async fn written(
    settings: &ResultWriter,
    records: &[Record],
    file_size: u64,
) -> Vec<(String, String)> {
    let store = Arc::new(InMemory::new());
    let bucket = Bucket::memory(store.clone(), Access::ReadWrite);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let arguments = json!({"Bucket": "b", "Prefix": "out/"});
    let writer = buckets.writer(settings, &arguments, "arn:mapRun", "id").unwrap();
    let mut writer = writer.with_file_size(file_size);
    for record in records {
        writer.write(record).await.unwrap();
    }
    let details = writer.finish().await.unwrap();
    let expected = Details { bucket: "b".to_owned(), key: "out/id/manifest.json".to_owned() };
    assert_eq!(details, expected);
    objects(&store).await
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn records_are_written_by_their_outcome() {
    let settings = settings(OutputType::Json, Transformation::None);
    let records = [succeeded("[1, 2]"), failed(), pending(), succeeded("3")];
    let objects = written(&settings, &records, FILE_SIZE).await;
    let keys: Vec<_> = objects.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "out/id/FAILED_0.json",
            "out/id/PENDING_0.json",
            "out/id/SUCCEEDED_0.json",
            "out/id/manifest.json"
        ]
    );
    assert_eq!(
        objects[0].1,
        "[{\"Cause\":\"it broke\",\"Error\":\"Some.Error\",\"ExecutionArn\":\"arn:execution:f\",\
         \"Input\":\"{ \\\"n\\\": 1 }\",\"InputDetails\":{\"Included\":true},\"Name\":\"f\",\
         \"RedriveCount\":0,\"RedriveStatus\":\"REDRIVABLE_BY_MAP_RUN\",\
         \"StartDate\":\"2026-11-22T01:02:03.400Z\",\"StateMachineArn\":\"arn:stateMachine:m/Map\",\
         \"Status\":\"FAILED\",\"StopDate\":\"2026-11-22T01:02:04.000Z\"}]"
    );
    let pending = &parse(&objects[1].1)[0];
    assert_eq!(pending["Status"], "PENDING");
    assert_eq!(pending.get("StartDate"), None);
    let succeeded = parse(&objects[2].1);
    assert_eq!(succeeded.as_array().unwrap().len(), 2);
    assert_eq!(succeeded[0]["Output"], "[1, 2]");
    assert_eq!(succeeded[0]["OutputDetails"], json!({"Included": true}));
    assert_eq!(succeeded[0]["RedriveStatus"], "NOT_REDRIVABLE");
    let reason = "Execution is SUCCEEDED and cannot be redriven";
    assert_eq!(succeeded[0]["RedriveStatusReason"], reason);
    let file = |index: usize| json!({"Key": objects[index].0, "Size": objects[index].1.len()});
    assert_eq!(
        parse(&objects[3].1),
        json!({
            "DestinationBucket": "b",
            "MapRunArn": "arn:mapRun",
            "ResultFiles": {"FAILED": [file(0)], "PENDING": [file(1)], "SUCCEEDED": [file(2)]},
        })
    );
}

#[tokio::test]
async fn outputs_are_transformed() {
    let records = [succeeded("[1, [2]]"), succeeded("{ \"a\": \"b\\n\" }"), succeeded("[]")];
    for (output, transformation, text) in [
        (OutputType::Json, Transformation::Compact, "[[1,[2]],{\"a\":\"b\\n\"},[]]"),
        (OutputType::Json, Transformation::Flatten, "[1,[2],{\"a\":\"b\\n\"}]"),
        (OutputType::JsonLines, Transformation::Compact, "[1,[2]]\n{\"a\":\"b\\n\"}\n[]\n"),
        (OutputType::JsonLines, Transformation::Flatten, "1\n[2]\n{\"a\":\"b\\n\"}\n"),
    ] {
        let settings = settings(output, transformation);
        let objects = written(&settings, &records, FILE_SIZE).await;
        assert_eq!(objects[0].1, text);
        let lines = output == OutputType::JsonLines;
        let extension = if lines { "jsonl" } else { "json" };
        assert_eq!(objects[0].0, format!("out/id/SUCCEEDED_0.{extension}"));
        let gathered = gather(&settings, &records);
        let expected = if lines { Value::from(text) } else { parse(text) };
        assert_eq!(*gathered.value(), expected);
    }
}

#[tokio::test]
async fn failures_are_written_whole_whatever_the_transformation() {
    let settings = settings(OutputType::JsonLines, Transformation::Compact);
    let records = [failed(), pending(), failed()];
    let objects = written(&settings, &records, FILE_SIZE).await;
    let lines: Vec<_> = objects[0].1.lines().map(parse).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["Status"], "FAILED");
    let gathered = gather(&settings, &records);
    assert_eq!(gathered.value().as_str().unwrap().lines().count(), 3);
}

#[tokio::test]
async fn a_file_that_is_full_is_followed_by_another() {
    let settings = settings(OutputType::Json, Transformation::Compact);
    let records: Vec<_> = (0..5).map(|n| succeeded(&format!("\"record {n}\""))).collect();
    let objects = written(&settings, &records, 20).await;
    let texts: Vec<_> = objects.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts[..3],
        ["[\"record 0\",\"record 1\"]", "[\"record 2\",\"record 3\"]", "[\"record 4\"]"]
    );
    let files = &parse(texts[3])["ResultFiles"]["SUCCEEDED"];
    assert_eq!(files[2], json!({"Key": "out/id/SUCCEEDED_2.json", "Size": 12}));
}

#[tokio::test]
async fn without_records_there_is_a_manifest_only() {
    let settings = settings(OutputType::Json, Transformation::Flatten);
    let objects = written(&settings, &[succeeded("[]")], FILE_SIZE).await;
    assert_eq!(objects.len(), 1);
    let empty = json!({"FAILED": [], "PENDING": [], "SUCCEEDED": []});
    assert_eq!(parse(&objects[0].1)["ResultFiles"], empty);
}

#[tokio::test]
async fn large_results_are_written_in_parts() {
    let settings = settings(OutputType::JsonLines, Transformation::Compact);
    let large = succeeded(&format!("\"{}\"", "x".repeat(250_000)));
    let records = vec![large; 100];
    let objects = written(&settings, &records, FILE_SIZE).await;
    assert_eq!(objects[0].1.len(), 100 * 250_003);
    assert!(objects[0].1.lines().all(|line| line.len() == 250_002));
}

fn directory(path: &Path, access: Access) -> Buckets {
    Buckets::from_iter([("b".to_owned(), Bucket::directory(path, access).unwrap())])
}

#[tokio::test]
async fn a_directory_gets_files_when_they_are_whole() {
    let directory_ = tempfile::tempdir().unwrap();
    let buckets = directory(directory_.path(), Access::ReadWrite);
    let settings = settings(OutputType::Json, Transformation::Compact);
    let begin = || buckets.writer(&settings, &json!({"Bucket": "b"}), "arn", "id").unwrap();
    let file = directory_.path().join("id/SUCCEEDED_0.json");
    let mut writer = begin();
    writer.write(&succeeded("1")).await.unwrap();
    assert!(!file.exists());
    writer.abort().await;
    assert_eq!(fs::read_dir(directory_.path().join("id")).unwrap().count(), 0);
    let mut writer = begin();
    writer.write(&succeeded("1")).await.unwrap();
    assert_eq!(writer.finish().await.unwrap().key, "id/manifest.json");
    assert_eq!(fs::read_to_string(file).unwrap(), "[1]");
    assert_eq!(fs::read_dir(directory_.path().join("id")).unwrap().count(), 2);
}

#[tokio::test]
async fn results_do_not_lead_out_of_a_directory() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("in");
    fs::create_dir(&inner).unwrap();
    std::os::unix::fs::symlink(outer.path(), inner.join("up")).unwrap();
    let buckets = directory(&inner, Access::ReadWrite);
    let settings = settings(OutputType::Json, Transformation::Compact);
    for prefix in ["..", "a/../..", "/tmp", "up", "up/new"] {
        let arguments = json!({"Bucket": "b", "Prefix": prefix});
        let mut writer = buckets.writer(&settings, &arguments, "arn", "id").unwrap();
        writer.write(&succeeded("1")).await.unwrap_err();
        writer.finish().await.unwrap_err();
    }
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_may_not_be_written_is_refused() {
    let store = Arc::new(InMemory::new());
    let bucket = Bucket::memory(store, Access::ReadOnly);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let settings = settings(OutputType::Json, Transformation::None);
    for (arguments, error) in [
        (
            json!({"Bucket": "b"}),
            "The bucket `b` is granted for reading only. To let results be written to it, set \
             access = \"read-write\" in the table [buckets.b] of stepwell.toml.",
        ),
        (
            json!({"Bucket": "other"}),
            "The bucket `other` is not granted. Grant it in stepwell.toml: a table \
             [buckets.other] with `directory`, or with the `bucket` of an S3-style store.",
        ),
        (json!({}), "The argument `Bucket` of the ResultWriter is missing."),
        (
            json!({"Bucket": "b", "Prefix": 1}),
            "The argument `Prefix` of the ResultWriter is no string.",
        ),
    ] {
        let writer = buckets.writer(&settings, &arguments, "arn", "id");
        assert_eq!(writer.unwrap_err().to_string(), error);
    }
}
