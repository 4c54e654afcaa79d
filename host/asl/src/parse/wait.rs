//! Wait states. <https://states-language.net/spec.html#wait-state>

use super::{
    assign,
    fields::Fields,
    io::{self, Extent},
    node::MAX_SECONDS,
    state, timestamp,
};
use crate::definition::{Field, QueryLanguage, Wait, WaitUntil};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Wait> {
    let until = until(fields);
    let io = io::parse(fields, Extent::Paths);
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Wait { until: until?, io: io?, assign, transition: transition? })
}

fn until(fields: &Fields<'_>) -> Option<WaitUntil> {
    let (index, node) = match fields.language() {
        QueryLanguage::JsonPath => {
            fields.exactly_one(["Seconds", "Timestamp", "SecondsPath", "TimestampPath"])?
        }
        QueryLanguage::Jsonata => {
            let (index, node) = fields.exactly_one(["Seconds", "Timestamp"])?;
            if node.is_jsonata() {
                let expression = node.jsonata()?;
                return Some(match index {
                    0 => WaitUntil::Seconds(Field::Computed(expression)),
                    _ => WaitUntil::Timestamp(Field::Computed(expression)),
                });
            }
            (index, node)
        }
    };
    Some(match index {
        0 => WaitUntil::Seconds(Field::Fixed(node.integer(0..=MAX_SECONDS)?)),
        1 => WaitUntil::Timestamp(Field::Fixed(timestamp::required(&node)?)),
        2 => WaitUntil::Seconds(Field::Computed(node.path_expression()?)),
        _ => WaitUntil::Timestamp(Field::Computed(node.path_expression()?)),
    })
}
