//! The host's key: that it is there, nobody else's to read, and the one that the data were made with.

use std::path::Path;

use stepwell_api::{HostKey, host_key::Error};
use stepwell_journal::sqlite::Inspection;

use super::check::Check;

const WHAT: &str = "host key";

pub(super) fn check(data: &Path, named: Option<&Path>, journal: &Inspection) -> Check {
    let default = HostKey::default_path(data);
    let path = named.unwrap_or(&default);
    let expected = match journal.document(&HostKey::document()) {
        Ok(expected) => expected,
        Err(error) => {
            let mend = "no host starts without it: restore a backup";
            return Check::bad(WHAT, error.to_string(), mend);
        }
    };
    match HostKey::find(path, expected.as_ref()) {
        Ok(Some(_)) => Check::ok(WHAT, format!("{} is the right one", path.display())),
        Ok(None) => {
            let found = format!("there is none yet; the first host makes {}", path.display());
            Check::ok(WHAT, found)
        }
        Err(error) => {
            let mend = match &error {
                Error::Missing { .. } => {
                    "put it back from where it is kept; if it is lost, its tenants need new access \
                     keys"
                }
                Error::Other { .. } => "name the right one with --host-key",
                Error::Exposed { .. } => {
                    "chmod 600 it; if others may have read it, make new access keys"
                }
                _ => "put it back from where it is kept",
            };
            Check::bad(WHAT, error.to_string(), mend)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use stepwell_journal::{Catalog as _, Sqlite, sqlite::Options};

    use super::*;

    #[tokio::test]
    async fn a_key_that_is_missing_another_or_open_to_all_is_bad() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let store = Sqlite::open(&Options::new(&data)).unwrap();
        let journal = Inspection::open(&data).unwrap();
        let path = HostKey::default_path(&data);
        let line = || check(&data, None, &journal).line();
        let shown = path.display();
        assert_eq!(line(), format!("Ok host key: there is none yet; the first host makes {shown}"));
        HostKey::open(&path, &store).await.unwrap();
        assert_eq!(line(), format!("Ok host key: {shown} is the right one"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let exposed = line();
        assert!(exposed.starts_with("Bad host key: "), "{exposed}");
        assert!(exposed.contains("can be read by others than its owner (mode 644)"), "{exposed}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "0".repeat(64)).unwrap();
        let other = line();
        assert!(other.contains("is not the host key that the data directory was made with"));
        assert!(other.ends_with("-- name the right one with --host-key"), "{other}");
        fs::remove_file(&path).unwrap();
        let missing = line();
        assert!(missing.starts_with(&format!("Bad host key: the host key {shown} is missing")));
    }

    #[tokio::test]
    async fn a_fingerprint_that_is_damaged_is_bad_and_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&Options::new(folder.path().join("data"))).unwrap();
        let key = folder.path().join("key");
        HostKey::open(&key, &store).await.unwrap();
        let document = store.get(&HostKey::document()).await.unwrap().unwrap();
        let stored = document.body.unwrap().to_string();
        // Of a store that is open some is in other files.
        let data = folder.path();
        let file = data.join(stepwell_journal::sqlite::FILE);
        store.backup(&file).await.unwrap();
        let mut bytes = fs::read(&file).unwrap();
        let at = bytes.windows(stored.len()).position(|it| it == stored.as_bytes()).unwrap();
        bytes[at] = b'{';
        fs::write(&file, bytes).unwrap();
        let (journal, checks) = super::super::journal::check(data);
        let line = check(data, Some(&key), &journal.unwrap()).line();
        assert!(line.starts_with("Bad host key: ") && line.contains("is damaged"), "{line}");
        assert!(line.ends_with("-- no host starts without it: restore a backup"), "{line}");
        let others: Vec<_> = checks.iter().map(Check::line).collect();
        assert!(others.contains(&"Ok documents: all can be read".to_owned()), "{others:?}");
    }
}
