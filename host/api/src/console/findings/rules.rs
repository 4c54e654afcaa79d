//! When figures are worth a look, and what is said of them.
//!
//! Each rule has a least number of cases, below which a share says nothing, and a threshold that a
//! healthy workflow stays below without anybody's doing.

use jiff::SignedDuration;
use stepwell_engine::statistics::{Executions, Figures, OTHER};

use super::{
    Kind, Severity, StatisticsKey, Subject,
    words::{bytes, duration, number, of_ten, percent, times},
};
use crate::{
    arn::{Arn, Execution},
    console::plugins::PluginBounds,
};

/// Something found, without what it is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    pub(super) title: String,
    pub(super) detail: String,
}

/// Below so many visits of a state a share of them says nothing.
pub(super) const VISITS: u64 = 10;
/// Of a state that is tried again in more than every fifth visit, something is wrong with what it
/// calls: retries are for what happens now and then.
pub(super) const RETRIED: f64 = 0.2;
/// A state may fail now and then; one that does in every tenth visit loses work, and one that does
/// in half of them does not work.
pub(super) const FAILED: (f64, f64) = (0.1, 0.5);
/// A call that has used four fifths of a limit leaves no room for a somewhat larger input; at nineteen
/// twentieths the next one fails.
pub(super) const NEAR: (f64, f64) = (0.8, 0.95);
/// Below so many ends, and failures among them, an hour says nothing.
pub(super) const ENDS: (u64, u64) = (10, 5);
/// Failures rose where their share is twice that of the day before, and a tenth of all more.
pub(super) const ROSE: (f64, f64) = (2.0, 0.1);
/// An execution is stuck that runs ten times as long as all but a hundredth took, and an hour at
/// least; what fewer than twenty took is no measure.
pub(super) const STUCK: (u64, f64, i64) = (20, 10.0, 60 * 60);

impl Finding {
    /// With what it is about.
    pub(super) fn about(
        self,
        key: StatisticsKey,
        execution_arn: Option<Arn<Execution>>,
    ) -> super::Finding {
        let Self { kind, severity, title, detail } = self;
        super::Finding { kind, severity, title, detail, subject: Subject { key, execution_arn } }
    }
}

fn most_frequent(figures: &Figures) -> String {
    let named = figures.error_names.iter().filter(|(name, _)| !name.is_empty() && *name != OTHER);
    match named.max_by_key(|(_, count)| **count) {
        Some((name, count)) => format!(" The most frequent error is {name} ({}).", times(*count)),
        None => String::new(),
    }
}

/// Visits of a state: what is tried again is of the same visit.
fn visits(figures: &Figures) -> u64 {
    figures.calls.saturating_sub(figures.retries)
}

pub(super) fn retries_much(state: &str, figures: &Figures) -> Option<Finding> {
    // A visit that began before the time has its retries in it alone.
    let visits = visits(figures).max(1);
    let share = figures.retried as f64 / visits as f64;
    if visits < VISITS || share < RETRIED {
        return None;
    }
    Some(Finding {
        kind: Kind::StateRetriesMuch,
        severity: Severity::Warning,
        title: format!("{state} is retried in {} visits", of_ten(figures.retried, visits)),
        detail: format!(
            "In the last day executions came to it {}; {} of these visits took more than one call, \
             and all of them {} calls.{} Look at what it calls; if that \
             is slow to recover, a longer IntervalSeconds or a larger BackoffRate in its Retry \
             spares both.",
            times(visits),
            number(figures.retried),
            number(figures.calls),
            most_frequent(figures),
        ),
    })
}

pub(super) fn fails_much(state: &str, figures: &Figures) -> Option<Finding> {
    let visits = visits(figures).max(1);
    // Errors that no retry followed.
    let failed = figures.errors.saturating_sub(figures.retries);
    let share = failed as f64 / visits as f64;
    if visits < VISITS || share < FAILED.0 {
        return None;
    }
    Some(Finding {
        kind: Kind::StateFailsMuch,
        severity: if share < FAILED.1 { Severity::Warning } else { Severity::Critical },
        title: format!("{state} fails in {} visits", of_ten(failed, visits)),
        detail: format!(
            "In the last day executions came to it {} and it failed for good {}, in {} calls.{} \
             Look at one of these executions; what passes by itself is a case for Retry, what does not is one for Catch \
             or for the input.",
            times(visits),
            times(failed),
            number(figures.calls),
            most_frequent(figures),
        ),
    })
}

pub(super) fn near_limits(plugin: &str, figures: &Figures, bounds: &PluginBounds) -> Vec<Finding> {
    let slowest = figures.duration_max as f64;
    let time = bounds.time.as_secs_f64() * 1000.0;
    let near = |kind, of: &str, used: f64, limit: f64, shown: (String, String), error: &str| {
        if limit <= 0.0 || used / limit < NEAR.0 {
            return None;
        }
        Some(Finding {
            kind,
            severity: if used / limit < NEAR.1 { Severity::Warning } else { Severity::Critical },
            title: format!("A call of {plugin} took {} of its limit of {of}", percent(used, limit)),
            detail: format!(
                "The most that a call took in the last day is {} of {}. A call that needs more ends \
                 with {error}: give it smaller inputs, or raise `{of}` in the limits of the plugin.",
                shown.0, shown.1,
            ),
        })
    };
    let span = |milliseconds: f64| duration(SignedDuration::from_secs_f64(milliseconds / 1000.0));
    [
        near(
            Kind::PluginNearFuelLimit,
            "fuel",
            figures.fuel_max as f64,
            bounds.fuel as f64,
            (number(figures.fuel_max), number(bounds.fuel)),
            "Stepwell.OutOfFuel",
        ),
        near(
            Kind::PluginNearMemoryLimit,
            "memory",
            figures.peak_memory_max as f64,
            bounds.memory as f64,
            (bytes(figures.peak_memory_max), bytes(bounds.memory)),
            "Stepwell.OutOfMemory",
        ),
        near(
            Kind::PluginNearTimeLimit,
            "time",
            slowest,
            time,
            (span(slowest), span(time)),
            "States.Timeout",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn failures_rose(
    machine: &str,
    last: &Executions,
    before: &Executions,
) -> Option<Finding> {
    // What somebody stopped has not failed.
    let failed = |it: &Executions| it.failed + it.timed_out;
    let share = |it: &Executions| failed(it) as f64 / it.ends().max(1) as f64;
    let (now, then) = (share(last), share(before));
    let few = last.ends() < ENDS.0 || failed(last) < ENDS.1;
    // With nothing to compare it to nothing has risen.
    if few || before.ends() < ENDS.0 || now < ROSE.0 * then || now < then + ROSE.1 {
        return None;
    }
    Some(Finding {
        kind: Kind::MachineFailuresRose,
        severity: Severity::Critical,
        title: format!("Executions of {machine} fail more than before"),
        detail: format!(
            "In the last hour {} of {} failed ({}), in the day before {} of {} ({}). Look at what \
             changed: the newest failed executions, a plugin that was upgraded, the definition.",
            number(failed(last)),
            number(last.ends()),
            percent(now, 1.0),
            number(failed(before)),
            number(before.ends()),
            percent(then, 1.0),
        ),
    })
}

pub(super) fn held(plugin: &str, versions: usize) -> Option<Finding> {
    if versions == 0 {
        return None;
    }
    let (what, wait) = if versions == 1 {
        ("A version".to_owned(), "waits")
    } else {
        (format!("{versions} versions"), "wait")
    };
    Some(Finding {
        kind: Kind::PluginHeld,
        severity: Severity::Info,
        title: format!("{what} of {plugin} {wait} for approval"),
        detail:
            "It asks for more than the current one was granted, and does not run until somebody \
                 has looked at that: compare what it wants, then approve or remove it \
                 (`stepwell plugin approve`, `stepwell plugin remove`)."
                .to_owned(),
    })
}

/// From which duration on an execution is stuck; none where there is no measure.
pub(super) fn too_long(executions: &Executions) -> Option<SignedDuration> {
    let (least, factor, at_least) = STUCK;
    let enough = u64::try_from(executions.durations.count()).is_ok_and(|count| count >= least);
    let p99 = executions.durations.quantile(0.99).filter(|_| enough)?;
    let longest = SignedDuration::from_secs_f64(factor * p99 / 1000.0);
    Some(longest.max(SignedDuration::from_secs(at_least)))
}

/// How many of a state machine's executions are stuck.
pub(super) fn many_stuck(machine: &str, count: u64, executions: &Executions) -> Option<Finding> {
    let title = match count {
        0 => return None,
        1 => format!("An execution of {machine} runs for far too long"),
        _ => format!("{} executions of {machine} run for far too long", number(count)),
    };
    Some(Finding { title, ..stuck(machine, SignedDuration::ZERO, executions) })
}

pub(super) fn stuck(name: &str, runs: SignedDuration, executions: &Executions) -> Finding {
    let p99 = executions.durations.quantile(0.99).unwrap_or(0.0);
    Finding {
        kind: Kind::ExecutionStuck,
        severity: Severity::Warning,
        title: format!("{name} has been running for {}", duration(runs)),
        detail: format!(
            "Of {} that ended in the last day, 99 of 100 took no longer than {}. Look at the state \
             it is in; if it waits for an answer that will not come, stop it. TimeoutSeconds keeps \
             a task from waiting for ever.",
            number(executions.durations.count() as u64),
            duration(SignedDuration::from_secs_f64(p99 / 1000.0)),
        ),
    }
}
