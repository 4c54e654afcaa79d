//! From text to a call.

use serde_json::{Number, Value};

use super::{Argument, Call, NESTING, function::Function, string::unescape};
use crate::{cursor::Cursor, expression::SyntaxError, path::Path};

/// Parses a text that is one call.
pub(super) fn call(text: &str) -> Result<Call, SyntaxError> {
    let mut parser = Cursor::new(text);
    parser.skip_space();
    let call = parser.call(1)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("Nothing may follow the function call"));
    }
    Ok(call)
}

impl Cursor<'_> {
    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn call(&mut self, depth: usize) -> Result<Call, SyntaxError> {
        let start = self.at;
        if depth > NESTING {
            return Err(self.error(format!("Function calls nest more than {NESTING} levels deep")));
        }
        let name = self.take_while(|c| c == '.' || c.is_alphanumeric());
        let function =
            name.strip_prefix("States.").and_then(Function::parse).ok_or_else(|| SyntaxError {
                message: format!("'{name}' is not an intrinsic function"),
                offset: Some(start),
            })?;
        self.skip_space();
        if !self.eat('(') {
            return Err(self.error(format!("Expected '(' after {name}")));
        }
        let mut arguments = Vec::new();
        self.skip_space();
        if !self.eat(')') {
            loop {
                self.skip_space();
                let template = function == Function::Format && arguments.is_empty();
                arguments.push(self.argument(depth, template)?);
                self.skip_space();
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(self.error("Expected ',' or ')' after an argument"));
                }
            }
        }
        if !function.arity().contains(&arguments.len()) {
            let message = match (*function.arity().start(), *function.arity().end()) {
                (least, usize::MAX) => format!("takes at least {least} arguments"),
                (least, most) if least == most => format!("takes {least} arguments"),
                (least, most) => format!("takes {least} to {most} arguments"),
            };
            let given = arguments.len();
            return Err(SyntaxError {
                message: format!("{} {message} but {given} are given", function.name()),
                offset: Some(start),
            });
        }
        Ok(Call { function, arguments })
    }

    /// An argument. In the template of `States.Format` escapes stay for it to resolve, so that it
    /// can tell `{}` from `\{\}`.
    fn argument(&mut self, depth: usize, template: bool) -> Result<Argument, SyntaxError> {
        match self.peek() {
            Some('\'') => self.string(template).map(|text| Argument::Literal(Value::String(text))),
            Some('$') => self.path().map(Argument::Path),
            Some('-' | '0'..='9') => self.number().map(Argument::Literal),
            _ if self.rest().starts_with("States.") => self.call(depth + 1).map(Argument::Call),
            _ => {
                let start = self.at;
                let value = match self.take_while(|c| c.is_ascii_alphabetic()) {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "null" => Value::Null,
                    _ => {
                        self.at = start;
                        return Err(self.error(
                            "Expected a path, a string in single quotes, a number, true, false, \
                             null or a function call",
                        ));
                    }
                };
                Ok(Argument::Literal(value))
            }
        }
    }

    fn string(&mut self, template: bool) -> Result<String, SyntaxError> {
        let start = self.at;
        self.eat('\'');
        let mut string = String::new();
        while !self.rest().is_empty() {
            if self.eat('\'') {
                return Ok(string);
            }
            let (char, length) = unescape(self.rest());
            if template {
                string.push_str(&self.rest()[..length]);
            } else {
                string.push(char);
            }
            self.at += length;
        }
        self.at = start;
        Err(self.error("The string is not closed"))
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        let text = self.take_while(|c| matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
        text.parse::<Number>().map(Value::Number).map_err(|_| SyntaxError {
            message: format!("'{text}' is not a number"),
            offset: Some(start),
        })
    }

    /// A path goes on up to the comma or parenthesis that is not inside its own brackets.
    fn path(&mut self) -> Result<Path, SyntaxError> {
        let start = self.at;
        let mut open = 0_usize;
        let mut quote = None;
        let mut escaped = false;
        let end = self.rest().find(|c| {
            match (quote, c) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(end), c) if c == end => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') if open > 0 => quote = Some(c),
                (None, '[' | '(') => open += 1,
                (None, ',' | ')') if open == 0 => return true,
                (None, ']' | ')') => open = open.saturating_sub(1),
                _ => {}
            }
            false
        });
        let text = self.rest()[..end.unwrap_or(self.rest().len())].trim_end();
        self.at += text.len();
        Path::parse(text).map_err(|error| SyntaxError {
            message: error.message,
            offset: error.offset.map(|offset| start + offset),
        })
    }
}
