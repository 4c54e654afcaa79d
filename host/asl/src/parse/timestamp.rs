//! Timestamps as AWS reads them.

use super::node::Node;

/// A timestamp that stands in the definition.
pub(super) fn required(node: &Node<'_>) -> Option<jiff::Timestamp> {
    let timestamp = parse(node.string()?);
    if timestamp.is_none() {
        node.error(
            "String does not match RFC3339 timestamp",
            "Write it as 2026-03-14T01:59:00Z, with the T, and with the Z or an offset.",
        );
    }
    timestamp
}

/// A timestamp of RFC 3339 with `T` and, for UTC, `Z` in capitals, as the States Language
/// demands.
fn parse(text: &str) -> Option<jiff::Timestamp> {
    let rfc_3339 = text.is_ascii()
        && text.as_bytes().get(10) == Some(&b'T')
        && text.as_bytes().get(16) == Some(&b':')
        && !text.contains(['z', 't', '[', ',']);
    rfc_3339.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn takes_what_rfc_3339_allows() {
        for text in
            ["2016-03-14T01:59:00Z", "2016-03-14T01:59:00.123456789Z", "2016-03-14T01:59:00+02:00"]
        {
            assert!(parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "2016-13-05T21:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05 21:29:29Z",
            "2016-12-05t21:29:29z",
            "2016-12-05T21Z",
            "2016-12-05T21:29:29+01:00[Europe/Berlin]",
            "",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
