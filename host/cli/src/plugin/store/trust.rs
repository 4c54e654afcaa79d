//! The publishers whose plugins may be installed from registries: a file beside the plugins.

use std::{collections::BTreeMap, fs, io};

use anyhow::{Context as _, Result};
use stepwell_registry::trust::Publisher;

use super::{SHARED, Store};
use crate::plugin::name::Tenant;

const FILE: &str = "trust.json";

/// The publishers that are trusted for plugins of all tenants, under [`SHARED`], and of each.
type Trusted = BTreeMap<String, Vec<Publisher>>;

fn scope(tenant: Option<&Tenant>) -> &str {
    tenant.map_or(SHARED, Tenant::as_str)
}

impl Store {
    /// The publishers whose plugins a tenant may have, which are also those of all tenants.
    pub(crate) fn publishers(&self, tenant: Option<&Tenant>) -> Result<Vec<Publisher>> {
        let mut trusted = self.trusted()?;
        let mut publishers = trusted.remove(SHARED).unwrap_or_default();
        if let Some(tenant) = tenant {
            publishers.extend(trusted.remove(tenant.as_str()).unwrap_or_default());
        }
        Ok(publishers)
    }

    /// All publishers, each with the tenant whose plugins it may publish; none is all of them.
    pub(crate) fn all_publishers(&self) -> Result<Vec<(Option<String>, Publisher)>> {
        let all = self.trusted()?.into_iter().flat_map(|(scope, publishers)| {
            let tenant = (scope != SHARED).then_some(scope);
            publishers.into_iter().map(move |publisher| (tenant.clone(), publisher))
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|(one, a), (other, b)| (one, &a.name).cmp(&(other, &b.name)));
        Ok(all)
    }

    /// Changes the publishers of a tenant, or of all. Where it fails nothing changes.
    pub(crate) fn change_publishers<T>(
        &self,
        tenant: Option<&Tenant>,
        change: impl FnOnce(&mut Vec<Publisher>) -> Result<T>,
    ) -> Result<T> {
        let _lock = self.lock()?;
        let mut trusted = self.trusted()?;
        let done = change(trusted.entry(scope(tenant).to_owned()).or_default())?;
        trusted.retain(|_, publishers| !publishers.is_empty());
        self.write_trusted(&trusted)?;
        Ok(done)
    }

    pub(super) fn copy_trust(&self, to: &Self) -> Result<()> {
        let trusted = self.trusted()?;
        if trusted.is_empty() { Ok(()) } else { to.write_trusted(&trusted) }
    }

    fn write_trusted(&self, trusted: &Trusted) -> Result<()> {
        self.write(&self.directory.join(FILE), &serde_json::to_vec_pretty(trusted)?)
    }

    /// What the file says. One that cannot be read is no reason to trust anybody, or nobody.
    fn trusted(&self) -> Result<Trusted> {
        let path = self.directory.join(FILE);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged", path.display())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Trusted::new()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stepwell_registry::PrivateKey;

    use super::*;

    fn publisher(name: &str) -> Publisher {
        let repositories = vec!["a.com/acme/*".parse().unwrap()];
        let key = PrivateKey::generate().unwrap().public();
        Publisher { name: name.to_owned(), key, repositories }
    }

    fn add(store: &Store, tenant: Option<&Tenant>, publisher: &Publisher) {
        let push = |all: &mut Vec<Publisher>| {
            all.push(publisher.clone());
            Ok(())
        };
        store.change_publishers(tenant, push).unwrap();
    }

    #[test]
    fn a_tenants_publisher_speaks_to_no_other_tenant() {
        let (data, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = Store::of(data.path());
        let (one, other) = ("111111111111".parse().unwrap(), "222222222222".parse().unwrap());
        let (shared, own) = (publisher("shared"), publisher("own"));
        assert_eq!(store.publishers(Some(&one)).unwrap(), []);
        add(&store, None, &shared);
        add(&store, Some(&one), &own);
        assert_eq!(store.publishers(None).unwrap(), std::slice::from_ref(&shared));
        assert_eq!(store.publishers(Some(&other)).unwrap(), std::slice::from_ref(&shared));
        assert_eq!(store.publishers(Some(&one)).unwrap(), [shared.clone(), own.clone()]);
        let all = [(None, shared), (Some("111111111111".to_owned()), own)];
        assert_eq!(store.all_publishers().unwrap(), all);
        // It is no plugin, and a copy has it.
        assert!(store.list().unwrap().is_empty());
        let copy = Store::of(copied.path());
        store.copy(&copy).unwrap();
        assert_eq!(copy.all_publishers().unwrap(), all);
    }

    #[test]
    fn a_change_that_fails_and_a_damaged_file_trust_nobody() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::of(data.path());
        let refuse = |all: &mut Vec<Publisher>| -> Result<()> {
            all.push(publisher("acme"));
            anyhow::bail!("no")
        };
        assert!(store.change_publishers(None, refuse).is_err());
        assert_eq!(store.publishers(None).unwrap(), []);
        let path: &Path = &data.path().join("plugins/trust.json");
        fs::write(path, "{").unwrap();
        let error = store.publishers(None).unwrap_err().to_string();
        assert_eq!(error, format!("{} is damaged", path.display()));
    }
}
