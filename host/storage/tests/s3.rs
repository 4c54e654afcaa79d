//! A bucket of an S3-style store, over the protocol: requests are signed, and the server checks it.

mod server;

use std::path::Path;

use bytes::Bytes;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use stepwell_asl::definition::{Csv, CsvHeaders, Format, OutputType, Reads};
use stepwell_storage::{Bucket, Buckets, Config, Item, write::Kind};

use self::server::Server;

/// The bucket `b`, with this secret.
fn bucket(server: &Server, secret: &str) -> Bucket {
    let text = format!(
        r#"
        bucket = "real-name"
        endpoint = "{}"
        allow-http = true
        access-key-id-env = "KEY"
        secret-access-key-env = "SECRET"
        access = "read-write"
        "#,
        server.url
    );
    let config: Config = toml::from_str(&text).unwrap();
    let variable = |name: &str| match name {
        "KEY" => Some(server::KEY.to_owned()),
        "SECRET" => Some(secret.to_owned()),
        _ => None,
    };
    config.open(Path::new("."), variable).unwrap()
}

fn buckets(server: &Server) -> Buckets {
    Buckets::from_iter([("b".to_owned(), bucket(server, server::SECRET))])
}

async fn read(buckets: &Buckets, reads: &Reads, arguments: Value) -> Result<Vec<Item>, String> {
    buckets.read(reads, &arguments, None).try_collect().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn objects_are_read_by_ranges() {
    let rows: String = (0..400_000).map(|n| format!("{n},text of row {n}\n")).collect();
    assert!(rows.len() > 8 << 20);
    let server = Server::start([("data/rows.csv", Bytes::from(rows))]).await;
    let headers = CsvHeaders::Given(vec!["n".to_owned(), "text".to_owned()]);
    let reads = Reads::Object(Format::Csv(Csv { headers, delimiter: b',' }));
    let arguments = json!({"Bucket": "b", "Key": "data/rows.csv"});
    let items = read(&buckets(&server), &reads, arguments).await.unwrap();
    assert_eq!(items.len(), 400_000);
    assert_eq!(items[399_999].value.value()["text"], "text of row 399999");
    assert_eq!(items[0].source.as_str(), "S3://b/data/rows.csv");
}

#[tokio::test]
async fn objects_are_listed_page_by_page_and_by_any_prefix() {
    let keys: Vec<_> = (0..25).map(|n| format!("a/part-{n:02}")).collect();
    let objects = keys.iter().map(|key| (key.as_str(), Bytes::from(format!("\"{key}\""))));
    let objects = objects.chain([("a/other", Bytes::new())]);
    let server = Server::start(objects).await;
    let arguments = json!({"Bucket": "b", "Prefix": "a/part-"});
    let listed = read(&buckets(&server), &Reads::Listing, arguments.clone()).await.unwrap();
    let found: Vec<_> = listed.iter().map(|item| item.value.value()["Key"].clone()).collect();
    assert_eq!(found, keys);
    let first = listed[0].value.value();
    assert_eq!(first["Size"], 11);
    assert!(first["Etag"].as_str().unwrap().starts_with('"'), "{first}");
    let reads = Reads::ListedObjects(Format::JsonLines);
    let items = read(&buckets(&server), &reads, arguments).await.unwrap();
    assert_eq!(items.len(), 25);
}

#[tokio::test]
async fn large_results_are_uploaded_in_parts() {
    let server = Server::start([]).await;
    let arguments = json!({"Bucket": "b", "Prefix": "out"});
    let mut writer =
        buckets(&server).writer(OutputType::JsonLines, &arguments, "arn", "id").unwrap();
    let output = [json!("x".repeat(200_000))];
    for _ in 0..100 {
        writer.write(Kind::Succeeded, &output).await.unwrap();
    }
    assert_eq!(writer.finish().await.unwrap().key, "out/id/manifest.json");
    let results = server.object("out/id/SUCCEEDED_0.jsonl").unwrap();
    assert_eq!(results.len(), 100 * 200_003);
    assert!(server.parts() > 1);
    let manifest: Value =
        serde_json::from_slice(&server.object("out/id/manifest.json").unwrap()).unwrap();
    assert_eq!(manifest["ResultFiles"]["SUCCEEDED"][0]["Size"], results.len());
}

#[tokio::test]
async fn what_the_store_refuses_is_told() {
    let server = Server::start([("k", Bytes::from("1"))]).await;
    let reads = Reads::Object(Format::JsonLines);
    let missing = read(&buckets(&server), &reads, json!({"Bucket": "b", "Key": "none"})).await;
    assert_eq!(missing.unwrap_err(), "The bucket `b` has no object `none`.");
    let forged = Buckets::from_iter([("b".to_owned(), bucket(&server, "another secret"))]);
    let error = read(&forged, &Reads::Listing, json!({"Bucket": "b"})).await.unwrap_err();
    assert!(error.starts_with("S3://b/ cannot be listed: "), "{error}");
    assert!(error.contains("SignatureDoesNotMatch"), "{error}");
}
