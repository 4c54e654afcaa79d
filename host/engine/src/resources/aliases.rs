//! Aliases: names that lead to versions.

use serde::{Deserialize, Serialize};
use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Page,
    catalog::{Key, Kind, Write},
};

use super::{
    ATTEMPTS, Error, Resources,
    machines::{self, StateMachine},
    put,
    versions::prefix,
};

/// An alias of a state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alias {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Where it leads: one version, or two.
    pub routes: Vec<Route>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// One of the versions that an alias leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its number.
    pub version: u64,
    /// How many of a hundred executions it gets. Those of an alias add up to 100.
    pub weight: u8,
}

/// An alias that is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAlias {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Where it leads.
    pub routes: Vec<Route>,
}

/// What changes of an alias.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateAlias {
    /// The description.
    pub description: Option<String>,
    /// Where it leads.
    pub routes: Option<Vec<Route>>,
}

impl Alias {
    /// The version that one execution gets.
    pub(super) fn draw(&self, draw: u64) -> u64 {
        let mut rest = draw % 100;
        for route in &self.routes {
            match rest.checked_sub(route.weight.into()) {
                Some(less) => rest = less,
                None => return route.version,
            }
        }
        // Weights add up to 100: the loop has found one.
        self.routes.last().map_or(0, |route| route.version)
    }
}

fn key(tenant: &str, machine: &str, alias: &str) -> Key {
    Key::new(tenant, Kind::Alias, prefix(machine) + alias)
}

impl Resources {
    /// An alias; none where there is none of this name.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn alias(
        &self,
        tenant: &str,
        machine: &str,
        name: &str,
    ) -> Result<Option<Alias>, Error> {
        Ok(self.read(&key(tenant, machine, name)).await?.map(|(alias, _)| alias))
    }

    /// The aliases of a state machine in the order of their names, after what the page before has
    /// named, without those that are damaged.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn aliases(
        &self,
        tenant: &str,
        machine: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Alias, String>, Error> {
        let prefix = prefix(machine);
        Ok(self.catalog.scan(tenant, Kind::Alias, &prefix, after, limit).await?.read_or_warn())
    }

    /// Creates an alias. One that is the same is there already.
    ///
    /// # Errors
    /// [`Error::Missing`] where the machine or a version is not there, [`Error::Deleting`],
    /// [`Error::Exists`] where there is another of this name, [`Error::Quota`]; where the catalog
    /// fails.
    pub async fn create_alias(
        &self,
        tenant: &str,
        machine: &str,
        create: &CreateAlias,
        at: Timestamp,
    ) -> Result<Alias, Error> {
        let machine_key = machines::key(tenant, machine);
        for _ in 0..ATTEMPTS {
            let (mut found, read) = self.active(&machine_key).await?;
            let CreateAlias { name, description, routes } = create;
            if let Some(there) = self.alias(tenant, machine, name).await? {
                return if (&there.description, &there.routes) == (description, routes) {
                    Ok(there)
                } else {
                    Err(Error::Exists { arn: format!("{}:{name}", found.arn) })
                };
            }
            self.all_there(tenant, machine, routes).await?;
            let limit = self.quotas.aliases;
            if found.aliases >= limit {
                return Err(Error::Quota { what: "aliases", limit });
            }
            found.aliases += 1;
            let alias = Alias {
                name: name.clone(),
                description: description.clone(),
                routes: routes.clone(),
                created_at: at,
                updated_at: at,
            };
            let writes = vec![
                put(key(tenant, machine, name), None, &alias),
                put(machine_key.clone(), Some(read), &found),
            ];
            if self.apply(writes).await? {
                return Ok(alias);
            }
        }
        Err(Error::Contended)
    }

    async fn all_there(&self, tenant: &str, machine: &str, routes: &[Route]) -> Result<(), Error> {
        for route in routes {
            if self.version(tenant, machine, route.version).await?.is_none() {
                return Err(Error::Missing("version"));
            }
        }
        Ok(())
    }

    /// Changes an alias.
    ///
    /// # Errors
    /// [`Error::Missing`] where the alias, its machine or a version is not there,
    /// [`Error::Deleting`]; where the catalog fails.
    pub async fn update_alias(
        &self,
        tenant: &str,
        machine: &str,
        name: &str,
        update: &UpdateAlias,
        at: Timestamp,
    ) -> Result<Alias, Error> {
        let machine_key = machines::key(tenant, machine);
        let alias_key = key(tenant, machine, name);
        for _ in 0..ATTEMPTS {
            let (_, machine_read) = self.active(&machine_key).await?;
            let Some((mut alias, read)) = self.read::<Alias>(&alias_key).await? else {
                return Err(Error::Missing("alias"));
            };
            let UpdateAlias { description, routes } = update.clone();
            if let Some(routes) = routes {
                self.all_there(tenant, machine, &routes).await?;
                alias.routes = routes;
            }
            alias.description = description.or(alias.description);
            alias.updated_at = at;
            let writes = vec![
                put(alias_key.clone(), Some(read), &alias),
                // Who deletes a version writes the machine: none that was found is gone.
                Write::Check { key: machine_key.clone(), is: Some(machine_read) },
            ];
            if self.apply(writes).await? {
                return Ok(alias);
            }
        }
        Err(Error::Contended)
    }

    /// Deletes an alias. One that is not there is deleted.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn delete_alias(&self, tenant: &str, machine: &str, name: &str) -> Result<(), Error> {
        let machine_key = machines::key(tenant, machine);
        let alias_key = key(tenant, machine, name);
        for _ in 0..ATTEMPTS {
            let Some((mut found, read)) = self.read::<StateMachine>(&machine_key).await? else {
                return Ok(());
            };
            // It need not be sound: one that is damaged would keep its machine's versions for ever.
            let Some(alias) = self.catalog.get(&alias_key).await? else { return Ok(()) };
            found.aliases = found.aliases.saturating_sub(1);
            let writes = vec![
                Write::Delete { key: alias_key.clone(), replaces: alias.revision },
                put(machine_key.clone(), Some(read), &found),
            ];
            if self.apply(writes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }
}
