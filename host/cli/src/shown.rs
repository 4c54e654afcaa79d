//! What the API answers, for people.

use std::time::Duration;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    plain::plain,
    progress::{seconds, summary::pretty},
};

const DIM: Style = Style::new().dimmed();

/// A time of the API: seconds since 1970.
fn timestamp(time: &Value) -> Option<Timestamp> {
    Timestamp::from_millisecond((time.as_f64()? * 1000.0).round() as i64).ok()
}

/// `2026-11-22T12:00:00Z`; nothing where there is no time.
pub(crate) fn time(time: &Value) -> String {
    timestamp(time).map_or(String::new(), |time| format!("{time:.0}"))
}

/// How long it is from one time to another; nothing where it goes on.
pub(crate) fn took(start: &Value, stop: &Value) -> String {
    let between = timestamp(start).zip(timestamp(stop));
    let took = between.map(|(start, stop)| stop.duration_since(start));
    took.map_or(String::new(), |took| seconds(Duration::try_from(took).unwrap_or_default()))
}

/// JSON text, laid out; what is none as it is.
pub(crate) fn json(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => plain(&pretty(&value)).into_owned(),
        Err(_) => plain(text).into_owned(),
    }
}

/// Prints lines of a name and a value, of which empty ones are left out.
pub(crate) fn members(members: &[(&str, String)]) {
    let width = members.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_empty()) {
        let margin = format!("\n{:width$}  ", "");
        let value = plain(value).replace('\n', &margin);
        anstream::println!("{DIM}{name:width$}{DIM:#}  {value}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_those_of_the_api() {
        let (start, stop) = (json!(1_795_348_800.123), json!(1_795_348_803.5));
        assert_eq!(time(&start), "2026-11-22T12:00:00Z");
        assert_eq!(time(&Value::Null), "");
        assert_eq!(took(&start, &stop), "3.4 s");
        assert_eq!(took(&start, &Value::Null), "");
    }
}
