//! Choice: the first rule that holds names the next state.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;
use stepwell_asl::{
    Json,
    definition::{
        Choice, Comparison, Condition, Is, Operand, OperandType, Operator, Order, Transition,
    },
    path::Path,
};

use crate::{
    errors::{self, Raised},
    io::Processing,
    run::{Flow, Run},
    strand::Strand,
    timestamp,
};

pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    choice: &Choice,
) -> Result<Flow, Raised> {
    let (exit, next) = {
        let processing = run.processing(strand, &choice.io);
        let input = processing.input()?;
        let evaluation = Evaluation { processing: &processing, input: &input };
        let mut chosen = None;
        for (index, rule) in choice.choices.iter().enumerate() {
            if evaluation.holds(&rule.condition, index)? {
                chosen = Some(rule);
                break;
            }
        }
        match (chosen, &choice.default) {
            (Some(rule), _) => (
                processing.exit_unchanged(&input, &rule.assign, rule.output.as_ref())?,
                rule.next.clone(),
            ),
            (None, Some(default)) => {
                (processing.exit_unchanged(&input, &choice.assign, None)?, default.clone())
            }
            (None, None) => {
                return Err(processing.place().raise(
                    errors::NO_CHOICE_MATCHED,
                    "Failed to transition out of the state. The state does not point to a next \
                     state.",
                ));
            }
        }
    };
    run.leave(strand, exit, &Transition::Next(next))
}

struct Evaluation<'a> {
    processing: &'a Processing<'a>,
    input: &'a Json,
}

impl<'a> Evaluation<'a> {
    /// Whether a condition of the rule at this index holds.
    fn holds(&self, condition: &Condition, index: usize) -> Result<bool, Raised> {
        match condition {
            Condition::And(conditions) => {
                for condition in conditions {
                    if !self.holds(condition, index)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Condition::Or(conditions) => {
                for condition in conditions {
                    if self.holds(condition, index)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Condition::Not(condition) => Ok(!self.holds(condition, index)?),
            Condition::Comparison(comparison) => self.compare(comparison),
            Condition::Jsonata(expression) => {
                let field = format!("Choices[{index}]/Condition");
                let value = self.processing.expression(expression, self.input, &field)?;
                value.as_bool().ok_or_else(|| {
                    let text = expression.text();
                    self.processing.place().unexpected_type(text, &field, "boolean", &value)
                })
            }
        }
    }

    fn compare(&self, comparison: &Comparison) -> Result<bool, Raised> {
        if let Operator::Is(Is::Present, expected) = comparison.operator {
            return Ok(self.select(&comparison.variable).is_ok() == expected);
        }
        let value = self.select(&comparison.variable)?;
        Ok(match &comparison.operator {
            Operator::Is(is, expected) => has_type(&value, *is) == *expected,
            Operator::StringMatches(pattern) => {
                value.as_str().is_some_and(|text| matches_pattern(text, pattern))
            }
            Operator::Compare { type_, order, operand } => {
                let operand = match operand {
                    Operand::Constant(constant) => Cow::Borrowed(constant),
                    Operand::Path(path) => self.select(path)?,
                };
                compare_as(*type_, &value, &operand)
                    .is_some_and(|ordering| order_holds(*order, ordering))
            }
        })
    }

    fn select(&self, path: &Path) -> Result<Cow<'a, Value>, Raised> {
        path.evaluate(&self.processing.scope(self.input)).map_err(|error| {
            self.processing.place().raise(
                errors::RUNTIME,
                format_args!(
                    "Invalid path '{}': The choice state's condition path references an invalid \
                     value.",
                    error.path
                ),
            )
        })
    }
}

fn has_type(value: &Value, is: Is) -> bool {
    match is {
        Is::Present => true,
        Is::Null => value.is_null(),
        Is::Numeric => value.is_number(),
        Is::String => value.is_string(),
        Is::Boolean => value.is_boolean(),
        Is::Timestamp => value.as_str().is_some_and(|text| timestamp::parse(text).is_some()),
    }
}

/// How two values of a type stand to each other; none where one has another type.
fn compare_as(type_: OperandType, left: &Value, right: &Value) -> Option<Ordering> {
    match type_ {
        OperandType::String => Some(left.as_str()?.cmp(right.as_str()?)),
        OperandType::Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
        OperandType::Timestamp => {
            Some(timestamp::parse(left.as_str()?)?.cmp(&timestamp::parse(right.as_str()?)?))
        }
        OperandType::Numeric => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
    }
}

fn order_holds(order: Order, ordering: Ordering) -> bool {
    match order {
        Order::Equals => ordering.is_eq(),
        Order::LessThan => ordering.is_lt(),
        Order::GreaterThan => ordering.is_gt(),
        Order::LessThanEquals => ordering.is_le(),
        Order::GreaterThanEquals => ordering.is_ge(),
    }
}

/// `StringMatches`: `*` stands for any run of characters, a backslash takes the next character
/// literally.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    #[derive(PartialEq)]
    enum Token {
        Any,
        Char(char),
    }
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' => Token::Any,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            char => Token::Char(char),
        });
    }
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut token) = (0, 0);
    // Where the last `*` stands, and up to where it has been stretched: the only place to go back
    // to, so that the time is bounded by the product of both lengths.
    let mut star = None;
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                star = Some((token, at));
                token += 1;
            }
            Some(Token::Char(char)) if *char == text[at] => {
                at += 1;
                token += 1;
            }
            _ => {
                let Some((star_token, stretched)) = star else { return false };
                star = Some((star_token, stretched + 1));
                token = star_token + 1;
                at = stretched + 1;
            }
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("log-2024.txt", "log-*.txt", true),
            ("log-2024.zip", "log-*.txt", false),
            ("", "*", true),
            ("", "", true),
            ("a", "", false),
            ("abcabd", "*abd", true),
            ("a*b", r"a\*b", true),
            ("axb", r"a\*b", false),
            (r"a\b", r"a\\b", true),
            ("aXbXc", "a*b*c", true),
        ] {
            assert_eq!(matches_pattern(text, pattern), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn values_of_different_types_do_not_compare() {
        let (one, text) = (Value::from(1), Value::from("1"));
        assert_eq!(compare_as(OperandType::Numeric, &one, &text), None);
        assert_eq!(compare_as(OperandType::String, &one, &text), None);
        assert_eq!(
            compare_as(OperandType::Numeric, &one, &Value::from(1.0)),
            Some(Ordering::Equal)
        );
    }
}
