//! The tree of a definition: values with their places.

use std::{
    fmt,
    ops::{Range, RangeInclusive},
};

use jsonc_parser::{ast, common::Ranged};

use super::{
    context::Context,
    fields::Fields,
    location::{Location, Segment, quoted},
};
use crate::{
    Diagnostic,
    definition::QueryLanguage,
    diagnostic::{Code, Severity},
};

/// The longest time that a definition may name, a little over three years.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

/// A value in the definition, with its place.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    value: &'a ast::Value<'a>,
    /// The key it stands under.
    key: Option<&'a ast::ObjectPropName<'a>>,
    location: Location<'a>,
    language: QueryLanguage,
    context: &'a Context,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a ast::Value<'a>, context: &'a Context) -> Self {
        Self {
            value,
            key: None,
            location: Location::default(),
            language: QueryLanguage::default(),
            context,
        }
    }

    pub(crate) fn property(&self, property: &'a ast::ObjectProp<'a>) -> Self {
        Self {
            value: &property.value,
            key: Some(&property.name),
            location: self.location.child(Segment::Key(property.name.as_str())),
            ..*self
        }
    }

    fn element(&self, index: usize, value: &'a ast::Value<'a>) -> Self {
        Self { value, key: None, location: self.location.child(Segment::Index(index)), ..*self }
    }

    /// The same, read in this query language.
    pub(super) fn in_language(self, language: QueryLanguage) -> Self {
        Self { language, ..self }
    }

    pub(super) fn language(&self) -> QueryLanguage {
        self.language
    }

    pub(crate) fn context(&self) -> &'a Context {
        self.context
    }

    /// The key it stands under, or an empty text.
    pub(crate) fn key(&self) -> &'a str {
        self.key.map_or("", |key| key.as_str())
    }

    pub(crate) fn raw(&self) -> &'a ast::Value<'a> {
        self.value
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, ast::Value::NullKeyword(_))
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        self.value.as_string_lit().map(|literal| literal.value.as_ref())
    }

    /// Where the value stands.
    fn span(&self) -> Range<usize> {
        let range = self.value.range();
        range.start..range.end
    }

    /// Where the value begins: its key, for what is wrong with the value as a whole.
    fn head(&self) -> Range<usize> {
        match self.key {
            Some(key) => key.range().start..key.range().end,
            None => self.span().start..self.span().start + 1,
        }
    }

    /// The value is wrong.
    pub(crate) fn error(&self, message: impl fmt::Display, help: impl fmt::Display) {
        let code = Code::SchemaValidationFailed;
        self.report(Severity::Error, code, self.span(), &message, &help);
    }

    /// The value is wrong, `offset` bytes into its text.
    pub(super) fn error_at(
        &self,
        offset: Option<usize>,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        let mut span = self.span();
        // Behind an escape the offset in the value is not the one in the text.
        if let (Some(offset), Some(text)) = (offset, self.as_str())
            && text.len() + 2 == span.len()
            && offset < text.len()
            && text.is_char_boundary(offset)
        {
            span.start += 1 + offset;
            span.end -= 1;
        }
        self.report(Severity::Error, Code::SchemaValidationFailed, span, &message, &help);
    }

    /// The value as a whole is wrong; its key is shown.
    pub(crate) fn error_head(
        &self,
        code: Code,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.report(Severity::Error, code, self.head(), &message, &help);
    }

    /// The workflow as a whole is wrong. AWS gives no location where it is the machine's own.
    pub(crate) fn error_whole(
        &self,
        code: Code,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.context.report(Diagnostic {
            severity: Severity::Error,
            code,
            message: message.to_string(),
            location: (!self.location.is_root()).then(|| self.location.to_string()),
            span: Some(self.head()),
            help: Some(help.to_string()),
        });
    }

    /// The value is wrong in a way that has a code of its own.
    pub(crate) fn error_code(
        &self,
        code: Code,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.report(Severity::Error, code, self.span(), &message, &help);
    }

    /// The value as a whole is allowed, but doubtful in a way that has a code of its own; its key is
    /// shown.
    pub(crate) fn warning_head(
        &self,
        code: Code,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.report(Severity::Warning, code, self.head(), &message, &help);
    }

    /// The value is allowed, but doubtful in a way that has a code of its own.
    pub(crate) fn warning_code(
        &self,
        code: Code,
        message: impl fmt::Display,
        help: impl fmt::Display,
    ) {
        self.report(Severity::Warning, code, self.span(), &message, &help);
    }

    /// The value is allowed, but doubtful.
    pub(super) fn warning(&self, message: impl fmt::Display, help: impl fmt::Display) {
        let code = Code::SchemaValidationFailed;
        self.report(Severity::Warning, code, self.span(), &message, &help);
    }

    fn report(
        &self,
        severity: Severity,
        code: Code,
        span: Range<usize>,
        message: &dyn fmt::Display,
        help: &dyn fmt::Display,
    ) {
        self.context.report(Diagnostic {
            severity,
            code,
            message: message.to_string(),
            location: Some(self.location.to_string()),
            span: Some(span),
            help: Some(help.to_string()),
        });
    }

    fn wrong_type(&self, expected: &str) {
        let is = match self.value {
            ast::Value::StringLit(_) => "a string",
            ast::Value::NumberLit(_) => "a number",
            ast::Value::BooleanLit(_) => "a boolean",
            ast::Value::Object(_) => "an object",
            ast::Value::Array(_) => "an array",
            ast::Value::NullKeyword(_) => "null",
        };
        self.error(
            format_args!("Expected value of type {expected}"),
            format_args!("This is {is}."),
        );
    }

    pub(super) fn string(&self) -> Option<&'a str> {
        let text = self.as_str();
        if text.is_none() {
            self.wrong_type("String");
        }
        text
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        let value = self.value.as_boolean_lit().map(|literal| literal.value);
        if value.is_none() {
            self.wrong_type("Boolean");
        }
        value
    }

    /// A whole number in a range.
    pub(super) fn integer(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let Some(literal) = self.value.as_number_lit() else {
            self.wrong_type("Integer");
            return None;
        };
        let value = literal.value.parse().ok().filter(|value| range.contains(value));
        if value.is_none() {
            let (low, high) = range.into_inner();
            if literal.value.contains(['.', 'e', 'E']) {
                self.error("Expected value of type Integer", "Give a whole number.");
            } else if literal.value.starts_with('-') && high == u64::MAX {
                self.error(
                    format_args!("Value must be greater than or equal to {low}"),
                    format_args!("{} is out of range.", quoted(literal.value)),
                );
            } else {
                self.error(
                    format_args!("Value must be between {low} and {high}"),
                    format_args!("{} is out of range.", quoted(literal.value)),
                );
            }
        }
        value
    }

    /// A number in a range.
    pub(super) fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let Some(literal) = self.value.as_number_lit() else {
            self.wrong_type("Number");
            return None;
        };
        let value = literal.value.parse().ok().filter(|value| range.contains(value));
        if value.is_none() {
            let (low, high) = range.into_inner();
            let help = format!("{} is out of range.", quoted(literal.value));
            if high == f64::MAX {
                self.error(format_args!("Value must be greater than or equal to {low}"), help);
            } else {
                self.error(format_args!("Value must be between {low} and {high}"), help);
            }
        }
        value
    }

    /// One of these texts.
    pub(super) fn one_of<T: Copy>(&self, values: &[(&str, T)]) -> Option<T> {
        let text = self.string()?;
        let value = values.iter().find(|(name, _)| *name == text);
        if value.is_none() {
            let names: Vec<_> = values.iter().map(|(name, _)| *name).collect();
            self.error(
                format_args!("Value must be one of [{}]", names.join(", ")),
                match self.context.nearest(text, names.iter().copied()) {
                    Some(nearest) => format!("Did you mean \"{nearest}\"?"),
                    None => format!("\"{}\" is none of them.", quoted(text)),
                },
            );
        }
        value.map(|(_, value)| *value)
    }

    pub(super) fn array(&self) -> Option<Vec<Self>> {
        let Some(array) = self.value.as_array() else {
            self.wrong_type("Array");
            return None;
        };
        let elements = array.elements.iter().enumerate();
        Some(elements.map(|(index, value)| self.element(index, value)).collect())
    }

    /// An array with something in it.
    pub(super) fn filled_array(&self) -> Option<Vec<Self>> {
        let elements = self.array()?;
        if elements.is_empty() {
            self.error("Value cannot be empty", "Put at least one element into the array.");
            return None;
        }
        Some(elements)
    }

    /// The elements, or none if it is no array.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Self> {
        let elements = self.value.as_array().map(|array| array.elements.as_slice());
        elements
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(index, value)| self.element(index, value))
    }

    /// The properties, or none if it is no object.
    pub(crate) fn properties(&self) -> impl Iterator<Item = Self> {
        let properties = self.value.as_object().map(|object| object.properties.as_slice());
        properties.unwrap_or_default().iter().map(|property| self.property(property))
    }

    /// The property of that name, if it is an object and has it.
    pub(crate) fn find(&self, name: &str) -> Option<Self> {
        self.value.as_object().and_then(|object| object.get(name)).map(|it| self.property(it))
    }

    /// An object's fields.
    pub(super) fn fields(&self) -> Option<Fields<'a>> {
        let fields = self.value.as_object().map(|_| Fields::new(self.clone()));
        if fields.is_none() {
            self.wrong_type("Object");
        }
        fields
    }

    /// The value as it is.
    pub(crate) fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self.value {
            ast::Value::StringLit(literal) => Json::String(literal.value.clone().into_owned()),
            // The text was read as JSON before, so its numbers are.
            ast::Value::NumberLit(literal) => literal.value.parse().unwrap_or_default(),
            ast::Value::BooleanLit(literal) => Json::Bool(literal.value),
            ast::Value::NullKeyword(_) => Json::Null,
            ast::Value::Array(_) => self.elements().map(|element| element.json()).collect(),
            ast::Value::Object(_) => Json::Object(
                self.properties()
                    .map(|property| (property.key().to_owned(), property.json()))
                    .collect(),
            ),
        }
    }
}
