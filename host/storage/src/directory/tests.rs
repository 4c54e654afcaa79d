use std::{fs, os::unix};

use futures::StreamExt as _;
use serde_json::{Value, json};
use stepwell_asl::definition::{Format, Reads};

use crate::{Access, Bucket, Buckets};

/// A granted directory `in`, and a file beside it that is not granted.
fn directory() -> (tempfile::TempDir, Buckets) {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("in/below")).unwrap();
    fs::create_dir_all(directory.path().join("out")).unwrap();
    fs::write(directory.path().join("out/secret"), "\"secret\"").unwrap();
    fs::write(directory.path().join("in/file"), "\"file\"").unwrap();
    fs::write(directory.path().join("in/below/b"), "\"b\"").unwrap();
    fs::write(directory.path().join("in/below.txt"), "\"txt\"").unwrap();
    let bucket = Bucket::directory(&directory.path().join("in"), Access::ReadOnly).unwrap();
    (directory, Buckets::from_iter([("data".to_owned(), bucket)]))
}

async fn read(buckets: &Buckets, reads: &Reads, arguments: Value) -> Result<Vec<Value>, String> {
    let items: Vec<_> = buckets.read(reads, &arguments, None).collect().await;
    items
        .into_iter()
        .map(|item| item.map(|item| item.value.into_value()).map_err(|error| error.to_string()))
        .collect()
}

async fn object(buckets: &Buckets, key: &str) -> Result<Vec<Value>, String> {
    let arguments = json!({"Bucket": "data", "Key": key});
    read(buckets, &Reads::Object(Format::JsonLines), arguments).await
}

async fn keys(buckets: &Buckets, prefix: &str) -> Vec<String> {
    let arguments = json!({"Bucket": "data", "Prefix": prefix});
    let items = read(buckets, &Reads::Listing, arguments).await.unwrap();
    items.iter().map(|item| item["Key"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn files_are_objects() {
    let (_directory, buckets) = directory();
    assert_eq!(object(&buckets, "below/b").await, Ok(vec![json!("b")]));
    assert_eq!(keys(&buckets, "").await, ["below.txt", "below/b", "file"]);
    assert_eq!(keys(&buckets, "below").await, ["below.txt", "below/b"]);
    assert_eq!(keys(&buckets, "below/").await, ["below/b"]);
    assert_eq!(keys(&buckets, "f").await, ["file"]);
    assert_eq!(keys(&buckets, "none/").await, Vec::<String>::new());
    for key in ["none", "below", "file/none"] {
        let error = object(&buckets, key).await.unwrap_err();
        assert_eq!(error, format!("The bucket `data` has no object `{key}`."));
    }
}

#[tokio::test]
async fn keys_do_not_lead_out() {
    let (directory, buckets) = directory();
    let absolute = directory.path().join("out/secret").display().to_string();
    for (key, cause) in [
        ("../out/secret", "it has `..` in it, and a granted directory is not left"),
        ("below/../../out/secret", "it has `..` in it, and a granted directory is not left"),
        (&absolute, "it starts with a slash, and a granted directory is not left"),
        ("./file", "it has `.` in it, which names no file"),
        ("below//b", "a part of it between slashes is empty, and no file's name is"),
        ("", "it is empty"),
        ("a\0b", "it has NUL in it"),
    ] {
        assert_eq!(
            object(&buckets, key).await.unwrap_err(),
            format!("`{key}` cannot be a key in the bucket `data`: {cause}.")
        );
    }
    for prefix in ["../", "../out/", "/", "below/../../out/"] {
        assert_eq!(keys(&buckets, prefix).await, Vec::<String>::new(), "{prefix}");
    }
}

#[tokio::test]
async fn symbolic_links_do_not_lead_out() {
    let (directory, buckets) = directory();
    let inside = directory.path().join("in");
    for (target, link) in [
        (directory.path().join("out/secret"), "absolute"),
        ("../out/secret".into(), "relative"),
        (directory.path().join("out"), "folder"),
        ("..".into(), "up"),
        ("below".into(), "circle"),
        ("below/b".into(), "good"),
        ("nowhere".into(), "dangling"),
    ] {
        unix::fs::symlink(target, inside.join(link)).unwrap();
    }
    for key in ["absolute", "relative", "folder/secret", "up/out/secret"] {
        let error = object(&buckets, key).await.unwrap_err();
        assert!(error.starts_with(&format!("S3://data/{key} cannot be read: ")), "{error}");
    }
    assert_eq!(object(&buckets, "good").await, Ok(vec![json!("b")]));
    assert_eq!(keys(&buckets, "").await, ["below.txt", "below/b", "file", "good"]);
    let arguments = json!({"Bucket": "data", "Prefix": "folder/"});
    let listed = read(&buckets, &Reads::Listing, arguments).await;
    assert!(listed.as_ref().is_err_and(|e| e.contains("cannot be listed: ")), "{listed:?}");
}

#[tokio::test]
async fn a_directory_stays_the_one_that_was_granted() {
    let (directory, buckets) = directory();
    fs::rename(directory.path().join("in"), directory.path().join("moved")).unwrap();
    unix::fs::symlink(directory.path().join("out"), directory.path().join("in")).unwrap();
    assert_eq!(object(&buckets, "file").await, Ok(vec![json!("file")]));
    object(&buckets, "secret").await.unwrap_err();
}

#[tokio::test]
async fn a_directory_keeps_no_versions() {
    let (_directory, buckets) = directory();
    let arguments = json!({"Bucket": "data", "Key": "file", "VersionId": "1"});
    assert_eq!(
        read(&buckets, &Reads::Object(Format::JsonLines), arguments).await.unwrap_err(),
        "S3://data/file cannot be read: a directory keeps no versions (VersionId)"
    );
}
