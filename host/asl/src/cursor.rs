//! A place in a text that is read from left to right: what the parsers of paths and intrinsic
//! functions share.

use crate::expression::SyntaxError;

/// A text, and how far it has been read.
pub(crate) struct Cursor<'t> {
    pub(crate) text: &'t str,
    /// In bytes, at the boundary of a character.
    pub(crate) at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// An error at this place.
    pub(crate) fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { message: message.into(), offset: Some(self.at) }
    }

    /// What is still to be read.
    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Reads the token if it comes next, and says whether it did.
    pub(crate) fn eat(&mut self, token: char) -> bool {
        let found = self.peek() == Some(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    /// Reads for as long as characters are accepted.
    pub(crate) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}
