//! `Assign`.

use super::{fields::Fields, location::quoted, node::Node, template};
use crate::{
    definition::{Assign, QueryLanguage},
    diagnostic::Code,
};

/// How many characters the name of a variable may have.
const MAX_NAME: usize = 80;

/// `Assign`, or nothing.
///
/// See <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.
pub(super) fn parse(fields: &Fields<'_>) -> Assign {
    let Some(node) = fields.get("Assign") else { return Assign::new() };
    if node.fields().is_none() {
        return Assign::new();
    }
    let keys = template::keys(&node);
    node.properties()
        .filter_map(|property| {
            let (name, template) = template::field(&keys, &property)?;
            check_name(&property, &name).then_some((name, template))
        })
        .collect()
}

fn check_name(property: &Node<'_>, name: &str) -> bool {
    let mut characters = name.chars();
    let first = |c: char| unicode_ident::is_xid_start(c) || c == '_';
    let plain =
        characters.next().is_some_and(first) && characters.all(unicode_ident::is_xid_continue);
    let help = if !plain {
        "A name begins with a letter and goes on with letters, digits and underscores."
    } else if name.chars().count() > MAX_NAME {
        "A name has at most 80 characters."
    } else if name == "states" && property.language() == QueryLanguage::Jsonata {
        "$states is what JSONata expressions find the state's input in. Choose another name."
    } else {
        return true;
    };
    property.error_head(
        Code::SchemaValidationFailed,
        format_args!("Invalid variable name: '{}'", quoted(name)),
        help,
    );
    false
}
