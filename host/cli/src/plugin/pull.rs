//! `stepwell plugin pull`.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::Args;
use stepwell_registry::{Reference, reference::SCHEME};

use super::{
    believing::Believing,
    locking,
    registry::{Pulled, RegistryFlags},
};
use crate::{Verdict, plain::plain};

/// Pull a plugin from an OCI registry into a file.
///
/// It is pulled where somebody has signed it who is trusted: the holder of --key, or a publisher of
/// --data. Its digests are checked, and it has no more bytes than a plugin may have.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to pull: oci://registry.example.com/acme/payments:1.4, or @sha256:...
    #[arg(value_name = "oci://REF")]
    reference: Reference,

    /// The file to write.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    #[command(flatten)]
    believing: Believing,

    /// Take what this stepwell.lock says, and nothing else.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,

    #[command(flatten)]
    registry: RegistryFlags,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { reference, output, believing, lock, registry } = arguments;
    let locked = lock.as_deref().map(|file| locking::locked(file, &reference, None)).transpose()?;
    let believed = believing.believed(reference.repository())?;
    let signer = locked.as_ref().and_then(|(_, locked)| locked.signed.as_ref());
    let pulled = registry.pull(&reference, &believed, signer, |found| match &locked {
        Some((name, locked)) => locking::check(found, name, locked),
        None => Ok(()),
    });
    let Pulled { bytes, source, reported, .. } = pulled.await?;
    if let Some((name, locked)) = &locked {
        locking::check_signer(name, locked, &source)?;
    }
    write(&output, &bytes).with_context(|| format!("cannot write {}", output.display()))?;
    anstream::println!("{} is pulled to {}", plain(&source.title()), output.display());
    anstream::println!("{SCHEME}{}", reference.with_digest(source.manifest));
    if let Some(line) = reported {
        anstream::println!("{line}");
    }
    Ok(Verdict::Good)
}

/// Writes a file, which is there as a whole or as it was before.
fn write(output: &Path, bytes: &[u8]) -> io::Result<()> {
    // A pipe or a device is written to, and not replaced.
    if fs::metadata(output).is_ok_and(|there| !there.is_file()) {
        return fs::write(output, bytes);
    }
    let folder = output.parent().filter(|it| !it.as_os_str().is_empty());
    let mut new = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    new.write_all(bytes)?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    new.as_file().set_permissions(mode)?;
    new.as_file().sync_all()?;
    new.persist(output)?;
    Ok(())
}
