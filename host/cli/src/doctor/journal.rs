//! The journal: that it is one, of this version, and whole.

use std::path::Path;

use stepwell_journal::{
    Error,
    catalog::{Document, Kind},
    sqlite::{FILE, Inspection},
};

use super::check::Check;

/// The journal of a data directory, if it can be read.
pub(super) fn check(data: &Path) -> (Option<Inspection>, Vec<Check>) {
    if !data.join(FILE).exists() {
        let found = format!("{} has none yet", data.display());
        return (None, vec![Check::ok("journal", found)]);
    }
    let journal = match Inspection::open(data) {
        Ok(journal) => journal,
        Err(error) => return (None, vec![bad("journal", &error)]),
    };
    let schema = match journal.schema() {
        Ok((found, known)) if found == known => {
            Check::ok("journal", format!("its schema has version {found}, as this Stepwell's"))
        }
        Ok((found, known)) => Check::warn(
            "journal",
            format!("its schema has version {found}, and this Stepwell's has {known}"),
            "make a backup first: the next host that starts on it brings it to that version",
        ),
        Err(error) => bad("journal", &error),
    };
    let damage = match journal.damage() {
        Ok(damage) if damage.is_empty() => Check::ok("integrity", "the journal is whole"),
        Ok(damage) => Check::bad(
            "integrity",
            format!("the journal is damaged: {}", damage.join("; ")),
            "stop the host, keep a copy of the directory, and restore a backup",
        ),
        Err(error) => bad("integrity", &error),
    };
    let documents = documents(&journal);
    (Some(journal), vec![schema, damage, documents])
}

/// How many damaged documents are named.
const MOST_NAMED: usize = 20;

fn documents(journal: &Inspection) -> Check {
    let check = |document: Document| match document.key.kind {
        Kind::Tenant => stepwell_api::tenants::check_document(document),
        // Without it there is no host that serves the others: what looks at the key tells of it.
        Kind::HostKey => Ok(()),
        _ => stepwell_engine::resources::check_document(document),
    };
    match journal.damaged_documents(check, MOST_NAMED + 1) {
        Ok(damaged) if damaged.is_empty() => Check::ok("documents", "all can be read"),
        Ok(damaged) => {
            let named = damaged.iter().take(MOST_NAMED).map(ToString::to_string);
            let more = (damaged.len() > MOST_NAMED).then(|| "There are more.".to_owned());
            Check::bad(
                "documents",
                named.chain(more).collect::<Vec<_>>().join(" "),
                "a host serves all others: restore a backup to have these again",
            )
        }
        Err(error) => bad("documents", &error),
    }
}

fn bad(what: &'static str, error: &Error) -> Check {
    let mend = match error {
        Error::NewerSchema { .. } => "install that version",
        Error::NotAJournal { .. } => "name the data directory of a host with --data",
        Error::Corrupt { .. } => {
            "stop the host, keep a copy of the directory, and restore a backup"
        }
        _ => "see that the disk works, and that the directory is the host's user's",
    };
    Check::bad(what, error.to_string(), mend)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;
    use stepwell_journal::{
        Catalog as _, Sqlite,
        catalog::{Key, Write},
        sqlite::Options,
    };

    use super::*;

    fn lines(data: &Path) -> Vec<String> {
        check(data).1.iter().map(Check::line).collect()
    }

    #[test]
    fn a_journal_is_whole_also_while_a_host_has_it() {
        let data = tempfile::tempdir().unwrap();
        let none = format!("Ok journal: {} has none yet", data.path().display());
        assert_eq!(lines(data.path()), [none]);
        let _store = Sqlite::open(&Options::new(data.path())).unwrap();
        let (version, _) = Inspection::open(data.path()).unwrap().schema().unwrap();
        assert_eq!(
            lines(data.path()),
            [
                &format!("Ok journal: its schema has version {version}, as this Stepwell's"),
                "Ok integrity: the journal is whole",
                "Ok documents: all can be read",
            ]
        );
    }

    #[tokio::test]
    async fn documents_that_are_damaged_are_named() {
        let data = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&Options::new(data.path())).unwrap();
        let put = |tenant: &str, kind, name: &str, body| Write::Put {
            key: Key::new(tenant, kind, name),
            replaces: None,
            body,
        };
        let writes = vec![
            put("1", Kind::Machine, "m", json!({ "name": "m" })),
            put("1", Kind::Tags, "stateMachine:m", json!({ "a": "b" })),
            put("", Kind::Tenant, "2", json!([])),
            put("", Kind::Statistics, "1", json!(true)),
            put("1", Kind::Statistics, "step/000000000000/m", json!({ "flush": 3 })),
        ];
        store.apply(writes).await.unwrap();
        let lines = lines(data.path());
        let line = lines.last().unwrap();
        for named in
            ["machine m of 1 is damaged", "tenant 2 is damaged", "step/000000000000/m of 1"]
        {
            assert!(line.contains(named), "{line}");
        }
        assert!(!line.contains("tags") && line.matches("is damaged").count() == 3, "{line}");
        assert!(
            line.ends_with("-- a host serves all others: restore a backup to have these again"),
            "{line}"
        );
        let writes = (0..=MOST_NAMED).map(|it| put("1", Kind::Alias, &it.to_string(), json!(1)));
        store.apply(writes.collect()).await.unwrap();
        assert!(self::lines(data.path()).last().unwrap().contains(" There are more."));
    }

    #[test]
    fn what_is_no_journal_is_told() {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(FILE);
        fs::write(&file, "text that is long enough to be no header of a database at all, never")
            .unwrap();
        let line = &lines(data.path())[0];
        assert!(line.starts_with("Bad journal: ") && line.contains("is damaged"), "{line}");
        assert!(
            line.ends_with("-- stop the host, keep a copy of the directory, and restore a backup")
        );
    }

    #[test]
    fn a_damaged_page_is_found() {
        let data = tempfile::tempdir().unwrap();
        drop(Sqlite::open(&Options::new(data.path())).unwrap());
        let file = data.path().join(FILE);
        let mut bytes = fs::read(&file).unwrap();
        // The second page, behind the header and the schema.
        bytes[4096..8192].fill(0xee);
        fs::write(&file, bytes).unwrap();
        let lines = lines(data.path());
        let line = &lines[1];
        assert!(line.starts_with("Bad integrity: "), "{line}");
        assert!(line.contains("damaged"), "{line}");
        assert!(
            line.ends_with("-- stop the host, keep a copy of the directory, and restore a backup")
        );
    }
}
