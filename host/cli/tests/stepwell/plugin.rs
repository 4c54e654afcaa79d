//! `stepwell plugin add`, `list` and `remove`.

use super::*;

/// A data directory, and a file with a plugin.
struct Data {
    directory: tempfile::TempDir,
}

impl Data {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("copy.wasm"), wat::parse_str(COPY).unwrap()).unwrap();
        Self { directory }
    }

    fn plugin(&self, action: &str, more: &[&str]) -> Output {
        let data = self.directory.path().join("data");
        stepwell(&[&["plugin", action, "--data", data.to_str().unwrap()], more].concat())
    }

    fn add(&self, more: &[&str]) -> Output {
        let file = self.directory.path().join("copy.wasm");
        self.plugin("add", &[&[file.to_str().unwrap()], more].concat())
    }
}

#[test]
fn a_plugin_is_installed_listed_and_removed() {
    let data = Data::new();
    let output = data.add(&["--name", "copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for all tenants\n", "{}", stderr(&output));
    let output = data.add(&["--name", "copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for all tenants, as before\n");
    let own = [
        "--name",
        "copy",
        "--tenant",
        "123456789012",
        "--limits",
        r#"{ fuel = 5_000_000, memory = "32MiB" }"#,
        "--grants",
        r#"{ connect = ["mail.example.com:25"], environment = { TOKEN = "hush" } }"#,
    ];
    let output = data.add(&own);
    assert_eq!(stdout(&output), "copy 0.0.0 is installed for tenant 123456789012\n");

    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.contains("connect mail.example.com:25"), "{listed}");
    assert!(!listed.contains("hush"), "{listed}");
    let output = data.plugin("list", &["--json"]);
    let listed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [all, own] = &listed["plugins"].as_array().unwrap()[..] else { panic!("{listed}") };
    assert_eq!(all["tenant"], Value::Null);
    assert_eq!(all["limits"]["fuel"], 10_000_000_000_u64);
    assert_eq!(own["tenant"], "123456789012");
    assert_eq!(own["limits"]["fuel"], 5_000_000);
    assert_eq!(own["limits"]["memory"], 32 << 20);
    assert_eq!(own["grants"]["environment"], serde_json::json!(["TOKEN"]));

    let output = data.plugin("remove", &["copy"]);
    assert_eq!(stdout(&output), "copy 0.0.0 is removed for all tenants\n");
    let output = data.plugin("remove", &["copy"]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(error.contains("no plugin is installed as `copy` for all tenants in "), "{error}");
    data.plugin("remove", &["copy", "--tenant", "123456789012"]);
    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.starts_with("no plugins are installed in "), "{listed}");
}

#[test]
fn what_cannot_be_installed_is_refused() {
    let data = Data::new();
    let refused = |more: &[&str], why: &str| {
        let output = data.add(more);
        assert_eq!(output.status.code(), Some(2));
        let error = stderr(&output);
        assert!(error.contains(why), "{error}");
    };
    refused(&["--name", "../copy"], "`../copy` is no name for a plugin: write 1 to 64 letters, ");
    refused(&["--tenant", "12"], "`12` is no tenant: an account id has 12 digits");
    refused(&["--limits", "{ fule = 1 }"], "unknown field `fule`");
    refused(&["--limits", "{ time = \"0s\" }"], "limits.time is 0s; it must be more than nothing");
    refused(&["--grants", "{ connect = [\"nowhere\"] }"], "`nowhere` is no endpoint");
    fs::write(data.directory.path().join("copy.wasm"), "text").unwrap();
    refused(&[], "copy.wasm cannot be used as a plugin");
    let listed = stdout(&data.plugin("list", &[]));
    assert!(listed.starts_with("no plugins are installed in "), "{listed}");
}
