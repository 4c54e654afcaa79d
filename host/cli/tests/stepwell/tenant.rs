//! `stepwell tenant`.

use std::path::Path;

use serde_json::{Value, json};

use super::{stderr, stdout, stepwell};

/// Runs a command that is to succeed on a data directory.
fn done(data: &Path, arguments: &[&str]) -> String {
    let data = data.to_str().unwrap();
    let output = stepwell(&[&["tenant"], arguments, &["--data", data]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

fn refused(arguments: &[&str]) -> String {
    let output = stepwell(arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    stderr(&output)
}

#[test]
fn a_tenant_has_keys_that_are_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let shown = data.display();
    assert_eq!(
        done(&data, &["add", "payments", "--account", "111111111111"]),
        format!(
            "tenant 111111111111 (payments) is added; `stepwell tenant keys create 111111111111 \
             --data {shown}` makes it an access key\n"
        )
    );
    assert!(folder.path().join("data.key").is_file());
    assert_eq!(
        done(&data, &["keys", "list", "111111111111"]),
        "tenant 111111111111 (payments) has no access keys\n"
    );
    let created = done(&data, &["keys", "create", "111111111111", "--json"]);
    let key: Value = serde_json::from_str(&created).unwrap();
    let (id, secret) = (key["id"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let shown = done(&data, &["keys", "create", "111111111111"]);
    assert!(shown.ends_with("\nThe secret is shown this once.\n"), "{shown}");
    assert_eq!(
        done(&data, &["keys", "disable", id]),
        format!("access key {id} of tenant 111111111111 (payments) is disabled\n")
    );
    let listed = done(&data, &["list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["tenants"][0]["account"], "111111111111");
    assert_eq!(listed["tenants"][0]["keys"][0]["id"], id);
    assert_eq!(listed["tenants"][0]["keys"][0]["enabled"], json!(false));
    let keys = done(&data, &["keys", "list", "111111111111"]);
    assert!(keys.trim_start().starts_with("access key"), "{keys}");
    assert!(keys.contains(id) && keys.contains("disabled"), "{keys}");
    assert_eq!(
        done(&data, &["keys", "delete", id]),
        format!("access key {id} of tenant 111111111111 (payments) is deleted\n")
    );
    assert_eq!(
        done(&data, &["disable", "111111111111"]),
        "tenant 111111111111 (payments) is disabled\n"
    );
    let tenants = done(&data, &["list"]);
    assert!(tenants.contains("111111111111") && tenants.contains("disabled"), "{tenants}");
    assert_eq!(
        done(&data, &["enable", "111111111111"]),
        "tenant 111111111111 (payments) is enabled\n"
    );
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{} reveals a secret", path.display());
    }
}

#[test]
fn what_cannot_be_done_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    assert_eq!(
        refused(&["tenant", "list", "--data", data]),
        format!("error: {data} is no data directory of a host\n")
    );
    let add = ["tenant", "add", "payments", "--account", "111111111111", "--data", data];
    assert_eq!(stepwell(&add).status.code(), Some(0));
    assert_eq!(refused(&add), "error: there is a tenant 111111111111 already\n");
    let key = format!("{data}.key");
    std::fs::remove_file(&key).unwrap();
    assert_eq!(
        refused(&["tenant", "list", "--data", data]),
        format!(
            "error: the host key {key} is missing, and the access keys in the data directory \
             cannot be read without it: put it back, or name its place with --host-key\n"
        )
    );
}
