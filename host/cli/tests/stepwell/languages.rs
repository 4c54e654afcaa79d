//! The examples of every language, and a plugin per SDK that uses all of it, called as their own
//! examples say.

use stepwell_build::Project;

use super::{root, stderr, stdout, stepwell};

/// Calls the plugin of that folder, where it is built. It must be where the variable
/// `STEPWELL_BUILT_LANGUAGES` has its language.
fn answers(folder: &str) {
    let project = Project::read(root().join(folder)).unwrap();
    let (name, language) = (project.name(), project.language().name());
    let file = root().join("target/guests").join(format!("{name}.wasm"));
    if !file.exists() {
        let built = std::env::var("STEPWELL_BUILT_LANGUAGES").unwrap_or_default();
        assert!(!built.split(',').any(|one| one == language), "{name}.wasm is not built");
        eprintln!("skipped: {name}.wasm, in {language}, is not built: see `cargo xtask guests`");
        return;
    }
    let (folder, file) = (project.folder().to_str().unwrap(), file.to_str().unwrap());
    let tested = stepwell(&["plugin", "test", folder, "--file", file]);
    assert_eq!(tested.status.code(), Some(0), "{}{}", stdout(&tested), stderr(&tested));
    let examples = stdout(&tested).lines().filter(|line| line.starts_with("ok ")).count();
    assert!(examples > 1, "{folder} has an example that succeeds and one that fails");
}

/// The folders in a folder, as seen from the root.
fn folders(folder: &str) -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().display()))
}

macro_rules! languages {
    ($($test:ident: $folder:literal),+ $(,)?) => {
        $(
            #[test]
            fn $test() {
                answers($folder);
            }
        )+

        #[test]
        fn every_folder_is_called() {
            let all = ["plugins/examples", "plugins/sdk/tests"];
            let mut all: Vec<_> = all.into_iter().flat_map(folders).collect();
            all.sort();
            assert_eq!(all, [$($folder),+]);
        }
    };
}

languages! {
    c: "plugins/examples/c",
    command: "plugins/examples/command",
    go: "plugins/examples/go",
    javascript: "plugins/examples/javascript",
    python: "plugins/examples/python",
    rust: "plugins/examples/rust",
    typescript: "plugins/examples/typescript",
    wat: "plugins/examples/wat",
    zig: "plugins/examples/zig",
    sdk_c: "plugins/sdk/tests/c",
    sdk_go: "plugins/sdk/tests/go",
    sdk_zig: "plugins/sdk/tests/zig",
}
