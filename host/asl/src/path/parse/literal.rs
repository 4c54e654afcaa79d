//! Strings and JSON inside a path. Jayway reads them permissively: either quote will do.

use serde_json::{Map, Number, Value};

use super::Parser;
use crate::expression::SyntaxError;

impl Parser<'_> {
    /// A string in quotes of either kind, with its escapes resolved.
    pub(super) fn quoted(&mut self) -> Result<String, SyntaxError> {
        let start = self.at;
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(self.error("Expected a string in quotes"));
        };
        self.eat(quote);
        let mut string = String::new();
        let mut chars = self.rest().char_indices();
        while let Some((at, char)) = chars.next() {
            if char == quote {
                self.at += at + quote.len_utf8();
                return Ok(string);
            }
            if char != '\\' {
                string.push(char);
                continue;
            }
            match chars.next() {
                Some((_, 'b')) => string.push('\u{8}'),
                Some((_, 'f')) => string.push('\u{c}'),
                Some((_, 'n')) => string.push('\n'),
                Some((_, 'r')) => string.push('\r'),
                Some((_, 't')) => string.push('\t'),
                Some((at, 'u')) => {
                    let digits = self.rest().get(at + 1..at + 5).unwrap_or_default();
                    let Some(escaped) = unicode(digits) else {
                        self.at = start;
                        return Err(self.error(format!("Unable to parse unicode value: {digits}")));
                    };
                    string.push(escaped);
                    chars.nth(3);
                }
                Some((_, escaped)) => {
                    // AWS takes a backslash for itself before what needs no escape here.
                    if escaped != quote && escaped != '\\' {
                        string.push('\\');
                    }
                    string.push(escaped);
                }
                None => break,
            }
        }
        self.at = start;
        Err(self.error(format!("Property has not been closed - missing closing {quote}")))
    }

    /// A JSON value.
    pub(super) fn literal(&mut self) -> Result<Value, SyntaxError> {
        self.skip_spaces();
        match self.peek() {
            Some('\'' | '"') => self.quoted().map(Value::String),
            Some('[') => self.nested(Self::array),
            Some('{') => self.nested(Self::object),
            Some('-' | '0'..='9') => self.number(),
            _ => {
                let start = self.at;
                match self.take_while(|c| c.is_ascii_alphabetic()) {
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    "null" => Ok(Value::Null),
                    _ => {
                        self.at = start;
                        Err(self.error("Expected a value"))
                    }
                }
            }
        }
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        let text = self.take_while(|c| matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
        text.parse::<Number>().map(Value::Number).map_err(|_| SyntaxError {
            message: format!("Expected a number but found '{text}'"),
            offset: Some(start),
        })
    }

    fn array(&mut self) -> Result<Value, SyntaxError> {
        self.eat('[');
        let mut items = Vec::new();
        self.skip_spaces();
        if self.eat(']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.literal()?);
            self.skip_spaces();
            if !self.eat(',') {
                self.expect(']')?;
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self) -> Result<Value, SyntaxError> {
        self.eat('{');
        let mut members = Map::new();
        self.skip_spaces();
        if self.eat('}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_spaces();
            let name = self.quoted()?;
            self.expect(':')?;
            members.insert(name, self.literal()?);
            self.skip_spaces();
            if !self.eat(',') {
                self.expect('}')?;
                return Ok(Value::Object(members));
            }
        }
    }
}

/// The character that four hexadecimal digits stand for.
fn unicode(digits: &str) -> Option<char> {
    let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?)
}
