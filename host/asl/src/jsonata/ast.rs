//! Walks over the syntax tree.

use std::iter::once;

use jsonata_core::{
    ast::{AstNode, PathStep, Stage},
    value::with_stack,
};

/// One walker for nodes that are read and one for nodes that are changed.
macro_rules! children {
    ($name:ident, $filter:ident, $iter:ident, $as_deref:ident $(, $mut:ident)?) => {
        /// The parts of a node, in the order they are evaluated.
        pub(super) fn $name(node: &$($mut)? AstNode) -> Vec<&$($mut)? AstNode> {
            match node {
                AstNode::String(_)
                | AstNode::Name(_)
                | AstNode::Number(_)
                | AstNode::Boolean(_)
                | AstNode::Null
                | AstNode::Undefined
                | AstNode::Placeholder
                | AstNode::Regex { .. }
                | AstNode::Variable(_)
                | AstNode::ParentVariable(_)
                | AstNode::Wildcard
                | AstNode::Descendant
                | AstNode::Parent(_) => Vec::new(),
                AstNode::Path { steps } => steps
                    .$iter()
                    .flat_map(|PathStep { node, stages, .. }| {
                        once(node).chain(stages.$iter().filter_map($filter))
                    })
                    .collect(),
                AstNode::Binary { lhs, rhs, .. } => vec![lhs, rhs],
                AstNode::Unary { operand, .. } => vec![operand],
                AstNode::Function { args, .. } => args.$iter().collect(),
                AstNode::Call { procedure, args } => {
                    once(&$($mut)? **procedure).chain(args).collect()
                }
                AstNode::Lambda { body, .. } => vec![body],
                AstNode::Array(items) | AstNode::ArrayGroup(items) | AstNode::Block(items) => {
                    items.$iter().collect()
                }
                AstNode::Object(pairs) => {
                    pairs.$iter().flat_map(|(key, value)| [key, value]).collect()
                }
                AstNode::ObjectTransform { input, pattern } => once(&$($mut)? **input)
                    .chain(pattern.$iter().flat_map(|(key, value)| [key, value]))
                    .collect(),
                AstNode::Conditional { condition, then_branch, else_branch } => {
                    [&$($mut)? **condition, then_branch]
                        .into_iter()
                        .chain(else_branch.$as_deref())
                        .collect()
                }
                AstNode::FunctionApplication(inner) => vec![inner],
                AstNode::Sort { input, terms } => {
                    once(&$($mut)? **input).chain(terms.$iter().map(|(term, _)| term)).collect()
                }
                AstNode::Transform { location, update, delete } => {
                    [&$($mut)? **location, update].into_iter().chain(delete.$as_deref()).collect()
                }
            }
        }

        fn $filter(stage: &$($mut)? Stage) -> Option<&$($mut)? AstNode> {
            match stage {
                Stage::Filter(filter) => Some(filter),
                _ => None,
            }
        }
    };
}

children!(children, filter, iter, as_deref);
children!(children_mut, filter_mut, iter_mut, as_deref_mut, mut);

/// Visits a node and all below it, parents first.
pub(super) fn visit<'n>(node: &'n AstNode, act: &mut impl FnMut(&'n AstNode)) {
    act(node);
    with_stack(|| {
        for child in children(node) {
            visit(child, act);
        }
    });
}
