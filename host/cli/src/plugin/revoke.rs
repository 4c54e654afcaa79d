//! `stepwell plugin revoke`.

use anyhow::{Result, bail};
use clap::Args;
use stepwell_sandbox::grants::{Endpoint, HttpRule, Spec};

use super::{grant, name::Name, place::Place};
use crate::Verdict;

/// Take back what was granted to a plugin.
///
/// Each grant is named as `stepwell plugin list` shows it. A host that is running takes it up at
/// once, for calls that begin from then on.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What it is installed as.
    #[arg(value_name = "NAME")]
    name: Name,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    revoked: Revoked,
}

/// What is taken back.
#[derive(Debug, Default, PartialEq, Args)]
#[command(next_help_heading = "Grants")]
struct Revoked {
    /// Everything.
    #[arg(long)]
    all: bool,

    /// HTTP requests: the rule as it was granted.
    #[arg(long, value_name = "RULE")]
    http: Vec<HttpRule>,

    /// An endpoint for TCP connections.
    #[arg(long, value_name = "HOST:PORT")]
    connect: Vec<Endpoint>,

    /// A directory, by the path at which the plugin sees it.
    #[arg(long, value_name = "GUEST")]
    dir: Vec<String>,

    /// The directory of each call's own.
    #[arg(long)]
    scratch: bool,

    /// An environment variable.
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,

    /// A configuration value.
    #[arg(long, value_name = "NAME")]
    config: Vec<String>,

    /// A secret.
    #[arg(long, value_name = "NAME")]
    secret: Vec<String>,

    /// A store of key-value data. The data is kept.
    #[arg(long, value_name = "STORE")]
    key_value: Vec<String>,

    /// The number that random numbers follow from.
    #[arg(long)]
    random_seed: bool,

    /// The time at which the wall clock stands still.
    #[arg(long)]
    clock: bool,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { name, place, revoked } = arguments;
    if revoked == Revoked::default() {
        bail!("nothing is to be revoked: say what, as `stepwell plugin revoke --help` shows");
    }
    let is_granted = |what: &str, found: bool| match found {
        true => Ok(()),
        false => bail!("{what} is not granted to `{name}`: `stepwell plugin list` shows what is"),
    };
    // It is taken back even where the plugin, or what else it is granted, cannot be opened.
    place.store().change(&place.key(&name), None, |record, _| {
        let mut record = place.known(&name, record)?;
        revoked.apply(&mut record.grants, is_granted)?;
        Ok((record, ()))
    })?;
    anstream::println!("it is taken back from {name}");
    grant::show(&name, &place).await?;
    Ok(Verdict::Good)
}

impl Revoked {
    fn apply(&self, spec: &mut Spec, check: impl Fn(&str, bool) -> Result<()>) -> Result<()> {
        if self.all {
            *spec = Spec::default();
            return Ok(());
        }
        for rule in &self.http {
            check(&rule.to_string(), take(&mut spec.http, |it| it == rule))?;
        }
        for endpoint in &self.connect {
            check(&endpoint.to_string(), take(&mut spec.connect, |it| it == endpoint))?;
        }
        for guest in &self.dir {
            check(
                guest,
                take(&mut spec.directories, |it| {
                    it.guest.trim_end_matches('/') == guest.trim_end_matches('/')
                }),
            )?;
        }
        for name in &self.env {
            check(name, spec.environment.remove(name).is_some())?;
        }
        for name in &self.config {
            check(name, spec.config.remove(name).is_some())?;
        }
        for name in &self.secret {
            check(name, take(&mut spec.secrets, |it| it.name == *name))?;
        }
        for store in &self.key_value {
            check(store, take(&mut spec.key_value, |it| it.store == *store))?;
        }
        if self.scratch {
            check("scratch", spec.scratch.take().is_some())?;
        }
        if self.random_seed {
            check("random-seed", spec.random_seed.take().is_some())?;
        }
        if self.clock {
            check("clock", spec.clock.take().is_some())?;
        }
        Ok(())
    }
}

/// Takes what is meant out of a list; whether any was there.
fn take<T>(all: &mut Vec<T>, is_meant: impl Fn(&T) -> bool) -> bool {
    let before = all.len();
    all.retain(|one| !is_meant(one));
    all.len() < before
}
