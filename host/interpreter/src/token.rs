//! Task tokens and idempotency keys: both follow from where the task stands.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::TaskId;

/// What `$$.Task.Token` says: the coordinates of a task.
///
/// It is no secret: who may answer is for the host to check.
pub fn issue(execution_arn: &str, task: TaskId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{execution_arn}", task.0))
}

/// The execution's ARN and the task that a token stands for; none where it is no token.
pub fn read(token: &str) -> Option<(String, TaskId)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (task, execution_arn) = text.split_once(':')?;
    Some((execution_arn.to_owned(), TaskId(task.parse().ok()?)))
}

/// The same for every attempt of one visit of a state, and for no other.
pub(crate) fn idempotency_key(execution_arn: &str, entered: u64) -> String {
    let digest =
        Sha256::new().chain_update(execution_arn).chain_update(entered.to_be_bytes()).finalize();
    let mut key = String::with_capacity(32);
    for byte in &digest[..16] {
        // Writing to a string cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_be_read_back() {
        let token = issue("arn:aws:states:us-east-1:1:execution:m:e", TaskId(7));
        let read_back = ("arn:aws:states:us-east-1:1:execution:m:e".to_owned(), TaskId(7));
        assert_eq!(read(&token), Some(read_back));
        assert_eq!(read("nonsense!"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_key_is_of_one_visit() {
        assert_eq!(idempotency_key("arn", 2), idempotency_key("arn", 2));
        assert_ne!(idempotency_key("arn", 2), idempotency_key("arn", 3));
    }
}
