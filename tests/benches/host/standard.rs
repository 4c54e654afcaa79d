//! Standard executions, beside bare SQLite and the disk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use stepwell_asl::{Json, definition::Type};
use stepwell_engine::resources::Target;
use tokio::{task, task::JoinSet};

use crate::{
    CONCURRENT,
    figures::{bytes_written, median, percentile, processor_time, shown},
    raw::{Bare, Rate, fsyncs},
    scenario::Scenario,
    watched::Seen,
    world::{Payments, World, key, order},
};

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_millis(800);
const FSYNCS: Duration = Duration::from_millis(200);

/// What one round of the host came to.
struct Round {
    seen: Seen,
    rate: Rate,
    transactions: u64,
    bytes: u64,
}

pub(crate) async fn measure(scenario: &Scenario, payments: Option<&Payments>) -> Result<()> {
    println!(
        "\nStandard, {}\n{:>10} {:>10} {:>12} {:>8} {:>8} {:>9} {:>12} {:>6} {:>10} {:>6} {:>8} {:>10} \
         {:>12} {:>10}",
        scenario.name,
        "concurrent",
        "exec./s",
        "transit./s",
        "p50",
        "p99",
        "commits/s",
        "bare SQLite",
        "of it",
        "CPU/commit",
        "bare",
        "fsyncs/s",
        "raw fsyncs",
        "commits/sync",
        "bytes/tr.",
    );
    for concurrent in CONCURRENT {
        measure_at(concurrent, scenario, payments).await?;
    }
    Ok(())
}

async fn measure_at(
    concurrent: usize,
    scenario: &Scenario,
    payments: Option<&Payments>,
) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let world = Arc::new(World::open(directory.path(), payments).await?);
    let target = world.create(Type::Standard, scenario).await?;
    let names = Arc::new(AtomicUsize::new(0));
    // One execution warms up, and shows what rows bare SQLite has to write.
    world.store.record();
    execute(&world, &target, &names, &scenario.input).await?;
    let mut bare = Bare::open(directory.path(), world.store.recorded(), concurrent)?;
    let (mut rounds, mut raw, mut ratios, mut syncs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let round = drive(&world, &target, &names, &scenario.input, concurrent).await?;
        let each = usize::try_from(round.bytes / round.transactions.max(1))?;
        let place = directory.path();
        task::block_in_place(|| {
            let rate = bare.run(ROUND)?;
            ratios.push(100.0 * round.rate.per_second() / rate.per_second());
            raw.push(rate);
            syncs.push(fsyncs(place, each, FSYNCS)?);
            anyhow::Ok(())
        })?;
        rounds.push(round);
    }
    print(concurrent, rounds, &raw, median(ratios), median(syncs));
    if let Some(world) = Arc::into_inner(world) {
        world.stop().await;
    }
    Ok(())
}

/// Has so many executions go on at any one time.
async fn drive(
    world: &Arc<World>,
    target: &Target,
    names: &Arc<AtomicUsize>,
    input: &Json,
    concurrent: usize,
) -> Result<Round> {
    world.store.take();
    let (bytes, transactions) = (bytes_written(), world.store.transactions());
    let (begun, used) = (Instant::now(), processor_time());
    let mut workers = JoinSet::new();
    for _ in 0..concurrent {
        let (world, target, input) = (world.clone(), target.clone(), input.clone());
        let names = names.clone();
        workers.spawn(async move {
            while begun.elapsed() < ROUND {
                execute(&world, &target, &names, &input).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    let (elapsed, processor) = (begun.elapsed(), processor_time().saturating_sub(used));
    let seen = world.store.take();
    Ok(Round {
        rate: Rate { commits: seen.commits.into(), elapsed, processor },
        seen,
        transactions: world.store.transactions() - transactions,
        bytes: bytes_written() - bytes,
    })
}

/// Starts an execution, and waits for its end.
async fn execute(world: &World, target: &Target, names: &AtomicUsize, input: &Json) -> Result<()> {
    let name = names.fetch_add(1, Ordering::Relaxed).to_string();
    let ended = world.store.begin(key(name.clone()).id());
    world.host.start_execution(order(target, name, input)).await?;
    Ok(ended.await?)
}

fn print(concurrent: usize, rounds: Vec<Round>, bare: &[Rate], ratio: f64, raw_fsyncs: f64) {
    let seconds: f64 = rounds.iter().map(|round| round.rate.elapsed.as_secs_f64()).sum();
    let sum = |of: fn(&Round) -> u64| rounds.iter().map(of).sum::<u64>() as f64;
    let executions = sum(|round| round.seen.executions.into());
    let transitions = sum(|round| round.seen.transitions.into());
    let commits = sum(|round| round.seen.commits.into());
    let transactions = sum(|round| round.transactions);
    let bytes = sum(|round| round.bytes);
    let each = |rates: &mut dyn Iterator<Item = Rate>| median(rates.map(Rate::micros).collect());
    let micros = each(&mut rounds.iter().map(|round| round.rate));
    let bare_micros = each(&mut bare.iter().copied());
    let bare = median(bare.iter().map(|rate| rate.per_second()).collect());
    let mut times: Vec<_> = rounds.into_iter().flat_map(|round| round.seen.times).collect();
    times.sort_unstable();
    println!(
        "{concurrent:>10} {:>10.0} {:>12.0} {:>8} {:>8} {:>9.0} {bare:>12.0} {ratio:>5.0}% {:>10} \
         {:>6} {:>8.0} {raw_fsyncs:>10.0} {:>12.1} {:>10.0}",
        executions / seconds,
        transitions / seconds,
        shown(percentile(&times, 50)),
        shown(percentile(&times, 99)),
        commits / seconds,
        format!("{micros:.0} us"),
        format!("{bare_micros:.0} us"),
        transactions / seconds,
        commits / transactions,
        bytes / transitions,
    );
}
