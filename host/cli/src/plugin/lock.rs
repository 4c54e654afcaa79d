//! `stepwell plugin lock`.

use std::{io::Write as _, path::PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_registry::{
    Digest, Reference,
    lock::{Lock, Locked},
};

use super::{
    locking, pulled,
    registry::{Believed, Pulled, RegistryFlags, check_tag},
};
use crate::{Verdict, plain::plain, project::Project};

/// Note in stepwell.lock which artifacts a project's plugins are, whatever their tags say later.
///
/// The plugins are those with `oci` in the stepwell.toml. Each is pulled, where one of the project's
/// publishers has signed it. What is locked stays as it is: where its tag stands for something else
/// meanwhile, that is told, and taken with --update alone.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugins, by their names in the stepwell.toml; all by default.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Take what their tags stand for now.
    #[arg(long)]
    update: bool,

    /// The directory with the stepwell.toml.
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,

    #[command(flatten)]
    registry: RegistryFlags,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Verdict> {
    let Arguments { names, update, project, registry } = arguments;
    let project = Project::read(project)?;
    let plugins = project.distributed()?;
    let unknown = names.iter().find(|name| plugins.iter().all(|(known, ..)| known != name));
    if let Some(unknown) = unknown {
        bail!("the project has no plugin `{unknown}` with `oci`");
    }
    let file = project.lock_file();
    let before = locking::read(&file)?.unwrap_or_default();
    let mut after = Lock::default();
    for (name, oci, believed) in &plugins {
        let is_meant = names.is_empty() || names.iter().any(|it| it == name);
        let there = before.plugins.get(*name).filter(|locked| locked.oci == **oci);
        let locked = match there {
            Some(there) if !is_meant => there.clone(),
            _ => {
                let there = there.filter(|_| !update);
                let locked = lock(name, oci, there, believed, registry).await;
                locked.with_context(|| format!("`{name}` is not locked"))?
            }
        };
        let by = locked.signed.as_ref().map(|signer| format!("signed by {}", signer.publisher));
        anstream::println!(
            "{name} is {oci} {}, {}{}",
            locked.manifest,
            plain(&by.unwrap_or_else(|| "unsigned".to_owned())),
            if there == Some(&locked) { ", as before" } else { "" }
        );
        after.plugins.insert((*name).to_owned(), locked);
    }
    if plugins.is_empty() {
        anstream::println!("the project has no plugins from registries");
    }
    if after != before {
        let folder = &project.directory;
        let write = || -> std::io::Result<()> {
            let mut new = tempfile::NamedTempFile::new_in(folder)?;
            new.write_all(after.write().as_bytes())?;
            // As others are that the project's people share, and not its owner's alone.
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            new.as_file().set_permissions(mode)?;
            new.as_file().sync_all()?;
            new.persist(&file)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(Verdict::Good)
}

/// What a plugin is to be from now on: what it is, where anything was locked.
async fn lock(
    name: &str,
    oci: &Reference,
    there: Option<&Locked>,
    believed: &Believed,
    registry: &RegistryFlags,
) -> Result<Locked> {
    let check = |found: &_| match there {
        Some(there) => {
            let help = format!("run `stepwell plugin lock --update {name}`");
            check_tag(found, &there.manifest, "the lock says", &help)
        }
        None => Ok(()),
    };
    let signer = there.and_then(|there| there.signed.as_ref());
    let pulled = registry.pull(oci, believed, signer, check).await?;
    if let Some(there) = there {
        locking::check_signer(name, there, &pulled.source)?;
    }
    pulled::keep(&pulled);
    if let Some(there) = there {
        return Ok(there.clone());
    }
    let Pulled { bytes, source, .. } = pulled;
    let file = Digest::of(&bytes);
    Ok(Locked { oci: oci.clone(), manifest: source.manifest, file, signed: source.signed })
}
