//! Fills a data directory, so that what reads it can be measured: very many executions of some state
//! machines over some days, and one execution with about as many events as there may be.
//!
//! `cargo xtask bench seed DIRECTORY [EXECUTIONS]`, and then `stepwell dev --data DIRECTORY`. The
//! executions are the interpreter's own, with times of the past; what has no execution is the name
//! of a task that was called.

#![allow(clippy::print_stdout, reason = "what was made is what it tells")]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine, definition::Type};
use stepwell_engine::resources::{CreateMachine, Resources, Settings, Tags};
use stepwell_interpreter::{
    Effect, Execution, Failure, Identity, Occurrence, Step, Timestamp, Usage, token,
};
use stepwell_journal::{
    After, Delta, Key, Lease, Shard, Sqlite, Start, Store as _, sqlite::Options,
};

/// Where `stepwell dev` shows it.
const TENANT: &str = "000000000000";
const REGION: &str = "us-east-1";
/// How many executions there are, unless another number is asked for.
const EXECUTIONS: u64 = 1_000_000;
/// Over how many days they were started, and how many do not end.
const DAYS: u64 = 30;
const RUNNING: u64 = 200;
/// How many are committed with one transaction.
const AT_ONCE: u64 = 512;

/// The machines, and of a hundred executions how many each has.
const MACHINES: [(&str, u64); 6] = [
    ("orders", 40),
    ("payments", 25),
    ("refunds", 5),
    ("invoices", 15),
    ("sync", 14),
    ("audit", 1),
];
/// The machine with one large execution, and the number of its items.
const LARGE: (&str, u64) = ("large-import", 3_150);
/// Of so many items one is tried again.
const RETRIED: u64 = 5;

struct Machine {
    name: &'static str,
    arn: String,
    revision: String,
    definition: StateMachine,
}

impl Machine {
    async fn create(resources: &Resources, name: &'static str, text: &Value) -> Result<Self> {
        let arn = format!("arn:aws:states:{REGION}:{TENANT}:stateMachine:{name}");
        let create = CreateMachine {
            name: name.to_owned(),
            arn: arn.clone(),
            type_: Type::Standard,
            definition: serde_json::to_string_pretty(text)?,
            role_arn: format!("arn:aws:iam::{TENANT}:role/seed"),
            settings: Settings::default(),
            tags: Tags::default(),
            publish: None,
        };
        let definition = StateMachine::parse(&create.definition)
            .map_err(|findings| anyhow::anyhow!("{name} is not valid: {findings:?}"))?
            .machine;
        let made = resources.create_machine(TENANT, create, Timestamp::now()).await?;
        Ok(Self { name, arn, revision: made.machine.revision, definition })
    }

    fn identity(&self, name: &str) -> Identity {
        Identity {
            execution_arn: format!(
                "arn:aws:states:{REGION}:{TENANT}:execution:{}:{name}",
                self.name
            ),
            execution_name: name.to_owned(),
            state_machine_arn: self.arn.clone(),
            state_machine_name: self.name.to_owned(),
            role_arn: format!("arn:aws:iam::{TENANT}:role/seed"),
        }
    }

    fn start(&self, name: &str) -> Start {
        Start {
            key: Key { tenant: TENANT.into(), machine: self.name.into(), name: name.into() },
            version: None,
            alias: None,
            map_run: None,
            item_count: None,
            attributes: Json::from(json!({ "revision": self.revision })),
        }
    }
}

/// Succeeds, fails, times out or waits, as its input says.
fn small() -> Value {
    json!({
        "Comment": "One of the machines that a measurement is made with.",
        "StartAt": "Check",
        "TimeoutSeconds": 3_000_000,
        "States": {
            "Check": {
                "Type": "Choice",
                "Choices": [
                    { "Variable": "$.kind", "StringEquals": "fail", "Next": "Refused" },
                    { "Variable": "$.kind", "StringEquals": "wait", "Next": "Pause" },
                ],
                "Default": "Done",
            },
            "Pause": { "Type": "Wait", "Seconds": 2_500_000, "Next": "Done" },
            "Refused": { "Type": "Fail", "Error": "Seed.Refused", "Cause": "Its input asks for it." },
            "Done": { "Type": "Succeed" },
        },
    })
}

/// Maps over very many items, each of which is a task that may be tried again.
fn large() -> Value {
    json!({
        "Comment": "One execution of it has about as many events as there may be.",
        "StartAt": "ImportAll",
        "States": {
            "ImportAll": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "MaxConcurrency": 40,
                "ItemProcessor": {
                    "StartAt": "ImportOne",
                    "States": { "ImportOne": {
                        "Type": "Task",
                        "Resource": "wasm:payments/charge",
                        "Retry": [{ "ErrorEquals": ["Seed.Busy"], "IntervalSeconds": 1 }],
                        "End": true,
                    } },
                },
                "ResultPath": null,
                "Next": "Report",
            },
            "Report": { "Type": "Pass", "End": true },
        },
    })
}

/// What becomes of the execution of this number: its machine, its input, and whether it is stopped
/// or times out.
fn fate(number: u64, total: u64) -> (usize, &'static str, Option<End>) {
    // Any multiplier without a common factor spreads them.
    let mut share = number.wrapping_mul(37) % 100;
    let machine = MACHINES.iter().position(|(_, of)| match share.checked_sub(*of) {
        Some(left) => {
            share = left;
            false
        }
        None => true,
    });
    let machine = machine.unwrap_or(0);
    if total - number <= RUNNING.min(total / 10) {
        return (machine, "wait", None);
    }
    match number.wrapping_mul(7919) % 1000 {
        0..=29 => (machine, "fail", None),
        30..=34 => (machine, "wait", Some(End::TimesOut)),
        35..=39 => (machine, "wait", Some(End::Stopped)),
        _ => (machine, "succeed", None),
    }
}

#[derive(Clone, Copy)]
enum End {
    TimesOut,
    Stopped,
}

struct Seed {
    store: Sqlite,
    leases: Vec<Lease>,
    key: token::Key,
    machines: Vec<Machine>,
    total: u64,
    first: Timestamp,
}

impl Seed {
    /// The deltas of an execution.
    fn deltas(&self, number: u64) -> Vec<Delta> {
        let (machine, kind, end) = fate(number, self.total);
        let machine = &self.machines[machine];
        let name = format!("{}-{number:08}", machine.name);
        let apart = Duration::from_secs(DAYS * 24 * 60 * 60).as_micros() / u128::from(self.total);
        let into = Duration::from_micros((apart * u128::from(number)) as u64);
        let at = self.first + into;
        let input = json!({ "order": number, "kind": kind, "customer": number % 9973 });
        let start = machine.start(&name);
        let id = start.key.id();
        let lease = self.leases[usize::from(id.shard().number())];
        let identity = machine.identity(&name);
        let (mut execution, step) =
            Execution::start(&machine.definition, identity, &self.key, input.into(), at);
        let after = After::Start(Box::new(start));
        let mut deltas = vec![Delta::new(lease, id, after, &step, execution.clone())];
        let Some(end) = end else { return deltas };
        let (later, occurrence) = match end {
            End::Stopped => {
                let cause = Some("It was not needed any more.".to_owned());
                (Duration::from_secs(90), Occurrence::Stop { error: None, cause })
            }
            End::TimesOut => {
                let timer = step.effects.iter().find_map(|effect| match effect {
                    Effect::SetTimer { timer, .. } => Some(*timer),
                    _ => None,
                });
                let timer = timer.expect("the execution has a timeout");
                (Duration::from_secs(3_000_000), Occurrence::TimerFired { timer })
            }
        };
        let step = execution.on(&machine.definition, at + later, occurrence);
        let after = After::Commit(stepwell_journal::Seq(1));
        deltas.push(Delta::new(lease, id, after, &step, execution));
        deltas
    }

    /// Commits every `of`th batch, from this one on.
    async fn fill(&self, worker: u64, of: u64) -> Result<()> {
        let mut batch = worker * AT_ONCE;
        while batch < self.total {
            let numbers = batch..(batch + AT_ONCE).min(self.total);
            let deltas: Vec<_> = numbers.flat_map(|number| self.deltas(number)).collect();
            for answer in self.store.commit(deltas).await {
                answer?;
            }
            batch += of * AT_ONCE;
        }
        Ok(())
    }

    /// One execution of very many events.
    async fn large(&self, machine: &Machine) -> Result<u64> {
        let name = "many-events";
        let start = machine.start(name);
        let id = start.key.id();
        let lease = self.leases[usize::from(id.shard().number())];
        let items: Vec<u64> = (0..LARGE.1).collect();
        let mut at = Timestamp::now() - Duration::from_secs(3600);
        let input = json!({ "items": items });
        let identity = machine.identity(name);
        let (mut execution, mut step) =
            Execution::start(&machine.definition, identity, &self.key, input.into(), at);
        let mut after = After::Start(Box::new(start));
        let mut timers = Vec::new();
        let mut number = 0;
        loop {
            let delta = Delta::new(lease, id, after, &step, execution.clone());
            let committed = self.store.commit(vec![delta]).await.remove(0)?;
            if step.outcome.is_some() {
                return Ok(execution.last_event_id());
            }
            after = After::Commit(committed);
            at += Duration::from_millis(700);
            let mut next = Step::default();
            let mut occurrences = Vec::new();
            for effect in std::mem::take(&mut step.effects) {
                match effect {
                    Effect::RunTask(run) => {
                        number += 1;
                        let task = run.task;
                        let usage = Some(Usage {
                            fuel: 90_000 + number % 977 * 100,
                            peak_memory: 1 << 20,
                            duration_ms: 3 + number % 40,
                            ..Usage::default()
                        });
                        let index = run.input.value().as_u64().unwrap_or(number);
                        occurrences.push(match run.attempt == 0 && index % RETRIED == 0 {
                            true => {
                                let failure = Failure::new("Seed.Busy", "It was busy.");
                                Occurrence::TaskFailed { task, failure, usage }
                            }
                            false => {
                                let output = json!({ "imported": index }).into();
                                Occurrence::TaskSucceeded { task, output, usage }
                            }
                        });
                    }
                    Effect::SetTimer { timer, at } => timers.push((at, timer)),
                    _ => {}
                }
            }
            if occurrences.is_empty() {
                timers.sort_unstable();
                ensure!(!timers.is_empty(), "the execution waits for something");
                let (due, timer) = timers.remove(0);
                at = at.max(due);
                occurrences.push(Occurrence::TimerFired { timer });
            }
            for occurrence in occurrences {
                let made = execution.on(&machine.definition, at, occurrence);
                next.events.extend(made.events);
                next.effects.extend(made.effects);
                next.outcome = made.outcome.or(next.outcome);
            }
            step = next;
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let directory = arguments.next().context("name the data directory to be filled")?;
    let total = arguments.next().map_or(Ok(EXECUTIONS), |number| number.parse())?;
    ensure!(!Path::new(&directory).exists(), "{directory} is there already");
    let begun = Instant::now();
    let store = Arc::new(Sqlite::open(&Options::new(&directory))?);
    let resources = Resources::new(store.clone());
    let mut machines = Vec::new();
    for (name, _) in MACHINES {
        machines.push(Machine::create(&resources, name, &small()).await?);
    }
    let large = Machine::create(&resources, LARGE.0, &large()).await?;
    let leases = store.claim("seed", &Shard::all()).await?;
    drop(resources);
    let store = Arc::into_inner(store).context("nobody else has the store")?;
    let first = Timestamp::now() - Duration::from_secs(DAYS * 24 * 60 * 60);
    let key = token::Key::new([7; 32]);
    let seed = Arc::new(Seed { store, leases, key, machines, total, first });
    let events = seed.large(&large).await?;
    println!("large-import:many-events has {events} events");
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let seed = seed.clone();
        workers.spawn(async move { seed.fill(worker, 4).await });
    }
    for done in workers.join_all().await {
        done?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{total} executions in {directory}, in {seconds:.0} s");
    Ok(())
}
