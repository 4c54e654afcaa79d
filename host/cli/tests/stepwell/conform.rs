//! `stepwell plugin conform`, and that the plugins of this repository conform.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

use serde_json::Value;
use stepwell_build::Project;

use super::{root, stderr, stdout, stepwell};

/// A plugin, and the folder that it is made from.
struct Plugin {
    name: String,
    folder: PathBuf,
    /// The language of a project.
    language: Option<&'static str>,
}

/// The plugins of this repository: the crates in `plugins` that are made a component or a command,
/// and the examples of each language.
fn plugins() -> Vec<Plugin> {
    let mut plugins = Vec::new();
    for folder in folders("plugins") {
        let is_plugin = |text: &str| text.contains("cdylib") || folder.join("src/main.rs").exists();
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        // The file is called as the package, which is the folder's name but for `lambda`.
        let name = manifest.lines().find_map(|line| line.strip_prefix("name = "));
        if let Some(name) = name
            && is_plugin(&manifest)
        {
            let name = name.trim_matches('"').to_owned();
            plugins.push(Plugin { name, folder, language: None });
        }
    }
    for folder in folders("plugins/examples") {
        let project = Project::read(&folder).unwrap();
        let (name, language) = (project.name().to_string(), Some(project.language().name()));
        plugins.push(Plugin { name, folder, language });
    }
    plugins
}

fn folders(folder: &str) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
}

/// What the command finds of a plugin, where it is built.
fn checked(plugin: &Plugin) -> Option<Value> {
    let file = root().join("target/guests").join(format!("{}.wasm", plugin.name));
    if !file.exists() {
        let built = std::env::var("STEPWELL_BUILT_LANGUAGES").unwrap_or_default();
        let may_be_missing =
            plugin.language.is_some_and(|language| !built.split(',').any(|one| one == language));
        assert!(may_be_missing, "{} is not built: run `cargo xtask guests`", file.display());
        eprintln!("skipped: {}, which is not built: see `cargo xtask guests`", file.display());
        return None;
    }
    let examples = plugin.folder.join("examples");
    assert!(examples.is_dir(), "{} has no examples", plugin.folder.display());
    let (file, examples) = (file.to_str().unwrap(), examples.to_str().unwrap());
    let report = stepwell(&["plugin", "conform", file, "--examples", examples, "--report", "json"]);
    assert_ne!(report.status.code(), Some(2), "{}: {}", plugin.name, stderr(&report));
    Some(serde_json::from_str(&stdout(&report)).unwrap())
}

/// The checks of a report that ended so, with what they saw.
fn ended<'a>(report: &'a Value, outcome: &str) -> Vec<&'a Value> {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().filter(|check| check["outcome"] == outcome).collect()
}

#[test]
fn every_plugin_of_this_repository_conforms() {
    let plugins = plugins();
    assert!(plugins.len() > 12, "{}", plugins.len());
    let queue = Mutex::new(VecDeque::from_iter(&plugins));
    let next = || queue.lock().unwrap().pop_front();
    let work = || {
        while let Some(plugin) = next() {
            let Some(report) = checked(plugin) else { continue };
            let failed = ended(&report, "failed");
            assert_eq!(report["conforms"], true, "{}: {failed:#?}", plugin.name);
            let warned = ended(&report, "warned");
            assert!(warned.is_empty(), "{}: {warned:#?}", plugin.name);
            // Without a success most of what matters is skipped.
            let skipped = ended(&report, "skipped");
            let starts = skipped.iter().filter(|check| check["id"] == "output.json").count();
            assert_eq!(starts, 0, "{}: no example succeeds", plugin.name);
        }
    };
    thread::scope(|scope| {
        for worker in [(); 2].map(|()| scope.spawn(work)) {
            worker.join().unwrap();
        }
    });
}

fn guest(name: &str) -> PathBuf {
    root().join("target/guests").join(name).with_extension("wasm")
}

fn conform(file: &Path, arguments: &[&str]) -> std::process::Output {
    let file = file.to_str().unwrap();
    stepwell(&[&["plugin", "conform", file], arguments].concat())
}

#[test]
fn a_plugin_that_breaks_a_rule_is_told_the_sentence() {
    let mut plugin = std::fs::read(guest("broken")).unwrap();
    let (mark, rule) = (b"@@stepwell-broken-rule@@", b"json.odd ");
    let at = plugin.windows(mark.len()).position(|bytes| bytes == mark).unwrap() + mark.len();
    plugin[at..at + rule.len()].copy_from_slice(rule);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.wasm");
    std::fs::write(&file, plugin).unwrap();
    let report = conform(&file, &["--only", "json.odd"]);
    assert_eq!(report.status.code(), Some(1), "{}", stderr(&report));
    let text = stdout(&report);
    assert!(text.contains("failed   json.odd\n"), "{text}");
    assert!(text.contains("wit/task.wit: A plugin must not trap on any valid JSON"), "{text}");
    assert!(text.contains("tried 34 odd documents as the whole input\n"), "{text}");
    assert!(text.contains("saw   `upper` with a NUL: Stepwell.Trap: "), "{text}");
    assert!(text.contains("does not conform at level strict: 1 failed (seed 1, "), "{text}");
}

#[test]
fn a_report_is_for_programs_too() {
    let (file, only) = (guest("payments"), ["--only", "describe"]);
    let report = conform(&file, &[&only[..], &["--report", "json"]].concat());
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let report: Value = serde_json::from_str(&stdout(&report)).unwrap();
    assert_eq!(report["plugin"]["name"], "payments");
    assert_eq!(report["level"], "strict");
    assert_eq!(report["seed"], 1);
    assert_eq!(report["conforms"], true);
    let check = &report["checks"][0];
    assert_eq!(check["id"], "describe.no-trap");
    assert_eq!(check["outcome"], "passed");
    assert_eq!(check["duty"], "must");
    assert_eq!(check["place"], "wit/task.wit");
    assert_eq!(check["statement"], "It must not trap: the plugin is refused then.");
    assert_eq!(check["cases"], 5);

    let report = conform(&file, &[&only[..], &["--report", "junit"]].concat());
    let text = stdout(&report);
    assert!(text.contains(r#"<testsuite name="payments 0.1.0" tests="#), "{text}");
    let case = r#"<testcase name="describe.stable" classname="conform.core""#;
    assert!(text.contains(case), "{text}");
}

#[test]
fn a_file_that_is_refused_does_not_conform() {
    let file = root().join("README.md");
    let report = conform(&file, &["--level", "core"]);
    assert_eq!(report.status.code(), Some(1), "{}", stderr(&report));
    let text = stdout(&report);
    assert!(text.contains("failed   admission.valid\n"), "{text}");
    assert!(text.contains("saw   it was refused: not a WebAssembly file"), "{text}");
    assert!(text.contains("the plugin was not admitted: see `admission.valid`"), "{text}");
}

#[test]
fn what_cannot_be_checked_is_no_finding() {
    for (arguments, why) in [
        (&["--only", "jsn"][..], "there is no check `jsn`: `stepwell plugin conform --list` shows"),
        (&["--level", "lax"], "`lax` is no level: take core, strict or hardened"),
        (&["--examples", "/nowhere"], "cannot read the examples in /nowhere"),
    ] {
        let report = conform(&guest("payments"), arguments);
        assert_eq!(report.status.code(), Some(2), "{}", stdout(&report));
        assert!(stderr(&report).contains(why), "{}", stderr(&report));
    }
    let report = conform(Path::new("/no/such.wasm"), &[]);
    assert_eq!(report.status.code(), Some(2));
    assert!(stderr(&report).contains("cannot read /no/such.wasm"), "{}", stderr(&report));

    let folder = tempfile::tempdir().unwrap();
    let example = folder.path().join("one.json");
    std::fs::write(&example, r#"{ "task": "chrage", "input": 1, "output": 1 }"#).unwrap();
    let examples = folder.path().to_str().unwrap();
    let report = conform(&guest("payments"), &["--examples", examples]);
    assert_eq!(report.status.code(), Some(2));
    let why = "the example one is for the task `chrage`: the plugin has charge, refund";
    assert!(stderr(&report).contains(why), "{}", stderr(&report));
    std::fs::write(&example, r#"{ "input": 1, "output": 1 }"#).unwrap();
    let report = conform(&guest("payments"), &["--examples", examples]);
    let why = "the example one does not say which of the tasks charge, refund it is for";
    assert!(stderr(&report).contains(why), "{}", stderr(&report));
}

#[test]
fn the_checks_are_listed() {
    let list = stepwell(&["plugin", "conform", "--list"]);
    assert_eq!(list.status.code(), Some(0));
    let list = stdout(&list);
    let one = "idempotent.cut  strict, must\n  That must hold after an attempt that was cut off at \
               any instruction, too.\n  wit/task.wit\n";
    assert!(list.contains(one), "{list}");
}
