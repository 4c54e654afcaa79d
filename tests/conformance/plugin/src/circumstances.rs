//! What a call may find itself in.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use stepwell_sandbox::CallInfo;

/// What surrounds a call and is no input of it: who calls, when, and which random numbers come up.
#[derive(Debug, Clone)]
pub(crate) struct Circumstances {
    /// What the plugin is told of the call.
    pub(crate) call: CallInfo,
    /// What its random numbers follow from.
    pub(crate) seed: u64,
    /// The time on its clock.
    pub(crate) clock: Timestamp,
}

/// A key like those of hosts.
const KEY: &str = "6f2c1b0e-6a3d-4b0c-9a57-2f3a7c1d9e01";

/// Most characters of an idempotency key, and of a task token.
const LONGEST_KEY: usize = 128;
const LONGEST_TOKEN: usize = 2048;

impl Circumstances {
    /// An ordinary first attempt.
    pub(crate) fn first() -> Self {
        let call = CallInfo {
            tenant: "000000000000".to_owned(),
            execution_arn: "arn:aws:states:us-east-1:000000000000:execution:conform:one".to_owned(),
            state_name: "Check".to_owned(),
            attempt: 0,
            idempotency_key: KEY.to_owned(),
            task_token: None,
            deadline: None,
        };
        Self { call, seed: 1, clock: at(1_600_000_000) }
    }

    /// Another attempt of the same, somewhat later.
    pub(crate) fn again() -> Self {
        let first = Self::first();
        Self { call: CallInfo { attempt: 1, ..first.call }, seed: 2, clock: at(1_600_000_007) }
    }

    /// Calls that have nothing to do with one another.
    pub(crate) fn others() -> [Self; 3] {
        let other = |n: u32| {
            let call = CallInfo {
                tenant: format!("{n}23456789012"),
                execution_arn: format!(
                    "arn:aws:states:eu-central-1:{n}23456789012:execution:other:run-{n}"
                ),
                state_name: format!("Other {n}"),
                attempt: n,
                idempotency_key: format!("{n}b0e6f2c-6a3d-4b0c-9a57-2f3a7c1d9e0{n}"),
                task_token: (n == 2).then(|| "token".to_owned()),
                deadline: (n > 1).then(|| UNIX_EPOCH + Duration::from_secs(4_000_000_000)),
            };
            Self {
                call,
                seed: 1000 + u64::from(n),
                clock: at(1_600_000_000 + i64::from(n) * 40_000_003),
            }
        };
        [other(1), other(2), other(3)]
    }

    /// Calls at the edges of what the contract allows, and what is special about each.
    pub(crate) fn edges() -> Vec<(&'static str, Self)> {
        let edge = |change: fn(&mut CallInfo)| {
            let mut edge = Self::first();
            change(&mut edge.call);
            edge
        };
        vec![
            ("a deadline that has passed", edge(|call| call.deadline = Some(UNIX_EPOCH))),
            ("a deadline in the year 9999", edge(|call| call.deadline = Some(far()))),
            ("the last attempt that can be counted", edge(|call| call.attempt = u32::MAX)),
            (
                "the longest idempotency key",
                edge(|call| call.idempotency_key = "k".repeat(LONGEST_KEY)),
            ),
            (
                "the longest task token",
                edge(|call| call.task_token = Some("t".repeat(LONGEST_TOKEN))),
            ),
            (
                "the longest name of a state, in letters of four bytes",
                edge(|call| call.state_name = "\u{1f980}".repeat(80)),
            ),
        ]
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or_default()
}

fn far() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(253_402_300_799)
}
