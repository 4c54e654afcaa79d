//! Text into a tree with positions.

use std::{collections::HashSet, ops::Range};

use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};

use super::{location::quoted, node::Node};
use crate::{
    Diagnostic,
    diagnostic::{Code, Severity},
};

/// How many bytes a definition may have.
const MAX_BYTES: usize = 1024 * 1024;

/// How many characters of the text AWS repeats in a syntax error.
const MAX_SOURCE: usize = 500;

/// Reads a definition's text: an object, in strict JSON.
pub(super) fn read(text: &str) -> Result<ast::Value<'_>, Diagnostic> {
    if text.len() > MAX_BYTES {
        return Err(whole(
            format!("Definition must have at most {MAX_BYTES} bytes"),
            format!("It has {}. Move parts into machines of their own.", text.len()),
        ));
    }
    let not_an_object = || {
        whole(
            "Definition must be a valid JSON object".to_owned(),
            "Begin with { \"StartAt\": ..., \"States\": { ... } }.".to_owned(),
        )
    };
    if text.trim().is_empty() {
        return Err(not_an_object());
    }
    // This one refuses what is not quite JSON, and more than 128 levels: what comes after it may
    // recurse. The other one knows positions.
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        return Err(syntax(text, &error));
    }
    match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
        Ok(jsonc_parser::ParseResult { value: Some(value @ ast::Value::Object(_)), .. }) => {
            Ok(value)
        }
        Ok(_) => Err(not_an_object()),
        Err(error) => {
            let range = error.range();
            Err(invalid(text, range.start..range.end, &error.kind().to_string()))
        }
    }
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A finding about the text as a whole.
fn whole(message: String, help: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        code: Code::SchemaValidationFailed,
        message,
        location: None,
        span: None,
        help: Some(help),
    }
}

/// A syntax error.
fn syntax(text: &str, error: &serde_json::Error) -> Diagnostic {
    let line = text.split_inclusive('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    // The column counts bytes and may lie behind the one at fault.
    let at = text.floor_char_boundary(before + error.column().saturating_sub(1).min(line.len()));
    let word = word_at(text, at);
    if word.is_empty() {
        let end = text.ceil_char_boundary((at + 1).min(text.len()));
        // It ends in " at line 1 column 2", which is said elsewhere.
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
        return invalid(text, at..end, message);
    }
    let message = format!(
        "Unrecognized token '{}': was expecting (JSON String, Number, Array, Object or token \
         'null', 'true' or 'false')",
        quoted(&text[word.clone()]),
    );
    invalid(text, word, &message)
}

/// The bare word around a position.
fn word_at(text: &str, at: usize) -> Range<usize> {
    let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let length = |c: char| c.len_utf8();
    let before: usize = text[..at].chars().rev().take_while(is_word).map(length).sum();
    let behind: usize = text[at..].chars().take_while(is_word).map(length).sum();
    let word = at - before..at + behind;
    // Numbers and the words of JSON are told by the message itself.
    let first = text[word.clone()].chars().next();
    if first.is_some_and(char::is_numeric) { at..at } else { word }
}

/// Something that is not JSON, told as Jackson, which AWS uses, does.
fn invalid(text: &str, span: Range<usize>, message: &str) -> Diagnostic {
    let before = &text[..span.end];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let source = match text.char_indices().nth(MAX_SOURCE) {
        Some((end, _)) => {
            format!("\"{}\"[truncated {} chars]", &text[..end], text[end..].chars().count())
        }
        None => format!("\"{text}\""),
    };
    let location = format!("[Source: (String){source}; line: {line}, column: {column}]");
    Diagnostic {
        severity: Severity::Error,
        code: Code::InvalidJsonDescription,
        message: format!("{message}\n at {location}"),
        location: Some(location),
        span: Some(span),
        help: Some("Definitions are strict JSON: no comments, no trailing commas.".to_owned()),
    }
}

/// Reports keys that an object has twice.
pub(super) fn duplicates(node: &Node<'_>) {
    let mut keys = HashSet::new();
    for property in node.properties() {
        if !keys.insert(property.key()) {
            let name = quoted(property.key());
            property.error_head(
                Code::InvalidJsonDescription,
                format_args!("Duplicate field '{name}'"),
                "Remove one of the two.",
            );
        }
        duplicates(&property);
    }
    for element in node.elements() {
        duplicates(&element);
    }
}
