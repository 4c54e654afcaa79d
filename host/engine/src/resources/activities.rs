//! Activities: tasks that workers ask for.

use serde::{Deserialize, Serialize};
use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Page,
    catalog::{Key, Kind, Write},
};

use super::{ATTEMPTS, Error, Resources, Settings, Tagged, Tags, put};

/// An activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What else is kept with it.
    pub settings: Settings,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An activity that is to be created.
#[derive(Debug, Clone)]
pub struct CreateActivity {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// What else is kept with it.
    pub settings: Settings,
    /// Its tags.
    pub tags: Tags,
}

pub(super) fn key(tenant: &str, name: &str) -> Key {
    Key::new(tenant, Kind::Activity, name)
}

impl Resources {
    /// An activity; none where there is none of this name.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn activity(&self, tenant: &str, name: &str) -> Result<Option<Activity>, Error> {
        Ok(self.read(&key(tenant, name)).await?.map(|(activity, _)| activity))
    }

    /// Activities in the order of their names, after one of them, without those that are damaged.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn activities(
        &self,
        tenant: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Activity, String>, Error> {
        Ok(self.catalog.scan(tenant, Kind::Activity, "", after, limit).await?.read_or_warn())
    }

    /// Creates an activity. One with the same settings is there already: its tags may be others,
    /// and stay as they are.
    ///
    /// # Errors
    /// [`Error::Exists`] where there is another of this name, [`Error::Quota`]; where the catalog
    /// fails.
    pub async fn create_activity(
        &self,
        tenant: &str,
        create: CreateActivity,
        at: Timestamp,
    ) -> Result<Activity, Error> {
        let key = key(tenant, &create.name);
        let _creating = self.creating.lock().await;
        for _ in 0..ATTEMPTS {
            if let Some((there, _)) = self.read::<Activity>(&key).await? {
                return if there.settings == create.settings {
                    Ok(there)
                } else {
                    Err(Error::Exists { arn: there.arn })
                };
            }
            let limit = self.quotas.activities;
            self.below_quota(tenant, Kind::Activity, "activities", limit).await?;
            self.few_enough(&create.tags)?;
            let activity = Activity {
                name: create.name.clone(),
                arn: create.arn.clone(),
                settings: create.settings.clone(),
                created_at: at,
            };
            let mut writes = vec![put(key.clone(), None, &activity)];
            if !create.tags.is_empty() {
                let tagged = Tagged::Activity(create.name.clone());
                writes.push(put(tagged.key(tenant), None, &create.tags));
            }
            if self.apply(writes).await? {
                return Ok(activity);
            }
        }
        Err(Error::Contended)
    }

    /// Deletes an activity, with its tags. One that is not there is deleted.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn delete_activity(&self, tenant: &str, name: &str) -> Result<(), Error> {
        let tags = Tagged::Activity(name.to_owned()).key(tenant);
        for _ in 0..ATTEMPTS {
            let Some(activity) = self.catalog.get(&key(tenant, name)).await? else {
                return Ok(());
            };
            let tags = self.catalog.get(&tags).await?;
            let delete = |document: stepwell_journal::catalog::Document| Write::Delete {
                key: document.key,
                replaces: document.revision,
            };
            let writes = [Some(activity), tags].into_iter().flatten().map(delete).collect();
            if self.apply(writes).await? {
                return Ok(());
            }
        }
        Err(Error::Contended)
    }
}
