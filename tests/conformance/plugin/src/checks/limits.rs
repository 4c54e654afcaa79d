//! What calls use up, and how they end at the edge of it.

use stepwell_sandbox::{Limits, Usage, failure::names};

use crate::{
    bench::{Ask, Bench, ended_in, is_same, no_start, shown, told},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

pub(super) async fn default(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(
        "each example and, where none succeeds, inputs generated from the schema, with the default \
         limits",
    );
    for sample in &bench.samples {
        // How long a call takes is up to the machine as well.
        let limits = Limits { time: sample.limits.time, ..Limits::default() };
        let ask = Ask { limits: &limits, ..sample.ask(&sample.seen) };
        let done = bench.call(&bench.world(sample)?, ask).await?;
        if ended_in(&done, names::TIMEOUT) {
            let time = limits.time;
            trial.skip(format!("{} had not come to its end after {time:?}", sample.what()));
            continue;
        }
        trial.case();
        let over = [names::OUT_OF_FUEL, names::OUT_OF_MEMORY, names::OUT_OF_HOST_CALLS];
        let is_over = over.into_iter().any(|name| ended_in(&done, name));
        let is_meant =
            sample.expected.as_ref().is_some_and(|expected| expected.is_met(&done.result));
        if let Err(failure) = &done.result
            && is_over
            && !is_meant
        {
            trial.fault(format!("{}: {}", sample.what(), told(failure)));
        }
    }
    Ok(())
}

pub(super) async fn fuel(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    edge(
        bench,
        trial,
        &Edge {
            what: "fuel",
            error: names::OUT_OF_FUEL,
            used: |usage| usage.fuel,
            limited: |limits, fuel| Limits { fuel, ..limits },
        },
    )
    .await
}

pub(super) async fn memory(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    edge(
        bench,
        trial,
        &Edge {
            what: "memory",
            error: names::OUT_OF_MEMORY,
            used: |usage| usage.peak_memory,
            limited: |limits, memory| Limits { memory, ..limits },
        },
    )
    .await
}

/// Of what is used the part by which it may differ: reading a clock takes now more, now less.
const TOLERANCE: u64 = 100;

/// Something that is used up.
struct Edge {
    what: &'static str,
    /// What a call ends in that has too little.
    error: &'static str,
    used: fn(&Usage) -> u64,
    limited: fn(Limits, u64) -> Limits,
}

async fn edge(bench: &Bench, trial: &mut Trial, edge: &Edge) -> Result<(), Error> {
    let what = edge.what;
    trial.tries(format!(
        "the same call twice, then with about as much {what} as it used, and with half of that"
    ));
    let seen = Circumstances::first();
    for task in bench.tasks() {
        let Some(sample) = bench.starts(task).next() else {
            trial.skip(no_start(task));
            continue;
        };
        let first = bench.call(&bench.world(sample)?, sample.ask(&seen)).await?;
        let second = bench.call(&bench.world(sample)?, sample.ask(&seen)).await?;
        trial.case();
        let (used, then) = ((edge.used)(&first.usage), (edge.used)(&second.usage));
        if used.abs_diff(then) > used / TOLERANCE {
            trial.fault(format!("{} used {used} of {what}, and then {then}", sample.what()));
            continue;
        }
        if used == 0 {
            trial.note(format!("`{task}` used no {what}"));
            continue;
        }
        let (enough, too_little) = (used.max(then) + used / TOLERANCE, used / 2);
        let limited = |limit| (edge.limited)(sample.limits.clone(), limit);
        let (within, beyond) = (limited(enough), limited(too_little));
        let ask = |limits| Ask { limits, ..sample.ask(&seen) };
        let done = bench.call(&bench.world(sample)?, ask(&within)).await?;
        if !is_same(&first, &done) {
            let how = shown(&done);
            trial.fault(format!("{} with {enough} of {what}: {how}", sample.what()));
        }
        let done = bench.call(&bench.world(sample)?, ask(&beyond)).await?;
        if !ended_in(&done, edge.error) {
            let how = shown(&done);
            trial.fault(format!("{} with {too_little} of {what}: {how}", sample.what()));
        }
        trial.note(format!("`{task}` used {used}"));
    }
    Ok(())
}
