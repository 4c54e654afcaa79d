//! Filters, and when they hold.

use std::{borrow::Cow, cmp::Ordering};

use regex::Regex;
use serde_json::{Number, Value};

use super::{
    evaluate::{Evaluation, Stop},
    segment::Segment,
};

/// The condition of `[?( ... )]`.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Query),
    Compare { left: Operand, operator: Operator, right: Operand },
}

/// A path inside a path.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) base: Base,
    pub(super) segments: Vec<Segment>,
}

/// What a path inside a path starts from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    /// `$`.
    Document,
    /// `@`.
    Item,
}

/// A side of a comparison.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    Query(Query),
    Literal(Value),
    Pattern(Regex),
}

/// The operators of comparisons.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    IdenticallyEqual,
    NotIdenticallyEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    All,
    Contains,
    Size,
    Empty,
}

impl Operator {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_uppercase().as_str() {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "===" => Self::IdenticallyEqual,
            "!==" => Self::NotIdenticallyEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "=~" => Self::Matches,
            "IN" => Self::In,
            "NIN" => Self::NotIn,
            "SUBSETOF" => Self::SubsetOf,
            "ANYOF" => Self::AnyOf,
            "NONEOF" => Self::NoneOf,
            "ALL" => Self::All,
            "CONTAINS" => Self::Contains,
            "SIZE" => Self::Size,
            "EMPTY" => Self::Empty,
            _ => return None,
        })
    }
}

/// An operand's value.
enum Side<'v> {
    Value(Cow<'v, Value>),
    Pattern(&'v Regex),
    /// A path that selects nothing. Equal to nothing, not even to itself.
    Undefined,
}

impl<'a> Evaluation<'a> {
    /// Whether a filter holds for an item.
    pub(super) fn holds(&mut self, filter: &Filter, item: &'a Value) -> Result<bool, Stop<'a>> {
        match filter {
            Filter::Or(filters) => {
                for filter in filters {
                    if self.holds(filter, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::And(filters) => {
                for filter in filters {
                    if !self.holds(filter, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Not(filter) => Ok(!self.holds(filter, item)?),
            Filter::Exists(query) => Ok(self.query(query, item, true)?.is_some()),
            Filter::Compare { left, operator, right } => {
                let left = self.side(left, item)?;
                let right = self.side(right, item)?;
                self.visit_pairs(pairs(&left, *operator, &right))?;
                Ok(compare(&left, *operator, &right))
            }
        }
    }

    fn side<'v>(&mut self, operand: &'v Operand, item: &'a Value) -> Result<Side<'v>, Stop<'a>>
    where
        'a: 'v,
    {
        Ok(match operand {
            Operand::Query(query) => {
                self.query(query, item, false)?.map_or(Side::Undefined, Side::Value)
            }
            Operand::Literal(value) => Side::Value(Cow::Borrowed(value)),
            Operand::Pattern(regex) => Side::Pattern(regex),
        })
    }
}

/// How many pairs of items an operator on lists compares at most.
fn pairs(left: &Side<'_>, operator: Operator, right: &Side<'_>) -> usize {
    use Operator::{All, AnyOf, Contains, In, NoneOf, NotIn, SubsetOf};
    let items = |side: &Side<'_>| match side {
        Side::Value(value) => value.as_array().map_or(0, Vec::len),
        Side::Pattern(_) | Side::Undefined => 0,
    };
    match operator {
        In | NotIn => items(right),
        Contains => items(left),
        SubsetOf | AnyOf | NoneOf | All => items(left).saturating_mul(items(right)),
        _ => 0,
    }
}

fn compare(left: &Side<'_>, operator: Operator, right: &Side<'_>) -> bool {
    let (a, b) = match (left, right) {
        (Side::Value(a), Side::Value(b)) => (a.as_ref(), b.as_ref()),
        (Side::Pattern(pattern), Side::Value(value))
        | (Side::Value(value), Side::Pattern(pattern)) => {
            return match operator {
                Operator::Matches => matches(pattern, value),
                Operator::NotEqual | Operator::NotIdenticallyEqual | Operator::NotIn => true,
                _ => false,
            };
        }
        _ => {
            return matches!(
                operator,
                Operator::NotEqual | Operator::NotIdenticallyEqual | Operator::NotIn
            );
        }
    };
    match operator {
        Operator::Equal => equal(a, b),
        Operator::NotEqual => !equal(a, b),
        Operator::IdenticallyEqual => identical(a, b),
        Operator::NotIdenticallyEqual => !identical(a, b),
        Operator::Less => order(a, b) == Some(Ordering::Less),
        Operator::LessOrEqual => order(a, b).is_some_and(Ordering::is_le),
        Operator::Greater => order(a, b) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order(a, b).is_some_and(Ordering::is_ge),
        Operator::Matches => false,
        Operator::In => b.as_array().is_some_and(|list| contains(list, a)),
        Operator::NotIn => !b.as_array().is_some_and(|list| contains(list, a)),
        Operator::SubsetOf => lists(a, b).is_some_and(|(a, b)| a.iter().all(|v| contains(b, v))),
        Operator::AnyOf => lists(a, b).is_some_and(|(a, b)| a.iter().any(|v| contains(b, v))),
        Operator::NoneOf => lists(a, b).is_some_and(|(a, b)| !a.iter().any(|v| contains(b, v))),
        Operator::All => lists(a, b).is_some_and(|(a, b)| b.iter().all(|v| contains(a, v))),
        Operator::Contains => match (a, b) {
            (Value::String(a), Value::String(b)) => a.contains(b.as_str()),
            (Value::Array(list), value) => contains(list, value),
            _ => false,
        },
        Operator::Size => {
            let size = size(a).and_then(|size| u64::try_from(size).ok());
            size.is_some() && size == b.as_u64()
        }
        Operator::Empty => match (size(a), b) {
            (Some(size), Value::Bool(empty)) => (size == 0) == *empty,
            _ => false,
        },
    }
}

fn lists<'v>(a: &'v Value, b: &'v Value) -> Option<(&'v [Value], &'v [Value])> {
    Some((a.as_array()?, b.as_array()?))
}

fn contains(list: &[Value], value: &Value) -> bool {
    list.iter().any(|item| equal(value, item))
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::String(string) => Some(string.encode_utf16().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

/// Equality in which a number equals a string that spells it.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Number(a), Value::String(b)) => {
            b.parse().is_ok_and(|b| compare_numbers(a, &b) == Some(Ordering::Equal))
        }
        (Value::String(a), Value::Number(b)) => *a == b.to_string(),
        (a, b) => a == b,
    }
}

fn identical(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b) && equal(a, b)
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b),
        // Java compares strings by UTF-16 units.
        (Value::String(a), Value::String(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
        _ => None,
    }
}

/// Whether a pattern matches a whole value, or one of a list.
fn matches(pattern: &Regex, value: &Value) -> bool {
    match value {
        Value::String(text) => pattern.is_match(text),
        Value::Number(number) => pattern.is_match(&number.to_string()),
        Value::Bool(bool) => pattern.is_match(&bool.to_string()),
        Value::Array(items) => items.iter().any(|item| !item.is_array() && matches(pattern, item)),
        _ => pattern.is_match(""),
    }
}

/// The numeric order of two numbers, exact among integers.
fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}
