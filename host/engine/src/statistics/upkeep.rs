//! What becomes of old figures.

use std::collections::BTreeMap;

use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Error,
    catalog::{Document, Key, Kind, Write},
};

use super::{
    FINE, HOUR, Recorder, STEP,
    recorder::put,
    store::{self, Body, documents, name, read_name},
};

impl Recorder {
    /// Puts steps together to hours that are old enough, and deletes hours that began before a time.
    ///
    /// # Errors
    /// Where the catalog fails: what was done stays so, and the rest is done the next time.
    pub async fn tidy(&self, now: Timestamp, kept_from: Timestamp) -> Result<(), Error> {
        for tenant in self.tenants().await? {
            self.roll_up(&tenant, now.as_second()).await?;
            self.delete_before(&tenant, kept_from.as_second()).await?;
        }
        Ok(())
    }

    async fn roll_up(&self, tenant: &str, now: i64) -> Result<(), Error> {
        // Whole hours only.
        let until = (now - FINE).div_euclid(HOUR) * HOUR;
        let mut hours: BTreeMap<(i64, String), Vec<Document>> = BTreeMap::new();
        for document in documents(&*self.catalog, tenant, STEP, 0, until).await? {
            let Some((at, machine)) = read_name(STEP, &document.key.name) else { continue };
            let hour = (at.div_euclid(HOUR) * HOUR, machine.to_owned());
            hours.entry(hour).or_default().push(document);
        }
        for ((at, machine), steps) in hours {
            let key = Key::new(tenant, Kind::Statistics, name(HOUR, at, &machine));
            let there = self.catalog.get(&key).await?;
            let replaces = there.as_ref().map(|document| document.revision);
            let mut body: Body = there.map(store::decode).transpose()?.unwrap_or_default();
            let mut writes = Vec::with_capacity(steps.len() + 1);
            for step in steps {
                writes.push(Write::Delete { key: step.key.clone(), replaces: step.revision });
                body.figures.merge(&store::decode(step)?.figures);
            }
            writes.push(put(key, replaces, &body));
            // Both or neither: nothing counts twice, and nothing is lost.
            self.catalog.apply(writes).await?;
        }
        Ok(())
    }

    async fn delete_before(&self, tenant: &str, before: i64) -> Result<(), Error> {
        for length in [HOUR, STEP] {
            let old = documents(&*self.catalog, tenant, length, 0, before).await?;
            for some in old.chunks(100) {
                let delete = |document: &Document| Write::Delete {
                    key: document.key.clone(),
                    replaces: document.revision,
                };
                self.catalog.apply(some.iter().map(delete).collect()).await?;
            }
        }
        Ok(())
    }
}
