//! Whether the host takes the file at all.

use stepwell_sandbox::{
    admit::{self, Description, Refusal, Which},
    failure::names,
};

use super::CHECKS;
use crate::{
    bench::{Bench, clipped},
    check::Check,
    error::Error,
    trial::{Finding, Trial},
};

/// The checks that the host makes itself, in its order: behind the first that fails it makes none.
const ORDER: [&str; 14] = [
    "admission.valid",
    "admission.limits",
    "admission.world",
    "admission.version",
    "admission.imports",
    "admission.compiles",
    "describe.no-trap",
    "describe.cheap",
    "describe.name",
    "describe.version",
    "describe.tasks",
    "describe.task-names",
    "schema.input.valid",
    "schema.output.valid",
];

/// What the host looks at task by task: of the tasks behind the one that it stops at it has looked
/// at none of these.
const BY_TASK: [&str; 3] = ["describe.task-names", "schema.input.valid", "schema.output.valid"];

/// What is found of a plugin that was admitted.
pub(super) async fn passed(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("admitting the file");
    trial.case();
    trial.note(format!("it was admitted, as {}", bench.info().digest));
    Ok(())
}

/// What is found of a file that was refused: the check that it failed, those before it, and that
/// nothing else could be tried.
pub(crate) fn refused(
    checks: &[&'static Check],
    error: &admit::Error,
) -> Result<Vec<Finding>, Error> {
    let blamed = blamed(error).ok_or_else(|| Error::Host(error.to_string()))?;
    let at = ORDER.iter().position(|id| *id == blamed).unwrap_or_default();
    let found = |check: &'static Check| {
        let mut trial = Trial::default();
        trial.tries("admitting the file");
        match ORDER.iter().position(|id| *id == check.id) {
            Some(here) if here == at => {
                trial.case();
                trial.fault(format!("it was refused: {}", clipped(&error.to_string())));
            }
            Some(here)
                if here < at && !(BY_TASK.contains(&blamed) && BY_TASK.contains(&check.id)) =>
            {
                trial.case();
                trial.note("the host found nothing amiss");
            }
            _ => trial.skip(format!("the plugin was not admitted: see `{blamed}`")),
        }
        trial.end(check)
    };
    // Why it was refused is told, whatever was asked for.
    let is_told = checks.iter().any(|check| check.id == blamed);
    let untold = CHECKS.iter().find(|check| check.id == blamed && !is_told);
    Ok(untold.into_iter().chain(checks.iter().copied()).map(found).collect())
}

/// The check that a refusal means; none where it says nothing about the file.
fn blamed(error: &admit::Error) -> Option<&'static str> {
    use admit::Error as E;
    Some(match error {
        E::Refused(refusal) => match refusal {
            Refusal::NotWasm(_) | Refusal::Corrupt { .. } => "admission.valid",
            Refusal::OverLimit { .. } => "admission.limits",
            Refusal::AnotherVersion { .. } => "admission.version",
            Refusal::UnknownImports(_) | Refusal::ForeignModule { .. } => "admission.imports",
            Refusal::Compile(_) => "admission.compiles",
            _ => "admission.world",
        },
        E::CompileTime { .. } | E::CompileMemory { .. } => "admission.compiles",
        E::TooLarge(_) => "admission.limits",
        E::Mismatch(_) => "admission.world",
        E::Describe { error, .. } => match error.as_str() {
            names::TRAP | names::PERMISSION_DENIED => "describe.no-trap",
            _ => "describe.cheap",
        },
        E::Description(description) => match description {
            Description::Name(_) => "describe.name",
            Description::Version { .. } => "describe.version",
            Description::NoTasks => "describe.tasks",
            Description::Schema { which: Which::Input, .. } => "schema.input.valid",
            Description::Schema { which: Which::Output, .. } => "schema.output.valid",
            _ => "describe.task-names",
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use stepwell_sandbox::admit::compile::Time;

    use super::*;
    use crate::trial::Outcome;

    #[test]
    fn what_was_not_looked_at_in_later_tasks_has_not_passed() {
        let which = Which::Output;
        let error = Description::Schema { task: "first".into(), which, why: "why".into() }.into();
        let checks: Vec<_> = CHECKS.iter().collect();
        let found = refused(&checks, &error).unwrap();
        let of = |id| found.iter().find(|found| found.check.id == id).unwrap().outcome;
        assert_eq!(of("describe.tasks"), Outcome::Passed);
        assert_eq!(of("describe.task-names"), Outcome::Skipped);
        assert_eq!(of("schema.input.valid"), Outcome::Skipped);
        assert_eq!(of("schema.output.valid"), Outcome::Failed);
    }

    #[test]
    fn refusals_are_findings_and_faults_of_the_host_are_none() {
        let describe =
            |error: &str| admit::Error::Describe { error: error.to_owned(), cause: String::new() };
        let slow =
            admit::Error::CompileTime { limit: Duration::from_secs(1), spent: Time::WallClock };
        for (error, id) in [
            (slow, "admission.compiles"),
            (admit::Error::CompileMemory { limit: 1 }, "admission.compiles"),
            (Refusal::Compile("why".to_owned()).into(), "admission.compiles"),
            (admit::Error::TooLarge("why".to_owned()), "admission.limits"),
            (admit::Error::Mismatch("why".to_owned()), "admission.world"),
            (describe("Stepwell.OutOfFuel"), "describe.cheap"),
            (describe("States.DataLimitExceeded"), "describe.cheap"),
            (describe("Stepwell.Trap"), "describe.no-trap"),
            (Description::NoTasks.into(), "describe.tasks"),
        ] {
            assert_eq!(blamed(&error), Some(id), "{error}");
            assert!(ORDER.contains(&id));
        }
        assert_eq!(blamed(&admit::Error::Host("why".to_owned())), None);
    }
}
