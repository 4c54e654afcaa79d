//! Plugins that a project has pulled from registries, kept in the user's cache.
//!
//! They are found by their digest, and have it: what lies there is believed no more than a registry.

use std::{fs, io::Write as _, os::unix::fs::DirBuilderExt as _, path::Path};

use anyhow::Result;
use stepwell_registry::{Digest, lock::Locked, trust::Publisher};

use super::{
    locking,
    registry::{Believed, Pulled, RegistryFlags},
};
use crate::sandbox;

/// The file of a plugin as it is locked: from the cache, or pulled into it. What is pulled is
/// signed, and has the tag still that it had when it was locked.
pub(crate) async fn get(name: &str, locked: &Locked, believed: &Believed) -> Result<Vec<u8>> {
    let directory = sandbox::pulled_dir().filter(|_| is_believed(locked, believed));
    if let Some(found) = directory.as_deref().and_then(|it| kept(it, &locked.file)) {
        return Ok(found);
    }
    let check = |found: &_| locking::check(found, name, locked);
    let (flags, signer) = (RegistryFlags::of_environment(), locked.signed.as_ref());
    let pulled = flags.pull(&locked.oci, believed, signer, check).await?;
    locking::check_signer(name, locked, &pulled.source)?;
    keep(&pulled);
    Ok(pulled.bytes)
}

/// Whether what was locked is still signed by somebody who is believed. Where it is not, or was
/// locked unsigned, the registry is asked, and not the cache.
fn is_believed(locked: &Locked, believed: &Believed) -> bool {
    let Believed::Signed(publishers) = believed else { return true };
    let repository = locked.oci.repository();
    locked.signed.as_ref().is_some_and(|signer| {
        let is_theirs = |it: &Publisher| it.key.fingerprint() == signer.key;
        publishers.iter().any(|it| is_theirs(it) && it.covers(repository))
    })
}

/// Keeps a file. Where that does not work it is pulled again.
pub(crate) fn keep(pulled: &Pulled) {
    let Some(directory) = sandbox::pulled_dir() else { return };
    let write = || -> std::io::Result<()> {
        // What is in it runs: it is its owner's alone.
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&directory)?;
        file.write_all(&pulled.bytes)?;
        file.persist(directory.join(name(&Digest::of(&pulled.bytes))))?;
        Ok(())
    };
    let _ = write();
}

fn kept(directory: &Path, digest: &Digest) -> Option<Vec<u8>> {
    let bytes = sandbox::read(&directory.join(name(digest))).ok()?;
    (Digest::of(&bytes) == *digest).then_some(bytes)
}

fn name(digest: &Digest) -> String {
    format!("{}.wasm", digest.hex())
}
