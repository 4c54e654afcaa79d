//! `s3:getObject`, `putObject` and what else there is for objects, and `aws-sdk:s3:...`.

use serde_json::json;

use crate::{servers::Moto, world::World};

#[tokio::test]
async fn objects_are_written_and_read() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["s3", "aws-sdk"]).await;
    world.output("aws-sdk:s3:createBucket", json!({ "Bucket": "orders" })).await;

    // The three bodies that were recorded on AWS, with their digests and checksums there.
    for (body, text, etag, checksum) in [
        (
            json!({ "Dict": "Value" }),
            r#"{"Dict":"Value"}"#,
            "49e31cee5aec8faf3345893addb14346",
            "hnEfWw==",
        ),
        (json!(0), "0", "cfcd208495d565ef66e7dff9f98764da", "9NvfIQ=="),
        (json!("text data"), "text data", "332eec544317a6d340b8e77da7fe54ad", ""),
    ] {
        let input = json!({
            "Bucket": "orders", "Key": "a b/ü+1", "Body": body, "Metadata": { "kind": "test" },
        });
        let output = world.output("s3:putObject", input).await;
        assert_eq!(output["ETag"], format!("\"{etag}\""));
        if !checksum.is_empty() {
            assert_eq!(output["ChecksumCRC32"], checksum);
        }
        let get = json!({ "Bucket": "orders", "Key": "a b/ü+1" });
        for resource in ["s3:getObject", "aws-sdk:s3:getObject"] {
            let output = world.output(resource, get.clone()).await;
            assert_eq!(output["Body"], text);
            assert_eq!(output["ContentLength"], text.len());
            assert_eq!(output["ContentType"], "text/plain; charset=UTF-8");
            assert_eq!(output["Metadata"], json!({ "kind": "test" }));
            let modified = output["LastModified"].as_str().unwrap();
            assert!(modified.contains('T') && modified.ends_with('Z'), "{modified}");
            assert_eq!(output.as_object().unwrap().keys().next_back().unwrap(), "Body");
        }
    }

    let list =
        world.output("s3:listObjectsV2", json!({ "Bucket": "orders", "Prefix": "a b" })).await;
    assert_eq!((&list["KeyCount"], &list["IsTruncated"]), (&json!(1), &json!(false)));
    assert_eq!(list["Contents"][0]["Key"], "a b/ü+1");
    assert_eq!(list["Contents"][0]["Size"], 9);

    let head = world.output("s3:headObject", json!({ "Bucket": "orders", "Key": "a b/ü+1" })).await;
    assert_eq!(head["ContentLength"], 9);
    let delete = json!({ "Bucket": "orders", "Delete": { "Objects": [{ "Key": "a b/ü+1" }] } });
    let deleted = world.output("aws-sdk:s3:deleteObjects", delete).await;
    assert_eq!(deleted["Deleted"], json!([{ "Key": "a b/ü+1" }]));
}

#[tokio::test]
async fn what_is_not_there_is_told_by_name() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["s3", "aws-sdk"]).await;
    let (error, cause) =
        world.failure("aws-sdk:s3:listObjects", json!({ "Bucket": "no-such-bucket" })).await;
    assert_eq!(error, "S3.NoSuchBucketException");
    let told = "The specified bucket does not exist (Service: S3, Status Code: 404, Request ID: ";
    assert!(cause.starts_with(told), "{cause}");

    world.output("aws-sdk:s3:createBucket", json!({ "Bucket": "orders" })).await;
    let none = json!({ "Bucket": "orders", "Key": "none" });
    let (error, cause) = world.failure("s3:getObject", none.clone()).await;
    assert_eq!(error, "S3.NoSuchKeyException");
    assert!(
        cause.starts_with("The specified key does not exist. (Service: S3, Status Code: 404"),
        "{cause}"
    );
    assert_eq!(world.failure("s3:headObject", none).await.0, "S3.NoSuchKeyException");
}
