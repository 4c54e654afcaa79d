//! Getting the file that `add` and `upgrade` install.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use stepwell_registry::lock::Signer;

use super::{
    from::From,
    locking,
    name::Name,
    place::Place,
    registry::{Believed, Pulled, RegistryFlags, check_tag},
    reported::Report,
    store::Source,
};
use crate::sandbox;

/// What is said of where a plugin comes from.
#[derive(Debug, Args)]
pub(crate) struct Getting {
    /// Keep a report of `stepwell plugin conform --report json` about the file with it, for the
    /// console to show. A plugin from a registry has its publisher's.
    #[arg(long, value_name = "REPORT")]
    conformance: Option<PathBuf>,

    #[command(flatten)]
    distribution: Distribution,
}

/// What is said of a plugin that comes from a registry.
#[derive(Debug, Args)]
#[command(next_help_heading = "Registry")]
struct Distribution {
    /// Install what nobody has signed who is trusted; `stepwell plugin list` shows it as unsigned.
    #[arg(long)]
    unsigned: bool,

    /// Take from a registry what this stepwell.lock says, and nothing else.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,

    #[command(flatten)]
    registry: RegistryFlags,
}

/// A file that is to be installed, and where it came from.
pub(crate) struct Got {
    pub(crate) bytes: Vec<u8>,
    pub(crate) source: Option<Source>,
    /// What its publisher reports of its conformance, in a line.
    pub(crate) reported: Option<String>,
    /// A report on its conformance to be kept with it.
    pub(crate) report: Option<Report>,
}

impl Getting {
    /// Reads the file, or pulls it, where it is signed by somebody whose plugins the tenant may
    /// have, and is locked by that name where one is given: `signer`, where they have signed it. `before` is what was installed under the same
    /// tag, and what to do where that has moved.
    pub(crate) async fn get(
        &self,
        from: &From,
        place: &Place,
        name: Option<&Name>,
        before: Option<(&Source, &str)>,
        signer: Option<&Signer>,
    ) -> Result<Got> {
        let Distribution { unsigned, lock, registry } = &self.distribution;
        let reference = match from {
            From::File(file) => {
                if lock.is_some() || *unsigned {
                    bail!("--lock and --unsigned are for plugins from registries: oci://...");
                }
                let report = self.conformance.clone().map(Report::File);
                let bytes = sandbox::read(file)?;
                return Ok(Got { bytes, source: None, reported: None, report });
            }
            From::Registry(_) if self.conformance.is_some() => bail!(
                "--conformance is for a file: a plugin from a registry has the report that its \
                 publisher has pushed with it"
            ),
            From::Registry(reference) => reference,
        };
        let believed = match unsigned {
            true => Believed::Unsigned,
            false => Believed::Signed(place.store().publishers(place.tenant.as_ref())?),
        };
        let locked = lock.as_deref().map(|file| locking::locked(file, reference, name));
        let locked = locked.transpose()?;
        let signer = locked.as_ref().map_or(signer, |(_, locked)| locked.signed.as_ref());
        let Pulled { bytes, source, reported, report } = registry
            .pull(reference, &believed, signer, |found| {
                match (&locked, before) {
                    // Whoever moved the lock has seen that the tag has moved.
                    (Some((name, locked)), _) => locking::check(found, name, locked),
                    (None, Some((before, help))) => {
                        check_tag(found, &before.manifest, "what is installed was", help)
                    }
                    (None, None) => Ok(()),
                }
            })
            .await?;
        if let Some((name, locked)) = &locked {
            locking::check_signer(name, locked, &source)?;
        }
        Ok(Got { bytes, source: Some(source), reported, report })
    }
}
