//! What parses but is refused when a state machine is created.

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::ast;
use crate::expression::SyntaxError;

/// Refuses operators that JSONata 2.0.6 does not have, and references to an input document, which
/// a state machine does not have.
pub(super) fn check(ast: &AstNode) -> Result<(), SyntaxError> {
    check_operators(ast)?;
    check_context(ast, false)
}

/// Refuses operators that JSONata 2.0.6 does not have.
pub(super) fn check_operators(ast: &AstNode) -> Result<(), SyntaxError> {
    let mut result = Ok(());
    ast::visit(ast, &mut |node| {
        if let AstNode::Binary { op, .. } = node {
            let operator = match op {
                BinaryOp::Coalesce => "??",
                BinaryOp::Default => "?:",
                _ => return,
            };
            result = Err(refuse(format!("S0204: Unknown operator: {operator}")));
        }
    });
    result
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
