//! Plugins that break one rule each, and whether exactly that is found.

use std::{path::PathBuf, sync::OnceLock};

use serde_json::{Value, json};
use stepwell_conformance::{
    CHECKS, Duty, Example, Expected, Level, Outcome, Plan, Report, Sandbox, conform,
};
use stepwell_sandbox::{
    Options,
    grants::{Access, Directory, KeyValue, Spec},
};

const MARK: &[u8] = b"@@stepwell-broken-rule@@";

/// The guest with a rule written into it: that which it breaks.
fn breaking(rule: &str) -> Vec<u8> {
    static GUEST: OnceLock<Vec<u8>> = OnceLock::new();
    let guest = GUEST.get_or_init(|| {
        let file = PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../target/guests/broken.wasm"
        ));
        std::fs::read(&file).unwrap_or_else(|error| {
            panic!("{}: {error}: run `cargo xtask guests`, or `cargo xtask test`", file.display())
        })
    });
    let mut places = guest.windows(MARK.len()).enumerate().filter(|(_, bytes)| *bytes == MARK);
    let (at, _) = places.next().expect("the guest has the mark");
    assert!(places.next().is_none(), "the guest has the mark once");
    let mut patched = guest.clone();
    let name = &mut patched[at + MARK.len()..][..40];
    name.fill(b' ');
    name[..rule.len()].copy_from_slice(rule.as_bytes());
    patched
}

/// Calls that the sound guest makes nothing special of.
fn plan(level: Level) -> (tempfile::TempDir, Plan) {
    let notes = tempfile::tempdir().unwrap();
    let directory = Directory {
        host: notes.path().to_owned(),
        guest: "/notes".to_owned(),
        access: Access::ReadWrite,
    };
    let grants = Spec {
        directories: vec![directory],
        key_value: vec![KeyValue::new("notes".to_owned())],
        ..Spec::default()
    };
    let example = |name: &str, task: &str, input: Value| Example::new(name, Some(task), input);
    let examples = vec![
        example("plain", "upper", json!({ "text": "as it is" })),
        example("special", "upper", json!({ "text": "special!" })),
        Example {
            expected: Some(Expected::Error { error: "Broken.InvalidInput".into(), cause: None }),
            ..example("empty", "upper", json!({ "text": "" }))
        },
        example("look", "look", json!({})),
        Example { grants, ..example("note", "note", json!({ "text": "note well" })) },
        example("send", "send", json!({})),
    ];
    (notes, Plan { level, examples, ..Plan::default() })
}

async fn check(file: &[u8], plan: &Plan) -> Report {
    let sandbox = Sandbox::new(&Options { concurrency: 8, ..Options::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.wasm");
    std::fs::write(&path, file).unwrap();
    conform(&sandbox, &path, plan).await.unwrap()
}

/// The findings that are neither passed nor skipped.
fn found(report: &Report) -> Vec<&'static str> {
    let mut found = report.ids(Outcome::Failed);
    found.extend(report.ids(Outcome::Warned));
    found
}

/// Checks that the guest is caught by the check of the rule that it breaks, and by no other one.
async fn is_caught(broken: &str, level: Level) {
    let (_notes, plan) = plan(level);
    let report = check(&breaking(broken), &plan).await;
    let rule = broken.split('/').next().unwrap_or_default();
    assert_eq!(found(&report), [rule], "{}", stepwell_conformance::report::text(&report));
    let check = CHECKS.iter().find(|check| check.id == rule).unwrap();
    assert_eq!(check.level, level);
    assert_eq!(report.conforms(), check.duty == Duty::Should);
}

macro_rules! rules {
    ($level:ident: $($test:ident $rule:literal)*) => {
        $(#[tokio::test]
        async fn $test() {
            is_caught($rule, Level::$level).await;
        })*

        const RULES: &[&str] = &[$($rule),*];
    };
}

mod core_rules {
    use super::*;

    rules! { Core:
        describe_traps "describe.no-trap"
        describe_is_dear "describe.cheap"
        describe_changes "describe.stable"
        the_name_is_none "describe.name"
        the_version_is_none "describe.version"
        there_are_no_tasks "describe.tasks"
        two_tasks_have_one_name "describe.task-names"
        a_summary_has_lines "describe.summaries"
        an_input_schema_is_not_whole "schema.input.valid"
        an_output_schema_is_not_whole "schema.output.valid"
        a_host_is_none "wants.http"
        a_directory_is_relative "wants.directories"
        a_want_is_idle "wants.usable"
        a_call_traps "run.no-trap"
        a_task_answers_to_any_name "run.unknown-task"
        the_output_is_no_json "output.json"
        the_output_is_too_large "output.limit"
        the_output_does_not_fit "schema.output.fits"
        a_call_needs_too_much "limits.default"
        a_name_is_too_long "failure.name"
        a_name_is_the_hosts "failure.reserved"
        a_name_is_not_in_form "failure.form"
        a_cause_is_too_long "failure.cause"
    }

    #[tokio::test]
    async fn an_example_ends_otherwise() {
        let (_notes, mut plan) = plan(Level::Core);
        plan.examples[0].expected = Some(Expected::Output(json!({ "text": "AS IT IS" })));
        assert_eq!(found(&check(&breaking("none"), &plan).await), [] as [&str; 0]);
        assert_eq!(found(&check(&breaking("examples"), &plan).await), ["examples"]);
    }

    pub(super) const ALL: &[&str] = RULES;
}

mod strict_rules {
    use super::*;

    rules! { Strict:
        input_that_does_not_fit_is_taken "schema.input.refuses"
        input_that_fits_is_refused "schema.input.accepts"
        odd_input_traps "json.odd"
        deep_input_traps "json.deep"
        large_input_traps "json.large"
        a_past_deadline_traps "call.context"
        the_output_depends_on_the_attempt "pure.same-output"
        a_pure_task_writes "pure.touches-nothing"
        a_pure_task_reads_what_others_wrote "pure.no-state"
        another_attempt_gives_another_output "idempotent.repeat"
        an_attempt_that_is_cut_off_blocks_the_next "idempotent.cut"
        a_refusal_traps "grants.withheld"
        something_is_asked_for_that_is_not_wanted "wants.complete"
        a_secret_is_returned "secrets.not-kept"
        fuel_differs_from_call_to_call "limits.fuel"
        memory_differs_from_call_to_call "limits.memory"
    }

    pub(super) const ALL: &[&str] = RULES;
}

mod hardened_rules {
    use super::*;

    rules! { Hardened:
        odd_values_within_input_trap "json.mutated"
        a_rare_input_traps "schema.sampled"
        a_moment_is_left_in_which_a_cut_blocks_the_next_attempt "idempotent.cut-anywhere"
        one_refusal_of_several_traps "grants.each-withheld"
    }

    pub(super) const ALL: &[&str] = RULES;
}

/// Rules that are broken in another way than in the one above.
mod otherwise {
    use super::*;

    #[tokio::test]
    async fn a_cause_behind_a_short_one_of_the_same_name_is_too_long() {
        is_caught("failure.cause/later", Level::Core).await;
    }

    #[tokio::test]
    async fn an_attempt_that_is_cut_off_makes_the_next_leave_something_else() {
        is_caught("idempotent.cut/contents", Level::Strict).await;
    }

    #[tokio::test]
    async fn a_secret_is_the_name_of_a_key() {
        is_caught("secrets.not-kept/key", Level::Strict).await;
    }
}

fn only(id: &str) -> (tempfile::TempDir, Plan) {
    let (notes, plan) = plan(Level::Core);
    (notes, Plan { only: vec![id.to_owned()], ..plan })
}

#[tokio::test]
async fn an_example_that_the_host_ends_has_not_ended_as_it_says() {
    let (_notes, mut plan) = only("examples");
    plan.examples[1].expected = Some(Expected::Output(json!({ "text": "SPECIAL!" })));
    assert_eq!(found(&check(&breaking("none"), &plan).await), [] as [&str; 0]);
    for rule in ["run.no-trap", "limits.default", "output.limit"] {
        assert_eq!(found(&check(&breaking(rule), &plan).await), ["examples"], "{rule}");
    }
}

#[tokio::test]
async fn the_default_limits_are_not_those_of_an_example() {
    let (_notes, mut plan) = only("limits.default");
    plan.examples[1].limits.memory = 2 << 30;
    assert_eq!(found(&check(&breaking("limits.default"), &plan).await), ["limits.default"]);
    plan.examples[1].limits.memory = 1 << 16;
    assert_eq!(found(&check(&breaking("none"), &plan).await), [] as [&str; 0]);
}

#[tokio::test]
async fn an_output_that_differs_from_call_to_call_is_no_case_of_its_limit() {
    let (_notes, plan) = only("output.limit");
    let sound = check(&breaking("none"), &plan).await;
    assert_eq!(sound.findings[0].cases, 4);
    let report = check(&breaking("output.limit/differs"), &plan).await;
    assert_eq!((report.findings[0].outcome, report.findings[0].cases), (Outcome::Passed, 3));
    let why = "`upper` with the example `plain` did not give the same again".to_owned();
    assert!(report.findings[0].saw.contains(&why), "{:?}", report.findings[0].saw);
}

#[tokio::test]
async fn what_is_read_elsewhere_may_change_an_output() {
    let (_notes, plan) = only("idempotent.repeat");
    let report = check(&breaking("idempotent.repeat/elsewhere"), &plan).await;
    assert_eq!((report.findings[0].outcome, report.findings[0].cases), (Outcome::Skipped, 0));
    let why = "what it reads elsewhere may have changed";
    assert!(report.findings[0].saw[0].ends_with(why), "{:?}", report.findings[0].saw);
}

#[tokio::test]
async fn where_nothing_was_granted_nothing_is_withheld() {
    // Of the examples one alone is granted anything.
    let (_notes, plan) = only("grants.withheld");
    let report = check(&breaking("none"), &plan).await;
    assert_eq!((report.findings[0].outcome, report.findings[0].cases), (Outcome::Passed, 1));
}

#[tokio::test]
async fn the_guest_keeps_all_other_rules() {
    let (_notes, plan) = plan(Level::Hardened);
    let report = check(&breaking("none"), &plan).await;
    assert_eq!(found(&report), [] as [&str; 0], "{}", stepwell_conformance::report::text(&report));
    // Nothing of it is skipped: what passes here was tried.
    let skipped = report.ids(Outcome::Skipped);
    assert_eq!(skipped, [] as [&str; 0], "{}", stepwell_conformance::report::text(&report));
}

/// What a file must be for the host to look at it at all.
mod files {
    use super::*;

    async fn is_refused(file: &[u8], id: &str) {
        let report = check(file, &Plan { level: Level::Hardened, ..Plan::default() }).await;
        assert_eq!(found(&report), [id], "{}", stepwell_conformance::report::text(&report));
        assert!(report.about.is_none());
        let only = Plan { only: vec!["json".to_owned()], ..Plan::default() };
        let report = check(file, &only).await;
        assert_eq!(found(&report), [id]);
        assert!(!report.conforms());
        let skipped = report.findings.iter().filter(|found| found.outcome == Outcome::Skipped);
        for finding in skipped {
            assert_eq!(finding.saw, [format!("the plugin was not admitted: see `{id}`")]);
        }
    }

    #[tokio::test]
    async fn is_damaged() {
        let guest = breaking("none");
        is_refused(&guest[..guest.len() / 2], "admission.valid").await;
        is_refused(b"no wasm", "admission.valid").await;
    }

    #[tokio::test]
    async fn has_too_many_modules() {
        let text = format!("(component {})", "(core module) ".repeat(501));
        is_refused(&wat::parse_str(text).unwrap(), "admission.limits").await;
    }

    #[tokio::test]
    async fn is_of_another_world() {
        is_refused(&wat::parse_str("(component)").unwrap(), "admission.world").await;
        is_refused(&wat::parse_str("(module)").unwrap(), "admission.world").await;
    }

    fn exporting(version: &str, imports: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(component {imports} (component $empty) (instance $plugin (instantiate $empty))
                (export "stepwell:task/plugin@{version}" (instance $plugin)))"#
        ))
        .unwrap()
    }

    #[tokio::test]
    async fn is_made_for_another_version() {
        is_refused(&exporting("0.2.0", ""), "admission.version").await;
    }

    #[tokio::test]
    async fn imports_what_there_is_not() {
        let imports = r#"(import "wasi:nn/graph@0.2.0" (instance))"#;
        is_refused(&exporting("0.1.0", imports), "admission.imports").await;
    }
}

#[test]
fn every_check_has_a_plugin_that_fails_it() {
    let of_files = [
        "admission.valid",
        "admission.limits",
        "admission.world",
        "admission.version",
        "admission.imports",
        // A plugin that takes the compiler minutes would take the tests minutes: what such an error
        // means is a test beside the check.
        "admission.compiles",
        "examples",
    ];
    let known = [core_rules::ALL, strict_rules::ALL, hardened_rules::ALL, &of_files].concat();
    let missing: Vec<_> =
        CHECKS.iter().map(|check| check.id).filter(|id| !known.contains(id)).collect();
    assert_eq!(missing, [] as [&str; 0]);
    assert_eq!(known.len(), CHECKS.len());
}
