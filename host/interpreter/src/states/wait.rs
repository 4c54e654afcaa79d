//! Wait: lets time pass.

use jiff::Timestamp;
use stepwell_asl::{
    Json,
    definition::{Field, Wait, WaitUntil},
    expression::Expression,
};

use crate::{
    errors::{self, Raised},
    execution::{Purpose, after},
    io::{Processing, plain},
    run::{Flow, Run},
    states::MAX_SECONDS,
    strand::{Phase, Strand},
    timestamp,
};

pub(super) fn execute(run: &mut Run<'_>, strand: &mut Strand, wait: &Wait) -> Result<Flow, Raised> {
    let until = {
        let processing = run.processing(strand, &wait.io);
        let input = processing.input()?;
        match &wait.until {
            WaitUntil::Seconds(field) => after(run.now(), seconds(&processing, field, &input)?),
            WaitUntil::Timestamp(field) => time(&processing, field, &input)?,
        }
    };
    if until <= run.now() {
        return wake(run, strand, wait);
    }
    strand.visit.phase = Phase::Waiting(run.set_timer(until, Purpose::Wake(strand.id)));
    Ok(Flow::Wait)
}

/// The time has come.
pub(super) fn wake(run: &mut Run<'_>, strand: &mut Strand, wait: &Wait) -> Result<Flow, Raised> {
    strand.visit.phase = Phase::Ready;
    let exit = {
        let processing = run.processing(strand, &wait.io);
        processing.exit_unchanged(&processing.input()?, &wait.assign, None)?
    };
    run.leave(strand, exit, &wait.transition)
}

fn seconds(processing: &Processing<'_>, field: &Field<u64>, input: &Json) -> Result<u64, Raised> {
    let expression = match field {
        Field::Fixed(seconds) => return Ok(*seconds),
        Field::Computed(expression) => expression,
    };
    let jsonata = matches!(expression, Expression::Jsonata(_));
    let (name, value) = processing.number(expression, "Seconds", input)?;
    if jsonata && value.as_i64().is_none() {
        let text = expression.text();
        return Err(processing.place().unexpected_type(text, &name, "integer", &value));
    }
    let refuse = |what: &str| {
        let source = expression.text();
        let text = format!("The {name} parameter {what}: {source} == {}", plain(&value));
        if jsonata {
            processing.place().raise_evaluation(text, Some(&name))
        } else {
            processing.place().raise(errors::RUNTIME, text)
        }
    };
    match value.as_u64() {
        Some(seconds) if seconds <= MAX_SECONDS => Ok(seconds),
        Some(_) => Err(refuse("references a value that is too large")),
        None if value.as_i64().is_some() => Err(refuse("references a negative value")),
        None => Err(refuse("cannot be parsed as a long value")),
    }
}

fn time(
    processing: &Processing<'_>,
    field: &Field<Timestamp>,
    input: &Json,
) -> Result<Timestamp, Raised> {
    let expression = match field {
        Field::Fixed(time) => return Ok(*time),
        Field::Computed(expression) => expression,
    };
    let jsonata = matches!(expression, Expression::Jsonata(_));
    let name = if jsonata { "Timestamp" } else { "TimestampPath" };
    let value = processing.expression(expression, input, name)?;
    if jsonata && !value.is_string() {
        let text = expression.text();
        return Err(processing.place().unexpected_type(text, name, "string", &value));
    }
    value.as_str().and_then(timestamp::parse).ok_or_else(|| {
        let value = plain(&value);
        if jsonata {
            processing.place().raise_evaluation(
                format_args!(
                    "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time \
                     format string: {value}"
                ),
                Some(name),
            )
        } else {
            processing.place().raise(
                errors::RUNTIME,
                format_args!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended \
                     offset date-time format string: {} == {value}",
                    expression.text()
                ),
            )
        }
    })
}
