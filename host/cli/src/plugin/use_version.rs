//! `stepwell plugin use`.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{name::Named, place::Place};
use crate::Verdict;

/// Make another version of a plugin current that is installed and approved, such as the one before.
///
/// Executions that start run it; those that have begun keep the version that they began with.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as, and the version.
    #[arg(value_name = "NAME@VERSION")]
    plugin: Named,

    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let Arguments { plugin: Named { name, version }, place } = arguments;
    let Some(selector) = version else {
        bail!(
            "name the version: {name}@VERSION; `stepwell plugin list` shows those that there are"
        );
    };
    let version = place.store().change(&place.key(name), None, |record, generation| {
        let mut record = place.known(name, record)?;
        let version = record.find(selector).with_context(|| format!("`{name}` has no such version"))?;
        let version = version.clone();
        if !record.make_current(&version.digest, generation) {
            bail!(
                "version {} of `{name}` is held: `stepwell plugin approve {name}@{} {}` approves of \
                 it",
                version.version,
                version.short(),
                place.options()
            );
        }
        Ok((record, version))
    })?;
    anstream::println!("{name} {} is current for {}", version.version, place.whom());
    Ok(Verdict::Good)
}
