//! Wraps what allocates into the calls that count it.

use std::collections::HashSet;

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::{
    BOUND, CHARGE, EXACT, ITEM, JOIN, REPLACE, REPLACEMENT, SEPARATE, SHORT, SMALL, WEIGH,
    is_function,
};
use crate::jsonata::ast;

/// Wraps what allocates. The result says whether there is anything that does.
pub(in crate::jsonata) fn install(root: &mut AstNode) -> bool {
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
    Install { bound }.node(root, false);
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
    /// `in_step` says whether the node is evaluated for each item of a path, and its value kept.
    fn node(&self, node: &mut AstNode, in_step: bool) {
        self.desugar(node);
        with_stack(|| self.children(node, in_step));
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
            // What a loop hands on from turn to turn.
            AstNode::Binary { op: BinaryOp::ColonEqual, rhs, .. } => charge_constructor(rhs),
            AstNode::Call { args, .. } => args.iter_mut().for_each(charge_constructor),
            AstNode::Function { name, args, .. } => {
                args.iter_mut().for_each(charge_constructor);
                if self.is_function(name) {
                    let partial = args.iter().any(|arg| matches!(arg, AstNode::Placeholder));
                    let name = name.clone();
                    wrap_arguments(&name, args, partial);
                    if !partial && !SMALL.contains(&name.as_str()) {
                        wrap(node, CHARGE);
                    }
                }
            }
            AstNode::Lambda { body, .. } => self.charge_result(body, code_size(body)),
            _ if in_step && starts_from_variable(node) => wrap(node, CHARGE),
            _ => {}
        }
    }

    fn children(&self, node: &mut AstNode, in_step: bool) {
        let makes_little = match node {
            AstNode::Path { steps } => {
                for (at, step) in steps.iter_mut().enumerate() {
                    self.step(step, in_step || at > 0, at > 0);
                }
                return;
            }
            AstNode::Conditional { condition, then_branch, else_branch } => {
                self.node(condition, false);
                self.node(then_branch, in_step);
                if let Some(else_branch) = else_branch {
                    self.node(else_branch, in_step);
                }
                return;
            }
            AstNode::Binary { op: BinaryOp::ColonEqual, rhs, .. } => {
                self.node(rhs, in_step);
                return;
            }
            // A function counts what it returns.
            AstNode::Lambda { .. } | AstNode::Unary { .. } => true,
            AstNode::Binary { op, .. } => is_scalar(*op),
            AstNode::Function { name, .. } => {
                SMALL.contains(&name.as_str()) && self.is_function(name)
            }
            _ => false,
        };
        for child in ast::children_mut(node) {
            self.node(child, in_step && !makes_little);
        }
    }

    fn step(&self, step: &mut PathStep, in_step: bool, repeated: bool) {
        for stage in &mut step.stages {
            if let Stage::Filter(filter) = stage {
                self.node(filter, false);
            }
        }
        // The first step of a path is not wrapped alone, but as part of the path.
        if repeated || !matches!(step.node, AstNode::Variable(_)) {
            self.node(&mut step.node, in_step);
        }
        let node = match &mut step.node {
            AstNode::FunctionApplication(inner) => &mut **inner,
            node => node,
        };
        // `[]` after a call looks at how the result was made, which the wrapping would hide.
        if step.stages.iter().any(|stage| matches!(stage, Stage::KeepArray)) {
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
            AstNode::Binary { op, .. } if is_scalar(*op) => {}
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

/// Whether an operator makes nothing but numbers and booleans.
fn is_scalar(op: BinaryOp) -> bool {
    !matches!(
        op,
        BinaryOp::ChainPipe | BinaryOp::Range | BinaryOp::Concatenate | BinaryOp::ColonEqual
    )
}

/// Whether a node's value is that of a variable or a part of it, and so no part of the item that
/// a step is evaluated for.
fn starts_from_variable(node: &AstNode) -> bool {
    let outer = |node: &AstNode| matches!(node, AstNode::Variable(name) if !name.is_empty());
    match node {
        AstNode::Path { steps } => steps.first().is_some_and(|step| outer(&step.node)),
        node => outer(node),
    }
}

fn charge_constructor(node: &mut AstNode) {
    if matches!(node, AstNode::Array(_) | AstNode::Object(_)) {
        wrap(node, CHARGE);
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
        // A picture is worked through once for each of its parts.
        (
            "formatNumber" | "formatInteger" | "parseInteger" | "fromMillis" | "toMillis",
            [_, picture, ..],
        ) => wrap(picture, SHORT),
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
