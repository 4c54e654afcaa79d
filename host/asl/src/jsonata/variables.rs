//! Which variables an expression refers to, and which parts of their values it looks into.

use jsonata_core::{
    ast::{AstNode, BinaryOp, PathStep, Stage},
    value::with_stack,
};

use super::ast;

/// A reference to a variable that the expression does not bind itself.
#[derive(Debug, PartialEq)]
pub(super) struct Reference<'n> {
    pub(super) name: &'n str,
    /// The members that follow it: `$states.input.a` looks into `input`, `a` only.
    pub(super) members: Vec<&'n str>,
}

/// All such references, in order of appearance.
pub(super) fn references(root: &AstNode) -> Vec<Reference<'_>> {
    let mut climbs = false;
    ast::visit(root, &mut |node| climbs |= matches!(node, AstNode::Parent(_)));
    let mut walk = Walk { climbs, bound: Vec::new(), found: Vec::new() };
    walk.node(root);
    walk.found
}

struct Walk<'n> {
    /// Whether the expression has `%`, which sees what members it came by were part of.
    climbs: bool,
    bound: Vec<&'n str>,
    found: Vec<Reference<'n>>,
}

impl<'n> Walk<'n> {
    fn node(&mut self, node: &'n AstNode) {
        with_stack(|| match node {
            AstNode::Variable(name) => self.reference(name, Vec::new()),
            AstNode::Path { steps } => self.path(steps),
            AstNode::Lambda { params, body, .. } => self.scoped(|walk| {
                walk.bound.extend(params.iter().map(String::as_str));
                walk.node(body);
            }),
            AstNode::Block(items) => self.scoped(|walk| {
                for item in items {
                    walk.node(item);
                }
            }),
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, rhs } => {
                if let AstNode::Variable(name) = &**lhs {
                    // A function may call itself by the name it is bound to; any other value
                    // sees what the name meant before.
                    let recursive = matches!(**rhs, AstNode::Lambda { .. });
                    if recursive {
                        self.bound.push(name);
                    }
                    self.node(rhs);
                    if !recursive {
                        self.bound.push(name);
                    }
                } else {
                    self.node(lhs);
                    self.node(rhs);
                }
            }
            _ => {
                for child in ast::children(node) {
                    self.node(child);
                }
            }
        });
    }

    fn scoped(&mut self, walk: impl FnOnce(&mut Self)) {
        let outer = self.bound.len();
        walk(self);
        self.bound.truncate(outer);
    }

    /// What a path binds (`@$a`, `#$i`) is visible after it too, in a grouping or a sort of it.
    fn path(&mut self, steps: &'n [PathStep]) {
        for (at, step) in steps.iter().enumerate() {
            match &step.node {
                AstNode::Variable(name) if at == 0 => self.reference(name, members(steps)),
                AstNode::Name(_) => {}
                node => self.node(node),
            }
            self.bound.extend(step.focus.iter().chain(&step.index_var).map(String::as_str));
            for stage in &step.stages {
                match stage {
                    Stage::Filter(filter) => self.node(filter),
                    Stage::Index(name) => self.bound.push(name),
                    Stage::KeepArray => {}
                }
            }
        }
    }

    fn reference(&mut self, name: &'n str, members: Vec<&'n str>) {
        if !name.is_empty() && !self.bound.contains(&name) {
            let members = if self.climbs { Vec::new() } else { members };
            self.found.push(Reference { name, members });
        }
    }
}

/// The names that follow a path's first step, up to where something else is done with the value.
/// That one item is picked by its number does not look into it.
fn members(steps: &[PathStep]) -> Vec<&str> {
    let picks = |stage: &Stage| match stage {
        Stage::Filter(filter) => matches!(**filter, AstNode::Number(_)),
        _ => false,
    };
    let plain = |step: &PathStep| {
        step.stages.iter().all(picks) && step.focus.is_none() && step.index_var.is_none()
    };
    let mut members = Vec::new();
    for pair in steps.windows(2) {
        match (&pair[0], &pair[1].node) {
            (before, AstNode::Name(name)) if plain(before) => members.push(name.as_str()),
            _ => break,
        }
    }
    members
}
