//! Who may see the figures of all tenants.

use std::collections::BTreeSet;

/// The accounts that are an operator's: they may see what all tenants together do and use. Their
/// state machines and executions stay the tenants' own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operators {
    /// Every account: on a host of one person's own.
    Everybody,
    /// These accounts.
    Accounts(BTreeSet<String>),
}

impl Default for Operators {
    /// Nobody.
    fn default() -> Self {
        Self::Accounts(BTreeSet::new())
    }
}

impl Operators {
    /// Whether an account is an operator's.
    pub fn include(&self, account: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Accounts(accounts) => accounts.contains(account),
        }
    }
}
