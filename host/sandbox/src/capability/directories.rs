//! Directories of the host. cap-std keeps a guest inside of them: no `..`, no symbolic link and no
//! race leads out.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::grants::Error;

/// A directory of the host that the guest finds open. Nothing outside of it can be reached
/// through it, by `..` or by symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Directory {
    /// Where it is on the host. It must exist.
    pub host: PathBuf,
    /// The path at which the guest sees it.
    pub guest: String,
    /// What the guest may do there.
    #[serde(default)]
    pub access: Access,
}

/// What a guest may do in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List, and read files.
    #[default]
    ReadOnly,
    /// Also create, write, rename and delete.
    ReadWrite,
}

impl Directory {
    /// Opens the directory for the guest.
    pub(crate) fn open(&self, wasi: &mut WasiCtxBuilder) -> Result<(), Error> {
        let access = match self.access {
            Access::ReadOnly => FsPerms::ReadOnly,
            Access::ReadWrite => FsPerms::ReadWrite,
        };
        let opened = wasi.preopened_dir(&self.host, &self.guest, access);
        opened.map(|_| ()).map_err(|error| Error::Directory {
            host: self.host.clone(),
            guest: self.guest.clone(),
            cause: error.root_cause().to_string(),
        })
    }
}

impl Access {
    fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
        }
    }
}

impl fmt::Display for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}, {}", self.guest, self.host.display(), self.access.as_str())
    }
}
