//! Figures in words.

use jiff::SignedDuration;

/// A share in tenths, as people say it: `4 of 10`. What is little is not none, and what is not all
/// is not all.
pub(super) fn of_ten(some: u64, all: u64) -> String {
    if some >= all {
        return "all".to_owned();
    }
    let tenths = (some * 10 + all / 2).checked_div(all).unwrap_or(0);
    format!("{} of 10", tenths.clamp(1, 9))
}

/// A share in percent.
pub(super) fn percent(some: f64, all: f64) -> String {
    format!("{:.0} %", 100.0 * some / all)
}

/// How often: `once`, `31 times`.
pub(super) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", number(count)) }
}

/// A number with its thousands set apart.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes, in the unit that fits.
pub(super) fn bytes(bytes: u64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} B"),
        1024..=1_048_575 => format!("{:.0} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.0} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// A duration, in the unit that fits.
pub(super) fn duration(duration: SignedDuration) -> String {
    let (seconds, unit) = (duration.as_secs_f64(), |text: &str, value: f64| {
        let one = (value * 10.0).round() == 10.0;
        let shown = format!("{value:.1}");
        format!("{} {text}{}", shown.trim_end_matches(".0"), if one { "" } else { "s" })
    });
    match seconds {
        ..1.0 => format!("{:.0} ms", seconds * 1000.0),
        ..120.0 => unit("second", seconds),
        ..7200.0 => unit("minute", seconds / 60.0),
        ..172_800.0 => unit("hour", seconds / 3600.0),
        _ => unit("day", seconds / 86_400.0),
    }
}
