//! A bound on what one evaluation may copy, so that a small definition cannot ask for more memory
//! than there is. The limit on state data is far below it.

use serde_json::Value;

use crate::data::MAX_NESTING;

/// How many bytes the values that one call or template collects may have in all.
const LIMIT: usize = 64 << 20;

/// What one call or template has collected so far.
#[derive(Default)]
pub(crate) struct Budget {
    spent: usize,
    depth: usize,
}

/// Why values are more than may be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// They are larger in all.
    #[error("The values are larger than {limit} bytes in all")]
    Size {
        /// The limit, in bytes.
        limit: usize,
    },
    /// One nests deeper.
    #[error("A value is nested more than {limit} levels deep")]
    Nesting {
        /// The limit, in levels of arrays and objects.
        limit: usize,
    },
}

impl Budget {
    /// Counts a value in.
    pub(crate) fn charge(&mut self, value: &Value) -> Result<(), TooLarge> {
        self.spend(size_of::<Value>())?;
        match value {
            Value::String(string) => self.spend(string.len()),
            Value::Array(items) => {
                self.nested(|budget| items.iter().try_for_each(|item| budget.charge(item)))
            }
            Value::Object(members) => self.nested(|budget| {
                members.iter().try_for_each(|(name, member)| {
                    budget.spend(name.len())?;
                    budget.charge(member)
                })
            }),
            _ => Ok(()),
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), TooLarge> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > LIMIT { Err(TooLarge::Size { limit: LIMIT }) } else { Ok(()) }
    }

    /// Goes one level down.
    pub(crate) fn nested<T, E: From<TooLarge>>(
        &mut self,
        charge: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.depth == MAX_NESTING {
            return Err(TooLarge::Nesting { limit: MAX_NESTING }.into());
        }
        self.depth += 1;
        let result = charge(self);
        self.depth -= 1;
        result
    }
}
