//! Lists of executions, and how many there are.

use std::collections::BTreeMap;

use super::{Record, Tables};
use crate::{Counts, Error, Filter, Listing, Of, Page, Token, read::page_of_listings};

impl Record {
    fn is_of(&self, filter: &Filter) -> bool {
        let start = &self.start;
        let machine = &start.key.machine;
        start.key.tenant == filter.tenant
            && filter.is_in(self.current.status)
            && filter.redriven.is_none_or(|redriven| redriven == (self.redrive_count > 0))
            && start.key.name.starts_with(&filter.name_prefix)
            && self.started_at >= filter.from()
            && match &filter.of {
                Of::Account => start.map_run.is_none(),
                Of::Machine(of) => machine == of,
                Of::Version(of, version) => {
                    machine == of && start.version.as_ref() == Some(version)
                }
                Of::Alias(of, alias) => machine == of && start.alias.as_ref() == Some(alias),
                Of::MapRun(arn) => start.map_run.as_ref() == Some(arn),
            }
    }
}

impl Tables {
    pub(super) fn list(
        &self,
        filter: &Filter,
        limit: usize,
        token: Option<&Token>,
    ) -> Result<Page<Listing, Token>, Error> {
        let after = filter.after(token)?;
        let items = self
            .executions
            .iter()
            .filter(|(id, record)| record.is_of(filter) && (record.started_at, **id) < after)
            .map(|(id, record)| record.listing(*id))
            .collect();
        Ok(page_of_listings(filter, items, limit))
    }

    pub(super) fn counts(&self, tenant: &str, machine: Option<&str>) -> BTreeMap<String, Counts> {
        let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
        let counted = |record: &&Record| {
            let key = &record.start.key;
            key.tenant == tenant
                && machine.is_none_or(|machine| key.machine == machine)
                && record.start.map_run.is_none()
        };
        for record in self.executions.values().filter(counted) {
            let of_machine = counts.entry(record.start.key.machine.clone()).or_default();
            *of_machine.entry(record.current.status).or_default() += 1;
        }
        counts
    }
}
