//! What an attempt of a task did that reaches outside.

use serde::{Deserialize, Serialize};

/// A call of a plugin to the host that reaches outside, or that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostCall {
    /// Milliseconds since the attempt began.
    pub at_ms: u64,
    /// Milliseconds from the call to its result.
    pub duration_ms: u64,
    /// What kind of thing was asked for: `http`, `connect`, `directory`, `key-value`, `secret`,
    /// `config`.
    pub capability: String,
    /// What was asked for, such as `POST https://api.example.com/v1/charges`.
    pub what: String,
    /// What came of it, such as `201` or `refused: it is not granted`.
    pub result: String,
}

/// The calls of one attempt that reach outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// The first of them, in the order in which they were made.
    pub first: Vec<HostCall>,
    /// How many came after those.
    #[serde(default, skip_serializing_if = "is_none")]
    pub more: u64,
}

impl Calls {
    /// Whether none was made.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty() && self.more == 0
    }

    /// Bytes of the texts.
    pub fn text_len(&self) -> usize {
        let text = |call: &HostCall| call.capability.len() + call.what.len() + call.result.len();
        self.first.iter().map(text).sum()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_none(more: &u64) -> bool {
    *more == 0
}
