//! The arguments of a call, taken as what the function wants.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::expression::type_name;

/// Evaluated arguments; as many as the function takes, which the parser has seen to.
pub(super) struct Arguments<'a>(Vec<Cow<'a, Value>>);

/// Why a function refuses its arguments.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal(pub(super) String);

impl<'a> Arguments<'a> {
    pub(super) fn new(values: Vec<Cow<'a, Value>>) -> Self {
        Self(values)
    }

    pub(super) fn into_values(self) -> impl Iterator<Item = Value> {
        self.0.into_iter().map(Cow::into_owned)
    }

    /// Those from a number on.
    pub(super) fn from(&self, at: usize) -> &[Cow<'a, Value>] {
        self.0.get(at..).unwrap_or_default()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Value> {
        self.0.get(at).map(Cow::as_ref)
    }

    pub(super) fn any(&self, at: usize) -> &Value {
        self.get(at).unwrap_or(&Value::Null)
    }

    pub(super) fn array(&self, at: usize) -> Result<&[Value], Refusal> {
        self.any(at).as_array().map(Vec::as_slice).ok_or_else(|| self.refusal(at, "an array"))
    }

    pub(super) fn object(&self, at: usize) -> Result<&Map<String, Value>, Refusal> {
        self.any(at).as_object().ok_or_else(|| self.refusal(at, "an object"))
    }

    pub(super) fn string(&self, at: usize) -> Result<&str, Refusal> {
        self.any(at).as_str().ok_or_else(|| self.refusal(at, "a string"))
    }

    /// A whole number; one with a fraction is rounded, halves up.
    pub(super) fn integer(&self, at: usize) -> Result<i64, Refusal> {
        let refusal = || self.refusal(at, "an integer");
        match self.any(at) {
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Ok(integer),
                #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
                (None, Some(double)) if double.abs() < 9e18 => Ok((double + 0.5).floor() as i64),
                _ => Err(refusal()),
            },
            _ => Err(refusal()),
        }
    }

    /// A whole number of 32 bits.
    pub(super) fn integer_32(&self, at: usize) -> Result<i32, Refusal> {
        i32::try_from(self.integer(at)?)
            .map_err(|_| self.refusal(at, "an integer between -2147483648 and 2147483647"))
    }

    fn refusal(&self, at: usize, wanted: &str) -> Refusal {
        let number = at + 1;
        Refusal(match self.get(at) {
            Some(Value::Number(given)) => {
                format!("Argument {number} must be {wanted} but was {given}")
            }
            Some(value) => {
                format!("Argument {number} must be {wanted} but was of type {}", type_name(value))
            }
            None => format!("Argument {number} must be {wanted} but is missing"),
        })
    }
}
