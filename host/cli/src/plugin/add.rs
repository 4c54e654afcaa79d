//! `stepwell plugin add`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use super::{
    config::PluginLimits,
    grant_flags::GrantFlags,
    inline::inline,
    name::{Name, Tenant, whom},
    store::{Record, Store},
};
use crate::{Verdict, plain::plain, sandbox};

/// Install a plugin for the host that keeps its data in DIR.
///
/// The file is admitted just as the host admits it, and copied. A host that is running takes it up
/// at once; calls that have begun go on in the plugin that they began in.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The component, or the WASI command.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// The only tenant that has it, by its account id; all tenants have it by default.
    #[arg(long, value_name = "ID")]
    tenant: Option<Tenant>,

    /// What a `Resource` calls it; by default what it calls itself.
    #[arg(long, value_name = "NAME")]
    name: Option<Name>,

    /// What each call may use, as in a stepwell.toml: '{ fuel = 500_000_000, memory = "64MiB" }'.
    #[arg(long, value_name = "TOML", value_parser = inline::<PluginLimits>)]
    limits: Option<PluginLimits>,

    /// What it may touch: nothing by default.
    #[command(flatten)]
    grants: GrantFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let file = arguments.file.display();
    let bytes = std::fs::read(&arguments.file).with_context(|| format!("cannot read {file}"))?;
    let plugin = sandbox::open()?
        .admit(bytes.clone())
        .await
        .with_context(|| format!("{file} cannot be used as a plugin"))?;
    let info = plugin.info();
    let name = match arguments.name {
        Some(name) => name,
        None => info.name.parse().map_err(anyhow::Error::msg).context("name it with --name")?,
    };
    let here = std::env::current_dir().context("cannot tell where we are")?;
    let record = Record {
        version: info.version.clone(),
        digest: info.digest,
        limits: arguments.limits.unwrap_or_default().limits()?,
        grants: arguments.grants.spec(&here)?,
    };
    let key = (arguments.tenant, name);
    let before = Store::of(&arguments.data).add(&key, &bytes, &record)?;
    let (tenant, name) = key;
    let instead = match before {
        Some(before) if before.digest == record.digest => ", as before".to_owned(),
        Some(before) => format!(", in place of {}", before.version),
        None => String::new(),
    };
    anstream::println!(
        "{} {} is installed for {}{}",
        name,
        plain(&record.version),
        whom(tenant.as_ref()),
        plain(&instead)
    );
    Ok(Verdict::Good)
}
