//! Times as the wire protocol has them.

use serde::{Serialize, Serializer};

/// A time, serialised in seconds since 1970 with milliseconds as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub jiff::Timestamp);

impl From<jiff::Timestamp> for Time {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_millisecond() as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_seconds_with_milliseconds() {
        let text = |time: &str| serde_json::to_string(&Time(time.parse().unwrap())).unwrap();
        assert_eq!(text("2026-11-22T12:00:00.1239Z"), "1795348800.123");
        assert_eq!(text("2026-11-22T12:00:00Z"), "1795348800.0");
    }
}
