//! What can be wrong with a file.

use serde::{Deserialize, Serialize};

/// Why a file is not one that this host runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// Not WebAssembly at all.
    #[error("not a WebAssembly file: it {0}")]
    NotWasm(String),
    /// WebAssembly, but broken.
    #[error("corrupt WebAssembly: {message} (at byte {offset})")]
    Corrupt {
        /// What is wrong.
        message: String,
        /// Where, in bytes from the beginning.
        offset: u64,
    },
    /// Over a limit of [`admit::Limits`](super::Limits).
    #[error(
        "too large to be admitted: it has {value} {what}, and may have {limit}. Build it smaller, \
         or raise the limit `{name}` of admission"
    )]
    OverLimit {
        /// What there is too much of.
        what: String,
        /// How much there is, at least.
        value: u64,
        /// How much there may be.
        limit: u64,
        /// Name of the limit.
        name: String,
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
    /// The compiler would not take it.
    #[error("cannot be compiled: {0}")]
    Compile(String),
}

/// Names that a message tells, and characters of each: a file may have any number of any length.
const NAMES: usize = 20;
const NAME: usize = 200;

/// Names for a message: `a`, `b` and `c`.
pub(super) fn list(names: &[String]) -> String {
    let quoted = |name: &String| match name.char_indices().nth(NAME) {
        Some((end, _)) => format!("`{}...`", &name[..end]),
        None => format!("`{name}`"),
    };
    let mut told: Vec<_> = names.iter().take(NAMES).map(quoted).collect();
    if names.len() > NAMES {
        told.push(format!("{} more", names.len() - NAMES));
    }
    match told.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_as_far_as_one_would_read() {
        let names = |count: usize| vec!["a".to_owned(); count];
        assert_eq!(list(&names(0)), "nothing");
        assert_eq!(list(&names(1)), "`a`");
        assert_eq!(list(&names(3)), "`a`, `a` and `a`");
        assert!(list(&names(25)).ends_with("`a`, `a` and 5 more"));
        let long = list(&["é".repeat(1000)]);
        assert_eq!(long, format!("`{}...`", "é".repeat(200)));
    }
}
