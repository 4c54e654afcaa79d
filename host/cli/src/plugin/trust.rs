//! `stepwell plugin trust`: whose plugins may be installed from registries.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::json;
use stepwell_registry::{Pattern, trust::Publisher};

use super::{key, name::Name, place::Place, store::Store};
use crate::{Verdict, plain::plain};

/// Say whose plugins may be installed from registries. By default nobody's.
///
/// A publisher who is trusted for a tenant is trusted for no other. Plugins that are installed stay
/// as they are, whatever is said here.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Trust a publisher, for some repositories.
    Add(Add),
    /// Show who is trusted.
    List {
        /// The host's data directory.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,

        /// Print one JSON document for programs.
        #[arg(long)]
        json: bool,
    },
    /// Trust a publisher no more.
    Remove {
        /// What the publisher is called here.
        #[arg(value_name = "NAME")]
        name: Name,

        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What to call the publisher.
    #[arg(value_name = "NAME")]
    name: Name,

    /// The key that the publisher signs with, a cosign.pub. Compare its fingerprint with the
    /// publisher's.
    #[arg(long, value_name = "KEY")]
    key: PathBuf,

    /// A repository for which the publisher speaks, or all below a name:
    /// registry.example.com/acme/*. May be given more than once.
    #[arg(long = "repository", value_name = "PATTERN", required = true)]
    repositories: Vec<Pattern>,

    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Add(add) => run_add(add),
        Command::List { data, json } => list(&Store::of(&data), json),
        Command::Remove { name, place } => remove(&name, &place),
    }
}

fn run_add(Add { name, key, repositories, place }: Add) -> Result<Verdict> {
    let key = key::read_public(&key)?;
    let (name, fingerprint) = (name.as_str().to_owned(), key.fingerprint());
    let publisher = Publisher { name: name.clone(), key, repositories };
    let is_new = place.store().change_publishers(place.tenant.as_ref(), |all| {
        match all.iter().find(|it| it.name == name) {
            Some(there) if *there == publisher => Ok(false),
            Some(_) => bail!(
                "`{name}` is trusted for {} already, with another key or other repositories: remove \
                 it with `stepwell plugin trust remove {name} {}`, or choose another name",
                place.whom(),
                place.options()
            ),
            None => {
                all.push(publisher);
                Ok(true)
            }
        }
    })?;
    anstream::println!(
        "{name} is trusted for {}{}, with the key {fingerprint}",
        place.whom(),
        if is_new { "" } else { " as before" }
    );
    Ok(Verdict::Good)
}

fn remove(name: &Name, place: &Place) -> Result<Verdict> {
    place.store().change_publishers(place.tenant.as_ref(), |all| {
        let before = all.len();
        all.retain(|it| it.name != name.as_str());
        if all.len() == before {
            bail!(
                "nobody is trusted as `{name}` for {}: `stepwell plugin trust list --data {}` shows \
                 who is",
                place.whom(),
                place.data.display()
            );
        }
        Ok(())
    })?;
    anstream::println!("{name} is trusted for {} no more", place.whom());
    Ok(Verdict::Good)
}

fn list(store: &Store, as_json: bool) -> Result<Verdict> {
    let all = store.all_publishers()?;
    if as_json {
        let publishers = all.iter().map(|(tenant, publisher)| {
            json!({
                "name": publisher.name,
                "tenant": tenant,
                "fingerprint": publisher.key.fingerprint(),
                "key": publisher.key,
                "repositories": publisher.repositories,
            })
        });
        let document = json!({ "publishers": publishers.collect::<Vec<_>>() });
        anstream::println!("{}", serde_json::to_string_pretty(&document)?);
    } else if all.is_empty() {
        anstream::println!("nobody is trusted");
    } else {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["publisher", "tenant", "repositories", "key"]);
        for (tenant, publisher) in &all {
            let patterns: Vec<_> = publisher.repositories.iter().map(Pattern::to_string).collect();
            table.add_row([
                plain(&publisher.name).into_owned(),
                tenant.clone().unwrap_or_else(|| "all".to_owned()),
                patterns.join("\n"),
                publisher.key.fingerprint().to_string(),
            ]);
        }
        anstream::println!("{}", table.trim_fmt());
    }
    Ok(Verdict::Good)
}
