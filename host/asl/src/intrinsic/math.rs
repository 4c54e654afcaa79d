//! `States.MathAdd` and `States.MathRandom`.

use serde_json::Value;

use super::arguments::{Arguments, Refusal};
use crate::expression::Environment;

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
        Some(_) => JavaRandom::new(arguments.integer(2)?).between(start, end),
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

/// `java.util.Random`, whose sequences are specified.
///
/// <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html>
struct JavaRandom(u64);

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ Self::MULTIPLIER) & Self::MASK)
    }

    /// The upper `bits` of the next 32.
    #[expect(clippy::cast_possible_truncation, reason = "the generator keeps the lower 32 bits")]
    fn next(&mut self, bits: u32) -> i32 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        (self.0 >> (48 - bits)) as i32
    }

    /// `nextInt(origin, bound)`.
    fn between(&mut self, start: i32, end: i32) -> i64 {
        let Some(width) = end.checked_sub(start) else {
            // Half of all numbers or more are in the range, so this soon finds one.
            loop {
                let number = self.next(32);
                if (start..end).contains(&number) {
                    return number.into();
                }
            }
        };
        let offset = if width.count_ones() == 1 {
            (i64::from(width) * i64::from(self.next(31))) >> 31
        } else {
            loop {
                let bits = self.next(31);
                let offset = bits % width;
                // Java's test for the last, incomplete run of the range, by overflow.
                if bits.wrapping_sub(offset).wrapping_add(width - 1) >= 0 {
                    break offset.into();
                }
            }
        };
        i64::from(start) + offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_as_java_does() {
        let mut random = JavaRandom::new(42);
        let drawn: Vec<_> = (0..4).map(|_| random.next(32)).collect();
        assert_eq!(drawn, [-1_170_105_035, 234_785_527, -1_360_544_799, 205_897_768]);

        let mut random = JavaRandom::new(42);
        let drawn: Vec<_> = (0..5).map(|_| random.between(10, 20)).collect();
        assert_eq!(drawn, [10, 13, 18, 14, 10]);
    }

    #[test]
    fn stays_within_the_range() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            assert!((-3..4).contains(&between(-3, 4, bits)));
            let all = i64::from(i32::MIN)..i64::from(i32::MAX);
            assert!(all.contains(&between(i32::MIN, i32::MAX, bits)));
        }
        for seed in [0, 1, -1, i64::MIN, i64::MAX] {
            let number = JavaRandom::new(seed).between(i32::MIN, i32::MAX);
            assert!((i64::from(i32::MIN)..i64::from(i32::MAX)).contains(&number));
            assert!((0..8).contains(&JavaRandom::new(seed).between(0, 8)));
        }
    }
}
