//! Tasks that say they are idempotent.

use std::collections::BTreeMap;

use stepwell_sandbox::{Done, Effect, Limits, Use, failure::names};

use super::pure::starts_of;
use crate::{
    bench::{Ask, Bench, Sample, clipped, is_same, shown},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

pub(super) async fn repeat(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("a second attempt under the same key, somewhat later");
    for sample in starts_of(bench, trial, Effect::Idempotent) {
        let world = bench.furnished(&sample.grants)?;
        let first = bench.call(&world, sample.ask(&Circumstances::first())).await?;
        if first.result.is_err() {
            trial.skip(format!("{} did not succeed again: {}", sample.what(), shown(&first)));
            continue;
        }
        let left = world.contents().await?;
        let second = bench.call(&world, sample.ask(&Circumstances::again())).await?;
        let left_then = world.contents().await?;
        if let Some(path) = differing(&left, &left_then) {
            trial.case();
            trial.fault(format!("{}: then {} was another", sample.what(), clipped(path)));
        }
        if is_same(&first, &second) {
            trial.case();
            continue;
        }
        let what =
            format!("{}: at first {}; then {}", sample.what(), shown(&first), shown(&second));
        match world.uses().iter().any(reads_elsewhere) {
            true => trial.skip(format!("{what}: what it reads elsewhere may have changed")),
            false => {
                trial.case();
                trial.fault(what);
            }
        }
    }
    Ok(())
}

/// Whether others than the kit may have had an answer to it.
fn reads_elsewhere(used: &Use) -> bool {
    matches!(used, Use::Http { .. } | Use::Connect(_))
}

type Contents = BTreeMap<String, Vec<u8>>;

/// A file or an entry that is in one of the two alone, or is another.
fn differing<'a>(one: &'a Contents, other: &'a Contents) -> Option<&'a str> {
    let differs = |path: &&String| one.get(*path) != other.get(*path);
    one.keys().chain(other.keys()).find(differs).map(String::as_str)
}

/// Places at which calls are cut off by their fuel, and by their calls to the host.
const CUTS: u64 = 12;
/// The same where all calls to the host are looked for.
const ALL_CUTS: u64 = 500;

pub(super) async fn cut(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    cuts(bench, trial, CUTS).await
}

pub(super) async fn cut_anywhere(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    cuts(bench, trial, ALL_CUTS).await
}

async fn cuts(bench: &Bench, trial: &mut Trial, most: u64) -> Result<(), Error> {
    trial.tries(
        "attempts that are cut off, by fuel, at calls to the host and before their output is taken, \
         and another one under the same key after each",
    );
    for sample in starts_of(bench, trial, Effect::Idempotent) {
        let Some(whole) = Whole::of(bench, sample).await? else {
            trial.skip(format!("{} did not succeed again", sample.what()));
            continue;
        };
        let seen = Circumstances::first();
        for cut in whole.cuts(&sample.limits, most) {
            let world = bench.furnished(&sample.grants)?;
            let ask = Ask { limits: &cut.limits, ..sample.ask(&seen) };
            let first = bench.call(&world, ask).await?;
            let Err(failure) = &first.result else { continue };
            if failure.error != cut.error {
                // A call that is not the same each time, or that has ended by itself.
                continue;
            }
            let second = bench.call(&world, sample.ask(&Circumstances::again())).await?;
            trial.case();
            let what = format!("{}, cut off {}", sample.what(), cut.place);
            if second.result.is_err() || (whole.is_fixed && !is_same(&whole.done, &second)) {
                let (was, is) = (shown(&whole.done), shown(&second));
                trial.fault(format!("{what}: uncut {was}; the next attempt {is}"));
            }
            let left = world.contents().await?;
            if left.len() != whole.left.len() {
                trial.fault(format!(
                    "{what}: {} files and entries were left in the end, and uncut {}",
                    left.len(),
                    whole.left.len()
                ));
            } else if whole.leaves_the_same
                && let Some(path) = differing(&whole.left, &left)
            {
                let path = clipped(path);
                trial.fault(format!("{what}: in the end {path} was another than uncut"));
            }
            if trial.is_clear() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A call that came to its end.
struct Whole {
    done: Done,
    /// What was in files and entries then.
    left: Contents,
    /// Whether it ends the same whatever the time and the random numbers.
    is_fixed: bool,
    /// Whether it leaves the same whatever they are.
    leaves_the_same: bool,
}

/// Where a call is cut off.
struct Cut {
    limits: Limits,
    /// What it ends in.
    error: &'static str,
    place: String,
}

impl Whole {
    async fn of(bench: &Bench, sample: &Sample) -> Result<Option<Self>, Error> {
        let world = bench.furnished(&sample.grants)?;
        let done = bench.call(&world, sample.ask(&Circumstances::first())).await?;
        if done.result.is_err() {
            return Ok(None);
        }
        let left = world.contents().await?;
        let elsewhere = bench.furnished(&sample.grants)?;
        let again = bench.call(&elsewhere, sample.ask(&Circumstances::again())).await?;
        let is_fixed = is_same(&done, &again);
        let leaves_the_same = left == elsewhere.contents().await?;
        Ok(Some(Self { done, left, is_fixed, leaves_the_same }))
    }

    fn cuts(&self, limits: &Limits, most: u64) -> Vec<Cut> {
        let usage = &self.done.usage;
        let mut cuts = Vec::new();
        // What is done outside is done in calls to the host: between two of them it is all the same
        // where a call is cut off, but for what the plugin does in its memory.
        for host_calls in spread(usage.host_calls, most) {
            cuts.push(Cut {
                limits: Limits { host_calls, ..limits.clone() },
                error: names::OUT_OF_HOST_CALLS,
                place: format!("after {host_calls} calls to the host"),
            });
        }
        for fuel in spread(usage.fuel, most) {
            cuts.push(Cut {
                limits: Limits { fuel, ..limits.clone() },
                error: names::OUT_OF_FUEL,
                place: format!("after {fuel} of fuel"),
            });
        }
        cuts.push(Cut {
            limits: Limits { output: 0, ..limits.clone() },
            error: names::DATA_LIMIT_EXCEEDED,
            place: "before its output was taken".to_owned(),
        });
        cuts
    }
}

/// At most so many numbers from 1 to below `whole`, evenly spread, the last one among them.
fn spread(whole: u64, most: u64) -> Vec<u64> {
    let last = whole.saturating_sub(1);
    let count = last.min(most);
    (1..=count).map(|n| (u128::from(last) * u128::from(n) / u128::from(count)) as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_spread_up_to_the_end() {
        assert_eq!(spread(5, 12), [1, 2, 3, 4]);
        assert_eq!(spread(101, 4), [25, 50, 75, 100]);
        assert_eq!(spread(1, 4), [0_u64; 0]);
        assert_eq!(spread(u64::MAX, 2), [(u64::MAX - 1) / 2, u64::MAX - 1]);
    }
}
