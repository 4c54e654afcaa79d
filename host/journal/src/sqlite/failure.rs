//! SQLite's errors in the store's words.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::Error;

/// The data directory: where an error happened.
#[derive(Debug, Clone)]
pub(super) struct Place(pub(super) PathBuf);

impl Place {
    pub(super) fn failed(&self, action: &'static str, error: rusqlite::Error) -> Error {
        let directory = self.0.clone();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::Full { directory },
            Some(ErrorCode::ReadOnly) => Error::ReadOnly { directory },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Error::Corrupt {
                what: "journal",
                place: directory.display().to_string(),
                cause: error.to_string(),
            },
            _ => Error::Io { directory, action, cause: error.to_string() },
        }
    }

    pub(super) fn io(&self, action: &'static str, error: &std::io::Error) -> Error {
        use std::io::ErrorKind;
        let directory = self.0.clone();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full { directory },
            ErrorKind::ReadOnlyFilesystem => Error::ReadOnly { directory },
            _ => Error::Io { directory, action, cause: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_disk_that_is_full_or_read_only_is_said_to_be() {
        let place = Place("/data".into());
        let text = |code| {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            place.failed("written", error).to_string()
        };
        assert_eq!(
            text(ffi::SQLITE_FULL),
            "There is no room left for the journal in /data: free some space, or raise the \
             journal's limit. What was acknowledged is kept."
        );
        assert_eq!(
            text(ffi::SQLITE_READONLY),
            "The journal in /data cannot be written: the directory or its disk is read-only."
        );
        assert_eq!(
            text(ffi::SQLITE_IOERR_FSYNC),
            "The journal in /data cannot be written: Error code 1034: disk I/O error."
        );
        assert_eq!(
            text(ffi::SQLITE_CORRUPT),
            "The journal of /data is damaged: Error code 11: database disk image is malformed. \
             Restore a backup."
        );
    }
}
