//! `stepwell plugin grant`.

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_sandbox::{Plugin, grants::Spec};

use super::{
    config::PluginLimits,
    grant_flags::GrantFlags,
    inline::inline,
    name::Name,
    place::Place,
    store::{Record, Version},
    table,
};
use crate::{Verdict, plain::plain, sandbox};

/// Grant more to a plugin that is installed.
///
/// What is granted stays granted; of the same name, or for the same path, the new grant counts. The
/// grants are those of all versions, each of which can use what it imports and wants of them: the
/// table shows it for the current one. A host that is running takes it up at once, for calls that
/// begin from then on.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as.
    #[arg(value_name = "NAME")]
    name: Name,

    #[command(flatten)]
    place: Place,

    /// What each call may use, as in a stepwell.toml: '{ memory = "64MiB" }'. What is left out
    /// stays as it is.
    #[arg(long, value_name = "TOML", value_parser = inline::<PluginLimits>)]
    limits: Option<PluginLimits>,

    #[command(flatten)]
    grants: GrantFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { name, place, limits, grants } = arguments;
    if grants.is_empty() && limits.is_none() {
        bail!("nothing is to be granted: say what, as `stepwell plugin grant --help` shows");
    }
    let here = std::env::current_dir().context("cannot tell where we are")?;
    let grants = grants.spec(&here)?;
    let (_, _, plugin) = current(&name, &place).await?;
    let before = place.store().change(&place.key(&name), None, |record, _| {
        let mut record = place.known(&name, record)?;
        let before = record.grants.clone();
        record.grants.add(grants.clone());
        if let Some(limits) = &limits {
            record.limits = limits.limits_over(record.limits.clone())?;
        }
        table::prepare(&record.grants.effective(plugin.info()), &grants)?;
        Ok((record, before))
    })?;
    show(&name, &place).await?;
    show_others(&name, &place, &before).await?;
    Ok(Verdict::Good)
}

/// Names the versions besides the current one that can use what they could not before.
async fn show_others(name: &Name, place: &Place, before: &Spec) -> Result<()> {
    let record = place.installed(name)?;
    let sandbox = sandbox::open()?;
    let others = record.versions().iter().filter(|version| record.current() != Some(*version));
    for version in others.filter(|version| version.approved.is_some()) {
        // One that cannot be admitted uses nothing.
        let Ok(plugin) = place.store().admit(version, &sandbox).await else { continue };
        let info = plugin.info();
        if before.effective(info).spec != record.grants.effective(info).spec {
            anstream::println!(
                "version {} can use what it imports and wants of that, in executions that began with \
                 it or pin it",
                plain(&version.title())
            );
        }
    }
    Ok(())
}

/// What is installed by a name, and the version of it that is current.
async fn current(name: &Name, place: &Place) -> Result<(Record, Version, Plugin)> {
    let record = place.installed(name)?;
    let version = record.current().context("nothing is current")?.clone();
    let plugin = place.store().admit(&version, &sandbox::open()?).await?;
    Ok((record, version, plugin))
}

/// Shows what the current version can use.
pub(super) async fn show(name: &Name, place: &Place) -> Result<()> {
    let (record, version, plugin) = current(name, place).await?;
    let effective = record.grants.effective(plugin.info());
    anstream::println!("{name} {} of {} can use:", plain(&version.version), place.whom());
    table::show(&effective);
    Ok(())
}
