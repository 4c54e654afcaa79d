//! `stepwell plugin sign`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use stepwell_registry::{Access, Reference, reference::SCHEME};

use super::{key, registry::RegistryFlags};
use crate::Verdict;

/// Sign a plugin that is in an OCI registry, as `cosign sign --key` does.
///
/// What is signed is the manifest, which has the digests of all there is of the plugin, and in which
/// repository it is: a copy in another one needs a signature of its own.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to sign: oci://registry.example.com/acme/payments@sha256:...; a tag stands for what has
    /// it now.
    #[arg(value_name = "oci://REF")]
    reference: Reference,

    /// The key, a cosign.key whose password is in $COSIGN_PASSWORD.
    #[arg(long, value_name = "KEY")]
    key: PathBuf,

    #[command(flatten)]
    registry: RegistryFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { reference, key, registry } = arguments;
    let key = key::read_private(&key)?;
    let remote = registry.open(reference.repository(), Access::Push)?;
    let manifest = remote.find(&reference).await?.manifest;
    let is_new = remote.sign(&manifest, &key).await?;
    anstream::println!(
        "{SCHEME}{} is signed with the key {}{}",
        reference.with_digest(manifest),
        key.public().fingerprint(),
        if is_new { "" } else { ", as before" }
    );
    Ok(Verdict::Good)
}
