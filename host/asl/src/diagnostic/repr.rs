//! Texts as Python writes them: some of the answers that are recorded as AWS's have them.

use std::fmt::Write as _;

/// A text between quotes, as Python's `repr` writes it.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut written = String::from(quote);
    for character in text.chars() {
        // Writing to a string does not fail.
        let _ = match character {
            '\n' => write!(written, "\\n"),
            '\r' => write!(written, "\\r"),
            '\t' => write!(written, "\\t"),
            '\\' => write!(written, "\\\\"),
            it if it == quote => write!(written, "\\{it}"),
            it if it.is_control() => write!(written, "\\x{:02x}", u32::from(it)),
            it => write!(written, "{it}"),
        };
    }
    written.push(quote);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_does() {
        for (text, written) in [
            ("a", "'a'"),
            ("a'b", "\"a'b\""),
            ("a'\"b", r#"'a\'"b'"#),
            ("\"", r#"'"'"#),
            ("\\\n\r\t", r"'\\\n\r\t'"),
            ("\u{7f}\u{0}\u{91}é", r"'\x7f\x00\x91é'"),
        ] {
            assert_eq!(repr(text), written);
        }
    }
}
