//! Random numbers that are the same whenever the same execution comes to the same point.

use std::cell::Cell;

use sha2::{Digest, Sha256};

/// SplitMix64, whose numbers no update of a dependency may change: histories are replayed with
/// them. It is seeded when somebody draws: most events need no number.
///
/// The point is named by the last event and by the last timer: an attempt may fail and be tried
/// again without an event.
#[derive(Debug, Clone, Default)]
pub(crate) struct Random {
    state: Cell<Option<u64>>,
}

impl Random {
    /// A generator for one of the items of something that has a name.
    pub(crate) fn seeded(name: &str, index: u64) -> Self {
        Self { state: Cell::new(Some(seed(name, index, 0))) }
    }

    /// The next 64 bits, for an execution whose last event and last timer are these.
    pub(crate) fn next(&self, execution_arn: &str, event: u64, timer: u64) -> u64 {
        let state = self.state.get().unwrap_or_else(|| seed(execution_arn, event, timer));
        let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(Some(state));
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

/// A number from 0 to 1, without 1.
pub(crate) fn fraction(bits: u64) -> f64 {
    // 53 bits are what an f64 holds exactly.
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// A UUID of version 4 that is always the same for a name and a number.
pub(crate) fn uuid(name: &str, number: u64) -> String {
    let random = Random::seeded(name, number);
    let (upper, lower) = (random.next(name, number, 0), random.next(name, number, 0));
    uuid::Builder::from_u128(u128::from(upper) << 64 | u128::from(lower))
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Random)
        .into_uuid()
        .to_string()
}

fn seed(execution_arn: &str, event: u64, timer: u64) -> u64 {
    let digest = Sha256::new()
        .chain_update(execution_arn)
        .chain_update(event.to_be_bytes())
        .chain_update(timer.to_be_bytes())
        .finalize();
    let mut seed = [0; 8];
    seed.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_point_draws_the_same_numbers() {
        let draw = |event, timer| {
            let random = Random::default();
            [random.next("arn:a", event, timer), random.next("arn:a", event, timer)]
        };
        assert_eq!(draw(3, 0), draw(3, 0));
        assert_ne!(draw(3, 0), draw(4, 0));
        assert_ne!(draw(3, 0), draw(3, 1));
        assert_ne!(draw(3, 0)[0], draw(3, 0)[1]);
    }

    #[test]
    fn fractions_lie_below_one() {
        assert_eq!(fraction(0), 0.0);
        assert!(fraction(u64::MAX) < 1.0);
    }
}
