//! Text of others on the terminal.

use std::{borrow::Cow, fmt::Write as _};

/// The text with its control characters, but for line ends and tabs, and with the marks that turn its
/// direction written as JSON does.
///
/// What a plugin says is shown on the operator's terminal, which would obey it: an escape sequence
/// can hide lines, or put text into the clipboard. In a JSON document nothing changes its meaning.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let commands = |c: char| match c {
        '\n' | '\t' => false,
        // Marks that turn the direction of text show it in another order than it has.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        c => c.is_control(),
    };
    if !text.contains(commands) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if commands(c) {
            // Writing to a String cannot fail.
            let _ = write!(plain, "\\u{:04x}", u32::from(c));
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_given_commands() {
        assert_eq!(plain("a\x1b[2Jb\r\u{9b}c\x07"), "a\\u001b[2Jb\\u000d\\u009bc\\u0007");
        assert_eq!(plain("a\u{202e}b\u{2066}"), "a\\u202eb\\u2066");
        assert_eq!(plain("one\n\ttwo é"), "one\n\ttwo é");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!("\u{9b}\x7f\x1b");
        let shown = plain(&value.to_string()).into_owned();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
