//! Where something is in a text, as people and editors count.

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// From 0, in UTF-16 code units: what scripts of web pages count.
    pub utf16: usize,
}

/// How far apart the places are from which it is counted, in bytes.
const STEP: usize = 4096;

/// A text in which places are looked for: each costs the same, however long the text.
#[derive(Debug)]
pub struct Positions<'a> {
    text: &'a str,
    /// At every so many bytes: where it is, and the position there.
    marks: Vec<(usize, Position)>,
}

impl<'a> Positions<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Self {
        let mut marks = vec![(0, Position { line: 1, column: 1, utf16: 0 })];
        let mut last = marks[0];
        while let Some(rest) = text.get(last.0..).filter(|rest| rest.len() > STEP) {
            let length = rest.floor_char_boundary(STEP);
            last = (last.0 + length, last.1.after(&rest[..length]));
            marks.push(last);
        }
        Self { text, marks }
    }

    /// The position of a byte. One that is within a character is where that begins, and one beyond
    /// the end is the end.
    pub fn at(&self, byte: usize) -> Position {
        let byte = self.text.floor_char_boundary(byte);
        // The first mark is at 0.
        let mark = self.marks.partition_point(|(at, _)| *at <= byte) - 1;
        let (at, position) = self.marks[mark];
        position.after(&self.text[at..byte])
    }
}

impl Position {
    fn after(mut self, text: &str) -> Self {
        for character in text.chars() {
            self.utf16 += character.len_utf16();
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let at = |text, byte| {
            let Position { line, column, utf16 } = Positions::new(text).at(byte);
            (line, column, utf16)
        };
        assert_eq!(at("ab\ncd", 0), (1, 1, 0));
        assert_eq!(at("é\nöx", 5), (2, 2, 3));
        assert_eq!(at("ab", 99), (1, 3, 2));
        assert_eq!(at("", 0), (1, 1, 0));
        assert_eq!(at("😀x", 4), (1, 2, 2));
        assert_eq!(at("😀x", 2), (1, 1, 0));
        assert_eq!(at("a\r\nb", 3), (2, 1, 3));
    }

    #[test]
    fn are_the_same_however_far_they_are() {
        let text = "äb😀\n".repeat(3_000);
        let positions = Positions::new(&text);
        assert!(positions.marks.len() > 3);
        for (byte, _) in text.char_indices().step_by(97) {
            let expected = Position { line: 1, column: 1, utf16: 0 }.after(&text[..byte]);
            assert_eq!(positions.at(byte), expected);
        }
    }
}
