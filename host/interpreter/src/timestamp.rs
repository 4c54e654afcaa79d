//! Timestamps as the States Language has them: RFC 3339, with `T` and with `Z` or an offset.

use jiff::Timestamp;

/// The time a text stands for; none where it is no timestamp of the States Language.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    // jiff reads more than RFC 3339: a space or `t` for the `T`, and time zones in brackets.
    let separated = text.as_bytes().get(10) == Some(&b'T');
    if !separated || text.contains(['[', 'z']) { None } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_rfc_3339() {
        for text in
            ["2016-03-14T01:59:00Z", "2016-03-05T21:29:29.243167252Z", "2016-03-14T01:59:00+02:00"]
        {
            assert!(parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn refuses_anything_else() {
        for text in [
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05T25:29:29Z",
            "05-12-2016T21:29:29Z",
            "2016-12-05T21:29:29Z[UTC]",
            "",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
