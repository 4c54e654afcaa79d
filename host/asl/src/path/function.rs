//! The functions a path may end in.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    Reason,
    evaluate::{Evaluation, Stop},
    filter::Query,
};

/// A call at the end of a path.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: Name,
    pub(super) arguments: Vec<Argument>,
}

#[derive(Debug, Clone)]
pub(super) enum Argument {
    Query(Query),
    Literal(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Length,
    Size,
    Min,
    Max,
    Avg,
    StdDev,
    Sum,
    Keys,
    Concat,
    Append,
    First,
    Last,
    Index,
}

impl Name {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "length" => Self::Length,
            "size" => Self::Size,
            "min" => Self::Min,
            "max" => Self::Max,
            "avg" => Self::Avg,
            "stddev" => Self::StdDev,
            "sum" => Self::Sum,
            "keys" => Self::Keys,
            "concat" => Self::Concat,
            "append" => Self::Append,
            "first" => Self::First,
            "last" => Self::Last,
            "index" => Self::Index,
            _ => return None,
        })
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Size => "size",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::StdDev => "stddev",
            Self::Sum => "sum",
            Self::Keys => "keys",
            Self::Concat => "concat",
            Self::Append => "append",
            Self::First => "first",
            Self::Last => "last",
            Self::Index => "index",
        }
    }
}

impl Function {
    /// The function's value for what stands before it.
    pub(super) fn call<'a>(
        &self,
        evaluation: &mut Evaluation<'a>,
        subject: &'a Value,
    ) -> Result<Value, Stop<'a>> {
        let mut arguments = Vec::with_capacity(self.arguments.len());
        for argument in &self.arguments {
            arguments.push(match argument {
                Argument::Literal(value) => Cow::Borrowed(value),
                Argument::Query(query) => evaluation
                    .query(query, subject, false)?
                    .ok_or_else(|| failed("An argument of a function selects nothing"))?,
            });
        }
        match self.name {
            Name::Length | Name::Size => Ok(match arguments.first() {
                Some(argument) => length(argument),
                None => length(subject),
            }),
            Name::Keys => Ok(subject.as_object().map_or(Value::Null, |members| {
                members.keys().cloned().map(Value::String).collect()
            })),
            Name::Concat => Ok(Value::String(concat(subject, &arguments))),
            Name::Append => {
                let mut items = subject.as_array().cloned().unwrap_or_default();
                items.extend(arguments.into_iter().map(Cow::into_owned));
                Ok(Value::Array(items))
            }
            Name::First => item(subject, 0),
            Name::Last => item(subject, -1),
            Name::Index => item(
                subject,
                arguments
                    .first()
                    .and_then(|index| index.as_i64())
                    .ok_or_else(|| failed("index() takes one whole number"))?,
            ),
            Name::Min | Name::Max | Name::Avg | Name::StdDev | Name::Sum => {
                let mut numbers = Vec::new();
                if subject.is_array() {
                    collect_numbers(subject, &mut numbers);
                }
                for argument in &arguments {
                    collect_numbers(argument, &mut numbers);
                }
                aggregate(self.name, &numbers)
            }
        }
    }

    /// The function's value for all that a `..` before it finds.
    pub(super) fn call_with_all<'a>(&self, found: &[Cow<'a, Value>]) -> Result<Value, Stop<'a>> {
        match self.name {
            Name::Length | Name::Size => {
                let children = found.iter().filter_map(|value| children(value)).sum::<usize>();
                Ok(Value::from(children))
            }
            Name::Min | Name::Max | Name::Avg | Name::StdDev | Name::Sum => {
                let mut numbers = Vec::new();
                for value in found {
                    collect_numbers(value, &mut numbers);
                }
                aggregate(self.name, &numbers)
            }
            Name::Concat => {
                let mut text = String::new();
                for value in found {
                    text += &concat(value, &[]);
                }
                Ok(Value::String(text))
            }
            Name::First => found.first().map(|value| value.as_ref().clone()).ok_or_else(empty),
            Name::Last => found.last().map(|value| value.as_ref().clone()).ok_or_else(empty),
            Name::Keys | Name::Append | Name::Index => {
                let name = self.name.text();
                Err(failed(&format!("{name}() cannot follow '..'")))
            }
        }
    }
}

fn failed<'a>(message: &str) -> Stop<'a> {
    Stop::Reason(Reason::Function(message.to_owned()))
}

fn empty<'a>() -> Stop<'a> {
    failed("Aggregation function attempted to calculate value using empty array")
}

fn children(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

fn length(value: &Value) -> Value {
    children(value).map_or(Value::Null, Value::from)
}

fn concat(subject: &Value, arguments: &[Cow<'_, Value>]) -> String {
    let mut text = String::new();
    match subject {
        Value::Array(items) => text.extend(items.iter().filter_map(Value::as_str)),
        Value::String(string) => text += string,
        _ => {}
    }
    for argument in arguments {
        match argument.as_ref() {
            Value::String(string) => text += string,
            Value::Array(items) => text.extend(items.iter().filter_map(Value::as_str)),
            other => text += &other.to_string(),
        }
    }
    text
}

fn item<'a>(subject: &Value, index: i64) -> Result<Value, Stop<'a>> {
    let items = subject.as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return Err(empty());
    }
    let at = match usize::try_from(index.unsigned_abs()) {
        Ok(back) if index < 0 => items.len().checked_sub(back),
        at => at.ok(),
    };
    at.and_then(|at| items.get(at)).cloned().ok_or_else(|| {
        let count = items.len();
        failed(&format!("Target index:{index} larger than object count:{count}"))
    })
}

fn collect_numbers(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Array(items) => numbers.extend(items.iter().filter_map(Value::as_f64)),
        value => numbers.extend(value.as_f64()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 numbers")]
fn aggregate<'a>(name: Name, numbers: &[f64]) -> Result<Value, Stop<'a>> {
    let Some(greatest) = numbers.iter().copied().reduce(f64::max) else {
        return Err(empty());
    };
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    let result = match name {
        Name::Max => greatest,
        Name::Min => numbers.iter().copied().fold(greatest, f64::min),
        Name::Avg => sum / count,
        Name::StdDev => {
            let squares: f64 = numbers.iter().map(|number| number * number).sum();
            (squares / count - sum * sum / count / count).max(0.0).sqrt()
        }
        _ => sum,
    };
    serde_json::Number::from_f64(result)
        .map(Value::Number)
        .ok_or_else(|| failed("The result is not a finite number"))
}
