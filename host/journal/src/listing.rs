//! Lists of executions.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use stepwell_interpreter::{Outcome, Timestamp};

use crate::{Error, ExecutionId, Key};

/// Some of many, and where the rest begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, N> {
    /// Some.
    pub items: Vec<T>,
    /// Where to go on; none where that is all.
    pub next: Option<N>,
}

/// An execution as `ListExecutions` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Which.
    pub id: ExecutionId,
    /// Whose it is, and its name.
    pub key: Key,
    /// The version of the state machine that it was started with.
    pub version: Option<String>,
    /// The alias that it was started through.
    pub alias: Option<String>,
    /// The ARN of the Map Run whose child it is.
    pub map_run: Option<String>,
    /// `itemCount` of a Map Run's child.
    pub item_count: Option<u64>,
    /// Whether it runs, or how it ended.
    pub status: Status,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub stopped_at: Option<Timestamp>,
    /// How often it was redriven.
    pub redrive_count: u64,
    /// When it was last redriven.
    pub redriven_at: Option<Timestamp>,
    /// The id of its last event, once it has ended.
    pub last_event_id: Option<u64>,
}

/// `ExecutionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Status {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Running, Self::Succeeded, Self::Failed, Self::TimedOut, Self::Aborted];

    /// As AWS has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Aborted => "ABORTED",
        }
    }
}

impl From<&Outcome> for Status {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { .. } => Self::Succeeded,
            Outcome::Failed(_) => Self::Failed,
            Outcome::TimedOut(_) => Self::TimedOut,
            Outcome::Aborted(_) => Self::Aborted,
        }
    }
}

/// How many executions are in which status.
pub type Counts = BTreeMap<Status, u64>;

/// Which executions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Of which account.
    pub tenant: String,
    /// Of what.
    pub of: Of,
    /// `statusFilter`: in one of these; in any where there are none.
    pub statuses: BTreeSet<Status>,
    /// `redriveFilter`: those that were redriven, or those that were not.
    pub redriven: Option<bool>,
    /// How the name begins, upper and lower case told apart; empty for any.
    pub name_prefix: String,
    /// Started at this time or later.
    pub started_from: Option<Timestamp>,
    /// Started before this time.
    pub started_before: Option<Timestamp>,
}

/// Of what executions are listed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Of {
    /// All state machines of the account. Children of Map Runs are left out.
    Account,
    /// A state machine.
    Machine(String),
    /// A state machine, and of its executions those started with this version.
    Version(String, String),
    /// A state machine, and of its executions those started through this alias.
    Alias(String, String),
    /// The Map Run with this ARN: its children.
    MapRun(String),
}

impl Filter {
    /// All that there are.
    pub fn all(tenant: impl Into<String>, of: Of) -> Self {
        Self {
            tenant: tenant.into(),
            of,
            statuses: BTreeSet::new(),
            redriven: None,
            name_prefix: String::new(),
            started_from: None,
            started_before: None,
        }
    }

    pub(crate) fn is_in(&self, status: Status) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }

    /// When the first was started at the earliest, in microseconds since 1970.
    pub(crate) fn from(&self) -> i64 {
        self.started_from.map_or(i64::MIN, Timestamp::as_microsecond)
    }

    /// Tells the tokens of one listing from those of another.
    fn mark(&self) -> [u8; 8] {
        let mut mark = [0; 8];
        // A derived Debug form has all that the filter has, and quotes its texts.
        mark.copy_from_slice(&Sha256::digest(format!("{self:?}"))[..8]);
        mark
    }

    pub(crate) fn token(&self, last: &Listing) -> Token {
        Token { mark: self.mark(), started_at: last.started_at, execution: last.id }
    }

    /// What a page comes after.
    pub(crate) fn after(&self, token: Option<&Token>) -> Result<(i64, ExecutionId), Error> {
        let first = match self.started_before {
            Some(before) => (before.as_microsecond(), ExecutionId::from_bytes([0; 16])),
            None => (i64::MAX, ExecutionId::from_bytes([u8::MAX; 16])),
        };
        match token {
            Some(token) if token.mark == self.mark() => {
                Ok(first.min((token.started_at.as_microsecond(), token.execution)))
            }
            Some(_) => Err(Error::Token),
            None => Ok(first),
        }
    }
}

/// Where a list goes on: `nextToken`. It is not secret and not signed; what it can do at worst is
/// to begin a listing, of what its bearer may list, elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    mark: [u8; 8],
    started_at: Timestamp,
    execution: ExecutionId,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.mark.to_vec();
        bytes.extend(self.started_at.as_microsecond().to_be_bytes());
        bytes.extend(self.execution.to_bytes());
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Token)?;
        let parts = || {
            let (mark, rest) = bytes.split_first_chunk()?;
            let (time, rest) = rest.split_first_chunk()?;
            Some((*mark, i64::from_be_bytes(*time), <[u8; 16]>::try_from(rest).ok()?))
        };
        let (mark, time, execution) = parts().ok_or(Error::Token)?;
        Ok(Self {
            mark,
            started_at: Timestamp::from_microsecond(time).map_err(|_| Error::Token)?,
            execution: ExecutionId::from_bytes(execution),
        })
    }
}
