//! A bound on what an expression may allocate.
//!
//! The evaluator bounds nesting, time and the length of sequences, but not the size of strings or
//! how much there is in all: `$a & $a` in a loop would take all memory within the time allowed.
//! So what allocates is wrapped, when the expression is parsed, into calls of functions that
//! keep count. Their names cannot be written in JSONata.

mod install;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::AddAssign,
    rc::Rc,
};

use jsonata_core::{
    evaluator::{Evaluator, EvaluatorError},
    value::{JValue, with_stack},
};

use super::{MEMORY, STRING};

pub(super) use install::install;

/// The code of the error of this module.
pub(super) const CODE: &str = "D9999";

/// Counts a value's own size, and that of the code that made it.
const CHARGE: &str = "charge!";
/// Refuses a value that is far larger as a tree than what it takes in memory.
const WEIGH: &str = "weigh!";
/// Refuses a number that is no exact integer.
const BOUND: &str = "bound!";
/// Refuses a string that is long; for what will be repeated an unknown number of times.
const SHORT: &str = "short!";
/// The first argument of `$join`, and the second.
const JOIN: &str = "join!";
const SEPARATE: &str = "separate!";
/// The first argument of `$replace`, and the third.
const REPLACE: &str = "replace!";
const REPLACEMENT: &str = "replacement!";

/// How long a string is that counts as [`SHORT`].
const SHORT_STRING: usize = 1024;

/// What a value takes beside its items or characters.
const VALUE: usize = 64;
/// What an item of an array or object takes.
const ITEM: usize = 40;

/// The evaluator's functions, of which a call that makes little is not worth counting.
const SMALL: [&str; 26] = [
    "abs",
    "assert",
    "average",
    "boolean",
    "ceil",
    "contains",
    "count",
    "error",
    "exists",
    "floor",
    "length",
    "lookup",
    "max",
    "millis",
    "min",
    "not",
    "now",
    "number",
    "parseInteger",
    "power",
    "random",
    "round",
    "sqrt",
    "sum",
    "toMillis",
    "type",
];
const LARGE: [&str; 40] = [
    "append",
    "base64decode",
    "base64encode",
    "decodeUrl",
    "decodeUrlComponent",
    "distinct",
    "each",
    "encodeUrl",
    "encodeUrlComponent",
    "filter",
    "formatBase",
    "formatInteger",
    "formatNumber",
    "fromMillis",
    "hash",
    "join",
    "keys",
    "lowercase",
    "map",
    "match",
    "merge",
    "pad",
    "parse",
    "partition",
    "range",
    "reduce",
    "replace",
    "reverse",
    "shuffle",
    "sift",
    "single",
    "sort",
    "split",
    "spread",
    "string",
    "substring",
    "substringAfter",
    "substringBefore",
    "trim",
    "uppercase",
];

/// Whether JSONata or AWS has a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    SMALL.contains(&name) || LARGE.contains(&name) || ["eval", "uuid", "zip"].contains(&name)
}

/// What a function value takes, with the scope that it keeps.
const CLOSURE: usize = 1024;
/// What a node anywhere in a value takes, once a path spreads it out.
const NODE: usize = 8;

/// What an evaluation has allocated.
#[derive(Default)]
pub(super) struct Meter {
    spent: Cell<usize>,
    /// The sizes of first arguments, of which the matching other argument is being evaluated.
    pending: RefCell<Vec<Size>>,
    known: RefCell<Known>,
}

/// The weights of arrays and objects by address. The values are kept so that the addresses stay
/// theirs.
type Known = HashMap<usize, (JValue, Weight)>;

/// How many weights are remembered before all are forgotten.
const KNOWN: usize = 1024;

/// The size of a value as a tree. Values share parts, so that a small one can stand for a tree
/// without end.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    /// Of strings and names.
    bytes: usize,
}

impl AddAssign for Weight {
    fn add_assign(&mut self, other: Self) {
        self.nodes = self.nodes.saturating_add(other.nodes);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

impl Weight {
    fn total(self) -> usize {
        self.nodes.saturating_add(self.bytes)
    }
}

#[derive(Clone, Copy)]
struct Size {
    bytes: usize,
    count: usize,
}

type Result<T = ()> = std::result::Result<T, EvaluatorError>;

pub(super) fn exceeded() -> EvaluatorError {
    EvaluatorError::EvaluationError(format!("{CODE}: Expression evaluation memory limit exceeded"))
}

fn require(holds: bool) -> Result {
    if holds { Ok(()) } else { Err(exceeded()) }
}

impl Meter {
    fn spend(&self, bytes: usize) -> Result {
        let spent = self.spent.get().saturating_add(bytes);
        self.spent.set(spent);
        require(spent <= MEMORY)
    }

    /// Counts what a value takes itself, and something for what is in it.
    fn charge(&self, value: &JValue, code: usize) -> Result {
        let weight = self.weigh(value)?;
        let own = match value {
            JValue::String(string) => string.len(),
            JValue::Array(items) => items.len() * ITEM + weight.nodes * NODE,
            JValue::Object(members) => members.len() * 2 * ITEM + weight.nodes * NODE,
            JValue::Lambda(_) => CLOSURE,
            _ => return self.spend(code),
        };
        self.spend(code.saturating_add(VALUE + own))
    }

    /// A value's weight, which must not exceed that of the longest string.
    fn weigh(&self, value: &JValue) -> Result<Weight> {
        let address = match value {
            JValue::Array(items) => items.as_ptr().addr(),
            JValue::Object(members) => Rc::as_ptr(members).addr(),
            JValue::String(string) => {
                require(string.len() <= STRING)?;
                return Ok(Weight { nodes: 1, bytes: string.len() });
            }
            _ => return Ok(Weight { nodes: 1, bytes: 0 }),
        };
        if let Some((_, weight)) = self.known.borrow().get(&address) {
            return Ok(*weight);
        }
        let mut weight = Weight { nodes: 1, bytes: 0 };
        let mut add = |bytes: usize, value: &JValue| {
            weight += self.weigh(value)?;
            weight.bytes = weight.bytes.saturating_add(bytes);
            require(weight.total() <= STRING)
        };
        with_stack(|| match value {
            JValue::Array(items) => items.iter().try_for_each(|item| add(0, item)),
            JValue::Object(members) => {
                members.iter().try_for_each(|(name, member)| add(name.len(), member))
            }
            _ => Ok(()),
        })?;
        // Small ones are weighed again in no time.
        if weight.nodes > 16 {
            let mut known = self.known.borrow_mut();
            if known.len() == KNOWN {
                known.clear();
            }
            known.insert(address, (value.clone(), weight));
        }
        Ok(weight)
    }

    fn push(&self, value: &JValue) -> Result {
        let size = match value {
            JValue::String(string) => Size { bytes: string.len(), count: string.len() + 1 },
            JValue::Array(items) => Size {
                bytes: items.iter().filter_map(JValue::as_str).map(str::len).sum(),
                count: items.len(),
            },
            _ => Size { bytes: 0, count: 0 },
        };
        require(size.bytes <= STRING)?;
        self.pending.borrow_mut().push(size);
        Ok(())
    }

    fn pop(&self, value: &JValue) -> Result {
        let size = self.pending.borrow_mut().pop();
        let (Some(size), Some(string)) = (size, value.as_str()) else {
            return Ok(());
        };
        // A replacement may come more often than it turns out to, so that a large bound is due.
        require(size.count.saturating_mul(string.len()) <= 16 * STRING)
    }
}

/// Makes the counting functions known to an evaluator.
pub(super) fn register(evaluator: &mut Evaluator, meter: &Rc<Meter>) -> Result {
    let mut define = |name: &str, check: fn(&Meter, &JValue, usize) -> Result| {
        let meter = Rc::clone(meter);
        evaluator.register_fn(name, move |arguments: &[JValue]| {
            let value = arguments.first().unwrap_or(&JValue::Undefined);
            let code = arguments.get(1).and_then(JValue::as_i64).unwrap_or_default();
            check(&meter, value, usize::try_from(code).unwrap_or_default())?;
            Ok(value.clone())
        })
    };
    define(CHARGE, Meter::charge)?;
    define(WEIGH, |meter, value, _| meter.weigh(value).map(drop))?;
    define(BOUND, |_, value, _| {
        require(value.as_f64().is_none_or(|number| number.abs() <= EXACT))
    })?;
    define(SHORT, |_, value, _| {
        require(value.as_str().is_none_or(|string| string.len() <= SHORT_STRING))
    })?;
    for (first, second) in [(JOIN, SEPARATE), (REPLACE, REPLACEMENT)] {
        define(first, |meter, value, _| meter.push(value))?;
        define(second, |meter, value, _| meter.pop(value))?;
    }
    evaluator.register_fn_override("pad", pad)
}

/// 2^53: up to here every integer is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `$pad(string, width [, character])`, within bounds.
fn pad(arguments: &[JValue]) -> Result<JValue> {
    let mismatch = |at: usize| {
        EvaluatorError::TypeError(format!(
            "T0410: Argument {at} of function \"pad\" does not match function signature"
        ))
    };
    let string = match arguments.first() {
        None | Some(JValue::Undefined) => return Ok(JValue::Undefined),
        Some(value) => value.as_str().ok_or_else(|| mismatch(1))?,
    };
    let width = match arguments.get(1) {
        None | Some(JValue::Undefined) => return Ok(JValue::from(string)),
        Some(value) => value.as_f64().ok_or_else(|| mismatch(2))?.trunc(),
    };
    let padding = match arguments.get(2) {
        None | Some(JValue::Undefined) => " ",
        Some(value) => value.as_str().ok_or_else(|| mismatch(3))?,
    };
    let padding = if padding.is_empty() { " " } else { padding };
    #[expect(clippy::cast_precision_loss, reason = "the limit is far below 2^53")]
    require(width.abs() <= STRING as f64)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is bounded")]
    let missing = (width.abs() as usize).saturating_sub(string.chars().count());
    let length = padding.chars().count();
    let rest: String = padding.chars().take(missing % length).collect();
    let padding = padding.repeat(missing / length) + &rest;
    Ok(JValue::from(if width < 0.0 { padding + string } else { string.to_owned() + &padding }))
}
