//! `stepwell plugin use`.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{name::Named, place::Place, store::Record, table};
use crate::{Verdict, plain::plain, sandbox};

/// Make another version of a plugin current that is installed and approved, such as the one before.
///
/// Executions that start run it; those that have begun keep the version that they began with. A
/// state that pins a version, as `wasm:pay/charge@1.2`, runs the highest that fits and is approved,
/// whichever is current.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as, and the version.
    #[arg(value_name = "NAME@VERSION")]
    plugin: Named,

    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Verdict> {
    let Arguments { plugin: Named { name, version }, place } = arguments;
    let Some(selector) = version else {
        bail!(
            "name the version: {name}@VERSION; `stepwell plugin list` shows those that there are"
        );
    };
    let find = |record: &Record| {
        let version = record.find(selector);
        version.cloned().with_context(|| format!("`{name}` has no such version"))
    };
    let store = place.store();
    let version = find(&place.installed(name)?)?;
    let plugin = store.admit(&version, &sandbox::open()?).await?;
    let effective = store.change(&place.key(name), None, |record, generation| {
        let mut record = place.known(name, record)?;
        if find(&record)?.digest != version.digest {
            bail!("version {} of `{name}` was changed meanwhile: try again", version.version);
        }
        if !record.make_current(&version.digest, generation) {
            bail!(
                "version {} of `{name}` is held: `stepwell plugin approve {name}@{} {}` approves of \
                 it",
                version.version,
                version.short(),
                place.options()
            );
        }
        let effective = record.grants.effective(plugin.info());
        table::check(&effective)?;
        Ok((record, effective))
    })?;
    anstream::println!("{name} {} is current for {}:", plain(&version.version), place.whom());
    table::show(&effective);
    Ok(Verdict::Good)
}
