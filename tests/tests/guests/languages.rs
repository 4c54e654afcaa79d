//! The examples of every language, and a plugin per SDK that uses all of it, called as their own
//! cases say.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::{Value, json};
use stepwell_build::Project;
use stepwell_engine::{Clock, Engine};
use stepwell_interpreter::Outcome;
use stepwell_sandbox::{Grants, Limits, grants::Spec, key_value::Memory};
use stepwell_tasks::{Installed, Plugins};

use crate::support;

/// What a task makes of an input, as a file of the folder `examples` says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    task: String,
    input: Value,
    #[serde(default)]
    grants: Spec,
    output: Option<Value>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    error: String,
    cause: Option<String>,
}

/// Calls the plugin of that folder, where it is built. It must be where the variable
/// `STEPWELL_BUILT_LANGUAGES` has its language.
async fn answers(folder: &str) {
    let project = Project::read(root().join(folder)).unwrap();
    let name = project.name().as_ref();
    let language = project.language().name();
    let Some(plugin) = support::admit_if_built(name).await else {
        let built = env::var("STEPWELL_BUILT_LANGUAGES").unwrap_or_default();
        assert!(!built.split(',').any(|one| one == language), "{name}.wasm is not built");
        eprintln!("skipped: {name}.wasm, in {language}, is not built: see `cargo xtask guests`");
        return;
    };
    let cases = files(&project.folder().join("examples"));
    assert!(cases.len() > 1, "{folder} has a case that succeeds and one that fails");
    for path in cases {
        let shown = path.display();
        let case: Case = serde_json::from_slice(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
        let mut plugins = Plugins::default();
        let grants = Grants::open(case.grants).unwrap();
        let grants = grants.with_key_value(Arc::new(Memory::default()), name);
        let limits = Limits::default();
        plugins.install(name, Installed { plugin: plugin.clone(), grants, limits });
        let engine = Engine::new(Arc::new(plugins), Clock::system());
        let resource = format!("wasm:{name}/{}", case.task);
        let execution = support::start(&engine, &resource, json!({}), case.input);
        let report = support::follow(execution).await;
        match (&case.output, &case.error, &report.outcome) {
            (Some(expected), None, Outcome::Succeeded { output }) => {
                assert_eq!(output.value(), expected, "{shown}");
            }
            (None, Some(expected), Outcome::Failed(_)) => {
                let (error, cause) = report.failure();
                assert_eq!(error, expected.error, "{shown}: {cause}");
                let expected = expected.cause.as_deref().unwrap_or(cause);
                assert_eq!(cause, expected, "{shown}");
            }
            (_, _, outcome) => panic!("{shown}: {outcome:?}"),
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

macro_rules! languages {
    ($($test:ident: $folder:literal),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $test() {
                answers($folder).await;
            }
        )+

        #[test]
        fn every_folder_is_called() {
            let mut folders: Vec<_> = ["plugins/examples", "plugins/sdk/tests"]
                .iter()
                .flat_map(|folder| files(&root().join(folder)))
                .map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned())
                .collect();
            folders.sort();
            assert_eq!(folders, [$($folder),+]);
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
