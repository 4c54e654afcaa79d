//! `stepwell plugin list`.

use std::path::PathBuf;

use anyhow::{Error, Result};
use clap::Args;
use comfy_table::{Table, presets};
use serde_json::{Value, json};

use super::{
    inspect::{granted, without_values},
    name::Tenant,
    store::{Key, Record, Source, Store, Version},
};
use crate::{Verdict, plain::plain};

/// Show the plugins that are installed for the host that keeps its data in DIR.
///
/// Of each the versions that there are: `current` is run by executions that start, `installed` by
/// those that began with it or pin it, `held` by none until it is approved. `since` is the number
/// of the change of the store with which it became what it is, `source` the artifact of a registry
/// that it was pulled from, and who had signed it. What cannot be read is `damaged`, and does not
/// run.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let installed = Store::of(&arguments.data).list()?;
    if arguments.json {
        let all = installed.iter().map(|(key, found)| match found {
            Ok(record) => document(key, record),
            Err(error) => Ok(damaged_document(key, error)),
        });
        let all = all.collect::<Result<Vec<_>>>()?;
        anstream::println!("{}", serde_json::to_string_pretty(&json!({ "plugins": all }))?);
    } else if installed.is_empty() {
        anstream::println!("no plugins are installed in {}", arguments.data.display());
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header([
            "plugin", "version", "state", "since", "tenant", "digest", "source", "grants",
        ]);
        for (key, found) in &installed {
            table.add_rows(match found {
                Ok(record) => rows(key, record),
                Err(error) => vec![damaged_row(key, error)],
            });
        }
        anstream::println!("{}", table.trim_fmt());
    }
    Ok(Verdict::Good)
}

/// What a version is, and from which generation on.
fn state(record: &Record, version: &Version) -> (&'static str, Option<u64>) {
    if record.current() == Some(version) {
        return ("current", record.since().map(|since| since.0));
    }
    match version.approved {
        Some(approved) => ("installed", Some(approved.0)),
        None => ("held", None),
    }
}

/// A row for each version. What is granted is in the current one's alone.
fn rows((tenant, name): &Key, record: &Record) -> Vec<[String; 8]> {
    let grants: Vec<_> = granted(&record.grants).collect();
    let grants = plain(&grants.join("\n")).into_owned();
    let row = |version: &Version| {
        let (state, since) = state(record, version);
        [
            name.as_str().to_owned(),
            plain(&version.version).into_owned(),
            state.to_owned(),
            since.map(|since| since.to_string()).unwrap_or_default(),
            tenant.as_ref().map_or("all", Tenant::as_str).to_owned(),
            version.short(),
            plain(&version.source.as_ref().map(Source::title).unwrap_or_default()).into_owned(),
            if record.current() == Some(version) { grants.clone() } else { String::new() },
        ]
    };
    record.versions().iter().map(row).collect()
}

/// The row of what cannot be read: why is where the grants would be.
fn damaged_row((tenant, name): &Key, error: &Error) -> [String; 8] {
    let tenant = tenant.as_ref().map_or("all", Tenant::as_str);
    let why = format!("{error:#}");
    let row = [name.as_str(), "", "damaged", "", tenant, "", "", &*plain(&why)];
    row.map(str::to_owned)
}

fn damaged_document((tenant, name): &Key, error: &Error) -> Value {
    json!({
        "name": name.as_str(),
        "tenant": tenant.as_ref().map(Tenant::as_str),
        "damaged": format!("{error:#}"),
    })
}

fn document((tenant, name): &Key, record: &Record) -> Result<Value> {
    let current = record.current();
    let versions = record.versions().iter().map(|version| {
        let (state, since) = state(record, version);
        json!({
            "version": version.version,
            "digest": version.digest,
            "state": state,
            "since": since,
            "source": version.source,
        })
    });
    Ok(json!({
        "name": name.as_str(),
        "version": current.map(|current| &current.version),
        "tenant": tenant.as_ref().map(Tenant::as_str),
        "digest": current.map(|current| current.digest),
        "versions": versions.collect::<Vec<_>>(),
        "limits": record.limits,
        "grants": without_values(&record.grants)?,
    }))
}
