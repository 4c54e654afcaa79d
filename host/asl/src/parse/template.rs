//! Payload templates: JSON with expressions in it.

use std::collections::HashSet;

use serde_json::Value;

use super::{location::quoted, node::Node};
use crate::{definition::QueryLanguage, diagnostic::Code, expression::Template};

/// A template: in JSONPath the values of keys that end in `.$` are expressions; in JSONata the
/// strings between `{%` and `%}`.
///
/// See <https://states-language.net/spec.html#payload-template>.
pub(super) fn parse(node: &Node<'_>) -> Option<Template> {
    if let Some(text) = node.as_str() {
        return string(node, text);
    }
    let (parts, object): (Option<Vec<(String, Template)>>, bool) =
        if node.raw().as_object().is_some() {
            let keys = keys(node);
            (collect(node.properties().map(|property| field(&keys, &property))), true)
        } else if node.raw().as_array().is_some() {
            let elements = node.elements().map(|element| Some((String::new(), parse(&element)?)));
            (collect(elements), false)
        } else {
            return Some(Template::Literal(node.json()));
        };
    let parts = parts?;
    Some(if parts.iter().all(|(_, part)| matches!(part, Template::Literal(_))) {
        let values = parts.into_iter().filter_map(|(key, part)| match part {
            Template::Literal(value) => Some((key, value)),
            _ => None,
        });
        Template::Literal(if object {
            Value::Object(values.collect())
        } else {
            values.map(|(_, value)| value).collect()
        })
    } else if object {
        Template::Object(parts)
    } else {
        Template::Array(parts.into_iter().map(|(_, part)| part).collect())
    })
}

/// Everything, so that all findings are made, even where one is missing.
fn collect<T>(parts: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    parts.collect::<Vec<_>>().into_iter().collect()
}

/// The keys of an object.
pub(super) fn keys<'a>(object: &Node<'a>) -> HashSet<&'a str> {
    object.properties().map(|property| property.key()).collect()
}

/// A property of a template with these keys, without the `.$` of its own.
pub(super) fn field(keys: &HashSet<&str>, property: &Node<'_>) -> Option<(String, Template)> {
    let key = property.key();
    if property.language() == QueryLanguage::Jsonata {
        return Some((key.to_owned(), parse(property)?));
    }
    let Some(name) = key.strip_suffix(".$") else {
        return Some((key.to_owned(), parse(property)?));
    };
    if keys.contains(name) {
        property.error_head(
            Code::SchemaValidationFailed,
            format_args!("Duplicate field '{}'", quoted(name)),
            format_args!(
                "It is there with and without the \".$\" of a path. Remove one of the two."
            ),
        );
    }
    Some((name.to_owned(), Template::Expression(property.payload_expression()?)))
}

fn string(node: &Node<'_>, text: &str) -> Option<Template> {
    match node.language() {
        QueryLanguage::Jsonata if node.is_jsonata() => node.jsonata().map(Template::Expression),
        QueryLanguage::Jsonata => {
            if text.trim_start().starts_with("{%") {
                node.warning(
                    "A JSONata expression with white space before it is plain text",
                    "Let the text begin with {%.",
                );
            }
            Some(Template::Literal(node.json()))
        }
        QueryLanguage::JsonPath => {
            if node.is_jsonata() {
                node.warning(
                    "A JSONata expression is plain text where the query language is JSONPath",
                    "Set \"QueryLanguage\": \"JSONata\" in the state or for the whole machine.",
                );
            } else if text.starts_with("$.") || text.starts_with("$$.") {
                node.warning(
                    format_args!("The path '{}' is plain text here", quoted(text)),
                    "For the value that it selects, let the key end in \".$\".",
                );
            }
            Some(Template::Literal(node.json()))
        }
    }
}
