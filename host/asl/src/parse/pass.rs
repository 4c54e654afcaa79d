//! Pass states. <https://states-language.net/spec.html#pass-state>

use super::{
    assign,
    fields::Fields,
    io::{self, Extent},
    state,
};
use crate::{
    Json,
    definition::{Pass, QueryLanguage},
};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Pass> {
    let io = io::parse(fields, Extent::Pass);
    let result = (fields.language() == QueryLanguage::JsonPath)
        .then(|| fields.get("Result"))
        .flatten()
        .map(|node| Json::from(node.json()));
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Pass { io: io?, result, assign, transition: transition? })
}
