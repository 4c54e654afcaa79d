//! Express executions, beside the interpreter alone with its tasks in plain Wasmtime.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use stepwell_asl::{Json, definition::Type};
use stepwell_engine::resources::Target;
use stepwell_interpreter::{
    Effect, Execution, Identity, Occurrence, Outcome, Timestamp, token::Key,
};
use tokio::task::JoinSet;

use crate::{
    CONCURRENT,
    figures::{median, percentile, shown},
    plain::Plain,
    scenario::Scenario,
    world::{Payments, World, is_free, order},
};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(300);

pub(crate) async fn measure(scenario: &Scenario, payments: Option<&Payments>) -> Result<()> {
    println!(
        "\nExpress, {}\n{:>10} {:>10} {:>12} {:>8} {:>8} {:>21} {:>6}",
        scenario.name,
        "concurrent",
        "exec./s",
        "transit./s",
        "p50",
        "p99",
        "interpreter and Wasm",
        "of it",
    );
    let directory = tempfile::tempdir()?;
    let world = Arc::new(World::open(directory.path(), payments).await?);
    let target = world.create(Type::Express, scenario).await?;
    for concurrent in CONCURRENT {
        let (mut times, mut rates, mut raw, mut ratios) = (vec![], vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            let input = scenario.input.clone();
            let run = {
                let (world, target) = (world.clone(), target.clone());
                let input = input.clone();
                move || {
                    let (world, target, input) = (world.clone(), target.clone(), input.clone());
                    async move {
                        let ended =
                            world.host.run_express(order(&target, "e".into(), &input)).await?;
                        succeeded(&ended.outcome)
                    }
                }
            };
            let host = drive(concurrent, run).await?;
            let (target, plain) = (target.clone(), payments.map(|it| it.plain.clone()));
            let run = move || interpret(target.clone(), input.clone(), plain.clone());
            let alone = drive(concurrent, run).await?;
            ratios.push(100.0 * host.rate / alone.rate);
            rates.push(host.rate);
            raw.push(alone.rate);
            times.extend(host.times);
        }
        times.sort_unstable();
        let rate = median(rates);
        let each = |percent| shown(percentile(&times, percent) / scenario.transitions);
        println!(
            "{concurrent:>10} {rate:>10.0} {:>12.0} {:>8} {:>8} {:>21.0} {:>5.0}%",
            rate * f64::from(scenario.transitions),
            each(50),
            each(99),
            median(raw),
            median(ratios),
        );
    }
    if let Some(world) = Arc::into_inner(world) {
        world.stop().await;
    }
    Ok(())
}

struct Round {
    /// Executions per second.
    rate: f64,
    times: Vec<Duration>,
}

/// Has so many executions go on at any one time.
async fn drive<F>(
    concurrent: usize,
    execute: impl Fn() -> F + Clone + Send + 'static,
) -> Result<Round>
where
    F: Future<Output = Result<()>> + Send,
{
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..concurrent {
        let execute = execute.clone();
        workers.spawn(async move {
            let mut times = Vec::new();
            while begun.elapsed() < ROUND {
                let started = Instant::now();
                execute().await?;
                times.push(started.elapsed());
                // A plain loop would keep the others from their turn.
                tokio::task::yield_now().await;
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(worker) = workers.join_next().await {
        times.extend(worker??);
    }
    Ok(Round { rate: times.len() as f64 / begun.elapsed().as_secs_f64(), times })
}

fn succeeded(outcome: &Outcome) -> Result<()> {
    match outcome {
        Outcome::Succeeded { .. } => Ok(()),
        other => bail!("{other:?}"),
    }
}

/// Runs an execution in the interpreter: tasks are plain calls, and timers are due at once.
async fn interpret(target: Target, input: Json, plain: Option<Arc<Plain>>) -> Result<()> {
    let machine = &target.revision.machine;
    let identity = Identity {
        execution_arn: "arn:aws:states:us-east-1:000000000000:express:bench:e:1".into(),
        execution_name: "e".into(),
        state_machine_arn: machine.arn.clone(),
        state_machine_name: machine.name.clone(),
        role_arn: machine.role_arn.clone(),
    };
    let (definition, key) = (&machine.definition, Key::new([7; 32]));
    let (mut execution, mut step) =
        Execution::start_express(definition, identity, &key, input, Timestamp::now());
    while step.outcome.is_none() {
        let mut next = None;
        for effect in std::mem::take(&mut step.effects) {
            match effect {
                Effect::RunTask(run) => {
                    let output = match &plain {
                        Some(plain) if !is_free(&run.resource) => Json::parse(plain.call().await)?,
                        _ => run.input.clone(),
                    };
                    let task = run.task;
                    next = Some(Occurrence::TaskSucceeded { task, output, usage: None });
                }
                // Long runs are cut into steps, by timers that are due at once.
                Effect::SetTimer { timer, at } if at <= execution.now() => {
                    next = Some(Occurrence::TimerFired { timer });
                }
                _ => {}
            }
        }
        step = execution.on(definition, Timestamp::now(), next.context("it waits")?);
    }
    succeeded(&step.outcome.context("it has ended")?)
}
