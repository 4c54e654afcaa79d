//! A directory of plugins, as `--plugins` takes it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{name::Tenant, store::Key};

/// The plugins of a directory: each `NAME.wasm` in it for all tenants, and those in a subdirectory
/// that is called as a tenant for that one. Other subdirectories are no part of it.
pub(super) fn read(directory: &Path) -> Result<Vec<(Key, PathBuf)>> {
    let mut plugins = Vec::new();
    for path in entries(directory)? {
        if path.is_dir() {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Ok(tenant) = name.parse::<Tenant>() {
                for path in entries(&path)? {
                    plugins.extend(plugin(Some(&tenant), path)?);
                }
            }
        } else {
            plugins.extend(plugin(None, path)?);
        }
    }
    Ok(plugins)
}

fn plugin(tenant: Option<&Tenant>, path: PathBuf) -> Result<Option<(Key, PathBuf)>> {
    if path.extension().is_none_or(|extension| extension != "wasm") {
        return Ok(None);
    }
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.parse().map_err(anyhow::Error::msg);
    let name = name.with_context(|| format!("{} cannot be installed", path.display()))?;
    Ok(Some(((tenant.cloned(), name), path)))
}

/// What is in a directory, by name.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = || {
        let entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
        entries.collect::<std::io::Result<Vec<_>>>()
    };
    let mut entries = read().with_context(|| format!("cannot read {}", directory.display()))?;
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_plugins_are_in_a_directory_of_its_name() {
        let directory = tempfile::tempdir().unwrap();
        for file in ["pay.wasm", "notes.txt", "123456789012/mail.wasm", "more/other.wasm"] {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = read(directory.path()).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|((tenant, name), path)| {
                let path = path.strip_prefix(directory.path()).unwrap();
                (tenant.as_ref().map(Tenant::as_str), name.as_str(), path.to_str().unwrap())
            })
            .collect();
        let own = (Some("123456789012"), "mail", "123456789012/mail.wasm");
        assert_eq!(found, [own, (None, "pay", "pay.wasm")]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = format!("{:#}", read(Path::new("/nowhere")).unwrap_err());
        assert_eq!(error, "cannot read /nowhere: No such file or directory (os error 2)");
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("no name.wasm");
        fs::write(&path, "").unwrap();
        let error = format!("{:#}", read(directory.path()).unwrap_err());
        assert!(error.starts_with(&format!("{} cannot be installed: ", path.display())), "{error}");
    }
}
