//! `stepwell plugin add`.

use anyhow::{Context as _, Result, bail};
use clap::Args;

use super::{
    config::PluginLimits,
    from::From,
    getting::{Getting, Got},
    grant_flags::GrantFlags,
    holding,
    inline::inline,
    name::Name,
    place::Place,
    store::{Admitted, Record},
    table,
};
use crate::{Verdict, plain::plain, sandbox};

/// Install a plugin for the host that keeps its data in DIR.
///
/// The file is admitted just as the host admits it, and copied. A host that is running takes it up
/// at once. Another version of it is installed with `stepwell plugin upgrade`. From a registry it is
/// installed where a publisher has signed it whom `stepwell plugin trust` trusts.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command; or what to pull from a registry.
    #[arg(value_name = "FILE|oci://REF")]
    from: From,

    #[command(flatten)]
    place: Place,

    /// What a `Resource` calls it; by default what it calls itself.
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,

    /// What each call may use, as in a stepwell.toml: '{ fuel = 500_000_000, memory = "64MiB" }'.
    #[arg(long, value_name = "TOML", value_parser = inline::<PluginLimits>)]
    limits: Option<PluginLimits>,

    #[command(flatten)]
    grants: GrantFlags,

    #[command(flatten)]
    getting: Getting,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { from, place, name, limits, grants, getting } = arguments;
    let shown = from.to_string();
    let Got { bytes, source, reported, report } =
        getting.get(&from, &place, name.as_ref(), None, None).await?;
    let sandbox = sandbox::open()?;
    let Admitted { bytes, plugin, name } = Admitted::new(bytes, &shown, name, &sandbox).await?;
    let info = plugin.info();
    let report = report.map(|report| report.about(info)).transpose()?;
    let here = std::env::current_dir().context("cannot tell where we are")?;
    let (limits, grants) = (limits.unwrap_or_default().limits()?, grants.spec(&here)?);
    let effective = grants.effective(info);
    table::warn(name.as_str(), &effective);
    let mut reasons = Vec::new();
    let is_new = place.store().change(&place.key(&name), Some(&bytes), |before, generation| {
        let history = before.map(|before| {
            let current = before.current().cloned();
            (before, current)
        });
        let mut record = match history {
            Some((before, Some(current))) => {
                let is_same = current.digest == info.digest;
                if is_same && before.grants == grants && before.limits == limits {
                    let mut before = before;
                    reasons = holding::reasons(&current, &info.version, source.as_ref());
                    if reasons.is_empty() {
                        before.note_source(&info.digest, source.clone());
                    }
                    return Ok((before, false));
                }
                let options = place.options();
                bail!(
                    "`{name}` is installed for {} already, in version {}: `stepwell plugin \
                     upgrade {shown} --name {name} {options}` installs another version, `stepwell \
                     plugin grant {name} {options}` changes what it is granted",
                    place.whom(),
                    current.version
                );
            }
            Some((before, None)) => before,
            None => Record::new(limits.clone(), grants.clone()),
        };
        (record.limits, record.grants) = (limits.clone(), grants.clone());
        record.put(info.version.clone(), info.digest, Some(generation));
        record.note_source(&info.digest, source.clone());
        record.make_current(&info.digest, generation);
        table::prepare(&effective, &grants)?;
        Ok((record, true))
    })?;
    if let Some(report) = report {
        place.store().keep_report(&info.digest, &report)?;
    }
    anstream::println!(
        "{name} {} is installed for {}{}",
        plain(&info.version),
        place.whom(),
        if is_new { "" } else { ", as before" }
    );
    if let Some(source) = source.filter(|_| reasons.is_empty()) {
        anstream::println!("it is {}", plain(&source.title()));
    }
    holding::tell_kept(&reasons);
    if let Some(line) = reported {
        anstream::println!("{line}");
    }
    Ok(Verdict::Good)
}
