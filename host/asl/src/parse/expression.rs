//! Fields that hold one expression, and nothing else.

use super::{location::quoted, node::Node};
use crate::{
    expression::{Expression, SyntaxError},
    intrinsic::Intrinsic,
    jsonata,
    path::{Path, ReferencePath},
};

impl Node<'_> {
    /// A path: `InputPath`, `Variable`, `SecondsPath`.
    pub(super) fn path(&self) -> Option<Path> {
        let text = self.string()?;
        self.checked(Path::parse(text), text, "Value is not a valid JSONPath")
    }

    /// A path, as an expression.
    pub(super) fn path_expression(&self) -> Option<Expression> {
        self.path().map(Expression::Path)
    }

    /// A path to one place: `ResultPath`.
    pub(super) fn reference_path(&self) -> Option<ReferencePath> {
        let text = self.string()?;
        self.checked(ReferencePath::parse(text), text, "Value is not a Reference Path")
    }

    /// A path or an intrinsic function: `ErrorPath`, `CausePath`.
    pub(super) fn path_or_intrinsic(&self) -> Option<Expression> {
        self.payload("The value")
    }

    /// What stands under a key that ends in `.$`.
    pub(super) fn payload_expression(&self) -> Option<Expression> {
        self.payload(&format!("The value for the field '{}'", quoted(self.key())))
    }

    fn payload(&self, subject: &str) -> Option<Expression> {
        let message =
            format!("{subject} must be a valid JSONPath or a valid intrinsic function call");
        let Some(text) = self.as_str() else {
            self.error(
                message,
                "Give a path such as \"$.order.id\", or remove the \".$\" from the key.",
            );
            return None;
        };
        if text.starts_with("States.") {
            self.checked(Intrinsic::parse(text), text, &message).map(Expression::Intrinsic)
        } else if text.starts_with('$') {
            self.checked(Path::parse(text), text, &message).map(Expression::Path)
        } else {
            self.error(
                message,
                "Begin with $ (the input), $$ (the context object), a $variable, or States. (an \
                 intrinsic function).",
            );
            None
        }
    }

    /// Whether it is, or is meant to be, an expression between `{%` and `%}`. With white space
    /// before it, it is plain text to AWS.
    pub(super) fn is_jsonata(&self) -> bool {
        self.as_str().is_some_and(|text| text.starts_with("{%"))
    }

    /// An expression between `{%` and `%}`.
    pub(super) fn jsonata(&self) -> Option<Expression> {
        let text = self.string()?;
        let inner = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
        let Some(inner) = inner else {
            self.error(
                "JSONata expression must start with '{%' and end with '%}'",
                "Put the whole expression between {% and %}, with nothing before or after them.",
            );
            return None;
        };
        let parsed = jsonata::Expression::parse(inner).map_err(|error| SyntaxError {
            offset: error.offset.map(|offset| offset + "{%".len()),
            ..error
        });
        self.checked(parsed, text, "Value is not a valid JSONata expression")
            .map(Expression::Jsonata)
    }

    fn checked<T>(&self, parsed: Result<T, SyntaxError>, text: &str, message: &str) -> Option<T> {
        parsed
            .map_err(|error| {
                self.error_at(error.offset, message, format_args!("\"{}\": {error}", quoted(text)));
            })
            .ok()
    }
}
