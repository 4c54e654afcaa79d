//! Fail states. <https://states-language.net/spec.html#fail-state>

use super::{fields::Fields, node::Node};
use crate::definition::{Fail, Field};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Fail> {
    let text = |names: [&'static str; 2]| -> Option<Field<String>> {
        let fixed = |node: &Node<'_>| node.string().map(str::to_owned);
        fields.fixed_or_computed(names, fixed, Node::path_or_intrinsic)
    };
    Some(Fail { error: text(["Error", "ErrorPath"]), cause: text(["Cause", "CausePath"]) })
}
