//! A bound on what one evaluation may copy, so that a small definition cannot ask for more memory
//! than there is. The limit on state data is far below it.

use serde_json::Value;

/// How many bytes the values that one call or template collects may have in all.
const LIMIT: usize = 64 << 20;

/// What one call or template has collected so far.
#[derive(Default)]
pub(crate) struct Budget {
    spent: usize,
}

/// More than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The values are larger than {limit} bytes in all")]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: usize,
}

impl Budget {
    /// Counts a value in.
    pub(crate) fn charge(&mut self, value: &Value) -> Result<(), TooLarge> {
        self.spent = self.spent.saturating_add(size_of::<Value>());
        if self.spent > LIMIT {
            return Err(TooLarge { limit: LIMIT });
        }
        match value {
            Value::String(string) => self.spent = self.spent.saturating_add(string.len()),
            Value::Array(items) => items.iter().try_for_each(|item| self.charge(item))?,
            Value::Object(members) => members.iter().try_for_each(|(name, member)| {
                self.spent = self.spent.saturating_add(name.len());
                self.charge(member)
            })?,
            _ => {}
        }
        Ok(())
    }
}
