//! `States.MathAdd` and `States.MathRandom`.

use serde_json::Value;

use super::arguments::{Arguments, Refusal};
use crate::{expression::Environment, java};

pub(super) fn add(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let sum = i64::from(arguments.integer_32(0)?) + i64::from(arguments.integer_32(1)?);
    Ok(Value::from(sum))
}

/// A whole number from the first argument up to, not including, the second. With a seed the same
/// one each time.
pub(super) fn random(
    arguments: &Arguments<'_>,
    environment: &dyn Environment,
) -> Result<Value, Refusal> {
    let start = arguments.integer_32(0)?;
    let end = arguments.integer_32(1)?;
    if start >= end {
        return Err(Refusal(format!(
            "The start number must be less than the end number but they were {start} and {end}"
        )));
    }
    let number = match arguments.get(2) {
        Some(_) => java::Random::new(arguments.integer(2)?).between(start, end),
        None => between(start, end, environment.random()),
    };
    Ok(Value::from(number))
}

/// The number in the range that random bits stand for.
fn between(start: i32, end: i32, bits: u64) -> i64 {
    let (start, end) = (i64::from(start), i64::from(end));
    let width = u128::from(end.abs_diff(start));
    let offset = i64::try_from((width * u128::from(bits)) >> 64).unwrap_or_default();
    start + offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_range() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!((-3..4).contains(&between(-3, 4, bits)));
            let all = i64::from(i32::MIN)..i64::from(i32::MAX);
            assert!(all.contains(&between(i32::MIN, i32::MAX, bits)));
        }
    }
}
