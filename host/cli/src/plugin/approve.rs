//! `stepwell plugin approve`.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{name::Named, place::Place, store::Record, store::Version, table};
use crate::{Verdict, plain::plain, sandbox};

/// Approve of a version of a plugin that is held, and make it current.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as, and the version, where more than one is held.
    #[arg(value_name = "NAME[@VERSION]")]
    plugin: Named,

    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { plugin: named, place } = arguments;
    let (name, store) = (&named.name, place.store());
    let record = place.installed(name)?;
    let version = held(&named, &record)?.clone();
    let plugin = store.admit(&version, &sandbox::open()?).await?;
    let effective = store.change(&place.key(name), None, |record, generation| {
        let mut record = place.known(name, record)?;
        if record.versions().iter().all(|it| *it != version) {
            bail!("version {} of `{name}` was changed meanwhile: try again", version.version);
        }
        record.put(version.version.clone(), version.digest, Some(generation));
        record.make_current(&version.digest, generation);
        let effective = record.grants.effective(plugin.info());
        table::check(&effective)?;
        Ok((record, effective))
    })?;
    if let Some(source) = &version.source {
        anstream::println!("{name} {} is {}", version.version, plain(&source.title()));
    }
    anstream::println!("{name} {} is approved, and current for {}:", version.version, place.whom());
    table::show(&effective);
    Ok(Verdict::Good)
}

/// The version that is held and meant.
fn held<'a>(named: &Named, record: &'a Record) -> Result<&'a Version> {
    let name = &named.name;
    if let Some(selector) = &named.version {
        let version =
            record.find(selector).with_context(|| format!("`{name}` has no such version"))?;
        if version.approved.is_some() {
            bail!(
                "version {} of `{name}` is approved already: `stepwell plugin use` makes it current",
                version.version
            );
        }
        return Ok(version);
    }
    let held: Vec<_> = record.versions().iter().filter(|it| it.approved.is_none()).collect();
    match &*held {
        [only] => Ok(only),
        [] => bail!("no version of `{name}` is held: there is nothing to approve"),
        many => {
            let titles: Vec<_> = many.iter().map(|it| it.title()).collect();
            bail!("more than one version of `{name}` is held; name one: {}", titles.join(", "))
        }
    }
}
