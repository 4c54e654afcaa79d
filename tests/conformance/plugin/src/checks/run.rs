//! Calls: how they end.

use stepwell_sandbox::{Limits, failure::names};

use crate::{
    bench::{Ask, Bench, clipped, ended_in, is_same, no_start, shown, told},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
    world::{Granted, World},
};

pub(super) async fn examples(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("each example that says how it ends");
    for sample in &bench.samples {
        let Some(expected) = &sample.expected else { continue };
        trial.case();
        if !expected.is_met(&sample.done.result) {
            trial.fault(format!("{}: {}", sample.what(), shown(&sample.done)));
        }
    }
    trial.otherwise("there are no examples that say how they end: add some to examples/");
    Ok(())
}

pub(super) async fn no_trap(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("each example and, where none succeeds, inputs generated from the schema");
    for sample in &bench.samples {
        trial.case();
        if let Some(failure) = bench.broke(&sample.done) {
            trial.fault(format!("{}: {}", sample.what(), told(failure)));
        }
    }
    for task in bench.tasks() {
        if bench.samples.iter().all(|sample| sample.task != task) {
            trial.skip(format!("no input could be made for the task `{task}`: add examples"));
        }
    }
    Ok(())
}

/// Names that no plugin announces together.
const UNKNOWN: [&str; 4] = ["no-such-task", "", "constructor", "NO-SUCH-TASK"];

pub(super) async fn unknown_task(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("tasks that it does not have, past the host, which asks for none");
    if !bench.is_component() {
        trial.skip("a command is not told which task it is to do");
        return Ok(());
    }
    let seen = Circumstances::first();
    let world = bench.furnished(&bench.grants)?;
    let first = bench.samples.iter().find(|sample| sample.done.result.is_ok());
    let input = first.map_or("{}", |sample| sample.input.as_str());
    for task in UNKNOWN.into_iter().filter(|task| bench.info().task(task).is_none()) {
        let ask = Ask { task, input, limits: &bench.limits, seen: &seen };
        let done = bench.call_unannounced(&world, ask).await?;
        trial.case();
        match &done.said {
            Some(failure) => trial.note(format!("it failed: {}", told(failure))),
            None => trial.fault(format!("the task {task:?}: {}", shown(&done))),
        }
    }
    Ok(())
}

pub(super) async fn output_json(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the output of every call");
    for sample in &bench.samples {
        let invalid = ended_in(&sample.done, names::INVALID_OUTPUT);
        if sample.done.result.is_ok() || invalid {
            trial.case();
        }
        if invalid {
            trial.fault(format!("{}: {}", sample.what(), shown(&sample.done)));
        }
    }
    trial.otherwise("no call gave an output");
    Ok(())
}

pub(super) async fn output_limit(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial
        .tries("the output of every call, and calls that may give as much as that, or a byte less");
    for sample in &bench.samples {
        if ended_in(&sample.done, names::DATA_LIMIT_EXCEEDED) {
            trial.case();
            trial.fault(format!("{}: {}", sample.what(), shown(&sample.done)));
        }
    }
    for task in bench.tasks() {
        let Some(sample) = bench.starts(task).next() else {
            trial.skip(no_start(task));
            continue;
        };
        let Ok(output) = &sample.done.result else { continue };
        let size = output.len() as u64;
        let limits = |output| Limits { output, ..sample.limits.clone() };
        let (enough, too_little) = (limits(size), limits(size.saturating_sub(1)));
        let ask = |limits| Ask { limits, ..sample.ask(&sample.seen) };
        let within = bench.call(&bench.world(sample)?, ask(&enough)).await?;
        if !is_same(&within, &sample.done) {
            // Its size may depend on the time, or on chance.
            trial.skip(format!("{} did not give the same again", sample.what()));
            continue;
        }
        let beyond = bench.call(&bench.world(sample)?, ask(&too_little)).await?;
        trial.case();
        if !ended_in(&beyond, names::DATA_LIMIT_EXCEEDED) {
            let limit = too_little.output;
            trial.fault(format!("{} with {limit} bytes: {}", sample.what(), shown(&beyond)));
        }
        trial.note(format!("`{task}` gave {size} bytes"));
    }
    Ok(())
}

pub(super) async fn context(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    let edges = Circumstances::edges();
    let what: Vec<_> = edges.iter().map(|(what, _)| *what).collect();
    trial.tries(format!("calls with {}", what.join(", ")));
    for task in bench.tasks() {
        let mut starts = bench.starts(task).peekable();
        if starts.peek().is_none() {
            trial.skip(no_start(task));
        }
        for sample in starts {
            for (what, seen) in &edges {
                let done = bench.call(&bench.world(sample)?, sample.ask(seen)).await?;
                trial.case();
                if let Some(failure) = bench.broke(&done) {
                    trial.fault(format!("{}, {what}: {}", sample.what(), told(failure)));
                }
            }
        }
    }
    Ok(())
}

/// Why nothing is taken away.
const NO_GRANTS: &str = "no call is granted anything";

pub(super) async fn withheld(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("each input whose call is granted something, with nothing granted");
    let seen = Circumstances::first();
    for sample in &bench.samples {
        if less(&bench.world(sample)?.granted().spec).is_empty() {
            continue;
        }
        let world = World::of(bench.info(), &Default::default())?;
        let done = bench.call(&world, sample.ask(&seen)).await?;
        trial.case();
        match bench.broke(&done) {
            Some(failure) if bench.broke(&sample.done).is_none() => {
                trial.fault(format!("{}: {}", sample.what(), told(failure)));
            }
            _ => trial.note(format!("{}: {}", sample.what(), shown(&done))),
        }
    }
    trial.otherwise(NO_GRANTS);
    Ok(())
}

pub(super) async fn each_withheld(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("each example with one grant taken away, one by one");
    let seen = Circumstances::first();
    for sample in &bench.samples {
        let whole = bench.world(sample)?;
        for (what, spec) in less(&whole.granted().spec) {
            let granted = Granted { spec, ..whole.granted().clone() };
            let done = bench.call(&World::of(bench.info(), &granted)?, sample.ask(&seen)).await?;
            trial.case();
            if let Some(failure) = bench.broke(&done)
                && bench.broke(&sample.done).is_none()
            {
                trial.fault(format!("{} without {what}: {}", sample.what(), told(failure)));
            }
        }
    }
    trial.otherwise(NO_GRANTS);
    Ok(())
}

/// The grants without each of them, and which that is.
fn less(whole: &stepwell_sandbox::grants::Spec) -> Vec<(String, stepwell_sandbox::grants::Spec)> {
    let mut less = Vec::new();
    for at in 0..whole.directories.len() {
        let mut spec = whole.clone();
        let taken = spec.directories.remove(at);
        less.push((format!("the directory {}", clipped(&taken.guest)), spec));
    }
    for at in 0..whole.http.len() {
        let mut spec = whole.clone();
        let taken = spec.http.remove(at);
        less.push((format!("the requests {taken}"), spec));
    }
    for at in 0..whole.connect.len() {
        let mut spec = whole.clone();
        let taken = spec.connect.remove(at);
        less.push((format!("the connection to {taken}"), spec));
    }
    for at in 0..whole.secrets.len() {
        let mut spec = whole.clone();
        let taken = spec.secrets.remove(at);
        less.push((format!("the secret {}", clipped(&taken.name)), spec));
    }
    for at in 0..whole.key_value.len() {
        let mut spec = whole.clone();
        let taken = spec.key_value.remove(at);
        less.push((format!("the store {}", clipped(&taken.store)), spec));
    }
    for name in whole.config.keys() {
        let mut spec = whole.clone();
        spec.config.remove(name);
        less.push((format!("the configuration value {}", clipped(name)), spec));
    }
    for name in whole.environment.keys() {
        let mut spec = whole.clone();
        spec.environment.remove(name);
        less.push((format!("the environment variable {}", clipped(name)), spec));
    }
    if whole.scratch.is_some() {
        less.push((
            "/scratch".to_owned(),
            stepwell_sandbox::grants::Spec { scratch: None, ..whole.clone() },
        ));
    }
    less
}
