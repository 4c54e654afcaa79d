//! From a file to a plugin: find out what it is, adapt it where it is a core module, see that it
//! exports what is needed and imports what there is, and ask it to describe itself.

mod adapt;
pub mod compile;
mod describe;
mod inspect;
mod limits;
mod refusal;

pub use describe::{Description, Which};
pub(crate) use describe::{limits as describe_limits, of_command, of_component};
pub use limits::Limits;
pub use refusal::Refusal;

use std::{borrow::Cow, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{cache, failure::Failure, info::Kind};

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
    /// The file itself is the reason.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Compiling it took too long.
    #[error(
        "compiling it took longer than {limit:?}{}, and was stopped. Build it smaller, or raise \
         the limit `{}` of admission",
        spent.phrase(),
        spent.limit()
    )]
    CompileTime {
        /// How long it may take.
        limit: Duration,
        /// Which kind of time.
        spent: compile::Time,
    },
    /// Compiling it took too much memory.
    #[error(
        "compiling it needed more memory than {limit} bytes, and was stopped. Build it smaller, or \
         raise the limit `compile-memory` of admission"
    )]
    CompileMemory {
        /// Bytes it may take.
        limit: u64,
    },
    /// The compiler cannot be run, or died over the file.
    #[error("the compiler {} {how}", program.display())]
    Compiler {
        /// The compiler.
        program: PathBuf,
        /// What became of it.
        how: String,
    },
    /// A component whose imports or exports have the right names and the wrong types.
    #[error("does not fit the host: {0}")]
    Mismatch(String),
    /// A component that is too large for the host.
    #[error("too large for this host: {0}")]
    TooLarge(String),
    /// The host failed over the file.
    #[error("the host failed to admit it: {0}")]
    Host(String),
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
    Description(#[from] Description),
    /// The compiled plugin cannot be kept.
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

impl From<Failure> for Error {
    /// Of the call of `describe`.
    fn from(failure: Failure) -> Self {
        Self::Describe { error: failure.error, cause: failure.cause }
    }
}

/// What a file turned out to be.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Candidate {
    pub(crate) kind: Kind,
    /// The name it carries, if any.
    pub(crate) name: Option<String>,
    /// Names of the interfaces it imports that do anything, sorted.
    pub(crate) imports: Vec<String>,
}

/// Finds out what `bytes` are, and makes a component of them if they are none.
fn examine<'a>(bytes: &'a [u8], limits: &Limits) -> Result<(Candidate, Cow<'a, [u8]>), Refusal> {
    let encoding = inspect::encoding(bytes)?;
    limits.check(bytes)?;
    let (component, name) = match encoding {
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
