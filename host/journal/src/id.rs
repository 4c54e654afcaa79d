//! What names an execution, its place and its commits.

use std::{fmt, ops::RangeInclusive};

use sha2::{Digest as _, Sha256};

/// Part of all executions: what a host has a lease on. There are 1,024.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u16);

impl Shard {
    /// How many there are.
    pub const COUNT: u16 = 1024;

    /// The shard with this number; none where there is no such.
    pub fn new(number: u16) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// Its number, from 0.
    pub fn number(self) -> u16 {
        self.0
    }

    /// All of them.
    pub fn all() -> Vec<Self> {
        (0..Self::COUNT).map(Self).collect()
    }
}

/// Whose execution it is, and what it is called: unique while the execution is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The account.
    pub tenant: String,
    /// The state machine, under its name; a Map Run's children have one of their own.
    pub machine: String,
    /// The execution's name.
    pub name: String,
}

impl Key {
    /// The execution's id.
    pub fn id(&self) -> ExecutionId {
        let mut hash = Sha256::new();
        for part in [&self.tenant, &self.machine, &self.name] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        ExecutionId(u128::from_be_bytes(id))
    }
}

/// An execution: the hash of its [`Key`], so that whoever knows an ARN knows where to ask, and a
/// name that is taken is an id that is taken.
///
/// An execution that is started under the same name after the first was deleted has the same id:
/// what outlives executions, like task tokens, has to carry the start time besides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionId(u128);

impl ExecutionId {
    /// Its shard: the first ten bits, so that the order of ids is by shard.
    pub fn shard(self) -> Shard {
        Shard((self.0 >> 118) as u16)
    }

    /// As it is stored.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From what was stored.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// All ids of a shard.
    pub(crate) fn of(shard: Shard) -> RangeInclusive<Self> {
        let first = u128::from(shard.0) << 118;
        Self(first)..=Self(first | ((1 << 118) - 1))
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How many commits an execution has had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

impl Seq {
    /// Of an execution that was just started.
    pub const FIRST: Self = Self(1);

    /// After one more commit.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// Names one commit, so that whoever lost the answer to it finds out whether it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitId(pub u128);

impl CommitId {
    /// One that nobody else has.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().as_u128())
    }
}

/// The right to commit to a shard's executions. Once somebody else has claimed the shard, commits
/// under the former lease are refused: the epoch has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// Of what.
    pub shard: Shard,
    /// Grows with every change of owner.
    pub epoch: u64,
}

/// A message in a shard's inbox: ids grow within the shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u64);

/// A notice in the outbox: ids grow with the commits of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeId(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(tenant: &str, machine: &str, name: &str) -> Key {
        Key { tenant: tenant.into(), machine: machine.into(), name: name.into() }
    }

    #[test]
    fn an_id_follows_from_the_key_and_says_the_shard() {
        let id = key("1", "machine", "run").id();
        assert_eq!(id.to_string(), "a13e38532e6de1080e06cb55d31b619c");
        assert!(ExecutionId::of(id.shard()).contains(&id));
        assert_eq!(ExecutionId::from_bytes(id.to_bytes()), id);
        assert_ne!(key("1", "ab", "c").id(), key("1", "a", "bc").id());
    }

    #[test]
    fn the_shards_are_all_of_the_ids() {
        let all = Shard::all();
        assert_eq!(*ExecutionId::of(all[0]).start(), ExecutionId(0));
        assert_eq!(*ExecutionId::of(all[1023]).end(), ExecutionId(u128::MAX));
        assert_eq!(Shard::new(1024), None);
    }
}
