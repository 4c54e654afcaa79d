//! Input and output processing, in both query languages.
//!
//! JSONPath: `InputPath`, `Parameters`, the state's work, `ResultSelector`, `ResultPath`,
//! `OutputPath`. JSONata: `Arguments`, the state's work, `Output`.
//!
//! Data that no field looks into are passed along as they are.

use std::fmt;

use serde_json::{Value, json};
use stepwell_asl::{
    Json,
    definition::{Assign, CatchOutput, Field, Io},
    expression::{Expression, Scope, Template},
    path::Path,
};

use crate::{
    Failure,
    context::Environment,
    errors::{self, Place, Raised},
    strand::Item,
    test_state::InspectionData,
};

/// The fields of one state, and what they are evaluated with.
pub(crate) struct Processing<'a> {
    pub(crate) environment: Environment<'a>,
    pub(crate) io: &'a Io,
}

/// What a state makes of its result: the output and the variables.
pub(crate) struct Exit {
    pub(crate) output: Json,
    pub(crate) assigned: Vec<(String, Json)>,
}

impl<'a> Processing<'a> {
    /// For a state that can be retried: `$$.State.RetryCount` is there.
    pub(crate) fn retryable(mut self) -> Self {
        self.environment.retryable = true;
        self
    }

    /// With `$$.Task.Token`.
    pub(crate) fn with_task_token(mut self, token: Option<&'a str>) -> Self {
        self.environment.task_token = token;
        self
    }

    /// With `$$.Map.Item` of an iteration that is about to begin.
    pub(crate) fn with_item(mut self, item: &'a Item) -> Self {
        self.environment.item = Some(item);
        self
    }

    /// What errors name.
    pub(crate) fn place(&self) -> Place<'_> {
        Place {
            state: &self.environment.strand.visit.state,
            entered: match self.environment.inspector {
                None => Some(self.environment.strand.visit.entered),
                Some(_) => None,
            },
        }
    }

    /// Tells who tests the state of what has been processed.
    pub(crate) fn inspect(&self, tell: impl FnOnce(&mut InspectionData)) {
        if let Some(inspector) = self.environment.inspector {
            inspector.inspect(tell);
        }
    }

    /// The state's input, before `InputPath`.
    pub(crate) fn raw_input(&self) -> &Json {
        &self.environment.strand.visit.input
    }

    /// A scope over `$`, which in JSONata is the state's own input.
    pub(crate) fn scope<'s>(&'s self, input: &'s Json) -> Scope<'s> {
        let input = match self.io {
            Io::JsonPath(_) => input,
            Io::Jsonata(_) => self.raw_input(),
        };
        Scope {
            input: input.value(),
            result: None,
            error_output: None,
            environment: &self.environment,
        }
    }

    fn path(&self, path: Option<&Path>, data: &Json) -> Result<Json, Raised> {
        match path {
            None => Ok(Json::empty()),
            Some(path) if path.text() == "$" => Ok(data.clone()),
            Some(path) => path
                .evaluate(&self.scope(data))
                .map(|value| value.into_owned().into())
                .map_err(|error| self.place().raise(errors::RUNTIME, error)),
        }
    }

    /// A template's value.
    pub(crate) fn template(
        &self,
        template: &Template,
        scope: &Scope<'_>,
        field: &str,
    ) -> Result<Json, Raised> {
        template
            .evaluate(scope, field)
            .map(Json::from)
            .map_err(|error| self.place().expression(&error))
    }

    /// An expression's value.
    pub(crate) fn expression(
        &self,
        expression: &Expression,
        input: &Json,
        field: &str,
    ) -> Result<Value, Raised> {
        expression
            .evaluate(&self.scope(input), field)
            .map(std::borrow::Cow::into_owned)
            .map_err(|error| self.place().expression(&error))
    }

    /// The effective input: what `InputPath` selects.
    pub(crate) fn input(&self) -> Result<Json, Raised> {
        let Io::JsonPath(io) = self.io else { return Ok(self.raw_input().clone()) };
        let input = self.path(io.input_path.as_ref(), self.raw_input())?;
        self.inspect(|data| data.after_input_path = Some(input.clone()));
        Ok(input)
    }

    /// What the state works with: `Parameters` or `Arguments`, else the effective input.
    pub(crate) fn arguments(&self, input: &Json) -> Result<Json, Raised> {
        let (template, field) = match self.io {
            Io::JsonPath(io) => (io.parameters.as_ref(), "Parameters"),
            Io::Jsonata(io) => (io.arguments.as_ref(), "Arguments"),
        };
        let arguments = match template {
            Some(template) => self.template(template, &self.scope(input), field)?,
            None => input.clone(),
        };
        self.inspect(|data| {
            let place = match self.io {
                Io::JsonPath(_) => &mut data.after_parameters,
                Io::Jsonata(_) => &mut data.after_arguments,
            };
            *place = Some(arguments.clone());
        });
        Ok(arguments)
    }

    /// The state's output and variables for its result.
    pub(crate) fn exit(&self, result: &Json, assign: &Assign) -> Result<Exit, Raised> {
        self.inspect(|data| data.result = Some(result.clone()));
        match self.io {
            Io::JsonPath(io) => {
                let result = match &io.result_selector {
                    Some(selector) => {
                        self.template(selector, &self.scope(result), "ResultSelector")?
                    }
                    None => result.clone(),
                };
                self.inspect(|data| data.after_result_selector = Some(result.clone()));
                let assigned = self.assign(assign, &self.scope(&result))?;
                let combined = match &io.result_path {
                    None => self.raw_input().clone(),
                    Some(path) if path.text() == "$" => result,
                    Some(path) => path
                        .write(self.raw_input().value().clone(), result.into_value())
                        .map_err(|error| {
                            self.place().raise(errors::RESULT_PATH_MATCH_FAILURE, error)
                        })?
                        .into(),
                };
                self.inspect(|data| data.after_result_path = Some(combined.clone()));
                let output = self.path(io.output_path.as_ref(), &combined)?;
                Ok(Exit { output, assigned })
            }
            Io::Jsonata(io) => {
                let scope = Scope { result: Some(result.value()), ..self.scope(result) };
                let assigned = self.assign(assign, &scope)?;
                let output = match &io.output {
                    Some(template) => self.template(template, &scope, "Output")?,
                    None => result.clone(),
                };
                Ok(Exit { output, assigned })
            }
        }
    }

    /// `exit` of a state without a result of its own: Choice, Wait, Succeed.
    pub(crate) fn exit_unchanged(
        &self,
        input: &Json,
        assign: &Assign,
        output: Option<&Template>,
    ) -> Result<Exit, Raised> {
        let scope = self.scope(input);
        let assigned = self.assign(assign, &scope)?;
        let output = match self.io {
            Io::JsonPath(io) => self.path(io.output_path.as_ref(), input)?,
            Io::Jsonata(io) => match output.or(io.output.as_ref()) {
                Some(template) => self.template(template, &scope, "Output")?,
                None => input.clone(),
            },
        };
        Ok(Exit { output, assigned })
    }

    /// `exit` by a catcher.
    pub(crate) fn exit_caught(
        &self,
        failure: &Failure,
        output: &CatchOutput,
        assign: &Assign,
    ) -> Result<Exit, Raised> {
        let error_output = Json::from(error_output(failure));
        match output {
            CatchOutput::ResultPath(path) => {
                let assigned = self.assign(assign, &self.scope(&error_output))?;
                let output = match path {
                    None => self.raw_input().clone(),
                    Some(path) if path.text() == "$" => error_output,
                    Some(path) => path
                        .write(self.raw_input().value().clone(), error_output.into_value())
                        .map_err(|error| {
                            self.place().raise(errors::RESULT_PATH_MATCH_FAILURE, error)
                        })?
                        .into(),
                };
                Ok(Exit { output, assigned })
            }
            CatchOutput::Output(template) => {
                let scope = Scope {
                    error_output: Some(error_output.value()),
                    ..self.scope(self.raw_input())
                };
                let assigned = self.assign(assign, &scope)?;
                let output = match template {
                    Some(template) => self.template(template, &scope, "Output")?,
                    None => error_output,
                };
                Ok(Exit { output, assigned })
            }
        }
    }

    /// The values of `Assign`: none sees what another sets.
    fn assign(&self, assign: &Assign, scope: &Scope<'_>) -> Result<Vec<(String, Json)>, Raised> {
        assign
            .iter()
            .map(|(name, template)| {
                let value = self.template(template, scope, &format!("Assign/{name}"))?;
                Ok((name.clone(), value))
            })
            .collect()
    }

    /// A whole number that is fixed or computed, and not negative.
    pub(crate) fn integer(
        &self,
        field: &Field<u64>,
        name: &str,
        input: &Json,
    ) -> Result<u64, Raised> {
        match field {
            Field::Fixed(value) => Ok(*value),
            Field::Computed(_) => {
                let value = self.signed_integer(field, name, input)?;
                u64::try_from(value).map_err(|_| {
                    self.out_of_range(name, format_args!("{name} cannot be negative."))
                })
            }
        }
    }

    /// A whole number that is fixed or computed, and may be negative where it is computed.
    pub(crate) fn signed_integer(
        &self,
        field: &Field<u64>,
        name: &str,
        input: &Json,
    ) -> Result<i64, Raised> {
        let expression = match field {
            Field::Fixed(value) => return Ok(i64::try_from(*value).unwrap_or(i64::MAX)),
            Field::Computed(expression) => expression,
        };
        let (name, value) = self.number(expression, name, input)?;
        value.as_i64().ok_or_else(|| self.refuse(expression, &name, &value, "integer"))
    }

    /// A computed value is of the right type, and still not one that its field takes.
    pub(crate) fn out_of_range(&self, name: &str, text: impl fmt::Display) -> Raised {
        match self.io {
            Io::JsonPath(_) => self.place().raise(errors::RUNTIME, text),
            Io::Jsonata(_) => self.place().raise_evaluation(text, Some(name)),
        }
    }

    /// A number that is fixed or computed.
    pub(crate) fn float(
        &self,
        field: &Field<f64>,
        name: &str,
        input: &Json,
    ) -> Result<f64, Raised> {
        let expression = match field {
            Field::Fixed(value) => return Ok(*value),
            Field::Computed(expression) => expression,
        };
        let (name, value) = self.number(expression, name, input)?;
        value.as_f64().ok_or_else(|| self.refuse(expression, &name, &value, "float"))
    }

    /// The value of a computed field, and its name in the definition. Behind a path AWS takes a
    /// string for the number that is written in it.
    pub(crate) fn number(
        &self,
        expression: &Expression,
        name: &str,
        input: &Json,
    ) -> Result<(String, Value), Raised> {
        if let Expression::Jsonata(_) = expression {
            let value = self.expression(expression, input, name)?;
            return Ok((name.to_owned(), value));
        }
        let name = format!("{name}Path");
        let value = self.expression(expression, input, &name)?;
        let written = value.as_str().and_then(|text| text.parse().ok()).map(Value::Number);
        Ok((name, written.unwrap_or(value)))
    }

    fn refuse(&self, expression: &Expression, name: &str, value: &Value, kind: &str) -> Raised {
        if let Expression::Jsonata(expression) = expression {
            let expected = if kind == "integer" { "integer" } else { "number" };
            return self.place().unexpected_type(expression.text(), name, expected, value);
        }
        self.place().raise(
            errors::RUNTIME,
            format_args!(
                "The {name} field refers to value \"{}\" which is not a valid {kind}: {}",
                plain(value),
                expression.text()
            ),
        )
    }
}

/// What a catcher sees of a failure.
fn error_output(failure: &Failure) -> Value {
    json!({
        "Error": failure.error.as_deref().unwrap_or_default(),
        "Cause": failure.cause.as_deref().unwrap_or_default(),
    })
}

/// A value as AWS puts it into texts: strings without their quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
