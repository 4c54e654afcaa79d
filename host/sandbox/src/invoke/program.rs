//! A command run as a program: with arguments and variables, to an exit status.

use std::collections::BTreeMap;

use super::{Ended, Invocation};
use crate::{
    calls::Calls,
    failure::{Failure, names},
    info::Kind,
    limits::Usage,
    log::Log,
    sandbox::Plugin,
    stdio::Shared,
};

/// How a command is run that is not asked for JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Its arguments, after its name.
    pub arguments: Vec<String>,
    /// Variables. One that is granted, or the host's own (`STEPWELL_...`), takes the place of one
    /// of the same name here.
    pub environment: BTreeMap<String, String>,
}

/// How a program ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its exit status, whichever, or why it did not come to its end.
    pub result: Result<i32, Failure>,
    /// What it used.
    pub usage: Usage,
    /// What it wrote to stdout and stderr.
    pub log: Log,
    /// What it did that reaches outside.
    pub calls: Calls,
}

impl Plugin {
    /// Runs a command to its end as a program, in a fresh instance.
    ///
    /// It finds the invocation's input, of whatever kind, on stdin. What it writes to stdout goes to
    /// the log, as what it writes to stderr, and is no output. Otherwise all is as with
    /// [`invoke`](Self::invoke).
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with timers.
    pub async fn run_program(&self, invocation: Invocation<'_>, program: Program) -> Ran {
        let log = Shared::new(Log::new(invocation.limits.log));
        let Ended { result, usage, calls, .. } = match self.info().kind {
            Kind::Command => self.runnable().call(invocation, Some(program), &log).await,
            Kind::Component => {
                let cause = format!("The plugin `{}` is no command.", self.info().name);
                Ended::before(Failure::new(names::UNKNOWN_TASK, cause))
            }
        };
        let result = result.map(|answer| answer.status);
        let log = std::mem::take(&mut *log.lock());
        Ran { result, usage, log, calls }
    }
}
