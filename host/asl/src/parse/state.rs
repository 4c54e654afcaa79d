//! What all states have.

use super::{choice, fail, fields::Fields, map, parallel, pass, succeed, task, wait};
use crate::{
    State,
    definition::{Kind, Name, QueryLanguage, Transition},
    diagnostic::Code,
};

/// A state; its name is the key it stands under.
pub(super) fn parse(fields: Fields<'_>) -> Option<State> {
    let machine = fields.context().query_language();
    let own = query_language(&fields);
    if machine == QueryLanguage::Jsonata && own == Some(QueryLanguage::JsonPath) {
        fields.node().error_head(
            Code::SchemaValidationFailed,
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
            "Remove it here, or set JSONata in the states that want it and not for the machine.",
        );
    }
    let query_language = own.unwrap_or(machine);
    let fields = fields.in_language(query_language);
    let comment = fields.comment();
    let kind = kind(&fields);
    let name: Name = fields.node().key().into();
    Some(State { name, comment, query_language, kind: kind? })
}

/// `QueryLanguage`, if it is there.
pub(super) fn query_language(fields: &Fields<'_>) -> Option<QueryLanguage> {
    fields
        .get("QueryLanguage")?
        .one_of(&[("JSONPath", QueryLanguage::JsonPath), ("JSONata", QueryLanguage::Jsonata)])
}

type Parse = fn(&Fields<'_>) -> Option<Kind>;

const KINDS: &[(&str, Parse)] = &[
    ("Task", |fields| task::parse(fields).map(Box::new).map(Kind::Task)),
    ("Pass", |fields| pass::parse(fields).map(Kind::Pass)),
    ("Choice", |fields| choice::parse(fields).map(Kind::Choice)),
    ("Wait", |fields| wait::parse(fields).map(Kind::Wait)),
    ("Succeed", |fields| succeed::parse(fields).map(Kind::Succeed)),
    ("Fail", |fields| fail::parse(fields).map(Kind::Fail)),
    ("Parallel", |fields| parallel::parse(fields).map(Kind::Parallel)),
    ("Map", |fields| map::parse(fields).map(Box::new).map(Kind::Map)),
];

fn kind(fields: &Fields<'_>) -> Option<Kind> {
    let Some(type_) = fields.get("Type") else {
        // Without a type the other fields cannot be judged.
        fields.node().error_head(
            Code::SchemaValidationFailed,
            "These fields are required: [Type]",
            "Add the field \"Type\".",
        );
        return None;
    };
    let parse = type_.one_of(KINDS)?;
    let kind = parse(fields);
    fields.finish();
    kind
}

/// `Next`, or `End: true`.
pub(super) fn transition(fields: &Fields<'_>) -> Option<Transition> {
    let (index, node) = fields.exactly_one(["Next", "End"])?;
    if index == 0 {
        return Some(Transition::Next(node.string()?.into()));
    }
    if node.boolean()? {
        return Some(Transition::End);
    }
    node.error("Value must be true", "Write \"End\": true, or name the state that is Next.");
    None
}
