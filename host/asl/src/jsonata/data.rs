//! Between JSON and JSONata's values.

use jsonata_core::{
    ast::AstNode,
    evaluator::Context,
    value::{JArray, JValue, with_stack},
};
use serde_json::{Map, Number, Value};

use super::{Error, variables::references};
use crate::{
    data::MAX_NESTING,
    expression::{Environment, Scope},
};

/// The variable that holds the state's data.
pub(super) const STATES: &str = "states";

/// How many bytes a result may have. The limit on state data is far below it.
const RESULT: usize = 64 << 20;

/// The variables that an expression refers to.
#[derive(Debug)]
pub(super) struct Needs(Vec<(String, Part)>);

/// What of a value an expression looks into.
#[derive(Debug)]
enum Part {
    All,
    /// Only these members, of the object or of the objects in the array.
    Members(Vec<(String, Part)>),
}

impl Needs {
    pub(super) fn of(ast: &AstNode) -> Self {
        let mut needs = Part::Members(Vec::new());
        for reference in references(ast) {
            needs.add(&[&[reference.name], &reference.members[..]].concat());
        }
        match needs {
            Part::Members(members) => Self(members),
            Part::All => Self(Vec::new()),
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Binds the variables that there are.
    pub(super) fn bind(&self, scope: &Scope<'_>, context: &mut Context) {
        for (name, part) in &self.0 {
            let value = if name == STATES {
                Some(states(scope, part))
            } else {
                scope.environment.variable(name).map(|value| part.of(value))
            };
            if let Some(value) = value {
                context.bind(name.clone(), value);
            }
        }
    }
}

/// The parts of `$states` that are there and looked into.
fn states(scope: &Scope<'_>, part: &Part) -> JValue {
    let member = |name: &str, part: &Part| match name {
        "input" => Some(part.of(scope.input)),
        "result" => scope.result.map(|result| part.of(result)),
        "errorOutput" => scope.error_output.map(|output| part.of(output)),
        "context" => Some(context(scope.environment, part)),
        _ => None,
    };
    match part {
        Part::Members(members) => object(members, member),
        Part::All => {
            let all = ["input", "result", "errorOutput", "context"];
            object(&all.map(|name| (name.to_owned(), Part::All)), member)
        }
    }
}

/// The parts of the context object that are there and looked into. The object itself holds a copy
/// of the execution's input, and is made only if it must.
fn context(environment: &dyn Environment, part: &Part) -> JValue {
    let Part::Members(members) = part else { return to_jsonata(environment.context()) };
    object(members, |name, part| match (name, part) {
        ("Execution", Part::All) => Some(to_jsonata(environment.context().get(name)?)),
        ("Execution", Part::Members(members)) => {
            let execution = environment.outline().get(name)?;
            Some(object(members, |name, part| match name {
                "Input" => Some(part.of(environment.execution_input()?)),
                _ => Some(part.of(execution.get(name)?)),
            }))
        }
        _ => Some(part.of(environment.outline().get(name)?)),
    })
}

/// An object of those members that there are.
fn object(members: &[(String, Part)], member: impl Fn(&str, &Part) -> Option<JValue>) -> JValue {
    JValue::object(
        members
            .iter()
            .filter_map(|(name, part)| Some((name.clone(), member(name, part)?)))
            .collect(),
    )
}

impl Part {
    /// Adds what is found by these names.
    fn add(&mut self, names: &[&str]) {
        match (names, self) {
            (_, Self::All) => {}
            ([], part) => *part = Self::All,
            ([name, rest @ ..], Self::Members(members)) => {
                let at = members.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                    members.push(((*name).to_owned(), Self::Members(Vec::new())));
                    members.len() - 1
                });
                members[at].1.add(rest);
            }
        }
    }

    /// This part of a value.
    fn of(&self, value: &Value) -> JValue {
        match (self, value) {
            (Self::Members(members), Value::Object(value)) => {
                object(members, |name, part| Some(part.of(value.get(name)?)))
            }
            (Self::Members(_), Value::Array(items)) => {
                array(items, |item| with_stack(|| self.of(item)))
            }
            (_, value) => to_jsonata(value),
        }
    }
}

/// A whole value.
pub(super) fn to_jsonata(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(bool) => JValue::Bool(*bool),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or_default()),
        Value::String(string) => JValue::from(string.as_str()),
        Value::Array(items) => array(items, to_jsonata),
        Value::Object(members) => with_stack(|| {
            JValue::object(
                members.iter().map(|(name, value)| (name.clone(), to_jsonata(value))).collect(),
            )
        }),
    }
}

fn array(items: &[Value], convert: impl Fn(&Value) -> JValue) -> JValue {
    let flat = !items.iter().any(Value::is_array);
    with_stack(|| JValue::Array(JArray::new_flat(items.iter().map(convert).collect(), flat)))
}

/// A result as JSON; none if it is undefined. A function has no JSON: it is dropped like an
/// undefined value, as `JSON.stringify` does.
pub(super) fn from_jsonata(value: &JValue) -> Result<Option<Value>, Error> {
    Output { spent: 0, depth: 0 }.convert(value)
}

struct Output {
    spent: usize,
    depth: usize,
}

impl Output {
    fn convert(&mut self, value: &JValue) -> Result<Option<Value>, Error> {
        self.spend(size_of::<Value>())?;
        Ok(Some(match value {
            JValue::Undefined
            | JValue::Lambda(_)
            | JValue::Builtin { .. }
            | JValue::Regex { .. } => {
                return Ok(None);
            }
            JValue::Null => Value::Null,
            JValue::Bool(bool) => Value::Bool(*bool),
            JValue::Number(number) => from_number(*number),
            JValue::String(string) => {
                self.spend(string.len())?;
                Value::String(string.to_string())
            }
            JValue::Array(items) => self.nested(|output| {
                let items = items.iter().map(|item| Ok(output.convert(item)?.unwrap_or_default()));
                items.collect::<Result<_, _>>().map(Value::Array)
            })?,
            JValue::Object(members) => self.nested(|output| {
                let mut object = Map::new();
                for (name, member) in members.iter() {
                    if let Some(member) = output.convert(member)? {
                        output.spend(name.len())?;
                        object.insert(name.clone(), member);
                    }
                }
                Ok(Value::Object(object))
            })?,
        }))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Error> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > RESULT { Err(Error::Memory) } else { Ok(()) }
    }

    fn nested<T>(
        &mut self,
        convert: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.depth == MAX_NESTING {
            return Err(Error::Depth);
        }
        self.depth += 1;
        let result = convert(self);
        self.depth -= 1;
        result
    }
}

/// A number as JavaScript would print it: whole ones without fraction or exponent.
fn from_number(number: f64) -> Value {
    if number == 0.0 {
        return Value::from(0);
    }
    if number.fract() == 0.0 && number.abs() < 1.8e19 {
        // The shortest digits, which beyond 2^53 are not those of the integer itself.
        let digits = number.to_string();
        if let Ok(number) = digits.parse::<Number>() {
            return Value::Number(number);
        }
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
