//! What becomes of old figures.

use std::collections::{BTreeMap, BTreeSet};

use stepwell_interpreter::Timestamp;
use stepwell_journal::{
    Error,
    catalog::{Document, Key, Kind, Write},
};

use super::{
    FINE, HOUR, MACHINES, MachineFigures, OTHER, Recorder, STEP,
    recorder::put,
    store::{Body, Pages, name, read_name},
};

/// The state machines that are told from each other in an hour.
#[derive(Default)]
struct Known {
    hour: i64,
    machines: BTreeSet<String>,
}

/// What is added to a document of an hour, and the documents that it comes from.
#[derive(Default)]
struct Added {
    figures: MachineFigures,
    deletes: Vec<Write>,
}

impl Recorder {
    /// Puts steps together to hours that are old enough, and deletes hours that began before a time.
    /// What cannot be read stays until it is deleted. One account's trouble does not keep others
    /// waiting.
    ///
    /// # Errors
    /// Where the catalog fails: what was done stays so, and the rest is done the next time.
    pub async fn tidy(&self, now: Timestamp, kept_from: Timestamp) -> Result<(), Error> {
        let mut result = Ok(());
        for tenant in self.tenants().await? {
            let rolled_up = self.roll_up(&tenant, now.as_second()).await;
            let deleted = self.delete_before(&tenant, kept_from.as_second()).await;
            result = result.and(rolled_up).and(deleted);
        }
        result
    }

    async fn roll_up(&self, tenant: &str, now: i64) -> Result<(), Error> {
        // Whole hours only.
        let until = (now - FINE).div_euclid(HOUR) * HOUR;
        let mut known = Known { hour: i64::MIN, ..Known::default() };
        let mut pages = Pages::new(&*self.catalog, tenant, STEP, 0, until);
        while let Some(page) = pages.next().await? {
            self.add_to_hours(tenant, page, &mut known).await?;
        }
        Ok(())
    }

    async fn add_to_hours(
        &self,
        tenant: &str,
        steps: Vec<Document>,
        known: &mut Known,
    ) -> Result<(), Error> {
        // Nobody reads the hours before this, and the steps after it.
        let _writing = self.unsent.write().await;
        let mut hours: BTreeMap<(i64, String), Added> = BTreeMap::new();
        for step in steps {
            let Some((at, machine)) = read_name(STEP, &step.key.name) else { continue };
            let (hour, machine) = (at.div_euclid(HOUR) * HOUR, machine.to_owned());
            let delete = Write::Delete { key: step.key.clone(), replaces: step.revision };
            let Some(body) = step.read_or_warn::<Body>() else { continue };
            if known.hour != hour {
                *known = Known { hour, machines: self.machines(tenant, HOUR, hour).await? };
            }
            let machine = told_apart(&mut known.machines, &machine).to_owned();
            let added = hours.entry((hour, machine)).or_default();
            added.figures.merge(&body.figures);
            added.deletes.push(delete);
        }
        let mut writes = Vec::new();
        for ((at, machine), added) in hours {
            let key = Key::new(tenant, Kind::Statistics, name(HOUR, at, &machine));
            let there = self.catalog.get(&key).await?;
            let replaces = there.as_ref().map(|document| document.revision);
            let mut body = match there.map(Document::read_or_warn::<Body>) {
                None => Body::default(),
                Some(Some(body)) => body,
                // The steps stay, and are read in its stead.
                Some(None) => continue,
            };
            body.figures.merge(&added.figures);
            writes.extend(added.deletes);
            writes.push(put(key, replaces, &body));
        }
        if writes.is_empty() {
            return Ok(());
        }
        // All or nothing: nothing counts twice, and nothing is lost.
        self.catalog.apply(writes).await
    }

    /// The state machines that have figures of their own in a step.
    pub(super) async fn machines(
        &self,
        tenant: &str,
        length: i64,
        at: i64,
    ) -> Result<BTreeSet<String>, Error> {
        let mut machines = BTreeSet::new();
        let mut pages = Pages::new(&*self.catalog, tenant, length, at, at + 1);
        while let Some(page) = pages.next().await? {
            let names = page.iter().filter_map(|document| read_name(length, &document.key.name));
            machines.extend(
                names.filter(|(_, name)| *name != OTHER).map(|(_, machine)| machine.to_owned()),
            );
        }
        Ok(machines)
    }

    async fn delete_before(&self, tenant: &str, before: i64) -> Result<(), Error> {
        for length in [HOUR, STEP] {
            let mut pages = Pages::new(&*self.catalog, tenant, length, 0, before);
            while let Some(page) = pages.next().await? {
                let delete = |it: Document| Write::Delete { key: it.key, replaces: it.revision };
                let writes: Vec<_> = page.into_iter().map(delete).collect();
                if !writes.is_empty() {
                    self.catalog.apply(writes).await?;
                }
            }
        }
        Ok(())
    }
}

/// The name under which a state machine's figures are kept: its own, unless as many are known as are
/// told apart.
pub(super) fn told_apart<'a>(known: &mut BTreeSet<String>, machine: &'a str) -> &'a str {
    if known.contains(machine) {
        return machine;
    }
    if machine == OTHER || known.len() >= MACHINES {
        return OTHER;
    }
    known.insert(machine.to_owned());
    machine
}
