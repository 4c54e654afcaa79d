//! From text to steps, by the rules of Jayway's path compiler.

use std::ops::{Deref, DerefMut};

use super::{
    Root,
    filter::{Base, Query},
    function::{Argument, Function, Name},
    segment::{Segment, Slice},
};
use crate::{cursor::Cursor, expression::SyntaxError};

mod filter;
mod literal;

/// How deep filters, parentheses and calls may nest.
const DEPTH: usize = 32;

/// How many steps a path may have: evaluation recurses by them, and a Reference Path makes an object
/// for each. Data nest less deep.
const STEPS: usize = 128;

/// Parses a whole path.
pub(super) fn path(text: &str) -> Result<(Root, Vec<Segment>), SyntaxError> {
    let mut parser = Parser { cursor: Cursor::new(text), depth: 0 };
    if !parser.eat('$') {
        return Err(parser.error("A path must start with '$'"));
    }
    let root = if parser.eat('$') {
        Root::Context
    } else {
        match parser.identifier() {
            "" => Root::Input,
            name => Root::Variable(name.into()),
        }
    };
    let segments = parser.segments(Within::Path)?;
    Ok((root, segments))
}

/// What a path is read in, which says what may follow it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// It is the whole text.
    Path,
    /// It ends at an operator, a bracket or a space.
    Filter,
}

/// A cursor that knows how deep it is.
struct Parser<'t> {
    cursor: Cursor<'t>,
    depth: usize,
}

impl<'t> Deref for Parser<'t> {
    type Target = Cursor<'t>;

    fn deref(&self) -> &Self::Target {
        &self.cursor
    }
}

impl DerefMut for Parser<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cursor
    }
}

impl<'t> Parser<'t> {
    fn eat_str(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: char) -> Result<(), SyntaxError> {
        self.skip_spaces();
        if self.eat(token) {
            return Ok(());
        }
        Err(self.error(match self.peek() {
            Some(found) => format!("Expected '{token}' but found '{found}'"),
            None => format!("Expected '{token}' at the end of the path"),
        }))
    }

    fn skip_spaces(&mut self) {
        self.take_while(|c| c == ' ');
    }

    /// A variable's name, or nothing.
    fn identifier(&mut self) -> &'t str {
        self.take_while(|c| c == '_' || c.is_alphanumeric())
    }

    /// Reads what nests, unless it nests too deep.
    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth == DEPTH {
            return Err(self.error(format!("The path nests more than {DEPTH} levels deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn segments(&mut self, within: Within) -> Result<Vec<Segment>, SyntaxError> {
        let mut segments = Vec::new();
        loop {
            let descends = match self.peek() {
                Some('[') => false,
                Some('.') => {
                    let descends = self.eat_str("..");
                    if !descends {
                        self.eat('.');
                    }
                    descends
                }
                None => return Ok(segments),
                Some(_) if within == Within::Filter => return Ok(segments),
                Some(found) => {
                    return Err(self.error(format!("Character '{found}' is not valid here")));
                }
            };
            if descends {
                segments.push(Segment::Descendant);
            }
            let segment = match self.peek() {
                Some('[') => self.bracket()?,
                Some('*') => {
                    self.eat('*');
                    Segment::Wildcard
                }
                Some('.') => return Err(self.error("Character '.' is not valid here")),
                None => return Err(self.error("Path must not end with a '.' or '..'")),
                Some(_) => self.property(within)?,
            };
            let ends = matches!(segment, Segment::Function(_));
            segments.push(segment);
            if segments.len() > STEPS {
                return Err(self.error(format!("The path has more than {STEPS} steps")));
            }
            if ends && matches!(self.peek(), Some('.' | '[')) {
                return Err(self.error("Nothing may follow a function in a path"));
            }
        }
    }

    /// What follows a dot: a name or a call.
    fn property(&mut self, within: Within) -> Result<Segment, SyntaxError> {
        let start = self.at;
        let name = self.take_while(|c| match c {
            '.' | '[' | '(' | ' ' => false,
            '<' | '>' | '=' | '~' | '!' | '&' | '|' | ',' | ')' | ']' => within == Within::Path,
            _ => true,
        });
        match self.peek() {
            Some('(') => return self.nested(|parser| parser.call(name, start)),
            Some(' ') if within == Within::Path => {
                return Err(self.error(
                    "Use bracket notion ['my prop'] if your property contains blank characters",
                ));
            }
            _ => {}
        }
        if name.is_empty() {
            return Err(self.error("Expected a property name"));
        }
        Ok(Segment::Names(vec![name.to_owned()]))
    }

    fn call(&mut self, name: &str, start: usize) -> Result<Segment, SyntaxError> {
        let Some(name) = Name::parse(name) else {
            return Err(SyntaxError {
                message: format!("Function with name: {name} does not exist."),
                offset: Some(start),
            });
        };
        self.expect('(')?;
        let mut arguments = Vec::new();
        self.skip_spaces();
        if !self.eat(')') {
            loop {
                self.skip_spaces();
                arguments.push(match self.query()? {
                    Some(query) => Argument::Query(query),
                    None => Argument::Literal(self.literal()?),
                });
                self.skip_spaces();
                if !self.eat(',') {
                    self.expect(')')?;
                    break;
                }
            }
        }
        Ok(Segment::Function(Function { name, arguments }))
    }

    /// A path inside a filter or a call.
    fn query(&mut self) -> Result<Option<Query>, SyntaxError> {
        let base = match self.peek() {
            Some('$') => Base::Document,
            Some('@') => Base::Item,
            _ => return Ok(None),
        };
        self.at += 1;
        let segments = self.nested(|parser| parser.segments(Within::Filter))?;
        Ok(Some(Query { base, segments }))
    }

    fn bracket(&mut self) -> Result<Segment, SyntaxError> {
        self.eat('[');
        self.skip_spaces();
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.names(quote),
            Some('*') => {
                self.eat('*');
                self.expect(']')?;
                Ok(Segment::Wildcard)
            }
            Some('?') => {
                self.eat('?');
                self.expect('(')?;
                let filter = self.nested(Self::filter)?;
                self.expect(')')?;
                self.expect(']')?;
                Ok(Segment::Filter(filter))
            }
            Some('0'..='9' | '-' | ':') => self.indices(),
            _ => Err(self.error("Could not parse token. Expected ?, ', 0-9, *")),
        }
    }

    fn names(&mut self, quote: char) -> Result<Segment, SyntaxError> {
        let mut names = Vec::new();
        loop {
            self.skip_spaces();
            if self.peek() != Some(quote) {
                return Err(self.error("Found empty property"));
            }
            names.push(self.quoted()?);
            self.skip_spaces();
            if !self.eat(',') {
                break;
            }
        }
        if !self.eat(']') {
            return Err(self.error(
                "Property must be separated by comma or Property must be terminated close square \
                 bracket",
            ));
        }
        Ok(Segment::Names(names))
    }

    fn indices(&mut self) -> Result<Segment, SyntaxError> {
        let start = self.at;
        let text = self.take_while(|c| matches!(c, '0'..='9' | '-' | ':' | ',' | ' ')).trim_end();
        self.expect(']')?;
        let invalid = |kind: &str| SyntaxError {
            message: format!("Failed to parse {kind}: {text}"),
            offset: Some(start),
        };
        if text.contains(':') {
            let invalid = || invalid("SliceOperation");
            let mut bounds = text.split(':').map(|bound| match bound.trim() {
                "" => Ok(None),
                bound => bound.parse().map(Some).map_err(|_| invalid()),
            });
            let from = bounds.next().transpose()?.flatten();
            let to = bounds.next().transpose()?.flatten();
            if (from.is_none() && to.is_none()) || bounds.any(|bound| bound.is_err()) {
                return Err(invalid());
            }
            return Ok(Segment::Slice(Slice { from, to }));
        }
        text.split(',')
            .map(|index| index.trim().parse().map_err(|_| invalid("ArrayIndexOperation")))
            .collect::<Result<_, _>>()
            .map(Segment::Indices)
    }
}
