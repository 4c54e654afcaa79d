//! What a call costs with grants in place, beside the same call without any.

use std::{fs, path::Path, sync::Arc, time::Instant};

use stepwell_sandbox::{
    Grants, Limits, Options, Sandbox,
    grants::{Access, Directory, KeyValue, Secret, Source, Spec},
    key_value::Memory,
};

use crate::{CALLS, CHARGE, ROUNDS, invoke, row};

/// Plugins that touch nothing, and a command, which looks at what it has when it starts.
const PLUGINS: [(&str, &str, &str); 2] =
    [("payments", "charge", CHARGE), ("wasi-echo", "main", r#"{"a":1}"#)];

/// One of each grant.
fn everything(directory: &Path) -> Spec {
    let secret = directory.join("secret");
    fs::write(&secret, "hush").unwrap();
    Spec {
        directories: vec![Directory {
            host: directory.to_owned(),
            guest: "/data".to_owned(),
            access: Access::ReadWrite,
        }],
        scratch: Some(bytesize::ByteSize::mib(16)),
        connect: vec!["smtp.example.com:587".parse().unwrap()],
        http: vec!["GET,POST https://*.example.com/v1/*".parse().unwrap()],
        environment: [("LANG".to_owned(), "de".to_owned())].into(),
        config: [("currency".to_owned(), "EUR".to_owned())].into(),
        secrets: vec![Secret {
            name: "API_KEY".to_owned(),
            from: Source::File(secret),
            expose: Default::default(),
            hosts: vec!["api.example.com".parse().unwrap()],
        }],
        key_value: vec![KeyValue {
            store: "customers".to_owned(),
            size: bytesize::ByteSize::mib(16),
        }],
        ..Spec::default()
    }
}

pub(crate) async fn measure() {
    let directory = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(&Options::default()).unwrap();
    let granted = Grants::open(everything(directory.path()))
        .unwrap()
        .with_key_value(Arc::new(Memory::default()), "bench");
    let (nothing, limits) = (Grants::none(), Limits::default());
    for (name, task, input) in PLUGINS {
        let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests");
        let file = Path::new(guests).join(name).with_extension("wasm");
        if !file.exists() {
            row(&format!("{name} with grants"), "not built: `cargo xtask guests`");
            continue;
        }
        let plugin = sandbox.admit_file(&file).await.unwrap();
        let time = async |grants: &Grants| {
            let started = Instant::now();
            for _ in 0..CALLS {
                invoke(&plugin, task, input, &limits, grants).await.result.unwrap();
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
        };
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push((time(&nothing).await, time(&granted).await));
        }
        let median = |of: fn(&(f64, f64)) -> f64| {
            let mut all: Vec<_> = times.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        row(&format!("{name}/{task}, nothing granted"), &format!("{:.1} us", median(|t| t.0)));
        row(&format!("{name}/{task}, everything granted"), &format!("{:.1} us", median(|t| t.1)));
        row("ratio (goal: at most 1.3)", &format!("{:.2}", median(|t| t.1 / t.0)));
    }
}
