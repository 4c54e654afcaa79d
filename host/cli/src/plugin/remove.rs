//! `stepwell plugin remove`.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{name::Named, place::Place};
use crate::{Verdict, plain::plain};

/// Remove a plugin that is installed, or one of its versions.
///
/// Its key-value data is kept, and is there again for what is installed by this name later. Calls
/// that have begun are not cut off. Executions that began with what is removed fail with
/// Stepwell.VersionMismatch when they call it again.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as, and a version that is not current; without one all of it.
    #[arg(value_name = "NAME[@VERSION]")]
    plugin: Named,

    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let Arguments { plugin: Named { name, version }, place } = arguments;
    let removed = place.store().change(&place.key(name), None, |record, generation| {
        let mut record = place.known(name, record)?;
        let Some(selector) = version else {
            let current = record.current().context("nothing is current")?.version.clone();
            record.remove_all(generation);
            return Ok((record, current));
        };
        let version =
            record.find(selector).with_context(|| format!("`{name}` has no such version"))?;
        let version = version.clone();
        if !record.remove(&version.digest) {
            bail!(
                "version {} of `{name}` is current: make another one current first, with `stepwell \
                 plugin use`, or remove all with `stepwell plugin remove {name}`",
                version.version
            );
        }
        Ok((record, version.version))
    })?;
    anstream::println!("{name} {} is removed for {}", plain(&removed), place.whom());
    Ok(Verdict::Good)
}
