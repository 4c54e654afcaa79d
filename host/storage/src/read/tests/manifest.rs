use super::*;

#[tokio::test]
async fn the_objects_of_an_athena_manifest_are_read() {
    let lines = gzip(b"{\"a\": 3}\n");
    let buckets = bucket(&[
        ("out/manifest.csv", b"s3://b/out/1\n\n\"s3://b/out/2\"\r\ns3://b/out/3.gz"),
        ("out/1", b"{\"a\": 1}\n{\"a\": 2}\n"),
        ("out/2", b""),
        ("out/3.gz", &lines),
    ])
    .await;
    let arguments = json!({"Bucket": "b", "Key": "out/manifest.csv"});
    let reads = Reads::AthenaManifest(Format::JsonLines);
    let items = all(buckets.read(&reads, &arguments, None)).await.unwrap();
    let read: Vec<_> = items.iter().map(|item| (item.value.text(), item.source.as_str())).collect();
    assert_eq!(
        read,
        [
            ("{\"a\":1}", "S3://b/out/1"),
            ("{\"a\":2}", "S3://b/out/1"),
            ("{\"a\":3}", "S3://b/out/3.gz"),
        ]
    );
    let cut = all(buckets.read(&reads, &arguments, Some(2))).await.unwrap();
    assert_eq!(cut.len(), 2);
}

#[tokio::test]
async fn a_manifest_reaches_no_bucket_that_is_not_granted() {
    let buckets = bucket(&[("m", b"s3://b/1\ns3://other/1\n"), ("n", b"file"), ("1", b"1")]).await;
    let reads = Reads::AthenaManifest(Format::JsonLines);
    let error = values(&buckets, &reads, json!({"Bucket": "b", "Key": "m"})).await.unwrap_err();
    assert!(error.starts_with("The bucket `other` is not granted."), "{error}");
    assert_eq!(
        values(&buckets, &reads, json!({"Bucket": "b", "Key": "n"})).await.unwrap_err(),
        "S3://b/n cannot be read as a manifest of ATHENA_DATA: `file` is no `s3://bucket/key`"
    );
}

#[tokio::test]
async fn the_rows_of_an_inventory_are_read() {
    let manifest = |format: &str| {
        json!({
            "sourceBucket": "source",
            "destinationBucket": "arn:aws:s3:::b",
            "version": "2016-11-30",
            "creationTimestamp": "1464588000000",
            "fileFormat": format,
            "fileSchema": "Bucket, Key, Size",
            "files": [{"key": "inv/1.csv.gz", "size": 1, "MD5checksum": "x"}],
        })
        .to_string()
    };
    let rows = gzip(b"\"source\",\"a%20b\",\"12\"\n\"source\",\"c\",\"\"\n");
    let buckets = bucket(&[
        ("inv/manifest.json", manifest("CSV").as_bytes()),
        ("inv/orc.json", manifest("ORC").as_bytes()),
        ("inv/broken.json", b"{}"),
        ("inv/1.csv.gz", &rows),
    ])
    .await;
    let read =
        async |key| values(&buckets, &Reads::Inventory, json!({"Bucket": "b", "Key": key})).await;
    assert_eq!(
        read("inv/manifest.json").await,
        Ok(json!([
            {"Bucket": "source", "Key": "a%20b", "Size": "12"},
            {"Bucket": "source", "Key": "c", "Size": ""},
        ]))
    );
    assert_eq!(
        read("inv/orc.json").await.unwrap_err(),
        "S3://b/inv/orc.json cannot be read as a manifest of S3_INVENTORY: its fileFormat is ORC, \
         and only CSV is read"
    );
    assert_eq!(
        read("inv/broken.json").await.unwrap_err(),
        "S3://b/inv/broken.json cannot be read as a manifest of S3_INVENTORY: missing field \
         `destinationBucket` at line 1 column 2"
    );
}
