//! Schemas, and whether they are true.

use serde_json::Value;
use stepwell_sandbox::Task;

use crate::{
    bench::{Ask, Bench, clipped, fits, no_start, shown, told},
    circumstances::Circumstances,
    error::Error,
    level::Level,
    sample::{Generator, validator, violations},
    trial::Trial,
};

/// A schema of a task, if it has one.
type Which = fn(&Task) -> Option<&Value>;

fn input(task: &Task) -> Option<&Value> {
    task.input_schema.as_ref()
}

fn output(task: &Task) -> Option<&Value> {
    task.output_schema.as_ref()
}

pub(super) async fn input_valid(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    valid(bench, trial, "input", input);
    Ok(())
}

pub(super) async fn output_valid(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    valid(bench, trial, "output", output);
    Ok(())
}

fn valid(bench: &Bench, trial: &mut Trial, which: &str, schema: Which) {
    trial.tries(format!("making the {which} schemas ready"));
    for task in &bench.info().tasks {
        let Some(schema) = schema(task) else {
            trial.skip(format!("the task `{}` gives no {which} schema", task.name));
            continue;
        };
        trial.case();
        if let Err(why) = validator(schema) {
            trial.fault(format!("that of the task `{}`: {}", task.name, clipped(&why)));
        }
    }
}

pub(super) async fn output_fits(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("the output of every call that succeeded");
    for task in &bench.info().tasks {
        let Some(schema) = output(task) else {
            trial.skip(format!("the task `{}` gives no output schema", task.name));
            continue;
        };
        if bench.starts(&task.name).next().is_none() {
            trial.skip(no_start(&task.name));
        }
        for sample in bench.samples.iter().filter(|sample| sample.task == task.name) {
            let Ok(output) = &sample.done.result else { continue };
            let (Ok(output), Ok(validator)) = (serde_json::from_str(output), validator(schema))
            else {
                continue;
            };
            trial.case();
            if let Some(error) = validator.iter_errors(&output).next() {
                trial.fault(format!(
                    "{}: {} (at `{}`)",
                    sample.what(),
                    clipped(&error.to_string()),
                    error.instance_path()
                ));
            }
        }
    }
    Ok(())
}

/// Inputs that do not fit, for each start.
fn many(level: Level) -> usize {
    match level {
        Level::Core | Level::Strict => 60,
        Level::Hardened => 600,
    }
}

pub(super) async fn input_refuses(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("inputs with which the task succeeds, changed so that they do not fit the schema");
    let seen = Circumstances::first();
    let limits = bench.short();
    for task in &bench.info().tasks {
        let Some(schema) = input(task) else {
            trial.skip(format!("the task `{}` gives no input schema", task.name));
            continue;
        };
        if bench.starts(&task.name).next().is_none() {
            trial.skip(no_start(&task.name));
        }
        for sample in bench.starts(&task.name) {
            trial.case();
            let value = sample.value();
            if fits(schema, &value) == Some(false) {
                trial.fault(format!("{} succeeds, and does not fit", sample.what()));
                continue;
            }
            for (change, value) in violations(schema, &value, many(bench.level)) {
                let world = bench.world(sample)?;
                let input = value.to_string();
                let ask = Ask { task: &task.name, input: &input, limits: &limits, seen: &seen };
                let done = bench.call(&world, ask).await?;
                trial.case();
                if done.result.is_ok() || bench.broke(&done).is_some() {
                    trial.fault(format!("{}, {change}: {}", sample.what(), shown(&done)));
                }
                if trial.is_clear() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// Inputs that are generated from each schema.
const GENERATED: usize = 8;
/// The same where much is generated.
const MANY_GENERATED: usize = 200;

/// What the SDKs call input that they cannot read.
const INVALID_INPUT: &str = "InvalidInput";

pub(super) async fn input_accepts(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!("{GENERATED} inputs that are generated from each input schema"));
    generated(bench, trial, GENERATED, |trial, case| {
        if let Err(failure) = &case.done.result
            && failure.error.rsplit('.').next() == Some(INVALID_INPUT)
        {
            trial.fault(format!("`{}` with {}: {}", case.task, case.input, told(failure)));
        }
    })
    .await
}

pub(super) async fn sampled(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries(format!(
        "{MANY_GENERATED} inputs that are generated from each input schema, with the seed {}",
        bench.seed
    ));
    generated(bench, trial, MANY_GENERATED, |trial, case| {
        let what = format!("`{}` with {}", case.task, case.input);
        if let Some(failure) = bench.broke(case.done) {
            trial.fault(format!("{what}: {}", told(failure)));
        }
    })
    .await
}

/// A call with a generated input.
struct Case<'a> {
    task: &'a str,
    input: String,
    done: &'a stepwell_sandbox::Done,
}

async fn generated(
    bench: &Bench,
    trial: &mut Trial,
    count: usize,
    look: impl Fn(&mut Trial, Case<'_>),
) -> Result<(), Error> {
    let seen = Circumstances::first();
    let limits = bench.short();
    for name in bench.tried(trial) {
        let Some(task) = bench.info().task(name) else { continue };
        let Some(schema) = input(task) else {
            trial.skip(format!("the task `{}` gives no input schema", task.name));
            continue;
        };
        let before = trial.cases();
        for value in Generator::new(schema, bench.seed).take(count) {
            let world = bench.furnished(&bench.grants)?;
            let input = value.to_string();
            let ask = Ask { task: &task.name, input: &input, limits: &limits, seen: &seen };
            let done = bench.call(&world, ask).await?;
            trial.case();
            look(trial, Case { task: &task.name, input: clipped(&input), done: &done });
            if trial.is_clear() {
                return Ok(());
            }
        }
        if trial.cases() == before {
            trial.skip(format!("no input could be made that the task `{}` allows", task.name));
        }
    }
    Ok(())
}
