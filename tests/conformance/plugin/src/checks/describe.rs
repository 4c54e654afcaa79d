//! What a plugin says of itself.

use std::collections::BTreeSet;

use bytesize::ByteSize;
use stepwell_sandbox::admit;

use crate::{
    bench::{Bench, clipped},
    error::Error,
    trial::Trial,
};

/// How often a plugin is asked to describe itself.
const TIMES: usize = 5;

/// Why nothing of this is tried on a command.
const COMMAND: &str = "a command does not describe itself";

pub(super) async fn no_trap(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!("`describe`, {TIMES} times"));
    for _ in 0..TIMES {
        let Some(described) = bench.plugin.describe().await else {
            trial.skip(COMMAND);
            return Ok(());
        };
        trial.case();
        if let Err(error) = described.result {
            trial.fault(clipped(&error.to_string()));
        }
    }
    Ok(())
}

pub(super) async fn cheap(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!("`describe`, {TIMES} times, measured"));
    for _ in 0..TIMES {
        let Some(described) = bench.plugin.describe().await else {
            trial.skip(COMMAND);
            return Ok(());
        };
        trial.case();
        let usage = described.usage;
        match described.result {
            Err(admit::Error::Describe { error, cause }) => {
                trial.fault(format!("it did not come to its end: {error}: {}", clipped(&cause)));
            }
            _ => trial.note(format!(
                "it took {} of fuel and {}",
                usage.fuel,
                ByteSize::b(usage.peak_memory)
            )),
        }
    }
    Ok(())
}

pub(super) async fn stable(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!("`describe`, {TIMES} times, against what it said when it was admitted"));
    for _ in 0..TIMES {
        let Some(described) = bench.plugin.describe().await else {
            trial.skip(COMMAND);
            return Ok(());
        };
        trial.case();
        match described.result {
            Ok(info) if info == *bench.info() => {}
            Ok(info) => {
                let json = |info| serde_json::to_value(info).unwrap_or_default();
                let (was, is) = (json(bench.info()), json(&info));
                let differs = was.as_object().into_iter().flatten().find_map(|(key, value)| {
                    let other = &is[key];
                    (value != other).then(|| format!("`{key}` was {value}, and is {other}"))
                });
                trial.fault(clipped(&differs.unwrap_or_else(|| "it differs".to_owned())));
            }
            // Another check is about that.
            Err(admit::Error::Describe { error, .. }) => trial.note(format!("it ended in {error}")),
            Err(error) => trial.fault(clipped(&error.to_string())),
        }
    }
    Ok(())
}

pub(super) async fn name(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    of_component(bench, trial, |trial| trial.note(format!("`{}`", bench.info().name)));
    Ok(())
}

pub(super) async fn version(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    of_component(bench, trial, |trial| trial.note(format!("`{}`", bench.info().version)));
    Ok(())
}

pub(super) async fn tasks(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    of_component(bench, trial, |trial| {
        trial.note(match bench.info().tasks.len() {
            1 => "it has one task".to_owned(),
            tasks => format!("it has {tasks} tasks"),
        });
    });
    Ok(())
}

/// How many names of tasks are shown.
const MOST_SHOWN: usize = 20;

pub(super) async fn task_names(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    of_component(bench, trial, |trial| {
        let names: BTreeSet<_> = bench.tasks().collect();
        if names.len() < bench.info().tasks.len() {
            trial.fault("two tasks have the same name");
        }
        let first: Vec<_> = names.iter().copied().take(MOST_SHOWN).collect();
        let more = match names.len().saturating_sub(MOST_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        trial.note(format!("{}{more}", first.join(", ")));
    });
    Ok(())
}

/// What the host has looked at when it admitted the plugin, or it would not be here.
fn of_component(bench: &Bench, trial: &mut Trial, look: impl FnOnce(&mut Trial)) {
    trial.tries("admitting the file");
    match bench.is_component() {
        true => {
            trial.case();
            look(trial);
        }
        false => trial.skip(COMMAND),
    }
}

pub(super) async fn summaries(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the summaries of the plugin and its tasks");
    if !bench.is_component() {
        trial.skip(COMMAND);
        return Ok(());
    }
    let info = bench.info();
    let of_tasks = info.tasks.iter().map(|task| (format!("task `{}`", task.name), &task.summary));
    for (whose, summary) in of_tasks.chain([("plugin".to_owned(), &info.summary)]) {
        trial.case();
        if summary.contains(char::is_control) {
            trial.fault(format!("that of the {whose} is {:?}", clipped(summary)));
        }
    }
    Ok(())
}
