//! From a file to a plugin: find out what it is, adapt it where it is a core module, see that it
//! exports what is needed and imports what there is, and ask it to describe itself.

mod adapt;
mod describe;
mod inspect;

pub(crate) use describe::{limits as describe_limits, of_command, of_component};

use crate::{cache, info::Kind};
use std::{borrow::Cow, path::PathBuf};

/// Why a file was not admitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: std::io::Error,
    },
    /// Not WebAssembly at all.
    #[error("not a WebAssembly file: it {0}")]
    NotWasm(&'static str),
    /// WebAssembly, but broken.
    #[error("corrupt WebAssembly: {message} (at byte {offset})")]
    Corrupt {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the beginning.
        offset: u64,
    },
    /// A core module that is neither a command nor carries the contract.
    #[error(
        "a core module that is no WASI command: it does not export the function `_start`, and \
         does not carry the contract `stepwell:task` either. It exports {exports}. Build it as a \
         command, or make a component of it"
    )]
    NotACommand {
        /// What it exports.
        exports: String,
    },
    /// A core module that imports what WASI preview 1 does not have.
    #[error(
        "a core module that imports from {modules}: only `wasi_snapshot_preview1` can be adapted. \
         Make a component of it"
    )]
    ForeignModule {
        /// The modules it imports from.
        modules: String,
    },
    /// A core module that cannot be made a component.
    #[error("a core module that cannot be made a component: {0}")]
    Adapt(String),
    /// A component of another world.
    #[error(
        "a component of another world: it exports {exports}, but neither `stepwell:task/plugin` \
         (version 0.1) nor `wasi:cli/run` (version 0.2)"
    )]
    AnotherWorld {
        /// What it exports.
        exports: String,
    },
    /// A component of another version of the contract.
    #[error(
        "made for another version of the contract: it exports `{export}`, and this host runs version 0.1"
    )]
    AnotherVersion {
        /// What it exports.
        export: String,
    },
    /// A component that imports what this host does not have.
    #[error("imports what this host does not have: {}", list(.0))]
    UnknownImports(Vec<String>),
    /// A component whose imports or exports have the right names and the wrong types.
    #[error("does not fit the host: {0}")]
    Mismatch(String),
    /// A component that is too large for the host.
    #[error("too large for this host: {0}")]
    TooLarge(String),
    /// The compiler would not take it.
    #[error("cannot be compiled: {0}")]
    Compile(String),
    /// It could not describe itself.
    #[error("could not describe itself: {error}: {cause}")]
    Describe {
        /// Name of the error.
        error: String,
        /// Why.
        cause: String,
    },
    /// It described itself wrongly.
    #[error("describes itself wrongly: {0}")]
    Description(String),
    /// The compiled plugin cannot be kept.
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

/// What a file turned out to be.
pub(crate) struct Candidate {
    pub(crate) kind: Kind,
    /// The name it carries, if any.
    pub(crate) name: Option<String>,
    /// Names of the interfaces it imports that do anything, sorted.
    pub(crate) imports: Vec<String>,
}

/// Finds out what `bytes` are, and makes a component of them if they are none.
pub(crate) fn examine(bytes: &[u8]) -> Result<(Candidate, Cow<'_, [u8]>), Error> {
    let (component, name) = match inspect::encoding(bytes)? {
        inspect::Encoding::Component => (Cow::Borrowed(bytes), None),
        inspect::Encoding::Module => {
            let module = inspect::module(bytes)?;
            (Cow::Owned(adapt::to_component(bytes, &module)?), module.name)
        }
    };
    let surface = inspect::component(&component)?;
    let kind = surface.kind()?;
    surface.check_imports()?;
    let name = surface.name.clone().or(name);
    let candidate = Candidate { kind, name, imports: surface.capabilities() };
    Ok((candidate, component))
}

/// Names for a message: `a`, `b` and `c`.
fn list(names: &[String]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [one] => format!("`{one}`"),
        [most @ .., last] => {
            let most: Vec<_> = most.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", most.join(", "))
        }
    }
}
