//! Tasks that say they are pure.

use stepwell_sandbox::{Effect, Use};

use crate::{
    bench::{Bench, Sample, clipped, is_same, no_start, shown},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

/// Inputs with which pure tasks succeed.
fn starts<'a>(bench: &'a Bench, trial: &mut Trial) -> Vec<&'a Sample> {
    starts_of(bench, trial, Effect::Pure)
}

/// Inputs with which tasks of an effect succeed.
pub(super) fn starts_of<'a>(
    bench: &'a Bench,
    trial: &mut Trial,
    effect: Effect,
) -> Vec<&'a Sample> {
    let mut starts = Vec::new();
    let mut is_none = true;
    for task in bench.info().tasks.iter().filter(|task| task.effect == effect) {
        is_none = false;
        let before = starts.len();
        starts.extend(bench.starts(&task.name));
        if starts.len() == before {
            trial.skip(no_start(&task.name));
        }
    }
    if is_none {
        trial.skip(format!("no task says that it is {}", effect.as_str()));
    }
    starts
}

pub(super) async fn same_output(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the same input at other times, with other random numbers, in other calls");
    for sample in starts(bench, trial) {
        for seen in Circumstances::others() {
            let done = bench.call(&bench.world(sample)?, sample.ask(&seen)).await?;
            trial.case();
            if !is_same(&sample.done, &done) {
                trial.fault(format!(
                    "{}: at first {}; then {}",
                    sample.what(),
                    shown(&sample.done),
                    shown(&done)
                ));
            }
        }
    }
    Ok(())
}

pub(super) async fn touches_nothing(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("calls whose files, stores and connections are watched");
    for sample in starts(bench, trial) {
        let world = bench.furnished(&sample.grants)?;
        let before = world.contents().await?;
        bench.call(&world, sample.ask(&Circumstances::first())).await?;
        trial.case();
        for (path, _) in changed(&before, &world.contents().await?) {
            trial.fault(format!("{} changed {}", sample.what(), clipped(&path)));
        }
        for used in world.uses() {
            let touched = match used {
                Use::KeyValue { store, key, writes: true } => {
                    format!("wrote the key {key:?} of the store `{store}`")
                }
                Use::Http { host, port } => format!("sent a request to {host}:{port}"),
                Use::Connect(to) => format!("connected to {to}"),
                _ => continue,
            };
            trial.fault(format!("{} {}", sample.what(), clipped(&touched)));
        }
    }
    Ok(())
}

type Contents = std::collections::BTreeMap<String, Vec<u8>>;

/// Files and entries that are there now and were not, or are gone, or are other than they were.
fn changed<'a>(before: &'a Contents, after: &'a Contents) -> Vec<(String, &'a [u8])> {
    let new = after.iter().filter(|(path, content)| before.get(*path) != Some(content));
    let gone = before.iter().filter(|(path, _)| !after.contains_key(*path));
    // That a store has an entry is told by the call that wrote it.
    let is_file = |path: &str| path.starts_with('/');
    let all = new.chain(gone).filter(|(path, _)| is_file(path));
    all.map(|(path, content)| (path.clone(), content.as_slice())).collect()
}

pub(super) async fn no_state(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(
        "the same input before and after every other call, in the same directories and stores",
    );
    let (first, others) = (Circumstances::first(), Circumstances::others());
    for sample in starts(bench, trial) {
        let world = bench.furnished(&sample.grants)?;
        let before = bench.call(&world, sample.ask(&first)).await?;
        for (at, other) in bench.samples.iter().enumerate() {
            let mut seen = others[at % others.len()].clone();
            // Tenants have stores of their own.
            seen.call.tenant.clone_from(&first.call.tenant);
            let mut ask = other.ask(&seen);
            let limits = bench.short();
            ask.limits = &limits;
            bench.call(&world, ask).await?;
        }
        let after = bench.call(&world, sample.ask(&first)).await?;
        trial.case();
        if !is_same(&before, &after) {
            trial.fault(format!(
                "{}: before {}; afterwards {}",
                sample.what(),
                shown(&before),
                shown(&after)
            ));
        }
    }
    Ok(())
}
