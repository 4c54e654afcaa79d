//! Input and output processing.

use super::{fields::Fields, node::Node, template};
use crate::{
    definition::{Io, JsonPathIo, JsonataIo, QueryLanguage},
    expression::Template,
    path::{Path, ReferencePath},
};

/// Which of the fields a kind of state has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Choice, Wait, Succeed: `InputPath` and `OutputPath`; `Output`.
    Paths,
    /// Pass: also `Parameters` and `ResultPath`.
    Pass,
    /// Map: all but `Parameters` and `Arguments`.
    Map,
    /// Task and Parallel: all.
    Full,
}

/// Input and output processing in the language of the state.
pub(super) fn parse(fields: &Fields<'_>, extent: Extent) -> Option<Io> {
    match fields.language() {
        QueryLanguage::JsonPath => jsonpath(fields, extent).map(|io| Io::JsonPath(Box::new(io))),
        QueryLanguage::Jsonata => Some(Io::Jsonata(JsonataIo {
            arguments: (extent == Extent::Full)
                .then(|| parse_template(fields, "Arguments"))
                .flatten(),
            output: parse_template(fields, "Output"),
        })),
    }
}

fn jsonpath(fields: &Fields<'_>, extent: Extent) -> Option<JsonPathIo> {
    use Extent::{Full, Map, Pass, Paths};
    let input_path = or_root(fields.get("InputPath"), Node::path, Path::parse);
    let parameters =
        matches!(extent, Pass | Full).then(|| parse_template(fields, "Parameters")).flatten();
    let result_selector =
        matches!(extent, Map | Full).then(|| parse_template(fields, "ResultSelector")).flatten();
    let result_path = (extent != Paths).then(|| fields.get("ResultPath")).flatten();
    let result_path = or_root(result_path, Node::reference_path, ReferencePath::parse);
    let output_path = or_root(fields.get("OutputPath"), Node::path, Path::parse);
    Some(JsonPathIo {
        input_path: input_path?,
        parameters,
        result_selector,
        result_path: result_path?,
        output_path: output_path?,
    })
}

/// A path that is `$` where it is not given, and none where it is null. The outer option is empty
/// where it is wrong.
pub(super) fn or_root<'a, T, E>(
    node: Option<Node<'a>>,
    path: impl Fn(&Node<'a>) -> Option<T>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<Option<T>> {
    match node {
        Some(node) if node.is_null() => Some(None),
        Some(node) => path(&node).map(Some),
        None => parse("$").ok().map(Some),
    }
}

/// A template that may be there.
pub(super) fn parse_template(fields: &Fields<'_>, name: &'static str) -> Option<Template> {
    fields.get(name).and_then(|node| template::parse(&node))
}
