//! `Catch`.

use super::{assign, fields::Fields, io, node::Node, retry};
use crate::{
    definition::{CatchOutput, Catcher, QueryLanguage},
    path::ReferencePath,
};

/// `Catch`, or nothing.
///
/// See <https://states-language.net/spec.html#fallback-states>.
pub(super) fn parse(fields: &Fields<'_>) -> Vec<Catcher> {
    let catchers = fields.get("Catch").and_then(|node| node.array()).unwrap_or_default();
    let last = catchers.len().saturating_sub(1);
    catchers
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let fields = node.fields()?;
            let catcher = catcher(&fields, index == last);
            fields.finish();
            catcher
        })
        .collect()
}

fn catcher(fields: &Fields<'_>, last: bool) -> Option<Catcher> {
    fields.comment();
    let error_equals = retry::error_equals(fields, last);
    let next = fields.required("Next").and_then(|node| node.string());
    let output = match fields.language() {
        QueryLanguage::JsonPath => {
            io::or_root(fields.get("ResultPath"), Node::reference_path, ReferencePath::parse)
                .map(CatchOutput::ResultPath)
        }
        QueryLanguage::Jsonata => Some(CatchOutput::Output(io::parse_template(fields, "Output"))),
    };
    let assign = assign::parse(fields);
    Some(Catcher { error_equals: error_equals?, next: next?.into(), output: output?, assign })
}
