//! What the test is told: it outlives the host.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observed::Moment;

/// Something that happened in a host, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// By the host's clock.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The process opens the journal.
    Opening,
    /// The host is open.
    Open,
    /// The state machines and activities are there.
    Created,
    /// A start was acknowledged.
    Started {
        /// The execution's name.
        execution: String,
        /// `startDate`.
        at: Timestamp,
    },
    /// A task was begun.
    Ran(Ran),
    /// A token was given to whoever answers for it.
    Asked {
        /// The token.
        token: String,
    },
    /// An answer is on its way.
    Answering {
        /// The token.
        token: String,
        /// What is answered.
        answer: u32,
    },
    /// An answer was acknowledged.
    Answered {
        /// The token.
        token: String,
        /// What was answered.
        answer: u32,
    },
    /// There is no more to answer: the task has ended.
    Settled {
        /// The token.
        token: String,
    },
    /// A stop was acknowledged.
    Stopped {
        /// The execution's name.
        execution: String,
    },
    /// A redrive was acknowledged.
    Redriven {
        /// The execution's name.
        execution: String,
    },
    /// A commit is about to be made, or was made.
    Commit {
        /// Where.
        moment: Moment,
        /// Whether the host stays there until it is killed.
        stays: bool,
    },
    /// The host did not do what it was asked.
    Refused {
        /// What it said.
        error: String,
    },
    /// An execution that was acknowledged is not there.
    Missing {
        /// Its name.
        execution: String,
    },
    /// An execution does not end.
    Stuck {
        /// Its name.
        execution: String,
    },
    /// All executions have ended.
    Ended,
}

/// A task that was begun.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ran {
    /// The ARN of its execution.
    pub execution: String,
    /// The event that scheduled it.
    pub task: u64,
    /// Its state.
    pub state: String,
    /// Whether it must not run twice.
    pub at_most_once: bool,
    /// Its idempotency key.
    pub key: String,
}

/// Takes news to the test.
pub type Tell = Arc<dyn Fn(What) + Send + Sync>;

/// What the test knows.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The latest time that a host has named.
    pub now: Timestamp,
    /// Whether the state machines are there.
    pub created: bool,
    /// Starts that were acknowledged.
    pub started: BTreeMap<String, Timestamp>,
    /// Stops that were.
    pub stopped: BTreeSet<String>,
    /// Redrives that were.
    pub redriven: BTreeSet<String>,
    /// Tasks that were begun.
    pub ran: Vec<Ran>,
    /// Tokens, with what was answered.
    pub tokens: BTreeMap<String, Answers>,
    /// Commits that were made or tried.
    pub commits: BTreeSet<Moment>,
    /// What hosts have refused.
    pub refused: Vec<String>,
    /// What is not there and should be.
    pub missing: BTreeSet<String>,
    /// What does not end.
    pub stuck: BTreeSet<String>,
    /// Whether all has ended.
    pub ended: bool,
}

/// What was answered for a token.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// All that was tried.
    pub tried: BTreeSet<u32>,
    /// The one that was acknowledged.
    pub acknowledged: Option<u32>,
    /// Whether its task has ended.
    pub settled: bool,
}

impl Record {
    /// Takes in what happened.
    pub fn take(&mut self, news: News) {
        self.now = self.now.max(news.at);
        match news.what {
            What::Opening | What::Open => {}
            What::Created => self.created = true,
            What::Started { execution, at } => drop(self.started.insert(execution, at)),
            What::Ran(ran) => self.ran.push(ran),
            What::Asked { token } => drop(self.tokens.entry(token).or_default()),
            What::Answering { token, answer } => {
                self.tokens.entry(token).or_default().tried.insert(answer);
            }
            What::Answered { token, answer } => {
                self.tokens.entry(token).or_default().acknowledged = Some(answer);
            }
            What::Settled { token } => self.tokens.entry(token).or_default().settled = true,
            What::Stopped { execution } => drop(self.stopped.insert(execution)),
            What::Redriven { execution } => drop(self.redriven.insert(execution)),
            What::Commit { moment, .. } => drop(self.commits.insert(moment)),
            What::Refused { error } => self.refused.push(error),
            What::Missing { execution } => drop(self.missing.insert(execution)),
            What::Stuck { execution } => drop(self.stuck.insert(execution)),
            What::Ended => self.ended = true,
        }
    }

    /// Tokens that nobody has answered for yet.
    pub fn asked(&self) -> BTreeSet<String> {
        let open = |answers: &Answers| answers.acknowledged.is_none() && !answers.settled;
        let tokens = self.tokens.iter().filter(|(_, answers)| open(answers));
        tokens.map(|(token, _)| token.clone()).collect()
    }
}
