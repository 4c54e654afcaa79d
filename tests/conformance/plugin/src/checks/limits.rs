//! What calls use up, and how they end at the edge of it.

use stepwell_sandbox::{Limits, Usage, failure::names};

use crate::{
    bench::{Ask, Bench, ended_in, is_same, no_start, shown, told},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

pub(super) async fn default(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("each example and, where none succeeds, inputs generated from the schema");
    for sample in &bench.samples {
        trial.case();
        let over =
            [names::OUT_OF_FUEL, names::OUT_OF_MEMORY, names::OUT_OF_HOST_CALLS, names::TIMEOUT];
        let is_over = over.into_iter().any(|name| ended_in(&sample.done, name));
        let is_meant =
            sample.expected.as_ref().is_some_and(|expected| expected.is_met(&sample.done.result));
        if let Err(failure) = &sample.done.result
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
            // Fuel is looked at where functions and loops begin: the last of it may go unnoticed.
            is_exact: false,
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
            is_exact: true,
            limited: |limits, memory| Limits { memory, ..limits },
        },
    )
    .await
}

/// Something that is used up.
struct Edge {
    what: &'static str,
    /// What a call ends in that has too little.
    error: &'static str,
    used: fn(&Usage) -> u64,
    /// Whether one less than what a call uses ends it.
    is_exact: bool,
    limited: fn(Limits, u64) -> Limits,
}

async fn edge(bench: &Bench, trial: &mut Trial, edge: &Edge) -> Result<(), Error> {
    let what = edge.what;
    trial.tries(format!("the same call twice, then with just the {what} it used, and with less"));
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
        if used != then {
            trial.fault(format!("{} used {used} of {what}, and then {then}", sample.what()));
            continue;
        }
        if used == 0 {
            trial.note(format!("`{task}` used no {what}"));
            continue;
        }
        let limited = |limit| (edge.limited)(sample.limits.clone(), limit);
        let limits = limited(used);
        let just = Ask { limits: &limits, ..sample.ask(&seen) };
        let done = bench.call(&bench.world(sample)?, just).await?;
        if !is_same(&first, &done) {
            trial.fault(format!("{} with just {used} of {what}: {}", sample.what(), shown(&done)));
        }
        for less in [used - 1, used / 2] {
            let limits = limited(less);
            let too_little = Ask { limits: &limits, ..sample.ask(&seen) };
            let done = bench.call(&bench.world(sample)?, too_little).await?;
            let is_as_before = !edge.is_exact && less == used - 1 && is_same(&first, &done);
            if !ended_in(&done, edge.error) && !is_as_before {
                let how = shown(&done);
                trial.fault(format!("{} with {less} of {what}: {how}", sample.what()));
            }
        }
        trial.note(format!("`{task}` used {used}"));
    }
    Ok(())
}
