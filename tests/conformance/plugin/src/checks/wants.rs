//! What a plugin says it would like to be granted.

use std::collections::BTreeSet;

use stepwell_sandbox::{
    Use,
    grants::{Wanted, wants_name},
};

use crate::{
    bench::{Bench, clipped},
    error::Error,
    trial::Trial,
};

/// Why nothing of this is tried on a command.
const COMMAND: &str = "a command does not say what it wants";
const NOTHING: &str = "the plugin wants nothing of the kind";

pub(super) async fn http(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the hosts it wants");
    for wanted in &bench.info().wants.http {
        trial.case();
        if wanted.parse::<Wanted>().is_err() {
            trial.fault(format!("`{}` is no host", clipped(wanted)));
        }
    }
    trial.otherwise(NOTHING);
    Ok(())
}

pub(super) async fn directories(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the directories it wants");
    for wanted in &bench.info().wants.directories {
        trial.case();
        if !wanted.starts_with('/') {
            trial.fault(format!("`{}` is no absolute path", clipped(wanted)));
        }
    }
    trial.otherwise(NOTHING);
    Ok(())
}

pub(super) async fn usable(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("what it wants against what it imports");
    let info = bench.info();
    let imports = |name: &str| {
        let begins = |import: &String| import.starts_with(name);
        info.imports.iter().any(begins)
    };
    for (what, wanted, import) in [
        ("hosts", &info.wants.http, "wasi:http/"),
        ("secrets", &info.wants.secrets, "stepwell:task/secrets@"),
        ("configuration values", &info.wants.config, "stepwell:task/config@"),
        ("directories", &info.wants.directories, "wasi:filesystem/"),
        ("key-value stores", &info.wants.key_value, "stepwell:task/key-value@"),
    ] {
        if wanted.is_empty() {
            continue;
        }
        trial.case();
        if !imports(import) {
            let interface = import.trim_end_matches(['/', '@']);
            trial.fault(format!("it wants {what}, and does not import `{interface}`"));
        }
    }
    trial.otherwise(match bench.is_component() {
        true => "the plugin wants nothing",
        false => COMMAND,
    });
    Ok(())
}

pub(super) async fn complete(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    // Of directories a guest finds those alone that it wants: it can ask for no other one.
    trial.tries(
        "the values, secrets, stores and hosts that calls asked for against what the plugin wants",
    );
    if !bench.is_component() {
        trial.skip(COMMAND);
        return Ok(());
    }
    let wants = &bench.info().wants;
    let hosts: Vec<Wanted> = wants.http.iter().filter_map(|text| text.parse().ok()).collect();
    let mut asked = BTreeSet::new();
    for sample in &bench.samples {
        trial.case();
        for used in &sample.uses {
            let (what, is_wanted) = match used {
                Use::Config(name) => {
                    (format!("the configuration value `{name}`"), wants_name(&wants.config, name))
                }
                Use::Secret { name, .. } => {
                    (format!("the secret `{name}`"), wants_name(&wants.secrets, name))
                }
                Use::KeyValue { store, .. } => {
                    (format!("the key-value store `{store}`"), wants.key_value.contains(store))
                }
                Use::Http { host, port } => (
                    format!("the host `{host}:{port}`"),
                    hosts.iter().any(|wanted| wanted.includes(host, *port)),
                ),
                _ => continue,
            };
            if !is_wanted {
                trial.fault(format!("{} asked for {}", sample.what(), clipped(&what)));
            }
            asked.insert(what);
        }
    }
    trial.note(match asked.is_empty() {
        true => "it asked for nothing".to_owned(),
        false => {
            let asked: Vec<_> = asked.iter().map(|what| clipped(what)).collect();
            format!("it asked for {}", asked.join(", "))
        }
    });
    Ok(())
}
