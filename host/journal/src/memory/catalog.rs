//! The documents.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::Memory;
use crate::{
    Error, Page,
    catalog::{self, Catalog, Document, Kind, Write},
    read::page_of_documents,
};

#[async_trait]
impl Catalog for Memory {
    async fn get(&self, key: &catalog::Key) -> Result<Option<Document>, Error> {
        let tables = self.tables();
        let found = tables.documents.get(key);
        Ok(found.map(|(revision, body)| document(key, *revision, body)))
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<(), Error> {
        let mut tables = self.tables();
        let mut documents: BTreeMap<_, Option<&Value>> = BTreeMap::new();
        let number = tables.writes + 1;
        for write in &writes {
            let key = write.key();
            let found: Option<u64> = match documents.get(key) {
                Some(written) => written.map(|_| number),
                None => tables.documents.get(key).map(|(revision, _)| *revision),
            };
            if found != write.expects() {
                return Err(write.conflict());
            }
            match write {
                Write::Put { body, .. } => drop(documents.insert(key, Some(body))),
                Write::Delete { .. } => drop(documents.insert(key, None)),
                Write::Check { .. } => {}
            }
        }
        tables.writes = number;
        for (key, body) in documents {
            match body {
                Some(body) => tables.documents.insert(key.clone(), (number, body.clone())),
                None => tables.documents.remove(key),
            };
        }
        Ok(())
    }

    async fn scan(
        &self,
        tenant: &str,
        kind: Kind,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Document, String>, Error> {
        let tables = self.tables();
        let first = catalog::Key::new(tenant, kind, after.unwrap_or_default().max(prefix));
        let items = tables
            .documents
            .range(first..)
            .take_while(|(key, _)| key.tenant == tenant && key.kind == kind)
            .take_while(|(key, _)| key.name.starts_with(prefix))
            .filter(|(key, _)| after.is_none_or(|after| key.name.as_str() > after))
            .take(limit.saturating_add(1))
            .map(|(key, (revision, body))| document(key, *revision, body))
            .collect();
        Ok(page_of_documents(items, limit))
    }

    async fn count(&self, tenant: &str, kind: Kind) -> Result<usize, Error> {
        let tables = self.tables();
        let of_kind = |key: &&catalog::Key| key.tenant == tenant && key.kind == kind;
        let first = catalog::Key::new(tenant, kind, "");
        Ok(tables.documents.range(first..).map(|(key, _)| key).take_while(of_kind).count())
    }
}

fn document(key: &catalog::Key, revision: u64, body: &Value) -> Document {
    Document { key: key.clone(), revision, body: Ok(body.clone()) }
}
