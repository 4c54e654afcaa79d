//! Times as services write and read them.

use jiff::{
    Timestamp,
    fmt::{rfc2822, temporal},
};
use serde_json::{Number, Value};

use crate::model::TimeFormat;

/// Seconds since 1970; none for what is no time.
pub(crate) fn from_seconds(seconds: f64) -> Option<Timestamp> {
    if !seconds.is_finite() || seconds.abs() > 1e12 {
        return None;
    }
    #[allow(clippy::cast_possible_truncation)]
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}

/// As text.
pub(crate) fn text(time: Timestamp, format: TimeFormat) -> String {
    match format {
        TimeFormat::Unix => seconds(time).to_string(),
        TimeFormat::Iso8601 => iso8601(time),
        TimeFormat::Http => time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(),
    }
}

/// As a value of JSON.
pub(crate) fn json(time: Timestamp, format: TimeFormat) -> Value {
    match format {
        TimeFormat::Unix => Value::Number(seconds(time)),
        format => text(time, format).into(),
    }
}

/// As Step Functions gives it to a state.
pub(crate) fn iso8601(time: Timestamp) -> String {
    time.to_string()
}

fn seconds(time: Timestamp) -> Number {
    let millis = time.as_millisecond();
    if millis % 1000 == 0 {
        return Number::from(millis / 1000);
    }
    #[allow(clippy::cast_precision_loss)]
    Number::from_f64(millis as f64 / 1e3).unwrap_or_else(|| Number::from(millis / 1000))
}

/// A time from an answer, whatever its format.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    static ISO: temporal::DateTimeParser = temporal::DateTimeParser::new();
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return from_seconds(seconds);
    }
    ISO.parse_timestamp(text)
        .ok()
        .or_else(|| rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_goes_to_all_formats_and_back() {
        let time: Timestamp = "2026-11-30T12:00:00.25Z".parse().unwrap();
        assert_eq!(json(time, TimeFormat::Unix), serde_json::json!(1_796_040_000.25));
        assert_eq!(text(time, TimeFormat::Iso8601), "2026-11-30T12:00:00.25Z");
        assert_eq!(text(time, TimeFormat::Http), "Mon, 30 Nov 2026 12:00:00 GMT");
        let whole: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        assert_eq!(json(whole, TimeFormat::Unix).to_string(), "1796040000");
        for text in
            ["1796040000", "1.79604E9", "2026-11-30T12:00:00Z", "Mon, 30 Nov 2026 12:00:00 GMT"]
        {
            assert_eq!(parse(text), Some(whole), "{text}");
        }
    }

    #[test]
    fn seconds_are_rounded_to_the_next_millisecond() {
        for (seconds, text) in [
            (1.9996, "1970-01-01T00:00:02Z"),
            (0.0014, "1970-01-01T00:00:00.001Z"),
            (-0.25, "1969-12-31T23:59:59.75Z"),
        ] {
            assert_eq!(iso8601(from_seconds(seconds).unwrap()), text);
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "soon", "NaN", "1e300", "2026-13-01T00:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
