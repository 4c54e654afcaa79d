//! `[?( ... )]`.

use regex::RegexBuilder;

use super::Parser;
use crate::{
    expression::SyntaxError,
    path::filter::{Filter, Operand, Operator},
};

/// How many bytes a compiled pattern may have.
const PATTERN: usize = 1 << 20;

impl Parser<'_> {
    /// Alternatives, of which one must hold.
    pub(super) fn filter(&mut self) -> Result<Filter, SyntaxError> {
        let mut alternatives = vec![self.conjunction()?];
        while self.next_is("||") {
            alternatives.push(self.conjunction()?);
        }
        Ok(one_or(alternatives, Filter::Or))
    }

    fn conjunction(&mut self) -> Result<Filter, SyntaxError> {
        let mut parts = vec![self.term()?];
        while self.next_is("&&") {
            parts.push(self.term()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn next_is(&mut self, operator: &str) -> bool {
        self.skip_spaces();
        self.eat_str(operator)
    }

    fn term(&mut self) -> Result<Filter, SyntaxError> {
        self.skip_spaces();
        if self.eat('!') {
            let term = self.nested(Self::term)?;
            return Ok(Filter::Not(Box::new(term)));
        }
        if self.eat('(') {
            let filter = self.nested(Self::filter)?;
            self.expect(')')?;
            return Ok(filter);
        }
        let left = self.operand()?;
        self.skip_spaces();
        match (self.operator()?, left) {
            (Some(operator), left) => {
                let right = self.operand()?;
                Ok(Filter::Compare { left, operator, right })
            }
            (None, Operand::Query(query)) => Ok(Filter::Exists(query)),
            (None, _) => Err(self.error("Expected an operator")),
        }
    }

    fn operator(&mut self) -> Result<Option<Operator>, SyntaxError> {
        let start = self.at;
        let symbol = self.take_while(|c| matches!(c, '<' | '>' | '=' | '~' | '!'));
        let word = match symbol {
            "" => self.take_while(|c| c.is_ascii_alphabetic()),
            symbol => symbol,
        };
        if word.is_empty() {
            return Ok(None);
        }
        Operator::parse(word).map(Some).ok_or_else(|| SyntaxError {
            message: format!("Filter operator {word} is not supported!"),
            offset: Some(start),
        })
    }

    fn operand(&mut self) -> Result<Operand, SyntaxError> {
        self.skip_spaces();
        if let Some(query) = self.query()? {
            return Ok(Operand::Query(query));
        }
        match self.peek() {
            Some('/') => self.regex(),
            _ => self.literal().map(Operand::Literal),
        }
    }

    /// `/pattern/flags`. It must match the whole string.
    fn regex(&mut self) -> Result<Operand, SyntaxError> {
        let start = self.at;
        self.eat('/');
        let mut escaped = false;
        let end = self.rest().find(|c| {
            let ends = c == '/' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let Some(end) = end else {
            return Err(self.error("Pattern not closed. Expected '/'"));
        };
        let pattern = self.rest()[..end].replace("\\/", "/");
        self.at += end + 1;
        let mut builder = RegexBuilder::new(&format!("^(?:{pattern})$"));
        builder.size_limit(PATTERN).dfa_size_limit(PATTERN);
        for flag in self.take_while(|c| c.is_ascii_alphabetic()).chars() {
            match flag {
                'i' => builder.case_insensitive(true),
                'm' => builder.multi_line(true),
                's' => builder.dot_matches_new_line(true),
                'x' => builder.ignore_whitespace(true),
                'd' => builder.crlf(true),
                'u' | 'U' => &mut builder,
                flag => return Err(self.error(format!("Unknown flag '{flag}' of a pattern"))),
            };
        }
        match builder.build() {
            Ok(regex) => Ok(Operand::Pattern(regex)),
            Err(error) => Err(SyntaxError { message: error.to_string(), offset: Some(start) }),
        }
    }
}

fn one_or(mut filters: Vec<Filter>, several: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    match filters.len() {
        1 => filters.swap_remove(0),
        _ => several(filters),
    }
}
