//! From steps and data to what they select.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    Reason,
    filter::{Base, Query},
    segment::{self, Segment, Slice},
};
use crate::java;

/// How many values one path may visit, and how many it may copy. A document of 256 KiB has fewer.
const LIMIT: usize = 1 << 20;

/// How many pairs of items may be compared for one visit.
const PAIRS: usize = 64;

/// What a path selects in a document, from the step of this number on.
pub(super) fn evaluate<'a>(
    document: &'a Value,
    segments: &[Segment],
    at: usize,
) -> Result<Cow<'a, Value>, Reason> {
    let mut evaluation = Evaluation { document, visits: 0, copies: 0, strict: false };
    match evaluation.value(segments, at, document) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(no_results(segments)),
        Err(stop) => Err(stop.reason(segments)),
    }
}

fn no_results(segments: &[Segment]) -> Reason {
    Reason::Missing(format!("No results for path: {}", segment::normal(segments)))
}

/// One evaluation of one path.
pub(super) struct Evaluation<'a> {
    document: &'a Value,
    visits: usize,
    copies: usize,
    /// Whether a property that is not there stops indefinite paths too, as it does where a filter
    /// asks whether a path exists.
    strict: bool,
}

/// Why an evaluation went no further.
pub(super) enum Stop<'a> {
    /// There is nothing for the step of this number, in this value.
    At(usize, &'a Value),
    /// Anything else.
    Reason(Reason),
}

impl Stop<'_> {
    /// Jayway's words for it.
    fn reason(self, segments: &[Segment]) -> Reason {
        let (at, value) = match self {
            Self::At(at, value) => (at, value),
            Self::Reason(reason) => return reason,
        };
        let before = segment::normal(&segments[..at]);
        Reason::Missing(match (&segments[at], value) {
            (Segment::Names(_), Value::Object(_)) => {
                format!("Missing property in path {}", segment::normal(&segments[..=at]))
            }
            (Segment::Names(_), _) => format!(
                "Expected to find an object with property {} in path {before} but found '{}'. \
                 This is not a json object according to the JsonProvider: \
                 'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                segment::fragment(&segments[at..=at]),
                java::class(value),
            ),
            (Segment::Indices(_) | Segment::Slice(_), Value::Null) => {
                format!("The path {before} is null")
            }
            (Segment::Filter(_), _) => format!(
                "Filter: {} can not be applied to primitives. Current context is: {}",
                segment::fragment(&segments[at..]),
                java::string(value),
            ),
            _ => format!(
                "Filter: {} can only be applied to arrays. Current context is: {}",
                segment::fragment(&segments[at..]),
                java::string(value),
            ),
        })
    }
}

type Selection<'a> = Vec<Cow<'a, Value>>;

impl<'a> Evaluation<'a> {
    /// What the steps select: a value, or for an indefinite path a list; none where a definite
    /// one selects nothing.
    fn value(
        &mut self,
        segments: &[Segment],
        at: usize,
        from: &'a Value,
    ) -> Result<Option<Cow<'a, Value>>, Stop<'a>> {
        let mut selection = Vec::new();
        if let [before @ .., Segment::Function(function)] = segments
            && segment::aggregates(segments)
        {
            self.select(before, at, true, from, &mut selection)?;
            return function.call_with_all(&selection).map(|value| Some(Cow::Owned(value)));
        }
        self.select(segments, at, true, from, &mut selection)?;
        if segment::is_definite(segments) {
            return Ok(selection.pop());
        }
        let mut items = Vec::with_capacity(selection.len());
        for value in selection {
            self.count_copies(&value)?;
            items.push(value.into_owned());
        }
        Ok(Some(Cow::Owned(Value::Array(items))))
    }

    /// What a path inside the path selects. That there is nothing is no failure here.
    pub(super) fn query(
        &mut self,
        query: &Query,
        item: &'a Value,
        strict: bool,
    ) -> Result<Option<Cow<'a, Value>>, Stop<'a>> {
        let from = match query.base {
            Base::Document => self.document,
            Base::Item => item,
        };
        let strict = std::mem::replace(&mut self.strict, strict);
        let result = self.value(&query.segments, 0, from);
        self.strict = strict;
        match result {
            Err(Stop::At(..) | Stop::Reason(Reason::Missing(_))) => Ok(None),
            other => other,
        }
    }

    fn visit(&mut self) -> Result<(), Stop<'a>> {
        self.visits += 1;
        if self.visits > LIMIT { Err(too_large()) } else { Ok(()) }
    }

    /// Counts the pairs of items that an operator compares: many cost no more than one visit.
    pub(super) fn visit_pairs(&mut self, pairs: usize) -> Result<(), Stop<'a>> {
        self.visits = self.visits.saturating_add(pairs / PAIRS);
        if self.visits > LIMIT { Err(too_large()) } else { Ok(()) }
    }

    fn count_copies(&mut self, value: &Value) -> Result<(), Stop<'a>> {
        self.copies += 1;
        if self.copies > LIMIT {
            return Err(too_large());
        }
        match value {
            Value::Array(items) => items.iter().try_for_each(|item| self.count_copies(item)),
            Value::Object(members) => members.values().try_for_each(|item| self.count_copies(item)),
            _ => Ok(()),
        }
    }

    /// Follows the steps from number `at` on. `definite` says whether those before lead to one
    /// value: only then does it matter that there is nothing to go on to.
    fn select(
        &mut self,
        segments: &[Segment],
        mut at: usize,
        definite: bool,
        mut value: &'a Value,
        selection: &mut Selection<'a>,
    ) -> Result<(), Stop<'a>> {
        loop {
            self.visit()?;
            let Some(segment) = segments.get(at) else {
                selection.push(Cow::Borrowed(value));
                return Ok(());
            };
            let last = at + 1 == segments.len();
            match segment {
                Segment::Names(names) => {
                    let Value::Object(members) = value else {
                        return self.nothing(definite, at, value);
                    };
                    if let [name] = names.as_slice() {
                        match members.get(name) {
                            Some(member) => value = member,
                            // A definite path tells by the empty selection.
                            None if last && !self.strict => return Ok(()),
                            None => return self.nothing(definite || self.strict, at, value),
                        }
                    } else if last {
                        return self.merge(names, members, selection);
                    } else {
                        for member in names.iter().filter_map(|name| members.get(name)) {
                            self.select(segments, at + 1, false, member, selection)?;
                        }
                        return Ok(());
                    }
                }
                Segment::Indices(indices) => {
                    let Value::Array(items) = value else {
                        return self.nothing(definite, at, value);
                    };
                    if let [index] = indices.as_slice() {
                        match item(items, *index) {
                            Some(item) => value = item,
                            None => return Ok(()),
                        }
                    } else {
                        for item in indices.iter().filter_map(|index| item(items, *index)) {
                            self.select(segments, at + 1, false, item, selection)?;
                        }
                        return Ok(());
                    }
                }
                Segment::Slice(slice) => {
                    let Value::Array(items) = value else {
                        return self.nothing(definite, at, value);
                    };
                    for index in slice.indices(items.len()) {
                        if let Some(item) = item(items, index) {
                            self.select(segments, at + 1, false, item, selection)?;
                        }
                    }
                    return Ok(());
                }
                Segment::Wildcard => {
                    return for_each_child(value, |child| {
                        self.select(segments, at + 1, false, child, selection)
                    });
                }
                Segment::Descendant => return self.descend(segments, at + 1, value, selection),
                Segment::Filter(filter) => {
                    return match value {
                        Value::Object(_) => {
                            if self.holds(filter, value)? {
                                self.select(segments, at + 1, false, value, selection)?;
                            }
                            Ok(())
                        }
                        Value::Array(items) => {
                            for item in items {
                                if self.holds(filter, item)? {
                                    self.select(segments, at + 1, false, item, selection)?;
                                }
                            }
                            Ok(())
                        }
                        _ => self.nothing(definite, at, value),
                    };
                }
                Segment::Function(function) => {
                    let result = function.call(self, value)?;
                    self.count_copies(&result)?;
                    selection.push(Cow::Owned(result));
                    return Ok(());
                }
            }
            at += 1;
        }
    }

    fn nothing(&self, matters: bool, at: usize, value: &'a Value) -> Result<(), Stop<'a>> {
        if matters { Err(Stop::At(at, value)) } else { Ok(()) }
    }

    /// `['a','b']` at the end of a path: one object of those that are there.
    fn merge(
        &mut self,
        names: &[String],
        members: &Map<String, Value>,
        selection: &mut Selection<'a>,
    ) -> Result<(), Stop<'a>> {
        let mut merged = Map::new();
        for name in names {
            if let Some(member) = members.get(name) {
                self.count_copies(member)?;
                merged.insert(name.clone(), member.clone());
            }
        }
        selection.push(Cow::Owned(Value::Object(merged)));
        Ok(())
    }

    /// Applies the step of number `at` to a value and to all that is below it, parents first.
    fn descend(
        &mut self,
        segments: &[Segment],
        at: usize,
        value: &'a Value,
        selection: &mut Selection<'a>,
    ) -> Result<(), Stop<'a>> {
        self.visit()?;
        let applies = match (segments.get(at), value) {
            (Some(Segment::Names(names)), Value::Object(members)) => {
                names.iter().all(|name| members.contains_key(name))
                    || (names.len() > 1 && at + 1 < segments.len())
            }
            (Some(Segment::Indices(_) | Segment::Slice(_)), Value::Array(_)) => true,
            (Some(Segment::Wildcard), Value::Array(_) | Value::Object(_)) => true,
            (Some(Segment::Filter(filter)), Value::Array(_) | Value::Object(_)) => {
                self.holds(filter, value)?
            }
            _ => false,
        };
        if applies {
            self.select(segments, at, false, value, selection)?;
        }
        for_each_child(value, |child| self.descend(segments, at, child, selection))
    }
}

fn too_large<'a>() -> Stop<'a> {
    Stop::Reason(Reason::TooLarge { limit: LIMIT })
}

fn for_each_child<'a, E>(
    value: &'a Value,
    act: impl FnMut(&'a Value) -> Result<(), E>,
) -> Result<(), E> {
    match value {
        Value::Array(items) => items.iter().try_for_each(act),
        Value::Object(members) => members.values().try_for_each(act),
        _ => Ok(()),
    }
}

/// The item at an index, which counts from the end if negative.
fn item(items: &[Value], index: i32) -> Option<&Value> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    let at = if index < 0 { items.len().checked_sub(distance)? } else { distance };
    items.get(at)
}

impl Slice {
    /// The indices it stands for, in an array of this length. As in Jayway, `[-2:3]` counts from
    /// -2 up to 3, while `[-2:]` and `[:-2]` count from the end.
    fn indices(self, length: usize) -> std::ops::Range<i32> {
        let length = i32::try_from(length).unwrap_or(i32::MAX);
        match (self.from, self.to) {
            (Some(from), None) if from < 0 => length.saturating_add(from).max(0)..length,
            (Some(from), None) => from..length,
            (None, Some(to)) if to < 0 => 0..length.saturating_add(to),
            (from, to) => from.unwrap_or(0).max(-length)..to.unwrap_or(length).min(length),
        }
    }
}
