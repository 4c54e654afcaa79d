//! What executions hold in memory that wait, and how long it takes to recover them.
//!
//! Hosts run in processes of their own, one after the other on the same journal: the first starts
//! the executions, the second finds them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use stepwell_asl::definition::Type;
use tokio::task::JoinSet;

use crate::{
    figures::memory,
    scenario::{Scenario, input},
    world::{World, order},
};

const EXECUTIONS: usize = 100_000;
/// How many are started at once.
const STARTS: usize = 256;
/// Makes this program a process that runs one host: `PART KIND DIRECTORY`.
const CHILD: &str = "STEPWELL_BENCH_WAITING";

/// What executions wait for: the name and the state.
fn kinds() -> [(&'static str, Value); 2] {
    [
        ("a Wait state", json!({ "Type": "Wait", "Seconds": 86_400, "End": true })),
        (
            "an activity",
            json!({
                "Type": "Task",
                "Resource": "arn:aws:states:us-east-1:000000000000:activity:work",
                "TimeoutSeconds": 86_400,
                "End": true,
            }),
        ),
    ]
}

/// What one process does.
pub(crate) struct Part {
    recovers: bool,
    kind: usize,
    directory: PathBuf,
}

pub(crate) fn measure() -> Result<()> {
    println!(
        "\n{EXECUTIONS} executions that wait\n{:>14} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10}",
        "for", "starts/s", "memory", "journal", "host opened", "recovered", "memory"
    );
    for (kind, (name, _)) in kinds().iter().enumerate() {
        let directory = tempfile::tempdir()?;
        print!("{name:>14}");
        for part in ["start", "recover"] {
            let output = Command::new(std::env::current_exe()?)
                .env(CHILD, format!("{part} {kind} {}", directory.path().display()))
                .output()
                .context("cannot start a process of its own")?;
            if !output.status.success() {
                bail!("{}", String::from_utf8_lossy(&output.stderr));
            }
            print!("{}", String::from_utf8_lossy(&output.stdout));
        }
        println!();
    }
    Ok(())
}

impl Part {
    /// What this process is to do, where it is such a process.
    pub(crate) fn of_this_process() -> Option<Self> {
        let arguments = std::env::var(CHILD).ok()?;
        let mut parts = arguments.splitn(3, ' ');
        Some(Self {
            recovers: parts.next()? == "recover",
            kind: parts.next()?.parse().ok()?,
            directory: parts.next()?.into(),
        })
    }

    pub(crate) async fn run(self) -> Result<()> {
        match self.recovers {
            false => self.start().await,
            true => self.recover().await,
        }
    }

    async fn start(self) -> Result<()> {
        let world = Arc::new(World::open(&self.directory, None).await?);
        let [wait, activity] = kinds();
        let (name, state) = [wait, activity][self.kind].clone();
        let definition = json!({ "StartAt": "W", "States": { "W": state } });
        let scenario =
            Scenario { name, definition, input: input(), payments: false, transitions: 1 };
        world.create_activity("work").await?;
        let target = world.create(Type::Standard, &scenario).await?;
        let begun = Instant::now();
        let mut workers = JoinSet::new();
        for worker in 0..STARTS {
            let (world, target, input) = (world.clone(), target.clone(), scenario.input.clone());
            workers.spawn(async move {
                for at in (worker..EXECUTIONS).step_by(STARTS) {
                    world.host.start_execution(order(&target, at.to_string(), &input)).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(worker) = workers.join_next().await {
            worker??;
        }
        settled(&world).await;
        let rate = EXECUTIONS as f64 / begun.elapsed().as_secs_f64();
        let journal = size(&self.directory)?;
        print!(" {rate:>10.0} {:>10} {:>10}", mebibytes(memory()), mebibytes(journal));
        // As if it was killed: the next one finds what is in the journal.
        std::process::exit(0);
    }

    async fn recover(self) -> Result<()> {
        let begun = Instant::now();
        let world = World::open(&self.directory, None).await?;
        let opened = begun.elapsed();
        settled(&world).await;
        let recovered = begun.elapsed();
        let open = world.host.load().open_executions;
        if open != EXECUTIONS as u64 {
            bail!("{open} executions are open");
        }
        print!(
            " {:>12} {:>10} {:>10}",
            format!("{:.2} s", opened.as_secs_f64()),
            format!("{:.2} s", recovered.as_secs_f64()),
            mebibytes(memory())
        );
        world.stop().await;
        Ok(())
    }
}

/// Waits until nothing happens in any execution.
async fn settled(world: &World) {
    while world.host.load().resident_executions > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn size(directory: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(directory)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / 1_048_576.0)
}
