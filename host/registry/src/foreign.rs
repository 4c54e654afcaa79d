//! Text of a registry's in errors of one's own.

/// How many characters of it are shown.
const SHOWN_AT_MOST: usize = 200;

/// The text in one line of bounded length, in which nothing changes how the rest of it is shown.
pub(crate) fn foreign(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_AT_MOST).map(seen).collect();
    if text.chars().nth(SHOWN_AT_MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// The character, or what stands for one that is not seen but obeyed.
fn seen(c: char) -> char {
    match c {
        // Marks that turn the direction of text, and line ends that are no control characters.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_that_says_what_it_shows() {
        assert_eq!(foreign("slow down, é"), "slow down, é");
        assert_eq!(
            foreign("a\nb\x1b[2J\u{202e}c\u{2028}d"),
            "a\u{fffd}b\u{fffd}[2J\u{fffd}c\u{fffd}d"
        );
        let most = "é".repeat(200);
        assert_eq!(foreign(&most), most);
        assert_eq!(foreign(&format!("{most}é")), format!("{most}…"));
    }
}
