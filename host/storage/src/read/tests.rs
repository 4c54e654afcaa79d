use std::{
    io::{BufWriter, Write as _},
    sync::Arc,
};

use flate2::{Compression, write::GzEncoder};
use futures::StreamExt as _;
use object_store::{ObjectStoreExt as _, memory::InMemory, path::Path};
use serde_json::{Value, json};
use stepwell_asl::definition::{Csv, CsvHeaders, Format, Reads};

use super::*;
use crate::{Bucket, Buckets};

mod any;
mod csv;
mod json;
mod manifest;
mod parquet;

/// A bucket `b` in memory with these objects.
async fn bucket(objects: &[(&str, &[u8])]) -> Buckets {
    let store = Arc::new(InMemory::new());
    for (key, bytes) in objects {
        store.put(&Path::parse(key).unwrap(), bytes.to_vec().into()).await.unwrap();
    }
    Buckets::from_iter([("b".to_owned(), Bucket::memory(store, Access::ReadOnly))])
}

/// All items, or the error's text.
async fn all(items: Items) -> Result<Vec<Item>, String> {
    let items: Vec<_> = items.collect().await;
    items.into_iter().map(|item| item.map_err(|error| error.to_string())).collect()
}

async fn values(buckets: &Buckets, reads: &Reads, arguments: Value) -> Result<Value, String> {
    let items = all(buckets.read(reads, &arguments, None)).await?;
    Ok(items.into_iter().map(|item| item.value.into_value()).collect())
}

/// The items of one object.
async fn of(format: Format, bytes: &[u8]) -> Result<Value, String> {
    let buckets = bucket(&[("k", bytes)]).await;
    values(&buckets, &Reads::Object(format), json!({"Bucket": "b", "Key": "k"})).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn comma(headers: CsvHeaders) -> Format {
    Format::Csv(Csv { headers, delimiter: b',' })
}

#[tokio::test]
async fn lines_are_items() {
    let text = b"\xef\xbb\xbf{\"a\": 1.50}\r\n\n  \n[\"\\u00e4\"]\nnull";
    assert_eq!(of(Format::JsonLines, text).await, Ok(json!([{"a": 1.5}, ["ä"], null])));
    assert_eq!(of(Format::JsonLines, b"").await, Ok(json!([])));
}

#[tokio::test]
async fn a_line_that_is_no_json_is_named() {
    assert_eq!(
        of(Format::JsonLines, b"1\n\n{\"a\":}\n").await.unwrap_err(),
        "S3://b/k cannot be read as JSON Lines: expected value at line 3 column 6"
    );
}

#[tokio::test]
async fn an_item_has_256_kibibytes_at_most() {
    let item = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    let text = format!("1\n{}\n", item(MAX_ITEM));
    assert_eq!(of(Format::JsonLines, text.as_bytes()).await.unwrap()[0], 1);
    let error = "Item 1 of S3://b/k is larger than 262144 bytes, the most an item may have.";
    for size in [MAX_ITEM + 1, 3 << 20] {
        let lines = format!("1\n{}\n", item(size));
        assert_eq!(of(Format::JsonLines, lines.as_bytes()).await.unwrap_err(), error);
        let array = format!("[1,{}]", item(size));
        let format = Format::Json { pointer: None };
        assert_eq!(of(format, array.as_bytes()).await.unwrap_err(), error);
        let rows = format!("a\n1\n{}\n", "x".repeat(size));
        let format = comma(CsvHeaders::FirstRow);
        assert_eq!(of(format, rows.as_bytes()).await.unwrap_err(), error);
    }
}

#[tokio::test]
async fn compressed_text_is_decompressed() {
    assert_eq!(of(Format::JsonLines, &gzip(b"\xef\xbb\xbf1\n2\n")).await, Ok(json!([1, 2])));
    let whole = gzip(b"1\n2\n");
    let error = of(Format::JsonLines, &whole[..whole.len() - 9]).await.unwrap_err();
    assert!(error.starts_with("S3://b/k cannot be read as "), "{error}");
}

#[tokio::test]
async fn no_more_items_are_read_than_are_wanted() {
    let buckets = bucket(&[("k", b"1\n2\n3\nnot json")]).await;
    let read = async |max| {
        let reads = Reads::Object(Format::JsonLines);
        let items = buckets.read(&reads, &json!({"Bucket": "b", "Key": "k"}), max);
        all(items).await.map(|items| items.len())
    };
    assert_eq!(read(Some(1)).await, Ok(1));
    assert_eq!(read(Some(3)).await, Ok(3));
    // 0 is all of them, as recorded.
    read(Some(0)).await.unwrap_err();
    read(Some(4)).await.unwrap_err();
    read(None).await.unwrap_err();
}

#[tokio::test]
async fn items_say_where_they_are_from() {
    let buckets = bucket(&[("a/k", b"1"), ("a/l", b"2\n3")]).await;
    let sources = async |reads: Reads, arguments: Value| {
        let items = all(buckets.read(&reads, &arguments, None)).await.unwrap();
        items.iter().map(|item| item.source.to_string()).collect::<Vec<_>>()
    };
    let object = sources(Reads::Object(Format::JsonLines), json!({"Bucket": "b", "Key": "a/l"}));
    assert_eq!(object.await, ["S3://b/a/l", "S3://b/a/l"]);
    assert_eq!(sources(Reads::Listing, json!({"Bucket": "b"})).await, ["S3://b", "S3://b"]);
    let listed = sources(Reads::ListedObjects(Format::JsonLines), json!({"Bucket": "b"}));
    assert_eq!(listed.await, ["S3://b/a/k", "S3://b/a/l", "S3://b/a/l"]);
}

#[tokio::test]
async fn a_listing_tells_what_is_known_of_each_object() {
    let buckets = bucket(&[("a/2024-01", b"1"), ("a/2024-02", b"22"), ("a/2025", b""), ("b", b"")]);
    let buckets = buckets.await;
    let listed = async |arguments| values(&buckets, &Reads::Listing, arguments).await.unwrap();
    let objects = listed(json!({"Bucket": "b", "Prefix": "a/2024-"})).await;
    let keys: Vec<_> = objects.as_array().unwrap().iter().map(|item| &item["Key"]).collect();
    assert_eq!(keys, ["a/2024-01", "a/2024-02"]);
    let object = objects[1].as_object().unwrap();
    let names: Vec<_> = object.keys().collect();
    assert_eq!(names, ["Etag", "Key", "LastModified", "Size", "StorageClass"]);
    assert_eq!(object["Size"], 2);
    assert_eq!(object["StorageClass"], "STANDARD");
    assert!(object["LastModified"].as_i64().unwrap() > 1_700_000_000);
    let tag = object["Etag"].as_str().unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    assert_eq!(listed(json!({"Bucket": "b", "Prefix": "nothing"})).await, json!([]));
    assert_eq!(listed(json!({"Bucket": "b"})).await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn listed_objects_are_read_one_after_the_other() {
    let buckets = bucket(&[("a/1", b"[1,2]"), ("a/2", b""), ("a/3", b"[3]"), ("c", b"[4]")]).await;
    let reads = Reads::ListedObjects(Format::Json { pointer: None });
    let read = values(&buckets, &reads, json!({"Bucket": "b", "Prefix": "a/"})).await;
    assert_eq!(read, Ok(json!([1, 2, 3])));
    let items = buckets.read(&reads, &json!({"Bucket": "b"}), Some(3));
    assert_eq!(all(items).await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let buckets = bucket(&[]).await;
    let reads = Reads::Object(Format::JsonLines);
    for (arguments, error) in [
        (json!(null), "The argument `Bucket` of the ItemReader is missing."),
        (json!({"Key": "k"}), "The argument `Bucket` of the ItemReader is missing."),
        (json!({"Bucket": "b"}), "The argument `Key` of the ItemReader is missing."),
        (json!({"Bucket": 1}), "The argument `Bucket` of the ItemReader is no string."),
        (
            json!({"Bucket": "b", "Key": "k", "Range": "0-9"}),
            "The argument `Range` of the ItemReader is not one that is read.",
        ),
        (
            json!({"Bucket": "my.data", "Key": "k"}),
            "The bucket `my.data` is not granted. Grant it in stepwell.toml: a table \
             [buckets.\"my.data\"] with `directory`, or with the `bucket` of an S3-style store.",
        ),
        (json!({"Bucket": "b", "Key": "k"}), "The bucket `b` has no object `k`."),
    ] {
        let read = values(&buckets, &reads, arguments.clone()).await;
        assert_eq!(read.unwrap_err(), error, "{arguments}");
    }
    let error = values(&buckets, &reads, json!({"Bucket": "b", "Key": "a/../k"})).await;
    let error = error.unwrap_err();
    assert!(error.starts_with("`a/../k` cannot be a key in the bucket `b`: "), "{error}");
    let error = values(&buckets, &reads, json!({"Bucket": "b", "Key": "/k"})).await;
    assert_eq!(
        error.unwrap_err(),
        "`/k` cannot be a key in the bucket `b`: it starts or ends with a slash, and the store's \
         client cannot ask for it."
    );
    let granted = Bucket::memory(Arc::new(InMemory::new()), Access::ReadOnly);
    let buckets = Buckets::from_iter([("orders".to_owned(), granted)]);
    let error = values(&buckets, &Reads::Listing, json!({"Bucket": "order"})).await.unwrap_err();
    assert!(error.contains("is not granted; did you mean `orders`? Grant it"), "{error}");
}

#[tokio::test]
async fn an_object_that_changes_while_it_is_read_fails_the_reader() {
    let store = Arc::new(InMemory::new());
    let key = Path::from("k");
    let lines = |line: &str, bytes: usize| line.repeat(bytes / line.len());
    store.put(&key, lines("\"first\"\n", object::CHUNK * 2).into()).await.unwrap();
    let bucket = Bucket::memory(store.clone(), Access::ReadOnly);
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let reads = Reads::Object(Format::JsonLines);
    let mut items = buckets.read(&reads, &json!({"Bucket": "b", "Key": "k"}), None);
    items.next().await.unwrap().unwrap();
    store.put(&key, lines("\"other\"\n", object::CHUNK * 2).into()).await.unwrap();
    let error = all(items).await.unwrap_err();
    assert_eq!(error, "S3://b/k was changed while it was read.");
}

#[tokio::test]
async fn a_million_rows_are_read_no_further_ahead_than_the_channel_is_long() {
    let directory = tempfile::tempdir().unwrap();
    let mut file =
        BufWriter::new(std::fs::File::create(directory.path().join("rows.csv")).unwrap());
    writeln!(file, "id,name").unwrap();
    for row in 0..1_000_000 {
        writeln!(file, "{row},\"name of\n{row}\"").unwrap();
    }
    file.into_inner().unwrap();
    let bucket = Bucket::directory(directory.path(), Access::ReadOnly).unwrap();
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let arguments = json!({"Bucket": "b", "Key": "rows.csv"});
    let reads = Reads::Object(comma(CsvHeaders::FirstRow));
    let mut items = buckets.read(&reads, &arguments, None);
    let mut count = 0_usize;
    while let Some(item) = items.next().await {
        let item = item.unwrap();
        assert_eq!(item.value.value()["id"], count.to_string());
        // What was read and not yet taken is in the channel.
        assert!(items.0.len() <= AHEAD);
        count += 1;
    }
    assert_eq!(count, 1_000_000);
    assert_eq!(items.0.max_capacity(), AHEAD);
}

#[tokio::test]
async fn a_decoder_that_panics_fails_the_reader() {
    let panic = catch_unwind(|| panic!("at row {}", 3)).unwrap_err();
    let place = Place::object("b", "k");
    let error = Error::Panicked { place, cause: message(&*panic) };
    assert_eq!(error.to_string(), "S3://b/k made its decoder panic: at row 3");
}
