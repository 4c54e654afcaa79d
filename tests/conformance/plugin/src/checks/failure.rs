//! The names and causes of a plugin's own failures.

use stepwell_sandbox::Failure;

use crate::{
    bench::{Ask, Bench, Said, clipped},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

/// Inputs that few tasks take.
const PROVOKING: [&str; 3] = ["null", "[0]", "\"stepwell\""];

/// Names that AWS documents for integrations, and that a plugin that stands for one returns.
const DOCUMENTED: [&str; 5] = [
    "States.DataLimitExceeded",
    "States.Permissions",
    // Of `http:invoke`, whose request can never be sent.
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];
const DOCUMENTED_PREFIX: &str = "States.Http.";

/// The failures of all calls so far, and of some that provoke them.
async fn said(bench: &Bench, trial: &mut Trial) -> Result<Vec<Said>, Error> {
    trial.tries(
        "every failure that the plugin has returned, each name once, and inputs that provoke one",
    );
    if !bench.is_component() {
        trial.skip("a command has no failures with names of their own");
        return Ok(Vec::new());
    }
    let (seen, limits) = (Circumstances::first(), bench.short());
    for task in bench.tried(trial) {
        for input in PROVOKING {
            let world = bench.furnished(&bench.grants)?;
            bench.call(&world, Ask { task, input, limits: &limits, seen: &seen }).await?;
        }
    }
    let said = bench.said();
    if said.is_empty() {
        trial.skip("no call has failed by a name of the plugin's own: add an example that does");
    }
    Ok(said)
}

fn what(said: &Said) -> String {
    format!("`{}` with {}", said.task, said.input)
}

pub(super) async fn name(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    for one in said(bench, trial).await? {
        trial.case();
        let name = &one.failure.error;
        let length = name.chars().count();
        if length > Failure::MAX_ERROR {
            trial.fault(format!("{}: a name of {length} characters", what(&one)));
        } else if name.contains(char::is_control) {
            trial.fault(format!("{}: the name {}", what(&one), clipped(name)));
        }
    }
    Ok(())
}

pub(super) async fn reserved(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    for one in said(bench, trial).await? {
        trial.case();
        let name = &one.failure.error;
        let is_reserved = ["States.", "Stepwell."].iter().any(|prefix| name.starts_with(prefix));
        if is_reserved && !is_documented(name) {
            trial.fault(format!("{}: the name {}", what(&one), clipped(name)));
        }
    }
    Ok(())
}

fn is_documented(name: &str) -> bool {
    DOCUMENTED.contains(&name) || name.starts_with(DOCUMENTED_PREFIX)
}

pub(super) async fn form(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    for one in said(bench, trial).await? {
        trial.case();
        let name = &one.failure.error;
        match is_formed(name) || name.chars().count() > Failure::MAX_ERROR {
            true => trial.note(format!("`{}`", clipped(name))),
            false => trial.fault(format!("{}: the name `{}`", what(&one), clipped(name))),
        }
    }
    Ok(())
}

/// Whether it is `Plugin.Reason`, in words that begin with capitals. Names that no plugin may have
/// are another check's.
fn is_formed(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_alphanumeric())
    };
    name.contains(char::is_control)
        || ["States.", "Stepwell."].iter().any(|prefix| name.starts_with(prefix))
        || (name.contains('.') && name.split('.').all(is_word))
}

pub(super) async fn cause(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    for one in said(bench, trial).await? {
        trial.case();
        let length = one.failure.cause.chars().count();
        if length > Failure::MAX_CAUSE {
            trial.fault(format!("{}: a cause of {length} characters", what(&one)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_with_capitals() {
        for name in ["Payments.CardDeclined", "A.B2.C", "States.Http.StatusCode.404"] {
            assert!(is_formed(name), "{name}");
        }
        for name in ["", "TypeError", "payments.Declined", "Payments.card declined", "A..B", "A."] {
            assert!(!is_formed(name), "{name}");
        }
    }

    #[test]
    fn names_of_integrations_are_no_ones_own() {
        assert!(is_documented("States.Http.StatusCode.404"));
        assert!(is_documented("States.TaskFailed"));
        // How an HTTP task ends whose endpoint is not valid.
        assert!(is_documented("States.Runtime"));
        assert!(!is_documented("States.ALL"));
        assert!(!is_documented("Stepwell.Trap"));
    }
}
