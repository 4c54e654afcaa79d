//! What is known of a task's input before the state runs: constants, and which fields there are.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{diagnostic::Code, parse::node::Node};

/// A payload template, with what is known of its value.
pub(super) struct Arguments<'a> {
    node: Node<'a>,
    jsonata: bool,
    /// Whether it is the empty object, whatever the node holds.
    absent: bool,
}

/// The value, with null for each part that is computed when the state runs.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) value: Value,
    /// The parts that are computed, as JSON Pointers.
    unknown: BTreeSet<String>,
}

impl<'a> Arguments<'a> {
    /// `Parameters`: the values of keys that end in `.$` are computed.
    pub(super) fn of_jsonpath(node: Node<'a>) -> Self {
        Self { node, jsonata: false, absent: false }
    }

    /// `Arguments`: the strings between `{%` and `%}` are computed.
    pub(super) fn of_jsonata(node: Node<'a>) -> Self {
        Self { node, jsonata: true, absent: false }
    }

    /// A field that names what is called, if it is fixed.
    pub(super) fn text(&self, field: &str) -> Option<&'a str> {
        let name = self.node.find(field)?;
        if self.is_expression(&name) { None } else { name.as_str() }
    }

    /// Whether a field that names what is called is a string, or may be one when the state runs;
    /// reports it if not.
    pub(super) fn has_text(&self, field: &str) -> bool {
        if self.is_expression(&self.node)
            || self
                .member(field)
                .is_some_and(|name| self.is_expression(&name) || name.as_str().is_some())
        {
            return true;
        }
        let (any, the) = match field {
            "TaskDefinition" => ("a task definition", "the task definition that is run"),
            _ => ("a function", "the function that is invoked"),
        };
        match self.member(field) {
            Some(name) => name.error_code(
                Code::InvalidArguments,
                "Expected value of type String",
                format_args!("Give the name or the ARN of {any}."),
            ),
            None => self.node.error_head(
                Code::InvalidArguments,
                format_args!("The field '{field}' is required but was missing"),
                format_args!("Give the name or the ARN of {the}."),
            ),
        }
        false
    }

    /// `Payload` of lambda:invoke, which is the function's input; `{}` where there is none.
    pub(super) fn payload(self) -> Self {
        match self.member("Payload") {
            Some(node) => Self { node, ..self },
            None => Self { absent: !self.is_expression(&self.node), ..self },
        }
    }

    /// What is known of the value.
    pub(super) fn partial(&self) -> Partial {
        let mut unknown = BTreeSet::new();
        let value = if self.absent {
            Value::Object(Map::new())
        } else {
            self.value(&self.node, &mut String::new(), &mut unknown)
        };
        Partial { value, unknown }
    }

    fn value(&self, node: &Node<'_>, at: &mut String, unknown: &mut BTreeSet<String>) -> Value {
        if self.is_expression(node) {
            unknown.insert(at.clone());
            return Value::Null;
        }
        let length = at.len();
        let mut part = |node: &Node<'_>, name: &str| {
            at.push('/');
            at.push_str(&name.replace('~', "~0").replace('/', "~1"));
            let value = self.value(node, at, unknown);
            at.truncate(length);
            value
        };
        if node.raw().as_object().is_some() {
            let members = node.properties().map(|member| {
                let name = self.name(&member);
                (name.to_owned(), part(&member, name))
            });
            Value::Object(members.collect())
        } else if node.raw().as_array().is_some() {
            let items = node.elements().enumerate();
            items.map(|(index, item)| part(&item, &index.to_string())).collect()
        } else {
            node.json()
        }
    }

    /// The part of the definition that a part of the value comes from.
    pub(super) fn find(&self, path: &jsonschema::paths::Location) -> Option<Node<'a>> {
        if self.absent {
            return Some(self.node.clone());
        }
        path.iter().try_fold(self.node.clone(), |node, segment| match segment {
            jsonschema::paths::LocationSegment::Property(name) => self.child(&node, &name),
            jsonschema::paths::LocationSegment::Index(index) => node.elements().nth(index),
        })
    }

    /// The member of that name, fixed or computed.
    pub(super) fn child(&self, node: &Node<'a>, name: &str) -> Option<Node<'a>> {
        let computed = || (!self.jsonata).then(|| node.find(&format!("{name}.$"))).flatten();
        node.find(name).or_else(computed)
    }

    fn member(&self, name: &str) -> Option<Node<'a>> {
        self.child(&self.node, name)
    }

    fn name<'n>(&self, member: &Node<'n>) -> &'n str {
        let key = member.key();
        if self.jsonata { key } else { key.strip_suffix(".$").unwrap_or(key) }
    }

    /// Whether a part of the template is computed when the state runs.
    fn is_expression(&self, node: &Node<'_>) -> bool {
        if self.jsonata {
            node.as_str().is_some_and(|text| text.starts_with("{%"))
        } else {
            // The template itself stands under a key of the state, which has no such ending.
            node.key().ends_with(".$")
        }
    }
}

impl Partial {
    /// Whether everything at and below a place is fixed.
    pub(super) fn is_known(&self, pointer: &str) -> bool {
        let below = format!("{pointer}/");
        let first_below = self.unknown.range(below.clone()..).next();
        !self.unknown.contains(pointer) && !first_below.is_some_and(|it| it.starts_with(&below))
    }

    /// Whether the place itself is fixed: which kind of value it is, and what parts it has.
    pub(super) fn is_fixed(&self, pointer: &str) -> bool {
        !self.unknown.contains(pointer)
    }
}
