//! How a sandbox is set up.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::admit::{self, compile::Compiler};

/// Options of a [`Sandbox`](crate::Sandbox).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// Where compiled plugins are kept between runs of the host. Created if it is not there;
    /// nobody but the user the host runs as may write in it. None keeps nothing: every start of
    /// the host compiles every plugin again.
    pub cache_dir: Option<PathBuf>,
    /// How many calls may be inside the sandbox at once; further ones wait their turn, and their
    /// waiting does not count against their time limit. Each takes about 4 GiB of address space
    /// (not of memory). 1 to 4,096.
    pub concurrency: u32,
    /// A file of certificates in PEM: authorities whose certificates plugins' HTTPS requests take
    /// besides those of the authorities that the system believes.
    pub ca_file: Option<PathBuf>,
    /// What a file may be like, and what compiling it may use up.
    pub admission: admit::Limits,
    /// What compiles plugins. Files from strangers want a process of its own.
    pub compiler: Compiler,
    /// How many files may be compiled at once; further ones wait their turn. At least 1.
    pub compilations: u32,
    /// Where calls have their scratch directories: in a directory `stepwell-scratch` there, which
    /// is created when the first is needed. Nobody but the user the host runs as may write in that,
    /// and several hosts may share it. None takes one in the system's directory for temporary
    /// files.
    pub scratch_dir: Option<PathBuf>,
}

impl Options {
    /// Most calls at once: what fits in the address space of a process.
    pub const MAX_CONCURRENCY: u32 = 4096;
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cache_dir: None,
            concurrency: 512,
            ca_file: None,
            admission: admit::Limits::default(),
            compiler: Compiler::default(),
            compilations: 2,
            scratch_dir: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_by_name() {
        let text = r#"{
            "admission": { "file-bytes": 5 },
            "compiler": { "process": { "program": "stepwell", "arguments": ["compile-plugin"] } },
            "scratch-dir": "/var/tmp/stepwell"
        }"#;
        let compiler = Compiler::Process {
            program: "stepwell".into(),
            arguments: vec!["compile-plugin".to_owned()],
        };
        assert_eq!(
            serde_json::from_str::<Options>(text).unwrap(),
            Options {
                admission: admit::Limits { file_bytes: 5, ..admit::Limits::default() },
                compiler,
                scratch_dir: Some("/var/tmp/stepwell".into()),
                ..Options::default()
            }
        );
        assert!(serde_json::from_str::<Options>(r#"{"compilers": 1}"#).is_err());
    }
}
