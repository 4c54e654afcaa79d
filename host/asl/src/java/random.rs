//! `java.util.Random`, whose sequences are specified.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Random.html>

/// A generator from a seed.
pub(crate) struct Random(u64);

impl Random {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    pub(crate) fn new(seed: i64) -> Self {
        Self((seed.cast_unsigned() ^ Self::MULTIPLIER) & Self::MASK)
    }

    /// The upper `bits` of the next 32.
    #[expect(clippy::cast_possible_truncation, reason = "the generator keeps the lower 32 bits")]
    fn next(&mut self, bits: u32) -> i32 {
        self.0 = self.0.wrapping_mul(Self::MULTIPLIER).wrapping_add(0xB) & Self::MASK;
        (self.0 >> (48 - bits)) as i32
    }

    /// `nextInt(origin, bound)`.
    pub(crate) fn between(&mut self, start: i32, end: i32) -> i64 {
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

    /// `nextDouble()`.
    #[expect(clippy::cast_precision_loss, reason = "the number has 53 bits")]
    pub(crate) fn double(&mut self) -> f64 {
        let bits = (i64::from(self.next(26)) << 27) + i64::from(self.next(27));
        bits as f64 / (1_i64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_as_java_does() {
        let mut random = Random::new(42);
        let drawn: Vec<_> = (0..4).map(|_| random.next(32)).collect();
        assert_eq!(drawn, [-1_170_105_035, 234_785_527, -1_360_544_799, 205_897_768]);

        let mut random = Random::new(42);
        let drawn: Vec<_> = (0..5).map(|_| random.between(10, 20)).collect();
        assert_eq!(drawn, [10, 13, 18, 14, 10]);
    }

    #[test]
    fn stays_within_the_range() {
        for seed in [0, 1, -1, i64::MIN, i64::MAX] {
            let number = Random::new(seed).between(i32::MIN, i32::MAX);
            assert!((i64::from(i32::MIN)..i64::from(i32::MAX)).contains(&number));
            assert!((0..8).contains(&Random::new(seed).between(0, 8)));
            assert!((0.0..1.0).contains(&Random::new(seed).double()));
        }
    }
}
