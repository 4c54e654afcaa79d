//! Versions of a plugin side by side, and which of them an execution runs.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use stepwell_asl::{StateMachine, definition::Type, resource::Resource};
use stepwell_engine::{Attempt, Generation, Reporter, TaskRunner as _};
use stepwell_interpreter::{Identity, RunTask, TaskId};
use stepwell_sandbox::{CancellationToken, Digest, Grants, Limits, Plugin};
use stepwell_tasks::{Current, Installed, Since, TenantPlugins, Tenants, Version, Versions};
use support::Guest;

const TENANT: &str = "123456789012";

/// A plugin whose task answers with its version.
async fn plugin(version: &'static str) -> Plugin {
    let answer = format!("\"{version}\"");
    let guest = Guest {
        version,
        run: format!("(call $ok (i32.const 50000) (i32.const {}))", answer.len()),
        fields: format!(r#"(data (i32.const 50000) "{}")"#, support::escaped(answer.as_bytes())),
        ..Guest::default()
    };
    support::sandbox().admit(guest.component()).await.unwrap()
}

fn installed(plugin: &Plugin) -> Installed {
    Installed { plugin: plugin.clone(), grants: Grants::none(), limits: Limits::default() }
}

/// Versions that were current one after the other: each with the generation in which it became so.
fn versions(history: &[(u64, Option<&Plugin>)]) -> Versions {
    let mut versions: Vec<Version> = Vec::new();
    let mut since = Vec::new();
    for (generation, plugin) in history {
        let generation = Generation(*generation);
        if let Some(plugin) = plugin {
            versions.push(Version { installed: installed(plugin), approved: generation });
        }
        since.push(Since { generation, current: plugin.map(current) });
    }
    Versions::new(versions, since, vec!["3.0.0".to_owned()])
}

fn current(plugin: &Plugin) -> Current {
    let info = plugin.info();
    Current { version: info.version.clone(), digest: info.digest }
}

fn installation(all: Vec<(Option<&str>, Versions)>, generation: u64) -> TenantPlugins {
    let all = all.into_iter();
    let all = all.map(|(tenant, it)| (tenant.map(str::to_owned), "pay".to_owned(), it));
    TenantPlugins::new(all.collect::<Tenants>().of(Generation(generation)))
}

/// What a task answers to an execution that was started in a generation: its output, or error and
/// cause.
async fn run(plugins: &TenantPlugins, resource: &str, generation: Option<u64>) -> Value {
    let task = RunTask {
        task: TaskId(3),
        resource: Resource::parse(resource).unwrap(),
        state: "Work".into(),
        input: json!({ "FunctionName": "pay" }).into(),
        attempt: 0,
        idempotency_key: String::new(),
        started: false,
        submitted: false,
        task_token: None,
        deadline: None,
        heartbeat_seconds: None,
        credentials: None,
    };
    let attempt = Attempt {
        task,
        identity: Arc::new(Identity {
            execution_arn: String::new(),
            execution_name: String::new(),
            state_machine_arn: String::new(),
            state_machine_name: String::new(),
            role_arn: String::new(),
        }),
        tenant: TENANT.to_owned(),
        generation: generation.map(Generation),
        at: "2026-11-22T12:00:00Z".parse().unwrap(),
        stop: CancellationToken::new(),
    };
    match plugins.run(attempt, Reporter::none()).await.result {
        Ok(output) => output.value().clone(),
        Err(failure) => json!([failure.error, failure.cause]),
    }
}

#[tokio::test]
async fn an_execution_keeps_the_version_that_was_current_when_it_started() {
    let (one, two) = (plugin("1.0.0").await, plugin("2.0.0").await);
    // One, then two, then one again.
    let history = Versions::new(
        vec![
            Version { installed: installed(&one), approved: Generation(3) },
            Version { installed: installed(&two), approved: Generation(5) },
        ],
        [(3, &one), (5, &two), (8, &one)]
            .map(|(generation, plugin)| Since {
                generation: Generation(generation),
                current: Some(current(plugin)),
            })
            .to_vec(),
        Vec::new(),
    );
    let plugins = installation(vec![(None, history)], 9);
    assert_eq!(plugins.generation(), Some(Generation(9)));
    for (generation, version) in [
        // It is the first that came: there was none yet.
        (Some(0), "1.0.0"),
        (Some(3), "1.0.0"),
        (Some(4), "1.0.0"),
        (Some(5), "2.0.0"),
        (Some(7), "2.0.0"),
        (Some(9), "1.0.0"),
        (None, "1.0.0"),
    ] {
        for resource in [
            "wasm:pay/main",
            "arn:aws:lambda:us-east-1:123456789012:function:pay",
            "arn:aws:states:::pay:main",
        ] {
            let answer = run(&plugins, resource, generation).await;
            assert_eq!(answer, json!(version), "{resource} in {generation:?}");
        }
    }
}

#[tokio::test]
async fn a_version_that_was_removed_is_not_another() {
    let two = plugin("2.0.0").await;
    let gone = Current { version: "1.0.0".to_owned(), digest: Digest::of(b"gone") };
    let history = [
        Since { generation: Generation(1), current: Some(gone) },
        Since { generation: Generation(4), current: None },
        Since { generation: Generation(6), current: Some(current(&two)) },
    ];
    let version = Version { installed: installed(&two), approved: Generation(6) };
    let history = Versions::new(vec![version], history.to_vec(), Vec::new());
    let plugins = installation(vec![(None, history)], 6);
    assert_eq!(
        run(&plugins, "wasm:pay/main", Some(2)).await,
        json!([
            "Stepwell.VersionMismatch",
            "the execution began with version 1.0.0 of the plugin `pay`, which was removed, or \
             cannot be used: install it again, or start a new execution"
        ])
    );
    // There was none when these started.
    assert_eq!(run(&plugins, "wasm:pay/main", Some(5)).await, json!("2.0.0"));
    assert_eq!(run(&plugins, "wasm:pay/main", Some(0)).await, json!("2.0.0"));
}

#[tokio::test]
async fn a_pin_chooses_the_highest_version_that_fits() {
    let (old, new, next) = (plugin("1.9.0").await, plugin("1.10.0").await, plugin("2.0.0").await);
    let all = [(1, Some(&old)), (2, Some(&next)), (3, Some(&new))];
    let plugins = installation(vec![(None, versions(&all))], 3);
    for (pin, generation, version) in [
        ("1", None, "1.10.0"),
        ("1", Some(3), "1.10.0"),
        // The other one came later.
        ("1", Some(2), "1.9.0"),
        ("1.10", Some(1), "1.10.0"),
        ("1.9.0", Some(3), "1.9.0"),
        ("2", Some(3), "2.0.0"),
    ] {
        let answer = run(&plugins, &format!("wasm:pay/main@{pin}"), generation).await;
        assert_eq!(answer, json!(version), "@{pin} in {generation:?}");
    }
}

#[tokio::test]
async fn a_pin_of_three_numbers_is_that_version_alone() {
    let (one, built) = (plugin("1.2.0").await, plugin("1.2.0+x").await);
    let early = plugin("1.2.1-rc.1").await;
    let all = [(1, Some(&one)), (2, Some(&built)), (3, Some(&early))];
    let plugins = installation(vec![(None, versions(&all))], 3);
    for (pin, version) in [
        ("1.2.0", "1.2.0"),
        ("1.2.0+x", "1.2.0+x"),
        ("1.2.1-rc.1", "1.2.1-rc.1"),
        ("1.2", "1.2.1-rc.1"),
    ] {
        let answer = run(&plugins, &format!("wasm:pay/main@{pin}"), None).await;
        assert_eq!(answer, json!(version), "@{pin}");
    }
    assert_eq!(
        run(&plugins, "wasm:pay/main@1.2.1", None).await,
        json!([
            "Stepwell.VersionMismatch",
            "the plugin `pay` has the versions 1.2.0, 1.2.0+x, 1.2.1-rc.1, not 1.2.1"
        ])
    );
}

#[tokio::test]
async fn a_version_that_is_held_does_not_run() {
    let one = plugin("1.0.0").await;
    let plugins = installation(vec![(None, versions(&[(1, Some(&one))]))], 1);
    assert_eq!(
        run(&plugins, "wasm:pay/main@3", Some(1)).await,
        json!([
            "Stepwell.VersionMismatch",
            "the plugin `pay` has version 1.0.0, not 3; 3.0.0 is held until it is approved"
        ])
    );
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Task", "Resource": "wasm:pay/main@3", "End": true },
    } });
    let plugins = plugins.plugins(TENANT);
    let parsed = StateMachine::parse_with(Type::Standard, &definition.to_string(), &*plugins);
    let findings = parsed.unwrap_err();
    assert_eq!(findings[0].message, "The plugin 'pay' has version 1.0.0, not 3");
    assert_eq!(findings[0].help.as_deref(), Some("3.0.0 is held until it is approved."));
}

#[tokio::test]
async fn a_tenants_own_plugin_counts_from_when_it_came() {
    let (shared, own) = (plugin("1.0.0").await, plugin("2.0.0").await);
    let all = vec![
        (None, versions(&[(1, Some(&shared))])),
        (Some(TENANT), versions(&[(3, Some(&own)), (5, None)])),
    ];
    let plugins = installation(all, 5);
    for (generation, version) in [(1, "1.0.0"), (2, "1.0.0"), (3, "2.0.0"), (5, "1.0.0")] {
        let answer = run(&plugins, "wasm:pay/main", Some(generation)).await;
        assert_eq!(answer, json!(version), "in {generation}");
    }
}

#[tokio::test]
async fn a_plugin_that_was_removed_is_unknown() {
    let plugins = installation(vec![(None, Versions::new(vec![], vec![], vec![]))], 1);
    assert_eq!(
        run(&plugins, "wasm:pay/main", None).await,
        json!(["Stepwell.UnknownPlugin", "no plugin is called `pay`"])
    );
}

#[tokio::test]
async fn where_it_is_unknown_what_a_tenant_has_nothing_runs_in_its_place() {
    let shared = plugin("1.0.0").await;
    let all = vec![(None, versions(&[(1, Some(&shared))])), (Some(TENANT), Versions::unknown())];
    let plugins = installation(all, 1);
    for generation in [None, Some(0), Some(1)] {
        assert_eq!(
            run(&plugins, "wasm:pay/main", generation).await,
            json!([
                "Stepwell.VersionMismatch",
                "the execution began with version unknown of the plugin `pay`, which was removed, \
                 or cannot be used: install it again, or start a new execution"
            ])
        );
    }
    assert_eq!(
        run(&plugins, "wasm:pay/main@1", None).await,
        json!([
            "Stepwell.VersionMismatch",
            "the plugin `pay` has no version that can be used, not 1"
        ])
    );
}
