//! The steps of a path.

use std::fmt::Write as _;

use super::{filter::Filter, function::Function};

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    /// `.a`, `['a']`, `['a','b']`. Never empty.
    Names(Vec<String>),
    /// `[0]`, `[-1]`, `[0,2]`. Never empty.
    Indices(Vec<i32>),
    /// `[1:3]`, `[1:]`, `[:3]`.
    Slice(Slice),
    /// `*`, `[*]`.
    Wildcard,
    /// `..`: the next step, applied to the value and to everything below it. Never the last.
    Descendant,
    /// `[?(...)]`.
    Filter(Filter),
    /// `.length()`. Only as the last.
    Function(Function),
}

/// The bounds of a slice; one is there at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) from: Option<i32>,
    pub(super) to: Option<i32>,
}

impl Segment {
    /// Whether this step, at its place in the path, leads to one value.
    fn is_definite(&self, last: bool) -> bool {
        match self {
            Self::Names(names) => names.len() == 1 || last,
            Self::Indices(indices) => indices.len() == 1,
            Self::Function(_) => true,
            Self::Slice(_) | Self::Wildcard | Self::Descendant | Self::Filter(_) => false,
        }
    }
}

/// Whether the steps lead to exactly one value.
pub(super) fn is_definite(segments: &[Segment]) -> bool {
    if aggregates(segments) {
        return true;
    }
    let last = segments.len().saturating_sub(1);
    segments.iter().enumerate().all(|(at, segment)| segment.is_definite(at == last))
}

/// Whether the path ends in a function of all that a `..` finds: `$..price.sum()`.
pub(super) fn aggregates(segments: &[Segment]) -> bool {
    matches!(segments.last(), Some(Segment::Function(_)))
        && segments.iter().any(|segment| matches!(segment, Segment::Descendant))
}

/// The first steps in Jayway's normal form: `$['a'][0]`.
pub(super) fn normal(segments: &[Segment]) -> String {
    let mut text = String::from("$");
    for segment in segments {
        append(&mut text, segment);
    }
    text
}

/// The steps in Jayway's normal form, without a root.
pub(super) fn fragment(segments: &[Segment]) -> String {
    normal(segments).split_off(1)
}

fn append(text: &mut String, segment: &Segment) {
    // Writing into a string cannot fail.
    let _ = match segment {
        Segment::Names(names) => write!(text, "['{}']", names.join("','")),
        Segment::Indices(indices) => {
            let indices: Vec<_> = indices.iter().map(i32::to_string).collect();
            write!(text, "[{}]", indices.join(","))
        }
        Segment::Slice(Slice { from, to }) => {
            let bound = |bound: &Option<i32>| bound.map_or_else(String::new, |b| b.to_string());
            write!(text, "[{}:{}]", bound(from), bound(to))
        }
        Segment::Wildcard => write!(text, "[*]"),
        Segment::Descendant => write!(text, ".."),
        Segment::Filter(_) => write!(text, "[?]"),
        Segment::Function(function) => write!(text, ".{}()", function.name.text()),
    };
}
