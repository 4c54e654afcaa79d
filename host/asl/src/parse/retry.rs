//! `Retry`, and the error names that `Catch` shares with it.

use super::{
    fields::Fields,
    location::quoted,
    node::{MAX_SECONDS, Node},
};
use crate::definition::{Jitter, Retrier};

/// `MaxDelaySeconds` stays below this, a leap year.
const MAX_DELAY_SECONDS: u64 = 31_622_400;

/// The names that AWS has given away.
const RESERVED: &[&str] = &[
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
];

/// `Retry`, or nothing.
///
/// See <https://states-language.net/spec.html#retrying-after-error>.
pub(super) fn parse(fields: &Fields<'_>) -> Vec<Retrier> {
    let retriers = fields.get("Retry").and_then(|node| node.array()).unwrap_or_default();
    let last = retriers.len().saturating_sub(1);
    retriers
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let fields = node.fields()?;
            let retrier = retrier(&fields, index == last);
            fields.finish();
            retrier
        })
        .collect()
}

fn retrier(fields: &Fields<'_>, last: bool) -> Option<Retrier> {
    fields.comment();
    let error_equals = error_equals(fields, last);
    let integer = |name, range| fields.get(name).and_then(|node| node.integer(range));
    let interval_seconds = integer("IntervalSeconds", 1..=MAX_SECONDS).unwrap_or(1);
    let max_attempts = integer("MaxAttempts", 0..=MAX_SECONDS).unwrap_or(3);
    let backoff_rate = fields.get("BackoffRate").and_then(|node| node.number(1.0..=f64::MAX));
    let max_delay_seconds = integer("MaxDelaySeconds", 1..=MAX_DELAY_SECONDS - 1);
    if max_delay_seconds.is_some_and(|delay| delay <= interval_seconds)
        && let Some(node) = fields.get("MaxDelaySeconds")
    {
        node.error(
            "'MaxDelaySeconds' must be greater than 'IntervalSeconds'",
            format_args!("The first delay is {interval_seconds} s. Choose more than that."),
        );
    }
    let jitter = fields
        .get("JitterStrategy")
        .and_then(|node| node.one_of(&[("FULL", Jitter::Full), ("NONE", Jitter::None)]));
    Some(Retrier {
        error_equals: error_equals?,
        interval_seconds,
        max_attempts,
        backoff_rate: backoff_rate.unwrap_or(2.0),
        max_delay_seconds,
        jitter: jitter.unwrap_or_default(),
    })
}

/// `ErrorEquals`. `States.ALL` stands alone, and in the last retrier or catcher.
pub(super) fn error_equals(fields: &Fields<'_>, last: bool) -> Option<Vec<String>> {
    let node = fields.required("ErrorEquals")?;
    let elements = node.filled_array()?;
    let names: Vec<_> = elements.iter().filter_map(Node::string).collect();
    for (node, name) in elements.iter().zip(&names) {
        reserved(node, name);
    }
    if names.contains(&"States.ALL") {
        if names.len() > 1 {
            node.error(
                "'States.ALL' must appear alone in 'ErrorEquals'",
                "It stands for all errors. Remove the other names.",
            );
        } else if !last {
            node.error(
                "'States.ALL' must appear in the last element",
                "It matches all errors, so what follows is never reached. Move it to the end.",
            );
        }
    }
    (names.len() == elements.len()).then(|| names.into_iter().map(str::to_owned).collect())
}

fn reserved(node: &Node<'_>, name: &str) {
    let known = !name.starts_with("States.")
        || RESERVED.contains(&name)
        || name.starts_with("States.Http.StatusCode.");
    if !known {
        let nearest = node.context().nearest(name, RESERVED.iter().copied());
        node.warning(
            format_args!("There is no error '{}'", quoted(name)),
            match nearest {
                Some(nearest) => format!("Did you mean \"{nearest}\"?"),
                None => "Names that begin with \"States.\" are reserved.".to_owned(),
            },
        );
    }
}
