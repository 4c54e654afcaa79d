//! Hosts that limit or grant otherwise than they are asked to.

use std::sync::atomic::{AtomicU64, Ordering};

use super::asked_otherwise;

#[test]
fn a_host_without_a_limit_of_instructions() {
    // They still come to an end: by their time.
    let failing = asked_otherwise(&["limits"], |run| {
        run.limits.instructions = Some(u64::MAX);
        run.limits.time_ms = run.limits.time_ms.map(|ms| ms.min(2000));
    });
    assert_eq!(failing, ["limits/instructions"]);
}

#[test]
fn a_host_with_another_default_of_memory() {
    let failing = asked_otherwise(&["limits"], |run| {
        run.limits.memory = run.limits.memory.or(Some(256 << 20));
    });
    assert_eq!(failing, ["limits/memory", "limits/memories-together"]);
}

#[test]
fn a_host_that_takes_a_byte_more_of_output() {
    let failing = asked_otherwise(&["limits", "command"], |run| {
        run.limits.output = Some(run.limits.output.unwrap_or(256 << 10) + 1);
    });
    assert_eq!(failing, ["limits/output", "command/output"]);
}

#[test]
fn a_host_that_does_not_cut_the_log() {
    let failing = asked_otherwise(&["limits"], |run| run.limits.log = Some(10 << 20));
    assert_eq!(failing, ["limits/log", "limits/log-of-its-own"]);
}

#[test]
fn a_host_that_counts_no_calls() {
    let failing = asked_otherwise(&["limits"], |run| run.limits.host_calls = None);
    assert_eq!(failing, ["limits/host-calls"]);
}

#[test]
fn a_host_that_counts_no_requests_nor_bodies() {
    let failing = asked_otherwise(&["http-messages"], |run| {
        run.limits.http_requests = None;
        run.limits.http_body = None;
    });
    assert_eq!(
        failing,
        ["http-messages/requests", "http-messages/request-body", "http-messages/response-body"]
    );
}

#[test]
fn a_host_without_quotas() {
    let failing = asked_otherwise(&["filesystem"], |run| {
        run.limits.file_bytes = None;
        run.grants.scratch = run.grants.scratch.map(|_| 1 << 30);
    });
    assert_eq!(
        failing,
        ["filesystem/quota", "filesystem/quota-in-all-ways", "filesystem/scratch-quota"]
    );
}

#[test]
fn a_host_that_grants_writing_where_reading_is_granted() {
    let failing = asked_otherwise(&["filesystem"], |run| {
        run.grants.directories.iter_mut().for_each(|directory| directory.write = true);
    });
    assert_eq!(
        failing,
        ["filesystem/read-only", "filesystem/between-directories", "filesystem/denied"]
    );
}

#[test]
fn a_host_whose_stores_are_everybodys() {
    let failing = asked_otherwise(&["key-value"], |run| {
        // The cases of the suite are still apart.
        let case = run.plugin.rsplit('-').next().unwrap_or_default().to_owned();
        run.plugin = format!("all-{case}");
    });
    assert_eq!(failing, ["key-value/own-of-plugin-and-tenant"]);
}

#[test]
fn a_host_whose_stores_are_the_same_for_all_tenants() {
    let failing = asked_otherwise(&["key-value", "call"], |run| {
        run.call.tenant = "123456789012".to_owned();
    });
    assert_eq!(failing, ["call/context", "key-value/own-of-plugin-and-tenant"]);
}

#[test]
fn a_host_whose_data_is_gone_after_the_call() {
    let calls = AtomicU64::new(0);
    let failing = asked_otherwise(&["key-value"], |run| {
        run.plugin = format!("{}-{}", run.plugin, calls.fetch_add(1, Ordering::Relaxed));
    });
    assert_eq!(
        failing,
        [
            "key-value/outlives-the-call",
            "key-value/stays-after-a-failure",
            "key-value/own-of-plugin-and-tenant"
        ]
    );
}

#[test]
fn a_host_that_shows_secrets() {
    let failing = asked_otherwise(&["secrets"], |run| {
        run.grants.secrets.iter_mut().for_each(|secret| secret.hosts = None);
    });
    assert_eq!(
        failing,
        [
            "secrets/placeholder",
            "secrets/nowhere-else",
            "secrets/other-host",
            "secrets/over-tls-alone",
            "secrets/stale"
        ]
    );
}

#[test]
fn a_host_that_sends_secrets_anywhere() {
    let failing = asked_otherwise(&["secrets"], |run| {
        for secret in &mut run.grants.secrets {
            secret.hosts =
                secret.hosts.as_ref().map(|_| vec!["*".to_owned(), "127.0.0.1".to_owned()]);
        }
    });
    assert_eq!(failing, ["secrets/other-host"]);
}

#[test]
fn a_host_that_grants_all_requests() {
    let failing = asked_otherwise(&["http"], |run| {
        for rule in &mut run.grants.http {
            let url = rule.rsplit(' ').next().unwrap_or_default();
            let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
            *rule = url[..end].to_owned();
        }
    });
    assert_eq!(failing, ["http/methods", "http/paths", "http/ambiguous-paths"]);
}

#[test]
fn a_host_that_connects_wherever_it_is_told() {
    let failing = asked_otherwise(&["sockets"], |run| {
        // To listen at port 0 is to listen anywhere, and no place to connect to.
        let address = |part: &&str| part.starts_with("127.0.0.1:") && !part.ends_with(":0");
        if let Some(address) = run.input.split('"').find(address) {
            run.grants.connect.push(address.to_owned());
        }
    });
    assert_eq!(failing, ["sockets/not-granted", "sockets/another-port"]);
}

#[test]
fn a_host_that_tells_plugins_the_hosts_environment() {
    let failing = asked_otherwise(&["surroundings", "command"], |run| {
        run.grants.environment.insert("HOME".to_owned(), "/root".to_owned());
    });
    assert_eq!(
        failing,
        [
            "surroundings/nothing",
            "surroundings/variables",
            "command/variables",
            "command/granted-variables"
        ]
    );
}
