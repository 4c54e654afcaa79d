//! The functions that AWS adds to JSONata, and those of JSONata's that would read the clock or
//! draw from the system's randomness.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn>

use std::{cell::Cell, rc::Rc};

use jsonata_core::{
    ast::AstNode,
    evaluator::{Evaluator, EvaluatorError},
    value::JValue,
};
use serde_json::Value;

use super::{SEQUENCE, ast, data, meter};
use crate::{
    intrinsic::{hash::digest, unique},
    java,
};

/// The functions of this module that an expression mentions.
#[derive(Debug)]
pub(super) struct Functions(Vec<&'static str>);

const NAMES: [&str; 10] =
    ["eval", "hash", "millis", "now", "parse", "partition", "random", "range", "shuffle", "uuid"];

type Result = std::result::Result<JValue, EvaluatorError>;

impl Functions {
    pub(super) fn of(ast: &AstNode) -> Self {
        let mut mentioned = Vec::new();
        ast::visit(ast, &mut |node| {
            let (AstNode::Function { name, .. } | AstNode::Variable(name)) = node else {
                return;
            };
            let known = NAMES.into_iter().find(|known| known == name);
            mentioned.extend(known.filter(|known| !mentioned.contains(known)));
        });
        Self(mentioned)
    }

    /// Whether any of them draws random bits.
    pub(super) fn draw(&self) -> bool {
        ["random", "shuffle", "uuid"].iter().any(|name| self.0.contains(name))
    }

    /// Makes them known to an evaluator, with a seed for what they draw.
    pub(super) fn register(
        &self,
        evaluator: &mut Evaluator,
        seed: u64,
        now: jiff::Timestamp,
    ) -> std::result::Result<(), EvaluatorError> {
        let bits = Rc::new(Bits(Cell::new(seed)));
        for name in &self.0 {
            let bits = Rc::clone(&bits);
            match *name {
                "eval" => evaluator.register_fn_override(*name, eval),
                "hash" => evaluator.register_fn(*name, hash),
                "millis" => evaluator.register_fn_override(*name, move |_: &[JValue]| {
                    Ok(JValue::from(now.as_millisecond()))
                }),
                "now" => evaluator.register_fn_override(*name, move |_: &[JValue]| {
                    Ok(JValue::from(now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()))
                }),
                "parse" => evaluator.register_fn(*name, parse),
                "partition" => evaluator.register_fn(*name, partition),
                "random" => evaluator.register_fn_override(*name, move |arguments: &[JValue]| {
                    random(arguments, &bits)
                }),
                "range" => evaluator.register_fn(*name, range),
                "shuffle" => evaluator
                    .register_fn_override(*name, move |arguments: &[JValue]| {
                        shuffle(arguments, &bits)
                    }),
                _ => evaluator.register_fn(*name, move |_: &[JValue]| {
                    Ok(JValue::from(unique::from_bits([bits.next(), bits.next()])))
                }),
            }?;
        }
        Ok(())
    }
}

/// Random bits from a seed (SplitMix64).
struct Bits(Cell<u64>);

impl Bits {
    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}

fn fail(message: impl Into<String>) -> EvaluatorError {
    EvaluatorError::EvaluationError(message.into())
}

fn mismatch(function: &str, argument: usize) -> EvaluatorError {
    fail(format!(
        "T0410: Argument {argument} of function \"{function}\" does not match function signature"
    ))
}

fn argument(arguments: &[JValue], at: usize) -> &JValue {
    arguments.get(at).unwrap_or(&JValue::Undefined)
}

fn number(
    arguments: &[JValue],
    at: usize,
    function: &str,
) -> std::result::Result<f64, EvaluatorError> {
    argument(arguments, at).as_f64().ok_or_else(|| mismatch(function, at + 1))
}

fn string<'a>(
    arguments: &'a [JValue],
    at: usize,
    function: &str,
) -> std::result::Result<&'a str, EvaluatorError> {
    argument(arguments, at).as_str().ok_or_else(|| mismatch(function, at + 1))
}

/// AWS has no `$eval`.
fn eval(_: &[JValue]) -> Result {
    Err(fail("T1006: Attempted to invoke a non-function: $eval"))
}

/// `$partition(array, size)`.
fn partition(arguments: &[JValue]) -> Result {
    let items = match argument(arguments, 0) {
        JValue::Undefined => return Ok(JValue::Undefined),
        JValue::Array(items) => &items[..],
        item => std::slice::from_ref(item),
    };
    let size = number(arguments, 1, "partition")?;
    if size.floor() < 1.0 {
        return Err(fail(format!("The partition size must be a positive integer but was {size}")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    let size = size.floor() as usize;
    Ok(JValue::array(items.chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect()))
}

/// `$range(first, last, step)`, both ends included.
fn range(arguments: &[JValue]) -> Result {
    if (0..3).any(|at| argument(arguments, at).is_undefined()) {
        return Ok(JValue::Undefined);
    }
    let first = number(arguments, 0, "range")?;
    let last = number(arguments, 1, "range")?;
    let step = number(arguments, 2, "range")?;
    if step == 0.0 {
        return Err(fail("The step of a range must not be 0"));
    }
    let steps = ((last - first) / step).floor();
    #[expect(clippy::cast_precision_loss, reason = "the limit is far below 2^53")]
    if steps >= SEQUENCE as f64 || steps.is_nan() {
        return Err(meter::exceeded());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    let steps = steps.max(-1.0) as i64;
    #[expect(clippy::cast_precision_loss, reason = "the steps are far fewer than 2^53")]
    let items = (0..=steps).map(|at| JValue::Number(first + at as f64 * step));
    Ok(JValue::array(items.collect()))
}

/// `$hash(data, algorithm)`.
fn hash(arguments: &[JValue]) -> Result {
    if argument(arguments, 0).is_undefined() {
        return Ok(JValue::Undefined);
    }
    let data = string(arguments, 0, "hash")?;
    let algorithm = string(arguments, 1, "hash")?;
    digest(data, algorithm).map(JValue::from).ok_or_else(|| {
        fail(format!(
            "The hashing algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512 but was \
             '{algorithm}'"
        ))
    })
}

/// `$random([seed])`: at least 0 and less than 1. With a seed the same number each time.
fn random(arguments: &[JValue], bits: &Bits) -> Result {
    #[expect(clippy::cast_precision_loss, reason = "the number has 53 bits")]
    let number = match argument(arguments, 0) {
        JValue::Undefined => (bits.next() >> 11) as f64 / (1_u64 << 53) as f64,
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, and any seed will do")]
        JValue::Number(seed) => java::Random::new(*seed as i64).double(),
        _ => return Err(mismatch("random", 1)),
    };
    Ok(JValue::Number(number))
}

/// `$shuffle(array)`.
fn shuffle(arguments: &[JValue], bits: &Bits) -> Result {
    let mut items = match argument(arguments, 0) {
        JValue::Undefined => return Ok(JValue::Undefined),
        JValue::Array(items) => items.to_vec(),
        item => vec![item.clone()],
    };
    for at in (1..items.len()).rev() {
        let other = ((at as u128 + 1) * u128::from(bits.next())) >> 64;
        items.swap(at, usize::try_from(other).unwrap_or_default());
    }
    Ok(JValue::array(items))
}

/// `$parse(text)`: the JSON that a string holds.
fn parse(arguments: &[JValue]) -> Result {
    if argument(arguments, 0).is_undefined() {
        return Ok(JValue::Undefined);
    }
    let text = string(arguments, 0, "parse")?;
    serde_json::from_str::<Value>(text)
        .map(|value| data::to_jsonata(&value))
        .map_err(|error| fail(format!("The argument of function \"parse\" is not JSON: {error}")))
}
