//! The operators of choice rules, by name.

use crate::{
    definition::{self, Operand, OperandType, Order},
    parse::{node::Node, timestamp},
};
use Comparison::{Compare, ComparePath, Is, Matches};
use OperandType::{Boolean, Numeric, String, Timestamp};
use Operator::Comparison as Op;
use Order::{Equals, GreaterThan, GreaterThanEquals, LessThan, LessThanEquals};

/// What an operator's name stands for.
#[derive(Clone, Copy)]
pub(super) enum Operator {
    And,
    Or,
    Not,
    Comparison(Comparison),
}

/// An operator of a data-test expression, without its operand.
#[derive(Clone, Copy)]
pub(super) enum Comparison {
    Compare(OperandType, Order),
    ComparePath(OperandType, Order),
    Matches,
    Is(definition::Is),
}

impl Comparison {
    /// The operator with its operand.
    pub(super) fn with_operand(self, node: &Node<'_>) -> Option<definition::Operator> {
        Some(match self {
            Compare(type_, order) => {
                check_constant(node, type_)?;
                let operand = Operand::Constant(node.json());
                definition::Operator::Compare { type_, order, operand }
            }
            ComparePath(type_, order) => {
                let operand = Operand::Path(node.path()?);
                definition::Operator::Compare { type_, order, operand }
            }
            Matches => definition::Operator::StringMatches(node.string()?.to_owned()),
            Is(is) => definition::Operator::Is(is, node.boolean()?),
        })
    }
}

/// Whether a constant has the operator's type.
fn check_constant(node: &Node<'_>, type_: OperandType) -> Option<()> {
    match type_ {
        String => node.string().map(drop),
        Numeric => node.number(f64::MIN..=f64::MAX).map(drop),
        Boolean => node.boolean().map(drop),
        Timestamp => timestamp::required(node).map(drop),
    }
}

/// All operators by their names.
pub(super) const OPERATORS: &[(&str, Operator)] = &[
    ("And", Operator::And),
    ("Or", Operator::Or),
    ("Not", Operator::Not),
    ("StringEquals", Op(Compare(String, Equals))),
    ("StringEqualsPath", Op(ComparePath(String, Equals))),
    ("StringLessThan", Op(Compare(String, LessThan))),
    ("StringLessThanPath", Op(ComparePath(String, LessThan))),
    ("StringGreaterThan", Op(Compare(String, GreaterThan))),
    ("StringGreaterThanPath", Op(ComparePath(String, GreaterThan))),
    ("StringLessThanEquals", Op(Compare(String, LessThanEquals))),
    ("StringLessThanEqualsPath", Op(ComparePath(String, LessThanEquals))),
    ("StringGreaterThanEquals", Op(Compare(String, GreaterThanEquals))),
    ("StringGreaterThanEqualsPath", Op(ComparePath(String, GreaterThanEquals))),
    ("StringMatches", Op(Matches)),
    ("NumericEquals", Op(Compare(Numeric, Equals))),
    ("NumericEqualsPath", Op(ComparePath(Numeric, Equals))),
    ("NumericLessThan", Op(Compare(Numeric, LessThan))),
    ("NumericLessThanPath", Op(ComparePath(Numeric, LessThan))),
    ("NumericGreaterThan", Op(Compare(Numeric, GreaterThan))),
    ("NumericGreaterThanPath", Op(ComparePath(Numeric, GreaterThan))),
    ("NumericLessThanEquals", Op(Compare(Numeric, LessThanEquals))),
    ("NumericLessThanEqualsPath", Op(ComparePath(Numeric, LessThanEquals))),
    ("NumericGreaterThanEquals", Op(Compare(Numeric, GreaterThanEquals))),
    ("NumericGreaterThanEqualsPath", Op(ComparePath(Numeric, GreaterThanEquals))),
    ("BooleanEquals", Op(Compare(Boolean, Equals))),
    ("BooleanEqualsPath", Op(ComparePath(Boolean, Equals))),
    ("TimestampEquals", Op(Compare(Timestamp, Equals))),
    ("TimestampEqualsPath", Op(ComparePath(Timestamp, Equals))),
    ("TimestampLessThan", Op(Compare(Timestamp, LessThan))),
    ("TimestampLessThanPath", Op(ComparePath(Timestamp, LessThan))),
    ("TimestampGreaterThan", Op(Compare(Timestamp, GreaterThan))),
    ("TimestampGreaterThanPath", Op(ComparePath(Timestamp, GreaterThan))),
    ("TimestampLessThanEquals", Op(Compare(Timestamp, LessThanEquals))),
    ("TimestampLessThanEqualsPath", Op(ComparePath(Timestamp, LessThanEquals))),
    ("TimestampGreaterThanEquals", Op(Compare(Timestamp, GreaterThanEquals))),
    ("TimestampGreaterThanEqualsPath", Op(ComparePath(Timestamp, GreaterThanEquals))),
    ("IsNull", Op(Is(definition::Is::Null))),
    ("IsPresent", Op(Is(definition::Is::Present))),
    ("IsNumeric", Op(Is(definition::Is::Numeric))),
    ("IsString", Op(Is(definition::Is::String))),
    ("IsBoolean", Op(Is(definition::Is::Boolean))),
    ("IsTimestamp", Op(Is(definition::Is::Timestamp))),
];
