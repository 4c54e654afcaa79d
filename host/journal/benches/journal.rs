//! Commits per second, beside what the disk and bare SQLite do.
//!
//! `cargo bench -p stepwell-journal [-- DIRECTORY]`: the directory says which disk. A commit is a
//! whole transition: events of about a kilobyte, the state, and a timer that is set or over. Beside
//! it: as many rows of the same size in bare SQLite transactions of as many rows, and as many
//! writes of them, each with its own fsync.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use stepwell_asl::StateMachine;
use stepwell_interpreter::{Effect, Execution, Identity, Occurrence, Timestamp, token};
use stepwell_journal::{After, Delta, Key, Lease, Shard, Sqlite, Start, Store, sqlite::Options};

const CONCURRENT: [usize; 4] = [1, 16, 64, 256];
const ROUND: Duration = Duration::from_secs(4);
/// Tasks that an execution runs one after another, so that a start and an end weigh little.
const TASKS: usize = 10;

fn machine() -> StateMachine {
    let state = |at: usize| {
        let mut state = json!({
            "Type": "Task", "Resource": "wasm:a/b", "ResultPath": "$.last", "TimeoutSeconds": 60,
        });
        if at + 1 < TASKS {
            state["Next"] = format!("S{}", at + 1).into();
        } else {
            state["End"] = true.into();
        }
        (format!("S{at}"), state)
    };
    let states: serde_json::Map<_, _> = (0..TASKS).map(state).collect();
    let definition: Value = json!({ "StartAt": "S0", "States": states });
    StateMachine::parse(&definition.to_string()).unwrap().machine
}

/// Text that compresses about as well as an order's JSON does.
fn input(run: usize) -> Value {
    let item =
        |at: usize| json!({ "sku": format!("{:x}", run * 7919 + at * 104_729), "count": at });
    json!({ "order": run, "items": (0..6).map(item).collect::<Vec<_>>() })
}

/// One execution from its start to its end; returns how many commits it took.
async fn run(store: &Sqlite, machine: &StateMachine, leases: &[Lease], name: usize) -> u32 {
    let key = Key { tenant: "1".into(), machine: "bench".into(), name: name.to_string() };
    let identity = Identity {
        execution_arn: format!("arn:aws:states:eu-west-1:1:execution:bench:{name}"),
        execution_name: key.name.clone(),
        state_machine_arn: "arn:aws:states:eu-west-1:1:stateMachine:bench".into(),
        state_machine_name: "bench".into(),
        role_arn: "arn:aws:iam::1:role/role".into(),
    };
    let id = key.id();
    let lease = leases[usize::from(id.shard().number())];
    let now = Timestamp::now();
    let (mut execution, mut step) =
        Execution::start(machine, identity, &token::Key::new([7; 32]), input(name).into(), now);
    let attributes = stepwell_asl::Json::empty();
    let (version, alias, map_run, item_count) = (None, None, None, None);
    let start = Start { key, version, alias, map_run, item_count, attributes };
    let mut after = After::Start(Box::new(start));
    let mut commits = 0;
    loop {
        let delta = Delta::new(lease, id, after, &step, execution.clone());
        let seq = store.commit(vec![delta]).await.remove(0).unwrap();
        commits += 1;
        let task = step.effects.iter().find_map(|effect| match effect {
            Effect::RunTask(run) => Some(run.task),
            _ => None,
        });
        let Some(task) = task else { return commits };
        let output = json!({ "charged": name }).into();
        let occurrence = Occurrence::TaskSucceeded { task, output, usage: None };
        step = execution.on(machine, Timestamp::now(), occurrence);
        after = After::Commit(seq);
    }
}

/// Commits per second.
fn journal(directory: &Path, concurrent: usize) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(Sqlite::open(&Options::new(directory)).unwrap());
        let leases = Arc::new(store.claim("bench", &Shard::all()).await.unwrap());
        let machine = Arc::new(machine());
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for worker in 0..concurrent {
            let (store, machine, leases) = (store.clone(), machine.clone(), leases.clone());
            tasks.spawn(async move {
                let mut commits = 0;
                let mut name = worker;
                while begun.elapsed() < ROUND {
                    commits += run(&store, &machine, &leases, name).await;
                    name += concurrent;
                }
                commits
            });
        }
        let commits: u32 = tasks.join_all().await.iter().sum();
        f64::from(commits) / begun.elapsed().as_secs_f64()
    })
}

/// What a commit writes, about: a row of history, one of state that is replaced, and a timer.
const HISTORY: [u8; 500] = [7; 500];
const STATE: [u8; 600] = [7; 600];

/// Rows per second in bare SQLite, so many in each transaction.
fn bare(directory: &Path, concurrent: usize) -> f64 {
    let connection = Connection::open(directory.join("bare.sqlite")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE history (execution INTEGER, first INTEGER, events BLOB,
                 PRIMARY KEY (execution, first)) WITHOUT ROWID;
             CREATE TABLE state (execution INTEGER PRIMARY KEY, state BLOB);
             CREATE TABLE timer (execution INTEGER PRIMARY KEY, due INTEGER);",
        )
        .unwrap();
    let begun = Instant::now();
    let mut rows = 0_u32;
    while begun.elapsed() < ROUND {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for at in 0..concurrent {
            let execution = at as i64;
            let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
                connection.prepare_cached(sql).unwrap().execute(values).unwrap();
            };
            run("INSERT INTO history VALUES (?, ?, ?)", params![execution, rows, HISTORY]);
            run("INSERT OR REPLACE INTO state VALUES (?, ?)", params![execution, STATE]);
            run("INSERT OR REPLACE INTO timer VALUES (?, ?)", params![execution, rows]);
            rows += 1;
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    f64::from(rows) / begun.elapsed().as_secs_f64()
}

/// Writes per second of as many bytes as so many commits have, each with its fsync.
fn fsyncs(directory: &Path, concurrent: usize) -> f64 {
    let file = directory.join("fsync");
    let mut file: File = OpenOptions::new().create(true).append(true).open(file).unwrap();
    let bytes = vec![7; concurrent * (HISTORY.len() + STATE.len())];
    let begun = Instant::now();
    let mut count = 0_u32;
    while begun.elapsed() < ROUND / 4 {
        file.write_all(&bytes).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

fn main() {
    let named = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let parent = named.map_or_else(std::env::temp_dir, PathBuf::from);
    println!("concurrent   commits/s   bare SQLite/s   of it   fsyncs/s");
    for concurrent in CONCURRENT {
        let directory = || tempfile::tempdir_in(&parent).unwrap();
        let (one, two, three) = (directory(), directory(), directory());
        let journal = journal(one.path(), concurrent);
        let bare = bare(two.path(), concurrent);
        let fsyncs = fsyncs(three.path(), concurrent);
        let share = 100.0 * journal / bare;
        println!("{concurrent:>10}{journal:>12.0}{bare:>16.0}{share:>7.0}%{fsyncs:>11.0}");
    }
}
