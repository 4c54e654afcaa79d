//! What a Map Run over many items takes: its time, and the memory of the process at its peak, which
//! is not to grow with the number of items.
//!
//! Each number of items runs in a process of its own: items are read from JSON Lines, each becomes
//! an Express execution of one Pass state, and what is known of each is written to result files.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::{
    fs,
    io::{BufWriter, Write as _},
    process::Command,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use futures::future::{BoxFuture, FutureExt as _};
use serde_json::{Value, json};
use stepwell_asl::StateMachine;
use stepwell_engine::{
    Attempt, Clock, Engine, Machine, Reporter, StartExecution, TaskEnd, TaskRunner,
};
use stepwell_interpreter::Outcome;
use stepwell_storage::{Access, Bucket, Buckets};

const ITEMS: [usize; 3] = [1_000, 10_000, 100_000];
/// Makes this program the process that runs so many items.
const CHILD: &str = "STEPWELL_BENCH_ITEMS";

struct NoTasks;

impl TaskRunner for NoTasks {
    fn run(&self, _: Attempt, _: Reporter) -> BoxFuture<'static, TaskEnd> {
        async { TaskEnd::refused("Bench", "There are no tasks.") }.boxed()
    }
}

fn main() -> Result<()> {
    if let Ok(items) = std::env::var(CHILD) {
        return tokio::runtime::Runtime::new()?.block_on(run(items.parse()?));
    }
    println!("{:>10} {:>10} {:>12} {:>14}", "items", "seconds", "items/s", "peak memory");
    for items in ITEMS {
        let output = Command::new(std::env::current_exe()?)
            .env(CHILD, items.to_string())
            .output()
            .context("cannot start a process of its own")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

async fn run(items: usize) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut file = BufWriter::new(fs::File::create(directory.path().join("items.jsonl"))?);
    for item in 0..items {
        writeln!(file, r#"{{"order":{item},"customer":"Ada Lovelace","total":"12.50"}}"#)?;
    }
    file.flush()?;
    let bucket = Bucket::directory(directory.path(), Access::ReadWrite)?;
    let buckets = Buckets::from_iter([("b".to_owned(), bucket)]);
    let machine = StateMachine::parse(&definition().to_string())
        .map_err(|findings| anyhow::anyhow!("{findings:?}"))?
        .machine;
    let engine = Engine::new(Arc::new(NoTasks), Clock::system()).with_buckets(buckets);
    let machine = Arc::new(Machine::new("000000000000", "bench", machine));
    let started = Instant::now();
    let input = json!({}).into();
    let outcome = engine.start(machine, StartExecution { name: None, input }).outcome().await;
    let seconds = started.elapsed().as_secs_f64();
    if !matches!(outcome, Outcome::Succeeded { .. }) {
        bail!("{outcome:?}");
    }
    let memory = peak_memory().unwrap_or_else(|| "unknown".to_owned());
    println!("{items:>10} {seconds:>10.2} {:>12.0} {memory:>14}", items as f64 / seconds);
    Ok(())
}

fn definition() -> Value {
    json!({
        "StartAt": "M",
        "States": { "M": {
            "Type": "Map",
            "MaxConcurrency": 1_000,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": { "InputType": "JSONL" },
                "Parameters": { "Bucket": "b", "Key": "items.jsonl" },
            },
            "ItemProcessor": {
                "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
                "StartAt": "P",
                "States": { "P": { "Type": "Pass", "End": true } },
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": { "Bucket": "b", "Prefix": "results" },
            },
            "End": true,
        }},
    })
}

/// The most memory that this process has had, as Linux tells it.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(format!("{:.1} MiB", kib / 1024.0))
}
