//! CSV text, cut into records of fields.

use std::io::{self, BufRead};

use crate::read::MAX_SOURCE;

/// Why there is no further record.
#[derive(Debug)]
pub(super) enum Error {
    Io(io::Error),
    /// A record has more than [`MAX_SOURCE`] bytes.
    TooLong,
    /// The text ends within quotation marks.
    Unclosed {
        line: u64,
    },
}

/// The records of a text.
pub(super) struct Records {
    text: Box<dyn BufRead>,
    parser: Parser,
}

impl Records {
    pub(super) fn new(text: Box<dyn BufRead>, delimiter: u8) -> Self {
        Self { text, parser: Parser::new(delimiter) }
    }

    /// The fields of the current record.
    ///
    /// # Errors
    /// Where a field is not UTF-8.
    pub(super) fn fields(&self) -> impl Iterator<Item = Result<&str, String>> {
        let Parser { bytes, ends, start: line, .. } = &self.parser;
        let starts = [0].into_iter().chain(ends.iter().copied());
        starts.zip(ends).map(move |(start, end)| {
            str::from_utf8(&bytes[start..*end])
                .map_err(|_| format!("the record in line {line} is not UTF-8"))
        })
    }

    /// Goes to the next record that is no blank line. False where there is none.
    pub(super) fn advance(&mut self) -> Result<bool, Error> {
        loop {
            self.parser.clear();
            let ended = self.record()?;
            if !self.parser.blank() {
                return Ok(true);
            }
            if ended {
                return Ok(false);
            }
        }
    }

    /// Reads up to the end of a record. True where it is the text's end.
    fn record(&mut self) -> Result<bool, Error> {
        loop {
            let chunk = self.text.fill_buf().map_err(Error::Io)?;
            if chunk.is_empty() {
                self.parser.finish()?;
                return Ok(true);
            }
            let complete = chunk.iter().position(|byte| self.parser.take(*byte));
            let taken = complete.map_or(chunk.len(), |last| last + 1);
            self.text.consume(taken);
            self.parser.taken += taken as u64;
            if self.parser.taken > MAX_SOURCE {
                return Err(Error::TooLong);
            }
            if complete.is_some() {
                return Ok(false);
            }
        }
    }
}

/// Where the parser is in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but blanks were seen.
    Start,
    /// Outside of quotation marks.
    Plain,
    /// Within them.
    Quoted,
    /// After one that closes the field, or is the first of two.
    Closed,
}

struct Parser {
    delimiter: u8,
    state: State,
    /// After a backslash.
    escaped: bool,
    /// After CR, with which LF makes one end of a line.
    returned: bool,
    /// The bytes of the record's fields, one after the other.
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// Whether there are quotation marks in the record.
    quoted: bool,
    /// Bytes of the text that the record took.
    taken: u64,
    /// The line that is being read, from 1.
    line: u64,
    /// The line in which the record starts.
    start: u64,
    /// The line in which quotation marks opened last.
    opened: u64,
}

impl Parser {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::Start,
            escaped: false,
            returned: false,
            bytes: Vec::new(),
            ends: Vec::new(),
            quoted: false,
            taken: 0,
            line: 1,
            start: 1,
            opened: 1,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.quoted = false;
        self.taken = 0;
        self.start = self.line;
    }

    /// Whether the record is a line with nothing in it, or none at all.
    fn blank(&self) -> bool {
        self.bytes.is_empty() && self.ends.len() <= 1 && !self.quoted
    }

    /// Takes a byte. True where it ends the record.
    fn take(&mut self, byte: u8) -> bool {
        if std::mem::take(&mut self.returned) && byte == b'\n' {
            if self.state == State::Quoted {
                self.bytes.push(byte);
            }
            return false;
        }
        if byte == b'\n' || byte == b'\r' {
            self.line += 1;
            self.returned = byte == b'\r';
        }
        if std::mem::take(&mut self.escaped) && [b'\\', b'"', self.delimiter].contains(&byte) {
            self.bytes.push(byte);
            return false;
        }
        match (self.state, byte) {
            (_, b'\\') => {
                self.escaped = true;
                if self.state != State::Quoted {
                    self.state = State::Plain;
                }
            }
            (State::Quoted, b'"') => self.state = State::Closed,
            (State::Quoted, _) => self.bytes.push(byte),
            (State::Closed, b'"') => {
                self.bytes.push(byte);
                self.state = State::Quoted;
            }
            (_, b'\n' | b'\r') => {
                self.end_field();
                return true;
            }
            (_, _) if byte == self.delimiter => self.end_field(),
            (State::Start, b'"') => {
                self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
                self.state = State::Quoted;
                self.quoted = true;
                self.opened = self.line;
            }
            (State::Start, b' ' | b'\t') => self.bytes.push(byte),
            (_, _) => {
                self.bytes.push(byte);
                self.state = State::Plain;
            }
        }
        false
    }

    /// The text is at its end, and with it the record.
    fn finish(&mut self) -> Result<(), Error> {
        if self.state == State::Quoted {
            return Err(Error::Unclosed { line: self.opened });
        }
        self.escaped = false;
        if self.taken > 0 {
            self.end_field();
        }
        Ok(())
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
        self.state = State::Start;
    }
}

#[cfg(test)]
mod tests;
