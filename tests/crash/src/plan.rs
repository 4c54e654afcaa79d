//! What is to be done.

use std::{collections::BTreeSet, path::PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stepwell_journal::{ExecutionId, Key};

use crate::observed::Moment;

/// Whose all executions are.
pub const TENANT: &str = "000000000000";

/// How the names end of executions that may not even be started before they are given up.
pub const ABANDONED: &str = "abandoned";

/// The state machines by their names, each a file of `workflows`.
pub const WORKFLOWS: [(&str, &str); 14] = [
    ("abandons", include_str!("../workflows/abandons.json")),
    ("activity", include_str!("../workflows/activity.json")),
    ("at-most-once", include_str!("../workflows/at-most-once.json")),
    ("children", include_str!("../workflows/children.json")),
    ("distributed", include_str!("../workflows/distributed.json")),
    ("fails", include_str!("../workflows/fails.json")),
    ("loop", include_str!("../workflows/loop.json")),
    ("map", include_str!("../workflows/map.json")),
    ("parallel", include_str!("../workflows/parallel.json")),
    ("redriven", include_str!("../workflows/redriven.json")),
    ("stopped", include_str!("../workflows/stopped.json")),
    ("tasks", include_str!("../workflows/tasks.json")),
    ("token", include_str!("../workflows/token.json")),
    ("waits", include_str!("../workflows/waits.json")),
];

/// An execution that there is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The state machine's name.
    pub machine: String,
    /// The execution's name.
    pub name: String,
}

impl Planned {
    /// What it is started with.
    pub fn input(&self) -> Value {
        json!({ "name": self.name, "items": [1, 2, 3] })
    }

    /// Its id.
    pub fn id(&self) -> ExecutionId {
        let key =
            Key { tenant: TENANT.into(), machine: self.machine.clone(), name: self.name.clone() };
        key.id()
    }

    /// Whether the client stops it.
    pub fn is_stopped(&self) -> bool {
        ["abandons", "stopped"].contains(&&*self.machine)
    }

    /// Whether the client redrives it once it has failed.
    pub fn is_redriven(&self) -> bool {
        self.machine == "redriven"
    }

    /// Whether it may not even be started before it is given up.
    pub fn is_abandoned(&self) -> bool {
        self.name.ends_with(ABANDONED)
    }

    /// The executions that it starts.
    pub fn children(&self) -> Vec<Self> {
        let child = |machine: &str, ending: &str| Self {
            machine: machine.into(),
            name: format!("{}-{ending}", self.name),
        };
        match &*self.machine {
            "abandons" => vec![child("stopped", ABANDONED)],
            "children" => {
                vec![child("tasks", "waited-for"), child("fails", "failed"), child("waits", "left")]
            }
            _ => Vec::new(),
        }
    }
}

/// So many executions of each of these machines.
pub fn mix(machines: &[&str], copies: usize) -> Vec<Planned> {
    let planned = |copy, machine: &&str| Planned {
        machine: (*machine).into(),
        name: format!("{machine}-{copy}"),
    };
    (0..copies).flat_map(|copy| machines.iter().map(move |it| planned(copy, it))).collect()
}

/// So many executions of all machines.
pub fn everything(copies: usize) -> Vec<Planned> {
    mix(&WORKFLOWS.map(|(name, _)| name), copies)
}

/// What a host, and the client in it, have yet to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Orders {
    /// The data directory.
    pub directory: PathBuf,
    /// The time.
    pub now: Timestamp,
    /// The number of the process: what it answers for tasks.
    pub process: u32,
    /// All executions that the client starts.
    pub executions: Vec<Planned>,
    /// Whether the state machines are there.
    pub created: bool,
    /// The names of executions whose start was acknowledged.
    pub started: BTreeSet<String>,
    /// Those whose stop was.
    pub stopped: BTreeSet<String>,
    /// Those whose redrive was.
    pub redriven: BTreeSet<String>,
    /// Tokens that nobody has answered for yet.
    pub asked: BTreeSet<String>,
    /// Where the host is not to be killed any more; none where it goes on at every commit.
    pub passed: Option<BTreeSet<Moment>>,
}
