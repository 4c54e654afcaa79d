//! The fields of an object: which it has, which it must have, which nobody knows.

use std::cell::RefCell;

use super::{context::Context, location::quoted, node::Node, other_language};
use crate::{
    definition::{Field, QueryLanguage},
    diagnostic::Code,
    expression::Expression,
};

/// Up to how many fields are listed where one is unknown.
const MAX_LISTED: usize = 20;

/// The fields of an object. Whoever reads it asks for each field it knows; [`Fields::finish`] then
/// tells which ones were missing, and which ones nobody asked for.
pub(super) struct Fields<'a> {
    node: Node<'a>,
    known: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(node: Node<'a>) -> Self {
        Self { node, known: RefCell::default(), missing: RefCell::default() }
    }

    /// The object itself.
    pub(super) fn node(&self) -> &Node<'a> {
        &self.node
    }

    pub(super) fn context(&self) -> &'a Context {
        self.node.context()
    }

    pub(super) fn language(&self) -> QueryLanguage {
        self.node.language()
    }

    /// The same fields, read in this query language.
    pub(super) fn in_language(self, language: QueryLanguage) -> Self {
        Self { node: self.node.in_language(language), ..self }
    }

    /// A field that may be there.
    pub(super) fn get(&self, name: &'static str) -> Option<Node<'a>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&name) {
            known.push(name);
        }
        self.node.find(name)
    }

    /// A field that must be there.
    pub(super) fn required(&self, name: &'static str) -> Option<Node<'a>> {
        let field = self.get(name);
        if field.is_none() {
            self.missing.borrow_mut().push(name);
        }
        field
    }

    /// `Comment`, which everything may have.
    pub(super) fn comment(&self) -> Option<String> {
        self.get("Comment")?.string().map(str::to_owned)
    }

    /// Fields of which one may be there: that one, with its index.
    pub(super) fn at_most_one<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Option<(usize, Node<'a>)> {
        let mut found = names
            .iter()
            .enumerate()
            .filter_map(|(index, name)| self.get(name).map(|node| (index, node)))
            .collect::<Vec<_>>()
            .into_iter();
        let first = found.next()?;
        if let Some((_, second)) = found.next() {
            self.node.error_head(
                Code::SchemaValidationFailed,
                format_args!("Only one of these fields is allowed: [{}]", names.join(", ")),
                format_args!("Remove {} or {}.", first.1.key(), second.key()),
            );
        }
        Some(first)
    }

    /// Fields of which one must be there: that one, with its index.
    pub(super) fn exactly_one<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Option<(usize, Node<'a>)> {
        let found = self.at_most_one(names);
        if found.is_none() {
            self.node.error_head(
                Code::SchemaValidationFailed,
                format_args!("Exactly one of these fields is required: [{}]", names.join(", ")),
                "Add one of them.",
            );
        }
        found
    }

    /// A field that is fixed under its name, or computed: under `path_name` in JSONPath, in an
    /// expression between `{%` and `%}` under the same name in JSONata.
    pub(super) fn fixed_or_computed<T>(
        &self,
        [name, path_name]: [&'static str; 2],
        fixed: impl Fn(&Node<'a>) -> Option<T>,
        computed: impl Fn(&Node<'a>) -> Option<Expression>,
    ) -> Option<Field<T>> {
        match self.language() {
            QueryLanguage::JsonPath => {
                let (index, node) = self.at_most_one([name, path_name])?;
                if index == 0 {
                    fixed(&node).map(Field::Fixed)
                } else {
                    computed(&node).map(Field::Computed)
                }
            }
            QueryLanguage::Jsonata => {
                let node = self.get(name)?;
                if node.is_jsonata() {
                    node.jsonata().map(Field::Computed)
                } else {
                    fixed(&node).map(Field::Fixed)
                }
            }
        }
    }

    /// Reports the required fields that are missing, and those that nobody asked for.
    pub(super) fn finish(&self) {
        let missing = self.missing.borrow();
        if !missing.is_empty() {
            let help = match missing.as_slice() {
                [one] => format!("Add the field \"{one}\"."),
                _ => "Add them.".to_owned(),
            };
            self.node.error_head(
                Code::SchemaValidationFailed,
                format_args!("These fields are required: [{}]", missing.join(", ")),
                help,
            );
        }
        for field in self.unknown() {
            field.error_head(
                Code::SchemaValidationFailed,
                format_args!("Field '{}' is not supported", quoted(field.key())),
                self.help_for(field.key()),
            );
        }
    }

    /// The fields that nobody has asked for yet.
    pub(super) fn unknown(&self) -> impl Iterator<Item = Node<'a>> {
        let unknown = |field: &Node<'a>| !self.known.borrow().contains(&field.key());
        self.node.properties().filter(unknown)
    }

    /// What to do about an unknown field.
    fn help_for(&self, name: &str) -> String {
        let known = self.known.borrow();
        if let Some(help) = other_language(self.language(), name) {
            return help.to_owned();
        }
        let absent = known.iter().copied().filter(|known| self.node.find(known).is_none());
        if let Some(nearest) = self.context().nearest(name, absent) {
            return format!("Did you mean \"{nearest}\"?");
        }
        if known.len() > MAX_LISTED {
            return "Remove it.".to_owned();
        }
        format!("Known here: {}.", known.join(", "))
    }
}
