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
    /// A file cannot be read, written or started.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// `read`, `write` or `start`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_told_with_what_was_looked_for_and_how_to_get_it() {
        let error = Error::Missing {
            tool: "Zig",
            looked: vec!["$ZIG".into(), "zig on the PATH".into()],
            get: vec!["pip install ziglang".into(), "apt-get install zig".into()],
        };
        let text = "Zig is needed, and is not here.\nLooked for $ZIG, zig on the PATH.\n\
                    Get it with\n  pip install ziglang\nor\n  apt-get install zig";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_tool_that_failed_is_told_with_what_it_printed() {
        let error = Error::Failed {
            command: "go build .".into(),
            status: "exit status: 1".into(),
            output: "main.go:3:1: syntax error".into(),
        };
        let text = "`go build .` ended with exit status: 1:\nmain.go:3:1: syntax error";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn what_is_no_project_is_told_what_makes_one() {
        let text = Error::NoProject("greeter".into()).to_string();
        assert!(
            text.starts_with("greeter is no plugin project: it has no plugin.toml.\n"),
            "{text}"
        );
        assert!(text.ends_with("\n  name = \"greeter\"\n  language = \"rust\""), "{text}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = Error::read("src/main.zig")(io::ErrorKind::PermissionDenied.into());
        assert_eq!(error.to_string(), "cannot read src/main.zig");
        let source = std::error::Error::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("permission denied"));
    }
}
