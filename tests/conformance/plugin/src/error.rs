//! Why a plugin could not be checked.

use std::path::PathBuf;

use stepwell_sandbox::grants;

/// Why a plugin could not be checked. What is wrong with the plugin is no error, but a finding.
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
    /// The host failed over the file, which says nothing about it.
    #[error("the host cannot admit anything: {0}")]
    Host(String),
    /// What a call is to be granted cannot be granted.
    #[error("cannot grant what {what} needs: {cause}")]
    Grant {
        /// Which call.
        what: String,
        /// Why not.
        cause: grants::Error,
    },
    /// A directory for a call cannot be made.
    #[error("cannot make a directory for a call: {0}")]
    Directory(std::io::Error),
    /// An example is for a task that there is not.
    #[error("the example {example} is for the task `{task}`: the plugin has {tasks}")]
    NoSuchTask {
        /// The example.
        example: String,
        /// The task.
        task: String,
        /// Those there are.
        tasks: String,
    },
    /// An example does not say for which task it is.
    #[error(
        "the example {example} does not say which of the tasks {tasks} it is for: add \"task\""
    )]
    NoTask {
        /// The example.
        example: String,
        /// Those there are.
        tasks: String,
    },
    /// Checks that there are not.
    #[error("there is no check `{0}`: `stepwell plugin conform --list` shows them all")]
    NoSuchCheck(String),
}
