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
        Err(error) => return Check::bad(WHAT, error.to_string(), "restore a backup"),
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

    use stepwell_journal::{Sqlite, sqlite::Options};

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
}
