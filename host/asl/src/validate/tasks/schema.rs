//! A task's JSON Schema, held against what is known of its input.
//!
//! The schema is applied to the value with null for what is unknown. Of the violations that this
//! gives only those are told that hold whatever the unknown parts become: those that depend on
//! fixed parts alone.

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::Value;

use super::arguments::{Arguments, Partial};
use crate::{
    diagnostic::Code,
    parse::{location::quoted, node::Node},
};

/// How many violations of one call are told.
const MAX_VIOLATIONS: usize = 100;

/// A schema, compiled.
pub(super) struct Schema<'t> {
    text: &'t Value,
    validator: Validator,
}

/// Schemas elsewhere are not fetched.
struct Nowhere;

impl jsonschema::Retrieve for Nowhere {
    fn retrieve(
        &self,
        _: &jsonschema::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err("not fetched".into())
    }
}

impl<'t> Schema<'t> {
    /// Compiles a schema.
    ///
    /// # Errors
    /// Where it refers to what is not in it, or has an expression that is none.
    pub(super) fn new(text: &'t Value) -> Result<Self, String> {
        let options = jsonschema::draft202012::options().with_retriever(Nowhere);
        let validator =
            options.build(text).map_err(|error| quoted(&error.to_string()).to_string())?;
        Ok(Self { text, validator })
    }

    /// Reports how the arguments violate the schema.
    pub(super) fn check(&self, arguments: &Arguments<'_>) {
        let partial = arguments.partial();
        let errors = self.validator.iter_errors(&partial.value);
        for error in errors.filter(|error| holds(error, &partial)).take(MAX_VIOLATIONS) {
            if let Some(node) = arguments.find(error.instance_path()) {
                self.report(&error, &node, arguments);
            }
        }
    }

    fn report(&self, error: &ValidationError<'_>, node: &Node<'_>, arguments: &Arguments<'_>) {
        const CODE: Code = Code::InvalidArguments;
        let help = format!("The task's input schema asks for it at {}.", error.schema_path());
        match error.kind() {
            Kind::Required { property } => node.error_head(
                CODE,
                format_args!(
                    "The field '{}' is required but was missing",
                    quoted(property.as_str().unwrap_or_default())
                ),
                help,
            ),
            Kind::AdditionalProperties { unexpected } => {
                let known = self.siblings(error);
                for name in unexpected {
                    let Some(member) = arguments.child(node, name) else { continue };
                    let nearest = member.context().nearest(name, known.iter().copied());
                    let help = match nearest {
                        Some(nearest) => format!("Did you mean \"{nearest}\"?"),
                        None => format!("The task takes: {}.", quoted(&known.join(", "))),
                    };
                    member.error_head(
                        CODE,
                        format_args!("Field '{}' is not supported", quoted(name)),
                        help,
                    );
                }
            }
            _ => {
                if let Some(values) = constants(error) {
                    let given = node.as_str().unwrap_or_default();
                    let nearest = node.context().nearest(given, values.iter().map(|it| &**it));
                    node.error_code(
                        CODE,
                        format_args!("Value must be one of [{}]", quoted(&values.join(", "))),
                        nearest.map_or(help, |nearest| format!("Did you mean \"{nearest}\"?")),
                    );
                } else {
                    let message = error.masked_with("The value").to_string();
                    node.error_code(CODE, quoted(&message), help);
                }
            }
        }
    }

    /// The properties that the schema has beside the keyword that a violation comes from.
    fn siblings(&self, error: &ValidationError<'_>) -> Vec<&str> {
        let path = error.schema_path().as_str();
        let schema = path.rsplit_once('/').and_then(|(schema, _)| self.text.pointer(schema));
        let properties = schema.and_then(|schema| schema["properties"].as_object());
        properties.into_iter().flat_map(|it| it.keys()).map(String::as_str).collect()
    }
}

/// Whether a violation holds whatever becomes of what is unknown.
fn holds(error: &ValidationError<'_>, partial: &Partial) -> bool {
    // Nothing is unknown: it was judged as it is.
    if partial.is_known("") {
        return is_verdict(error.kind());
    }
    // Whether these subschemas apply may depend on what is unknown. A property of such a name is
    // taken for the keyword, so that less is told and nothing wrong.
    let conditional = error.evaluation_path().as_str().split('/').any(|segment| {
        matches!(segment, "then" | "else" | "unevaluatedProperties" | "unevaluatedItems")
    });
    let at = error.instance_path().as_str();
    if conditional || !partial.is_fixed(at) {
        return false;
    }
    if partial.is_known(at) {
        return is_verdict(error.kind());
    }
    match error.kind() {
        // These look at the kind of the value, and which and how many parts it has.
        Kind::Type { .. }
        | Kind::Required { .. }
        | Kind::AdditionalProperties { .. }
        | Kind::PropertyNames { .. }
        | Kind::MinProperties { .. }
        | Kind::MaxProperties { .. }
        | Kind::AdditionalItems { .. }
        | Kind::MinItems { .. }
        | Kind::MaxItems { .. }
        | Kind::FalseSchema => true,
        // No alternative can become valid.
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            context.iter().all(|alternative| alternative.iter().any(|error| holds(error, partial)))
        }
        // The others look at the parts themselves.
        _ => false,
    }
}

/// Whether it says that the value is wrong, and not that it could not be judged.
fn is_verdict(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::BacktrackLimitExceeded { .. }
            | Kind::RegexEngineFailure { .. }
            | Kind::FromUtf8 { .. }
            | Kind::Referencing(_)
    )
}

/// The values that would do, where only these do.
fn constants(error: &ValidationError<'_>) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match error.kind() {
        Kind::Constant { expected_value } => Some(vec![text(expected_value)]),
        Kind::Enum { options } => Some(options.as_array()?.iter().map(text).collect()),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            let alternatives = context.iter().map(|alternative| match alternative.as_slice() {
                [only] if only.instance_path() == error.instance_path() => constants(only),
                _ => None,
            });
            Some(alternatives.collect::<Option<Vec<_>>>()?.concat())
        }
        _ => None,
    }
}
