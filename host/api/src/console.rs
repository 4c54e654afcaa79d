//! Stepwell's own actions: what the console asks that AWS has no call for.
//!
//! They are requests like all others: `POST /` with a body in AWS JSON 1.0, authenticated and
//! throttled in the same way, and refused with the same exceptions. Their target is
//! `X-Amz-Target: Stepwell.NAME`. Dates are seconds since 1970, as AWS has them.
//!
//! [`Watch`](watch::Watch) is answered with server-sent events: `event:` names what it is, and `data:`
//! has it as JSON in one line. Durations are in milliseconds and sizes in bytes, unless a name says
//! otherwise. What another account has is refused with AccessDeniedException, whether it is there or
//! not; what members break is told by ValidationException and SerializationException, in AWS's words.
//!
//! Each group of actions has a file with its requests, its answers, and what a [`Host`] does.

pub mod definitions;
pub mod executions;
pub mod findings;
pub mod history;
pub mod host;
pub mod inputs;
mod operators;
mod places;
pub mod plugins;
pub mod statistics;
pub mod watch;

use async_trait::async_trait;

pub use operators::Operators;

use crate::{
    error::Error,
    host::Host,
    service::{Caller, parse, unknown_operation, write},
};

/// A list of the actions: a file for each group, and in it the request, which has the name of the
/// action, the answer, and the function that a [`Host`] carries it out with.
macro_rules! own_actions {
    ($($group:ident { $($action:ident $method:ident -> $answer:ident;)* })*) => {
        /// An action of Stepwell's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "their requests have the same names, and say it")]
        pub enum OwnAction { $($($action,)*)* Watch }

        impl OwnAction {
            /// All there are.
            pub const ALL: &[Self] = &[$($(Self::$action,)*)* Self::Watch];

            /// The name.
            pub fn as_str(self) -> &'static str {
                match self {
                    $($(Self::$action => stringify!($action),)*)*
                    Self::Watch => "Watch",
                }
            }
        }

        /// What carries out Stepwell's own actions. One that is not implemented is answered as one
        /// that there is not: UnknownOperationException.
        ///
        /// Requests are parsed and their callers authenticated; what a caller may see is for the
        /// implementation to judge.
        #[async_trait]
        pub trait Console: Send + Sync {
            $($(
                #[doc = concat!("See [`", stringify!($action), "`](", stringify!($group), "::",
                    stringify!($action), ").")]
                async fn $method(&self, caller: &Caller, request: $group::$action)
                -> Result<$group::$answer, Error> {
                    let _ = (caller, request);
                    Err(unknown_operation())
                }
            )*)*

            /// See [`Watch`](watch::Watch).
            async fn watch(&self, caller: &Caller, request: watch::Watch)
            -> Result<watch::Updates, Error> {
                let _ = (caller, request);
                Err(unknown_operation())
            }
        }

        #[async_trait]
        impl Console for Host {
            $($(
                async fn $method(&self, caller: &Caller, request: $group::$action)
                -> Result<$group::$answer, Error> {
                    $group::$method(self, caller, request).await
                }
            )*)*

            async fn watch(&self, caller: &Caller, request: watch::Watch)
            -> Result<watch::Updates, Error> {
                watch::watch(self, caller, request).await
            }
        }

        /// Parses the body of a request, has it carried out, and writes the answer.
        pub(crate) async fn dispatch(
            console: &dyn Console,
            caller: &Caller,
            action: OwnAction,
            body: &[u8],
        ) -> Result<Answer, Error> {
            match action {
                $($(OwnAction::$action => {
                    let request: $group::$action = parse(action, body)?;
                    write(&console.$method(caller, request).await?).map(Answer::Whole)
                })*)*
                OwnAction::Watch => {
                    let request: watch::Watch = parse(action, body)?;
                    console.watch(caller, request).await.map(Answer::Updates)
                }
            }
        }

        /// Parses the body of a request of an action, as the server does before it is carried out.
        ///
        /// # Errors
        /// The refusal.
        pub fn check(action: OwnAction, body: &[u8]) -> Result<(), Error> {
            match action {
                $($(OwnAction::$action => parse::<$group::$action>(action, body).map(drop),)*)*
                OwnAction::Watch => parse::<watch::Watch>(action, body).map(drop),
            }
        }
    };
}

own_actions! {
    definitions {
        CheckDefinition check_definition -> CheckedDefinition;
    }
    executions {
        CountExecutions count_executions -> ExecutionCounts;
        SearchExecutions search_executions -> FoundExecutions;
    }
    history {
        GetEvents get_events -> Events;
        GetHistoryOutline get_history_outline -> HistoryOutline;
    }
    host {
        DescribeHost describe_host -> DescribedHost;
    }
    inputs {
        DescribeInput describe_input -> DescribedInput;
    }
    plugins {
        ListPlugins list_plugins -> ListedPlugins;
        DescribePlugin describe_plugin -> DescribedPlugin;
    }
    statistics {
        GetStatistics get_statistics -> Statistics;
    }
    findings {
        ListFindings list_findings -> ListedFindings;
    }
}

/// What is answered.
pub(crate) enum Answer {
    /// A body.
    Whole(Vec<u8>),
    /// Server-sent events.
    Updates(watch::Updates),
}

impl OwnAction {
    /// The action of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }
}

#[cfg(test)]
mod tests;
