//! What a definition's tasks are checked against, where it is known which tasks there are.

use serde_json::Value;

use crate::{diagnostic::Code, resource::Resource};

/// The tasks that there are to run, as far as they are known when a definition is validated.
pub trait Tasks {
    /// The task that a Task state calls.
    ///
    /// # Errors
    /// Where there is no such task, or it cannot be called as the state does.
    fn find(&self, call: &Call<'_>) -> Result<Task<'_>, Problem>;
}

/// How a Task state calls its task.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The state's name.
    pub state: &'a str,
    /// Its `Resource`.
    pub resource: &'a Resource,
    /// What its [callee argument](Resource::callee_argument) says; none where that is computed when
    /// the state runs, and of resources that have none.
    pub callee: Option<&'a str>,
}

/// A task that can be called.
#[derive(Debug, Clone, Default)]
pub struct Task<'t> {
    /// The JSON Schema (2020-12) of its input; none where anything goes, or where the task is not
    /// known before the state runs.
    pub input_schema: Option<&'t Value>,
    /// What is doubtful about the call.
    pub warning: Option<Problem>,
}

/// What is wrong with a call. It becomes a finding about the state's `Resource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What kind of finding it is.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}
