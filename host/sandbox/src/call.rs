//! What a call is about, and what a guest may ask of it: the imported `stepwell:task/call`.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{contract, state::State};

/// The call a plugin is serving; see `wit/task.wit` for the form of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallInfo {
    /// The account the execution belongs to.
    pub tenant: String,
    /// ARN of the execution.
    pub execution_arn: String,
    /// Name of the Task state.
    pub state_name: String,
    /// 0 for the first attempt.
    pub attempt: u32,
    /// The same for every attempt of one entry of one state of one execution.
    pub idempotency_key: String,
    /// Set where the state waits for a callback.
    pub task_token: Option<String>,
    /// When the host gives up on the attempt. This is what the guest is told; what stops it is
    /// [`Limits::time`](crate::Limits::time).
    pub deadline: Option<SystemTime>,
}

impl CallInfo {
    /// What the names of the environment variables begin with that tell a command of its call:
    /// they are the host's alone.
    pub const VARIABLES: &str = "STEPWELL_";

    fn deadline_unix_ms(&self) -> Option<u64> {
        let since = self.deadline?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The same for a command, as environment variables.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("STEPWELL_TENANT", Some(self.tenant.clone())),
            ("STEPWELL_EXECUTION_ARN", Some(self.execution_arn.clone())),
            ("STEPWELL_STATE_NAME", Some(self.state_name.clone())),
            ("STEPWELL_ATTEMPT", Some(self.attempt.to_string())),
            ("STEPWELL_IDEMPOTENCY_KEY", Some(self.idempotency_key.clone())),
            ("STEPWELL_TASK_TOKEN", self.task_token.clone()),
            ("STEPWELL_DEADLINE_UNIX_MS", self.deadline_unix_ms().map(|ms| ms.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// Called for each heartbeat of the guest, from inside the call: it must be quick, and merge what
/// comes close together, as a `tokio::sync::watch` does.
pub type Heartbeat = Arc<dyn Fn() + Send + Sync>;

/// Types alone: there is nothing to ask.
impl contract::types::Host for State {}

impl contract::call::Host for State {
    fn info(&mut self) -> contract::call::Context {
        let call = self.setting.call.clone();
        contract::call::Context {
            deadline_unix_ms: call.deadline_unix_ms(),
            tenant: call.tenant,
            execution_arn: call.execution_arn,
            state_name: call.state_name,
            attempt: call.attempt,
            idempotency_key: call.idempotency_key,
            task_token: call.task_token,
        }
    }

    fn heartbeat(&mut self) {
        if let Some(heartbeat) = &self.setting.heartbeat {
            heartbeat();
        }
    }
}
