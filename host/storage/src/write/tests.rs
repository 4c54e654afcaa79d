use std::{fs, path::Path, sync::Arc};

use futures::TryStreamExt as _;
use object_store::{ObjectStore as _, ObjectStoreExt as _, memory::InMemory};

use super::*;
use crate::Bucket;

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

/// What a writer writes of these results.
async fn written(
    output: OutputType,
    results: &[(Kind, Value)],
    file_size: u64,
) -> Vec<(String, String)> {
    let store = Arc::new(InMemory::new());
    let bucket = Bucket::memory(store.clone(), Access::ReadWrite);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let arguments = json!({"Bucket": "b", "Prefix": "out/"});
    let writer = buckets.writer(output, &arguments, "arn:mapRun", "id").unwrap();
    let mut writer = writer.with_file_size(file_size);
    for (kind, result) in results {
        writer.write(*kind, std::slice::from_ref(result)).await.unwrap();
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
async fn results_are_written_by_their_kind() {
    let results = [
        (Kind::Succeeded, json!([1])),
        (Kind::Failed, json!({"Error": "E"})),
        (Kind::Pending, json!({"Status": "PENDING"})),
        (Kind::Succeeded, json!("b\n")),
    ];
    let objects = written(OutputType::Json, &results, FILE_SIZE).await;
    let texts: Vec<_> =
        objects[..3].iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("out/id/FAILED_0.json", "[{\"Error\":\"E\"}]"),
            ("out/id/PENDING_0.json", "[{\"Status\":\"PENDING\"}]"),
            ("out/id/SUCCEEDED_0.json", "[[1],\"b\\n\"]"),
        ]
    );
    let file = |index: usize| json!({"Key": objects[index].0, "Size": objects[index].1.len()});
    assert_eq!(objects[3].0, "out/id/manifest.json");
    assert_eq!(
        parse(&objects[3].1),
        json!({
            "DestinationBucket": "b",
            "MapRunArn": "arn:mapRun",
            "ResultFiles": {"FAILED": [file(0)], "PENDING": [file(1)], "SUCCEEDED": [file(2)]},
        })
    );
    let objects = written(OutputType::JsonLines, &results, FILE_SIZE).await;
    assert_eq!(objects[2], ("out/id/SUCCEEDED_0.jsonl".into(), "[1]\n\"b\\n\"\n".into()));
}

#[tokio::test]
async fn a_file_that_is_full_is_followed_by_another() {
    let results: Vec<_> = (0..5).map(|n| (Kind::Succeeded, json!(format!("record {n}")))).collect();
    let objects = written(OutputType::Json, &results, 20).await;
    let texts: Vec<_> = objects.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts[..3],
        ["[\"record 0\",\"record 1\"]", "[\"record 2\",\"record 3\"]", "[\"record 4\"]"]
    );
    let files = &parse(texts[3])["ResultFiles"]["SUCCEEDED"];
    assert_eq!(files[2], json!({"Key": "out/id/SUCCEEDED_2.json", "Size": 12}));
}

#[tokio::test]
async fn without_results_there_is_a_manifest_only() {
    let objects = written(OutputType::Json, &[], FILE_SIZE).await;
    assert_eq!(objects.len(), 1);
    let empty = json!({"FAILED": [], "PENDING": [], "SUCCEEDED": []});
    assert_eq!(parse(&objects[0].1)["ResultFiles"], empty);
}

#[tokio::test]
async fn large_results_are_written_in_parts() {
    let results = vec![(Kind::Succeeded, json!("x".repeat(250_000))); 100];
    let objects = written(OutputType::JsonLines, &results, FILE_SIZE).await;
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
    let begin = || buckets.writer(OutputType::Json, &json!({"Bucket": "b"}), "arn", "id").unwrap();
    let file = directory_.path().join("id/SUCCEEDED_0.json");
    let mut writer = begin();
    writer.write(Kind::Succeeded, &[json!(1)]).await.unwrap();
    assert!(!file.exists());
    writer.abort().await;
    assert_eq!(fs::read_dir(directory_.path().join("id")).unwrap().count(), 0);
    let mut writer = begin();
    writer.write(Kind::Succeeded, &[json!(1)]).await.unwrap();
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
    for prefix in ["..", "a/../..", "/tmp", "up", "up/new"] {
        let arguments = json!({"Bucket": "b", "Prefix": prefix});
        let mut writer = buckets.writer(OutputType::Json, &arguments, "arn", "id").unwrap();
        writer.write(Kind::Succeeded, &[json!(1)]).await.unwrap_err();
        writer.finish().await.unwrap_err();
    }
    assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_may_not_be_written_is_refused() {
    let store = Arc::new(InMemory::new());
    let bucket = Bucket::memory(store, Access::ReadOnly);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
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
        let writer = buckets.writer(OutputType::Json, &arguments, "arn", "id");
        assert_eq!(writer.unwrap_err().to_string(), error);
    }
}
