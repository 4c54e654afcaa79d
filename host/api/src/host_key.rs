//! The one secret of a host: a file that is kept apart from its data.

use std::{
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use stepwell_journal::{
    Catalog,
    catalog::{Document, Key, Kind, Write},
};
use tempfile::NamedTempFile;

const BYTES: usize = 32;
/// What HMAC takes a shorter key for, filled up with zeros.
const BLOCK: usize = 64;

/// What a host's secrets are encrypted and its tokens signed with.
///
/// Without it a copy of the data directory reveals no secrets. Its file has 64 hexadecimal digits,
/// and only its owner may read it; lose it, and all access keys have to be made anew.
#[derive(Clone)]
pub struct HostKey([u8; BYTES]);

/// Why there is no host key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data was made with a key that is gone.
    #[error(
        "the host key {path} is missing, and the access keys in the data directory cannot be read \
         without it: put it back, or name its place with --host-key",
        path = .path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The data was made with another key.
    #[error(
        "{path} is not the host key that the data directory was made with: its fingerprint is \
         {found}, and that of the right one is {expected}; name that one with --host-key",
        path = .path.display()
    )]
    Other {
        /// The key that was read.
        path: PathBuf,
        /// Its fingerprint.
        found: String,
        /// That of the key that the data was made with.
        expected: String,
    },
    /// Others than the owner may read or write it.
    #[error(
        "the host key {path} can be read by others than its owner (mode {mode:03o}): `chmod 600` it",
        path = .path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The file is something else.
    #[error("{path} is no host key, which has 64 hexadecimal digits", path = .path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or made.
    #[error("the host key {path} cannot be {what}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read`, `made`.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The catalog fails.
    #[error(transparent)]
    Catalog(#[from] stepwell_journal::Error),
    /// The system has no random numbers.
    #[error("the system has no random numbers for a key")]
    Random(#[from] getrandom::Error),
}

impl HostKey {
    /// A new one, for a host that keeps nothing.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        let mut key = [0; BYTES];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// Where the key of a data directory is unless somebody says otherwise: beside the directory,
    /// under its name with `.key`, so that a copy of the directory does not have it.
    pub fn default_path(data: &Path) -> PathBuf {
        let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
        let name = data.file_name().unwrap_or("stepwell".as_ref());
        let mut file = name.to_owned();
        file.push(".key");
        data.with_file_name(file)
    }

    /// Reads the key that a catalog was made with. A catalog that was made with none gets a key:
    /// that of the file, or a new one, which is written there.
    ///
    /// # Errors
    /// Where the file is missing, is another's or none, or others can read it; and where the file or
    /// the catalog fails.
    pub async fn open(path: &Path, catalog: &dyn Catalog) -> Result<Self, Error> {
        let document = Self::document();
        let expected = catalog.get(&document).await?.map(Document::read).transpose()?;
        let key = match Self::find(path, expected.as_ref())? {
            Some(key) => key,
            None => Self::create(path)?,
        };
        if expected.is_none() {
            let body = json!(key.fingerprint());
            catalog.apply(vec![Write::Put { key: document, replaces: None, body }]).await?;
        }
        Ok(key)
    }

    /// Where a catalog has the fingerprint of the key that it was made with.
    pub fn document() -> Key {
        Key::new("", Kind::HostKey, "fingerprint")
    }

    /// Reads the key of a catalog that has this fingerprint; none where neither has been made yet.
    ///
    /// # Errors
    /// Where the file is missing, is another's or none, or others can read it; and where it cannot
    /// be read.
    pub fn find(path: &Path, expected: Option<&Value>) -> Result<Option<Self>, Error> {
        let Some(key) = Self::read(path)? else {
            return match expected {
                None => Ok(None),
                Some(_) => Err(Error::Missing { path: path.to_owned() }),
            };
        };
        let found = key.fingerprint();
        match expected.filter(|expected| **expected != found) {
            None => Ok(Some(key)),
            Some(expected) => Err(Error::Other {
                path: path.to_owned(),
                found,
                expected: expected.as_str().unwrap_or_default().to_owned(),
            }),
        }
    }

    /// A key for one purpose, which tells nothing of this one or of those for other purposes: the
    /// HMAC-SHA256 of the label.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let mut block = [0; BLOCK];
        block[..BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(label.as_bytes());
        mac.finalize().into_bytes().into()
    }

    /// What tells it from others.
    fn fingerprint(&self) -> String {
        hex::encode(&self.derive("fingerprint")[..8])
    }

    fn read(path: &Path) -> Result<Option<Self>, Error> {
        let failed = |source| Error::File { path: path.to_owned(), what: "read", source };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(Error::NotAKey { path: path.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(Error::Exposed { path: path.to_owned(), mode });
            }
        }
        let mut key = [0; BYTES];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| Error::NotAKey { path: path.to_owned() })?;
        Ok(Some(Self(key)))
    }

    /// Writes a new one: all of it, or nothing.
    fn create(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { path: path.to_owned(), what: "made", source };
        let key = Self::random()?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // Only its owner may read it, from the start.
        let mut file = NamedTempFile::new_in(directory).map_err(failed)?;
        writeln!(file, "{}", hex::encode(key.0)).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist_noclobber(path).map_err(|error| failed(error.error))?;
        fs::File::open(directory).and_then(|it| it.sync_all()).map_err(failed)?;
        Ok(key)
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostKey").field(&self.fingerprint()).finish()
    }
}

#[cfg(test)]
mod tests {
    use stepwell_journal::Memory;

    use super::*;

    #[tokio::test]
    async fn is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.key");
        let catalog = Memory::default();
        let key = HostKey::open(&path, &catalog).await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let again = HostKey::open(&path, &catalog).await.unwrap();
        assert_eq!(again.derive("a"), key.derive("a"));
        assert_ne!(key.derive("a"), key.derive("b"));
        assert_ne!(key.derive("a"), HostKey::random().unwrap().derive("a"));
        // Another data directory may have the same.
        let other = HostKey::open(&path, &Memory::default()).await.unwrap();
        assert_eq!(other.derive("a"), key.derive("a"));
        let shown = format!("{key:?}");
        assert!(!shown.contains(fs::read_to_string(&path).unwrap().trim()), "{shown}");
    }

    #[test]
    fn is_derived_as_hmac_says() {
        // What `openssl dgst -sha256 -mac HMAC -macopt hexkey:00…` has for this label.
        let derived = hex::encode(HostKey([0; BYTES]).derive("fingerprint"));
        let mut mac = Hmac::<Sha256>::new_from_slice(&[0; BYTES]).unwrap();
        mac.update(b"fingerprint");
        assert_eq!(derived, hex::encode(mac.finalize().into_bytes()));
    }

    async fn refused(path: &Path, catalog: &Memory) -> String {
        HostKey::open(path, catalog).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_key_that_is_not_the_right_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.key");
        let shown = path.display();
        let catalog = Memory::default();
        let first = HostKey::open(&path, &catalog).await.unwrap().fingerprint();
        fs::remove_file(&path).unwrap();
        assert_eq!(
            refused(&path, &catalog).await,
            format!(
                "the host key {shown} is missing, and the access keys in the data directory cannot \
                 be read without it: put it back, or name its place with --host-key"
            )
        );
        assert!(!path.exists());
        let second = HostKey::open(&path, &Memory::default()).await.unwrap().fingerprint();
        assert_eq!(
            refused(&path, &catalog).await,
            format!(
                "{shown} is not the host key that the data directory was made with: its \
                 fingerprint is {second}, and that of the right one is {first}; name that one with \
                 --host-key"
            )
        );
        for content in ["", "00", "x\n", &"0".repeat(65), "é"] {
            fs::write(&path, content).unwrap();
            assert_eq!(
                refused(&path, &catalog).await,
                format!("{shown} is no host key, which has 64 hexadecimal digits")
            );
        }
        fs::write(&path, b"\xff").unwrap();
        assert!(refused(&path, &catalog).await.contains("is no host key"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.key");
        let catalog = Memory::default();
        HostKey::open(&path, &catalog).await.unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(
            refused(&path, &catalog).await,
            format!(
                "the host key {} can be read by others than its owner (mode 640): `chmod 600` it",
                path.display()
            )
        );
    }

    #[tokio::test]
    async fn a_place_where_nothing_can_be_made() {
        let path = Path::new("/nowhere/host.key");
        let refused = refused(path, &Memory::default()).await;
        assert_eq!(refused, "the host key /nowhere/host.key cannot be made");
    }

    #[test]
    fn is_beside_the_data() {
        let path = HostKey::default_path(Path::new("/var/lib/stepwell/"));
        assert_eq!(path, Path::new("/var/lib/stepwell.key"));
        assert_eq!(HostKey::default_path(Path::new("/")), Path::new("/stepwell.key"));
    }
}
