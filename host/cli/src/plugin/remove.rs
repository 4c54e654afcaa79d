//! `stepwell plugin remove`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::{
    name::{Name, Tenant, whom},
    store::Store,
};
use crate::{Verdict, plain::plain};

/// Remove a plugin that was installed for the host that keeps its data in DIR.
///
/// Calls that have begun are not cut off. Executions that call it from now on fail.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as.
    #[arg(value_name = "NAME")]
    name: Name,

    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// The tenant that it was installed for, by its account id; by default the one that all have.
    #[arg(long, value_name = "ID")]
    tenant: Option<Tenant>,
}

pub(crate) fn run(arguments: Arguments) -> Result<Verdict> {
    let key = (arguments.tenant, arguments.name);
    let removed = Store::of(&arguments.data).remove(&key)?;
    let (tenant, name) = key;
    let whom = whom(tenant.as_ref());
    let Some(record) = removed else {
        bail!("no plugin is installed as `{name}` for {whom} in {}", arguments.data.display());
    };
    anstream::println!("{name} {} is removed for {whom}", plain(&record.version));
    Ok(Verdict::Good)
}
