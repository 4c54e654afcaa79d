//! What `stepwell.lock` says, held against what a registry has.

use std::{fs, io, path::Path};

use anyhow::{Context as _, Result, bail};
use stepwell_registry::{
    Found, Reference,
    lock::{Lock, Locked},
};

use super::{name::Name, registry::check_tag, store::Source};

/// The file beside a `stepwell.toml`.
pub(crate) const FILE: &str = "stepwell.lock";

/// Reads a lock file; none where it is not there.
pub(crate) fn read(file: &Path) -> Result<Option<Lock>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let lock = Lock::read(&text).with_context(|| format!("{} cannot be used", file.display()))?;
    Ok(Some(lock))
}

/// What a lock file says of a reference, and of which plugin it says it: of that one, if one is named.
pub(crate) fn locked(
    file: &Path,
    reference: &Reference,
    name: Option<&Name>,
) -> Result<(String, Locked)> {
    let lock = read(file)?.with_context(|| format!("{} is not there", file.display()))?;
    let found = match name {
        None => lock.of(reference),
        Some(name) => {
            let named = lock.plugins.get_key_value(name.as_str());
            named.map(|(name, it)| (&**name, it)).filter(|(_, it)| it.oci == *reference)
        }
    };
    let Some((name, locked)) = found else {
        let named = name.map(|name| format!(" as `{name}`")).unwrap_or_default();
        bail!(
            "{} does not lock {reference}{named}: `stepwell plugin lock` locks what the project names",
            file.display()
        )
    };
    Ok((name.to_owned(), locked.clone()))
}

/// Sees that a reference stands for what is locked.
pub(crate) fn check(found: &Found, name: &str, locked: &Locked) -> Result<()> {
    let help = format!("run `stepwell plugin lock --update {name}`");
    check_tag(found, &locked.manifest, "the lock says", &help)?;
    let file = found.layer.digest;
    if file != locked.file {
        bail!("the lock says that the file of `{name}` is {}, and it is {file}", locked.file);
    }
    Ok(())
}

/// Sees that who has signed it now is who had signed it then.
pub(crate) fn check_signer(name: &str, locked: &Locked, source: &Source) -> Result<()> {
    let key = |signer: &stepwell_registry::lock::Signer| signer.key;
    let (then, now) = (locked.signed.as_ref().map(key), source.signed.as_ref().map(key));
    if let (Some(then), Some(now)) = (then, now)
        && then != now
    {
        bail!(
            "the lock says that `{name}` is signed with the key {then}, and it is signed with {now}: \
             where that is meant, run `stepwell plugin lock --update {name}`"
        );
    }
    Ok(())
}
