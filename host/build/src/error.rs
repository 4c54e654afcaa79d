use std::{io, path::PathBuf};

/// Why a plugin was not built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is no project.
    #[error(
        "{} is no plugin project: it has no plugin.toml.\n\
         `stepwell plugin new --lang LANG NAME` makes a project; plugin.toml says at least\n  \
         name = \"greeter\"\n  language = \"rust\"",
        .0.display()
    )]
    NoProject(PathBuf),
    /// The manifest says something that it cannot say.
    #[error("{} is not right: {problem}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: Box<toml::de::Error>,
    },
    /// A tool is not on this machine, or not where the environment says it is.
    #[error(
        "{tool} is needed, and is not here.\nLooked for {}.\nGet it with\n  {}",
        looked.join(", "),
        get.join("\nor\n  ")
    )]
    Missing {
        /// What it is called.
        tool: &'static str,
        /// What was looked for, and where.
        looked: Vec<String>,
        /// Commands that get it, each of which is enough.
        get: Vec<String>,
    },
    /// A tool ran and failed.
    #[error("`{command}` ended with {status}:\n{output}")]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
        /// What it printed.
        output: String,
    },
    /// A tool ran, and what it should have made is not there or is not what it should be.
    #[error("{made} {problem}")]
    Made {
        /// What should have been made: a file as a rule.
        made: String,
        /// What is wrong, and what to look at.
        problem: String,
    },
    /// A toolchain cannot be had.
    #[error("{0:#}")]
    Toolchain(anyhow::Error),
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// Read or write, as a word.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: a file that cannot be read.
    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { action: "read", path, source }
    }

    /// For `map_err`: a file that cannot be written.
    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { action: "write", path, source }
    }
}
