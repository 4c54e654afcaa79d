//! `stepwell plugin verify`.

use anyhow::Result;
use clap::Args;
use stepwell_registry::{Access, Reference, reference::SCHEME};

use super::{
    believing::Believing,
    registry::{Believed, RegistryFlags, signer},
    reported,
};
use crate::{Verdict, plain::plain};

/// Check who has signed a plugin that is in an OCI registry, without pulling it.
///
/// The exit code is 0 where somebody has who is believed. It is 2, with the reason, where nobody has,
/// and where that cannot be found out.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to check: oci://registry.example.com/acme/payments:1.4, or @sha256:...
    #[arg(value_name = "oci://REF")]
    reference: Reference,

    /// Print the report on its conformance that its publisher has pushed with it, as JSON, and
    /// nothing else.
    #[arg(long)]
    conformance: bool,

    #[command(flatten)]
    believing: Believing,

    #[command(flatten)]
    registry: RegistryFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { reference, conformance, believing, registry } = arguments;
    let Believed::Signed(publishers) = believing.believed(reference.repository())? else {
        anyhow::bail!("with --unsigned there is nothing to check");
    };
    let remote = registry.open(reference.repository(), Access::Pull)?;
    let found = remote.find(&reference).await?;
    let signer = signer(&remote, &found.manifest, &publishers, None).await?;
    if conformance {
        anstream::println!("{}", reported::whole(&found)?);
        return Ok(Verdict::Good);
    }
    anstream::println!(
        "{SCHEME}{} is signed by {}, with the key {}",
        reference.with_digest(found.manifest),
        plain(&signer.publisher),
        signer.key
    );
    if let Some(line) = reported::line(&found) {
        anstream::println!("{line}");
    }
    Ok(Verdict::Good)
}
