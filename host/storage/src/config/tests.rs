use std::collections::BTreeMap;

use super::*;

fn read(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

#[test]
fn a_directory_is_read() {
    assert_eq!(
        read("directory = \"data\"").unwrap(),
        Config { location: Location::Directory("data".into()), access: Access::ReadOnly }
    );
    let config = read("directory = \"data\"\naccess = \"read-write\"").unwrap();
    assert_eq!(config.access, Access::ReadWrite);
}

#[test]
fn a_bucket_of_a_store_is_read() {
    let config = read(
        r#"
        bucket = "acme"
        endpoint = "http://127.0.0.1:9000"
        allow-http = true
        access-key-id-env = "KEY"
        secret-access-key-env = "SECRET"
        "#,
    );
    let location = Location::S3(S3 {
        bucket: "acme".to_owned(),
        endpoint: Some("http://127.0.0.1:9000".to_owned()),
        region: "us-east-1".to_owned(),
        credentials: Credentials::Variables {
            access_key_id: "KEY".to_owned(),
            secret_access_key: "SECRET".to_owned(),
            session_token: None,
        },
    });
    assert_eq!(config.unwrap(), Config { location, access: Access::ReadOnly });
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (text, error) in [
        ("", "a bucket needs `directory`, or the `bucket` of an S3-style store"),
        (
            "directory = \"data\"\nregion = \"eu-west-1\"",
            "`region` is for the bucket of an S3-style store, and this one is a directory",
        ),
        (
            "bucket = \"b\"\nendpoint = \"http://minio\"",
            "the endpoint `http://minio` is not https: whoever is on the way reads and changes \
             what is sent. Set allow-http = true if that is meant",
        ),
        (
            "bucket = \"b\"\nendpoint = \"minio:9000\"",
            "the endpoint `minio:9000` is no URL: it must start with https:// or http://",
        ),
        (
            "bucket = \"b\"\naccess-key-id-env = \"KEY\"",
            "`secret-access-key-env` is missing: an access key has an id and a secret",
        ),
        (
            "bucket = \"b\"\nsession-token-env = \"TOKEN\"",
            "`access-key-id-env` is missing: an access key has an id and a secret",
        ),
    ] {
        assert_eq!(read(text).unwrap_err(), error, "{text}");
    }
    assert!(read("folder = \"x\"").unwrap_err().starts_with("unknown field `folder`, expected"));
    assert!(read("directory = \"x\"\naccess = \"all\"").unwrap_err().contains("`read-write`"));
}

#[test]
fn errors_have_a_place() {
    let tables = "[buckets.a]\ndirectory = \"a\"\n[buckets.b]\nregion = \"x\"\n";
    let error = toml::from_str::<BTreeMap<String, BTreeMap<String, Config>>>(tables).unwrap_err();
    assert!(error.to_string().contains("line 3"), "{error}");
}

#[test]
fn a_directory_is_opened_and_made_if_it_may_be_written_to() {
    let project = tempfile::tempdir().unwrap();
    let open = |text: &str| read(text).unwrap().open(project.path(), |_| None);
    let error = open("directory = \"data\"").unwrap_err().to_string();
    let path = project.path().join("data").display().to_string();
    let expected =
        format!("cannot open the directory {path}: No such file or directory (os error 2)");
    assert_eq!(error, expected);
    open("directory = \"data\"\naccess = \"read-write\"").unwrap();
    assert!(project.path().join("data").is_dir());
    let bucket = open("directory = \"data\"").unwrap();
    assert_eq!(bucket.access(), Access::ReadOnly);
}

#[test]
fn credentials_come_from_the_variables_that_are_named() {
    let config = read(
        "bucket = \"b\"\naccess-key-id-env = \"KEY\"\nsecret-access-key-env = \"SECRET\"\n\
         session-token-env = \"TOKEN\"",
    );
    let config = config.unwrap();
    let open = |set: &[&str]| {
        let variable = |name: &str| set.contains(&name).then(|| "x".to_owned());
        config.open(Path::new("."), variable).map(|_| ()).map_err(|error| error.to_string())
    };
    let missing = |name: &str| {
        Err(format!("the environment variable `{name}` is not set; credentials are read from it"))
    };
    assert_eq!(open(&[]), missing("KEY"));
    assert_eq!(open(&["KEY"]), missing("SECRET"));
    assert_eq!(open(&["KEY", "SECRET"]), missing("TOKEN"));
    assert_eq!(open(&["KEY", "SECRET", "TOKEN"]), Ok(()));
    let standard = read("bucket = \"b\"").unwrap();
    let half = |name: &str| (name == "AWS_ACCESS_KEY_ID").then(|| "x".to_owned());
    let error = standard.open(Path::new("."), half).unwrap_err().to_string();
    assert_eq!(Err(error), missing("AWS_SECRET_ACCESS_KEY"));
    standard.open(Path::new("."), |_| None).unwrap();
}
