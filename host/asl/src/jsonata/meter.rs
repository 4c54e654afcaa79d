//! A bound on what an expression may allocate.
//!
//! The evaluator bounds nesting, time and the length of sequences, but not the size of strings or
//! how much there is in all: `$a & $a` in a loop would take all memory within the time allowed.
//! So what allocates is wrapped, when the expression is parsed, into calls of functions that
//! keep count. Their names cannot be written in JSONata.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    rc::Rc,
};

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    evaluator::{Evaluator, EvaluatorError},
    value::{JValue, with_stack},
};

use super::{MEMORY, STRING, ast};

/// The code of the error of this module.
pub(super) const CODE: &str = "D9999";

/// Counts a value's own size, and that of the code that made it.
const CHARGE: &str = "charge!";
/// Counts a value with all that is in it, as far as it will be made into a string.
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

/// What an evaluation has allocated.
#[derive(Default)]
pub(super) struct Meter {
    spent: Cell<usize>,
    /// The sizes of first arguments, of which the matching other argument is being evaluated.
    pending: RefCell<Vec<Size>>,
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

    fn charge(&self, value: &JValue, code: usize) -> Result {
        self.spend(code)?;
        match value {
            JValue::String(string) => {
                require(string.len() <= STRING)?;
                self.spend(VALUE + string.len())
            }
            JValue::Array(items) => self.spend(VALUE + items.len() * ITEM),
            JValue::Object(members) => self.spend(VALUE + members.len() * 2 * ITEM),
            _ => Ok(()),
        }
    }

    /// Bounds the text that a value would be. Values share parts, so that a small one can stand
    /// for a text without end.
    fn weigh(value: &JValue, weight: &mut usize) -> Result {
        *weight = weight.saturating_add(1);
        match value {
            JValue::String(string) => *weight = weight.saturating_add(string.len()),
            JValue::Array(items) => {
                with_stack(|| items.iter().try_for_each(|item| Self::weigh(item, weight)))?;
            }
            JValue::Object(members) => with_stack(|| {
                members.iter().try_for_each(|(name, member)| {
                    *weight = weight.saturating_add(name.len());
                    Self::weigh(member, weight)
                })
            })?,
            _ => {}
        }
        require(*weight <= STRING)
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
    define(WEIGH, |_, value, _| Meter::weigh(value, &mut 0))?;
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

/// Wraps what allocates. The result says whether there is anything that does.
pub(super) fn install(root: &mut AstNode) -> bool {
    let mut bound = HashSet::new();
    ast::visit(root, &mut |node| match node {
        AstNode::Lambda { params, .. } => bound.extend(params.iter().cloned()),
        AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. } => {
            if let AstNode::Variable(name) = &**lhs {
                bound.insert(name.clone());
            }
        }
        AstNode::Path { steps } => {
            for PathStep { focus, index_var, .. } in steps {
                bound.extend(focus.iter().chain(index_var).cloned());
            }
        }
        _ => {}
    });
    Install { bound }.node(root);
    let mut metered = false;
    ast::visit(root, &mut |node| {
        metered |= match node {
            AstNode::Function { name, .. } => name.ends_with('!') || name == "pad",
            AstNode::Variable(name) => name == "pad",
            _ => false,
        };
    });
    metered
}

struct Install {
    /// The names that the expression binds. They may hide functions, so calls by such a name
    /// are taken for calls of the expression's own functions, which are metered themselves.
    bound: HashSet<String>,
}

impl Install {
    fn node(&self, node: &mut AstNode) {
        self.desugar(node);
        with_stack(|| {
            for child in ast::children_mut(node) {
                self.node(child);
            }
        });
        match node {
            AstNode::Binary { op: BinaryOp::Range, lhs, rhs } => {
                for side in [lhs, rhs] {
                    if !matches!(**side, AstNode::Number(number) if number.abs() <= EXACT) {
                        wrap(side, BOUND);
                    }
                }
            }
            AstNode::Binary { op: BinaryOp::Concatenate, lhs, rhs } => {
                for side in [lhs, rhs] {
                    if !matches!(**side, AstNode::String(_) | AstNode::Number(_)) {
                        wrap(side, WEIGH);
                    }
                }
                wrap(node, CHARGE);
            }
            AstNode::Function { name, args, .. } if self.is_function(name) => {
                let partial = args.iter().any(|arg| matches!(arg, AstNode::Placeholder));
                let name = name.clone();
                wrap_arguments(&name, args, partial);
                if !partial && !SMALL.contains(&name.as_str()) {
                    wrap(node, CHARGE);
                }
            }
            AstNode::Lambda { body, .. } => self.charge_result(body, code_size(body)),
            AstNode::Path { steps } => steps.iter_mut().for_each(|step| self.step(step)),
            _ => {}
        }
    }

    /// A parenthesised step runs once for each item.
    fn step(&self, step: &mut PathStep) {
        let node = match &mut step.node {
            AstNode::FunctionApplication(inner) => &mut **inner,
            node => node,
        };
        // `[]` after a call looks at how the result was made, which the wrapping would hide.
        let keeps = step.stages.iter().any(|stage| matches!(stage, Stage::KeepArray));
        if keeps {
            unwrap(node);
        } else if matches!(node, AstNode::Block(_)) && !step.is_tuple && !step.inner_tuple {
            self.charge_result(node, code_size(node));
        }
    }

    fn is_function(&self, name: &str) -> bool {
        is_function(name) && !self.bound.contains(name)
    }

    /// Brings the ways to call a function that needs its arguments wrapped down to the plain one.
    fn desugar(&self, node: &mut AstNode) {
        match node {
            // a ~> $join(b) is $join(a, b).
            AstNode::Binary { op: BinaryOp::ChainPipe, lhs, rhs } => {
                if let AstNode::Function { name, args, .. } = &mut **rhs
                    && self.is_function(name)
                    && !args.iter().any(|arg| matches!(arg, AstNode::Placeholder))
                {
                    args.insert(0, std::mem::replace(&mut **lhs, AstNode::Null));
                    *node = std::mem::replace(&mut **rhs, AstNode::Null);
                }
            }
            // $join, as a value, is function($a, $b) { $join($a, $b) }.
            AstNode::Variable(name) if has_wrapped_arguments(name) && self.is_function(name) => {
                let params: Vec<_> = ["a", "b", "c", "d"][..arity(name)]
                    .iter()
                    .map(|&param| param.to_owned())
                    .collect();
                *node = AstNode::Lambda {
                    body: Box::new(AstNode::Function {
                        name: name.clone(),
                        args: params.iter().cloned().map(AstNode::Variable).collect(),
                        is_builtin: true,
                    }),
                    params,
                    signature: None,
                    thunk: false,
                };
            }
            // $now(picture) is $fromMillis($millis(), picture).
            AstNode::Function { name, args, is_builtin: true }
                if name == "now" && !args.is_empty() && self.is_function(name) =>
            {
                "fromMillis".clone_into(name);
                args.insert(0, call("millis", Vec::new()));
            }
            _ => {}
        }
    }

    /// Counts what a function returns, with the size of its code, but leaves calls in tail
    /// position to the functions that are called: a wrapped call would no longer be one.
    fn charge_result(&self, node: &mut AstNode, code: usize) {
        match node {
            AstNode::Conditional { then_branch, else_branch, .. } => {
                self.charge_result(then_branch, code);
                if let Some(else_branch) = else_branch {
                    self.charge_result(else_branch, code);
                }
            }
            AstNode::Block(items) => {
                if let Some(last) = items.last_mut() {
                    self.charge_result(last, code);
                }
            }
            // These make nothing but numbers and booleans.
            AstNode::Binary { op, .. } if !matches!(op, BinaryOp::ChainPipe | BinaryOp::Range) => {}
            AstNode::Unary { .. } | AstNode::Number(_) | AstNode::Boolean(_) | AstNode::Null => {}
            AstNode::Call { .. } => {}
            AstNode::Function { name, .. } if name != CHARGE && !self.is_function(name) => {}
            node => {
                wrap(node, CHARGE);
                if let AstNode::Function { args, .. } = node {
                    #[expect(clippy::cast_precision_loss, reason = "no code is that long")]
                    args.push(AstNode::Number(code as f64));
                }
            }
        }
    }
}

/// The functions of which the result may be far larger than the arguments.
fn has_wrapped_arguments(name: &str) -> bool {
    matches!(name, "join" | "replace" | "string")
}

fn arity(name: &str) -> usize {
    match name {
        "join" => 2,
        "replace" => 4,
        _ => 1,
    }
}

fn wrap_arguments(name: &str, args: &mut Vec<AstNode>, partial: bool) {
    match (name, &mut args[..]) {
        // Without an argument it is the context that is made a string.
        ("string", []) => args.push(call(WEIGH, vec![AstNode::Variable(String::new())])),
        ("string", [value, ..]) => wrap(value, WEIGH),
        ("join", [array]) => wrap(array, WEIGH),
        ("join", [array, separator]) if !partial => {
            wrap(array, JOIN);
            wrap(separator, SEPARATE);
        }
        ("join", [array, separator]) => {
            wrap(array, WEIGH);
            wrap(separator, SHORT);
        }
        ("replace", [text, _, replacement, ..]) if !partial => {
            wrap(text, REPLACE);
            wrap(replacement, REPLACEMENT);
        }
        ("replace", [_, replacement] | [_, _, replacement, ..]) => wrap(replacement, SHORT),
        _ => {}
    }
}

fn wrap(node: &mut AstNode, function: &str) {
    if !matches!(node, AstNode::Placeholder) {
        let inner = std::mem::replace(node, AstNode::Null);
        *node = call(function, vec![inner]);
    }
}

/// Undoes a [`CHARGE`].
fn unwrap(node: &mut AstNode) {
    if let AstNode::Function { name, args, .. } = node
        && name == CHARGE
        && !args.is_empty()
    {
        *node = args.swap_remove(0);
    }
}

/// What the code of a function takes, and so at most what its literals do each time it runs.
fn code_size(node: &AstNode) -> usize {
    let mut size = 0;
    ast::visit(node, &mut |_| size += ITEM);
    size
}

fn call(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}
