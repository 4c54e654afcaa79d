//! What parses but is refused when a state machine is created.

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    functions::string::build_regex,
    value::with_stack,
};

use super::ast;
use crate::expression::SyntaxError;

/// Refuses what is no JSONata 2.0.6, and references to an input document, which a state machine
/// does not have.
pub(super) fn check(ast: &AstNode) -> Result<(), SyntaxError> {
    check_language(ast)?;
    check_context(ast, false)
}

/// Refuses what JSONata 2.0.6 finds wrong when it parses, and the parser lets pass.
pub(super) fn check_language(ast: &AstNode) -> Result<(), SyntaxError> {
    let mut result = Ok(());
    ast::visit(ast, &mut |node| {
        if result.is_ok() {
            result = check_node(node).map_err(refuse);
        }
    });
    result
}

fn check_node(node: &AstNode) -> Result<(), String> {
    match node {
        AstNode::Binary { op: BinaryOp::Coalesce, .. } => {
            Err("S0204: Unknown operator: ??".to_owned())
        }
        AstNode::Binary { op: BinaryOp::Default, .. } => {
            Err("S0204: Unknown operator: ?:".to_owned())
        }
        AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. }
            if !matches!(**lhs, AstNode::Variable(_)) =>
        {
            Err("S0212: The left side of := must be a variable name (start with $)".to_owned())
        }
        AstNode::Regex { pattern, .. } if pattern.is_empty() => {
            Err("S0301: Empty regular expressions are not allowed".to_owned())
        }
        AstNode::Regex { pattern, flags } => {
            build_regex(pattern, flags).map(drop).map_err(|error| {
                // The crate regex draws the place on lines of their own.
                let error = error.to_string();
                let reason = error.rsplit_once("error: ").map_or(&*error, |(_, reason)| reason);
                format!("Invalid regular expression /{pattern}/: {reason}")
            })
        }
        _ => Ok(()),
    }
}

/// Refuses `$$`, and `$` where it would be the whole input: outside of paths and predicates.
fn check_context(node: &AstNode, in_path: bool) -> Result<(), SyntaxError> {
    let both = |inner: &[&AstNode], in_path: bool| {
        inner.iter().try_for_each(|node| check_context(node, in_path))
    };
    with_stack(|| match node {
        AstNode::ParentVariable(_) => Err(refuse(
            "The root context variable '$$' cannot be used in a state machine; use '$states'"
                .to_owned(),
        )),
        AstNode::Variable(name) if name.is_empty() && !in_path => Err(refuse(
            "The context variable '$' cannot be used at the top level of an expression; use \
             '$states'"
                .to_owned(),
        )),
        AstNode::Path { steps } => {
            steps.iter().enumerate().try_for_each(|(at, PathStep { node, stages, .. })| {
                check_context(node, in_path || at > 0)?;
                stages.iter().try_for_each(|stage| match stage {
                    Stage::Filter(filter) => check_context(filter, true),
                    _ => Ok(()),
                })
            })
        }
        AstNode::ObjectTransform { input, pattern } => {
            check_context(input, in_path)?;
            pattern.iter().try_for_each(|(key, value)| both(&[key, value], true))
        }
        AstNode::Sort { input, terms } => {
            check_context(input, in_path)?;
            terms.iter().try_for_each(|(term, _)| check_context(term, true))
        }
        AstNode::Transform { .. } => both(&ast::children(node), true),
        _ => both(&ast::children(node), in_path),
    })
}

fn refuse(message: String) -> SyntaxError {
    SyntaxError { message, offset: None }
}
