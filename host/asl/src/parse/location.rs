//! Places in a definition.

use std::{fmt, rc::Rc};

/// How many characters of the text's own names and values a finding repeats.
const MAX_QUOTED: usize = 100;

/// A place in the definition, as AWS writes it. Kept as a chain and written out only for findings:
/// most nodes never have one.
#[derive(Clone, Default)]
pub(super) struct Location<'a>(Option<Rc<Step<'a>>>);

struct Step<'a> {
    parent: Location<'a>,
    segment: Segment<'a>,
}

pub(super) enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Location<'a> {
    /// Whether it is the definition itself.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn child(&self, segment: Segment<'a>) -> Self {
        Self(Some(Rc::new(Step { parent: self.clone(), segment })))
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(step) = &self.0 else { return f.write_str("/") };
        if !step.parent.is_root() {
            step.parent.fmt(f)?;
        }
        match step.segment {
            Segment::Key(key) => write!(f, "/{}", quoted(key)),
            Segment::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// The text, or its beginning if it is long.
pub(crate) fn quoted(text: &str) -> impl fmt::Display {
    struct Quoted<'a>(&'a str);
    impl fmt::Display for Quoted<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self.0.char_indices().nth(MAX_QUOTED) {
                Some((end, _)) => write!(f, "{}...", &self.0[..end]),
                None => f.write_str(self.0),
            }
        }
    }
    Quoted(text)
}
