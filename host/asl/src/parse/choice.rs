//! Choice states. <https://states-language.net/spec.html#choice-state>

mod operator;

use super::{
    assign,
    fields::Fields,
    io::{self, Extent},
    node::Node,
};
use crate::{
    definition::{Choice, ChoiceRule, Comparison, Condition, QueryLanguage},
    diagnostic::Code,
    expression::Expression,
    jsonata,
};
use operator::{OPERATORS, Operator};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Choice> {
    let choices = fields.required("Choices").and_then(|node| choices(&node));
    let default = fields.get("Default").and_then(|node| node.string());
    let io = io::parse(fields, Extent::Paths);
    let assign = assign::parse(fields);
    Some(Choice { io: io?, choices: choices?, default: default.map(Into::into), assign })
}

fn choices(node: &Node<'_>) -> Option<Vec<ChoiceRule>> {
    let rules: Vec<_> = node
        .filled_array()?
        .into_iter()
        .map(|node| {
            let fields = node.fields()?;
            let rule = rule(&fields);
            fields.finish();
            rule
        })
        .collect();
    rules.into_iter().collect()
}

fn rule(fields: &Fields<'_>) -> Option<ChoiceRule> {
    fields.comment();
    let next = fields.required("Next").and_then(|node| node.string());
    let assign = assign::parse(fields);
    let (condition, output) = match fields.language() {
        QueryLanguage::JsonPath => (condition(fields), None),
        QueryLanguage::Jsonata => (
            fields.required("Condition").and_then(|node| jsonata(&node)),
            io::parse_template(fields, "Output"),
        ),
    };
    Some(ChoiceRule { condition: condition?, next: next?.into(), assign, output })
}

/// `Condition`: an expression, or a boolean, which is one too.
fn jsonata(node: &Node<'_>) -> Option<Condition> {
    if let Some(constant) = node.raw().as_boolean_lit() {
        let text = if constant.value { "true" } else { "false" };
        let expression = jsonata::Expression::parse(text).ok()?;
        return Some(Condition::Jsonata(Expression::Jsonata(expression)));
    }
    node.jsonata().map(Condition::Jsonata)
}

/// `And`, `Or`, `Not`, or a `Variable` with an operator.
fn condition(fields: &Fields<'_>) -> Option<Condition> {
    let variable = fields.get("Variable");
    let operators: Vec<_> = OPERATORS
        .iter()
        .filter_map(|(name, operator)| fields.get(name).map(|node| (node, *operator)))
        .collect();
    let [(node, operator)] = operators.as_slice() else {
        if !operators.is_empty() {
            fields.node().error_head(
                Code::SchemaValidationFailed,
                "A choice rule allows only one comparison operator",
                "Combine several with \"And\": [{...}, {...}].",
            );
        } else if fields.unknown().next().is_none() {
            // Where a field is unknown, it is the operator that was meant.
            fields.node().error_head(
                Code::SchemaValidationFailed,
                "A choice rule requires one comparison operator",
                "Add one, such as \"StringEquals\", or And, Or, Not.",
            );
        }
        return None;
    };
    let combined = match operator {
        Operator::And => nested(node).map(Condition::And),
        Operator::Or => nested(node).map(Condition::Or),
        Operator::Not => inner(node).map(|inner| Condition::Not(Box::new(inner))),
        Operator::Comparison(comparison) => {
            let operator = comparison.with_operand(node);
            let variable = fields.required("Variable").and_then(|node| node.path());
            return Some(Condition::Comparison(Comparison {
                variable: variable?,
                operator: operator?,
            }));
        }
    };
    if let Some(variable) = variable {
        variable.error_head(
            Code::SchemaValidationFailed,
            "Field 'Variable' is not supported",
            format_args!("The rules in {} have Variables of their own.", node.key()),
        );
    }
    combined
}

/// The rules of `And` and `Or`.
fn nested(node: &Node<'_>) -> Option<Vec<Condition>> {
    let rules: Vec<_> = node.filled_array()?.iter().map(inner).collect();
    rules.into_iter().collect()
}

/// A rule within another: without `Next` and `Assign`.
fn inner(node: &Node<'_>) -> Option<Condition> {
    let fields = node.fields()?;
    fields.comment();
    let condition = condition(&fields);
    fields.finish();
    condition
}
