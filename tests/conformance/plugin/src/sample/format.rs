//! Texts of the formats that JSON Schema names.

use fastrand::Rng;

/// A text of a format (JSON Schema Validation 2020-12, section 7.3); none of one that is not known.
pub(super) fn text(format: &str, random: &mut Rng) -> Option<String> {
    let (day, hour) = (random.u8(1..=28), random.u8(..24));
    let number = random.u32(..);
    Some(match format {
        "date-time" => format!("2026-03-{day:02}T{hour:02}:30:00Z"),
        "date" => format!("2026-03-{day:02}"),
        "time" => format!("{hour:02}:30:00Z"),
        "duration" => format!("PT{hour}H"),
        "email" | "idn-email" => format!("user{number}@example.com"),
        "hostname" | "idn-hostname" => format!("host{number}.example.com"),
        "ipv4" => format!("192.0.2.{day}"),
        "ipv6" => format!("2001:db8::{day}"),
        "uri" | "iri" => format!("https://example.com/{number}"),
        "uri-reference" | "iri-reference" => format!("/{number}"),
        "uri-template" => format!("/{number}/{{name}}"),
        "uuid" => format!("{number:08x}-0000-4000-8000-{:012x}", random.u32(..)),
        "json-pointer" => format!("/a/{day}"),
        "relative-json-pointer" => "0/a".to_owned(),
        "regex" => "^a+$".to_owned(),
        _ => return None,
    })
}
