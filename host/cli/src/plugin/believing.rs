//! Whom `pull` and `verify` believe.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_registry::{Repository, trust::Publisher};

use super::{key, name::Tenant, registry::Believed, store::Store};

/// Whom to believe.
#[derive(Debug, Args)]
pub(crate) struct Believing {
    /// Believe the holder of this key, a cosign.pub.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["data", "unsigned"])]
    key: Option<PathBuf>,

    /// Believe the publishers that are trusted in this data directory.
    #[arg(long, value_name = "DIR", conflicts_with = "unsigned")]
    data: Option<PathBuf>,

    /// Those whose plugins this tenant may have, by its account id.
    #[arg(long, value_name = "ID", requires = "data")]
    tenant: Option<Tenant>,

    /// Believe anybody.
    #[arg(long)]
    unsigned: bool,
}

impl Believing {
    /// Whose artifacts of a repository are taken.
    pub(crate) fn believed(&self, repository: &Repository) -> Result<Believed> {
        if self.unsigned {
            return Ok(Believed::Unsigned);
        }
        if let Some(file) = &self.key {
            let publisher = Publisher {
                name: file.display().to_string(),
                key: key::read_public(file)?,
                repositories: vec![repository.to_string().parse()?],
            };
            return Ok(Believed::Signed(vec![publisher]));
        }
        let Some(data) = &self.data else {
            bail!(
                "say whom to believe: --key cosign.pub, or --data DIR for the publishers that are \
                 trusted there; or anybody, with --unsigned"
            );
        };
        let publishers = Store::of(data).publishers(self.tenant.as_ref());
        Ok(Believed::Signed(publishers.context("cannot tell whom to believe")?))
    }
}
