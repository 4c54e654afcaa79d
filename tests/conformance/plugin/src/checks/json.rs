//! Input that is valid JSON, and hostile.

use stepwell_sandbox::Limits;

use crate::{
    bench::{Ask, Bench, clipped, no_start, told},
    circumstances::Circumstances,
    error::Error,
    odd,
    sample::{places, spliced},
    trial::Trial,
};

/// Bytes of the largest input where the operator has not raised the limit.
const LARGEST: usize = 256 << 10;
/// How deep documents are nested: what readers that call themselves take, and what they do not.
const DEPTHS: [usize; 4] = [100, 500, 10_000, 40_000];
/// Most places of an input that something odd is put into.
const PLACES: usize = 40;

pub(super) async fn odd(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    let documents = odd::documents();
    trial.tries(format!("{} odd documents as the whole input", documents.len()));
    for task in bench.tried(trial) {
        for (what, input) in &documents {
            survives(bench, trial, task, what, input).await?;
        }
    }
    Ok(())
}

pub(super) async fn deep(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    let depths: Vec<_> = DEPTHS.iter().map(ToString::to_string).collect();
    trial.tries(format!("arrays and objects {} deep", depths.join(", ")));
    for task in bench.tried(trial) {
        for depth in DEPTHS {
            let (arrays, objects) = (odd::arrays(depth), odd::objects(depth));
            survives(bench, trial, task, &format!("arrays {depth} deep"), &arrays).await?;
            if objects.len() <= LARGEST {
                survives(bench, trial, task, &format!("objects {depth} deep"), &objects).await?;
            }
            // A reader of types skips what it does not know, and reads what it does.
            let Some(sample) = bench.starts(task).next() else { continue };
            let document = sample.value();
            for place in places(&document, 4).iter().skip(1) {
                let input = spliced(&document, place, &arrays);
                let what = format!("arrays {depth} deep at {place}");
                survives(bench, trial, task, &what, &input).await?;
            }
        }
    }
    Ok(())
}

pub(super) async fn large(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!("documents of {} KiB", LARGEST >> 10));
    for task in bench.tried(trial) {
        for (what, input) in odd::large(LARGEST) {
            survives(bench, trial, task, what, &input).await?;
        }
        let Some(sample) = bench.starts(task).next() else { continue };
        let document = sample.value();
        let room = LARGEST.saturating_sub(sample.input.len());
        for place in places(&document, PLACES / 4).iter().skip(1) {
            let input = spliced(&document, place, &format!("\"{}\"", "x".repeat(room)));
            let what = format!("a text of {} KiB at {place}", room >> 10);
            survives(bench, trial, task, &what, &input).await?;
        }
    }
    Ok(())
}

pub(super) async fn mutated(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    let values = odd::values();
    trial.tries(format!("{} odd values in each place of each input that succeeds", values.len()));
    for task in bench.tasks() {
        if bench.starts(task).next().is_none() {
            trial.skip(no_start(task));
        }
        for sample in bench.starts(task) {
            let document = sample.value();
            for place in places(&document, PLACES) {
                for (what, text) in &values {
                    let input = spliced(&document, &place, text);
                    let what = format!("{what} at {place:?}");
                    survives(bench, trial, task, &what, &input).await?;
                }
            }
        }
    }
    Ok(())
}

/// Makes a call that need not succeed, but that must not break the guest.
async fn survives(
    bench: &Bench,
    trial: &mut Trial,
    task: &str,
    what: &str,
    input: &str,
) -> Result<(), Error> {
    if trial.is_clear() {
        return Ok(());
    }
    let seen = Circumstances::first();
    // What is read may have to be written again.
    let limits = Limits { output: bench.limits.output.max(1 << 20), ..bench.short() };
    let world = bench.furnished(&bench.grants)?;
    let done = bench.call(&world, Ask { task, input, limits: &limits, seen: &seen }).await?;
    trial.case();
    if let Some(failure) = bench.broke(&done) {
        trial.fault(format!("`{task}` with {}: {}", clipped(what), told(failure)));
    }
    Ok(())
}
