use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

/// The call a task is serving.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Call {
    /// The account the execution belongs to: twelve digits.
    pub tenant: String,
    /// ARN of the execution.
    pub execution_arn: String,
    /// Name of the Task state.
    pub state_name: String,
    /// 0 for the first attempt, then one more for each retry.
    pub attempt: u32,
    /// The same for every attempt of one entry of one state of one execution, and different for
    /// every other. Hand it to services that take such a key.
    pub idempotency_key: String,
    /// Set where the state waits for a callback (`.waitForTaskToken`).
    pub task_token: Option<String>,
    /// When the host gives up on this attempt.
    pub deadline: Option<SystemTime>,
}

impl Call {
    /// A call outside a host, for a plugin's own tests: first attempt, no deadline.
    pub fn local(idempotency_key: impl Into<String>) -> Self {
        Self {
            tenant: "000000000000".into(),
            execution_arn: "arn:aws:states:local:000000000000:execution:local:local".into(),
            state_name: "Local".into(),
            attempt: 0,
            idempotency_key: idempotency_key.into(),
            task_token: None,
            deadline: None,
        }
    }

    /// How long this attempt still has; none where the host never gives up.
    pub fn remaining(&self) -> Option<Duration> {
        let deadline = self.deadline?;
        Some(deadline.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO))
    }

    /// Tells the host that the task is still at work: the state's HeartbeatSeconds count from here
    /// again. Cheap; outside a host it does nothing.
    pub fn heartbeat(&self) {
        #[cfg(target_family = "wasm")]
        crate::bindings::stepwell::task::call::heartbeat();
    }

    /// A name for what this task makes, `PREFIX_` and 16 hexadecimal digits: the same in every
    /// attempt, and different wherever the idempotency key is.
    pub fn id(&self, prefix: &str) -> String {
        let digest = Sha256::digest(self.idempotency_key.as_bytes());
        let mut id = format!("{prefix}_");
        for byte in digest.iter().take(8) {
            id.push_str(&format!("{byte:02x}"));
        }
        id
    }

    /// The call the host is making now.
    #[cfg(target_family = "wasm")]
    pub(crate) fn current() -> Self {
        let context = crate::bindings::stepwell::task::call::info();
        Self {
            tenant: context.tenant,
            execution_arn: context.execution_arn,
            state_name: context.state_name,
            attempt: context.attempt,
            idempotency_key: context.idempotency_key,
            task_token: context.task_token,
            deadline: context
                .deadline_unix_ms
                .map(|ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_depends_on_the_key_alone() {
        let mut call = Call::local("one");
        let id = call.id("txn");
        assert!(id.starts_with("txn_") && id.len() == 20, "{id}");
        call.attempt = 3;
        assert_eq!(call.id("txn"), id);
        assert_ne!(Call::local("two").id("txn"), id);
    }

    #[test]
    fn a_deadline_that_has_passed_leaves_no_time() {
        let mut call = Call::local("one");
        assert_eq!(call.remaining(), None);
        call.deadline = Some(SystemTime::UNIX_EPOCH);
        assert_eq!(call.remaining(), Some(Duration::ZERO));
    }
}
