//! Parallel states. <https://states-language.net/spec.html#parallel-state>

use super::{
    assign, catch,
    fields::Fields,
    io::{self, Extent},
    retry, state, workflow,
};
use crate::definition::{Parallel, Workflow};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Parallel> {
    let branches = branches(fields);
    let io = io::parse(fields, Extent::Full);
    let retry = retry::parse(fields);
    let catch = catch::parse(fields);
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Parallel { branches: branches?, io: io?, retry, catch, assign, transition: transition? })
}

fn branches(fields: &Fields<'_>) -> Option<Vec<Workflow>> {
    let branches = fields.required("Branches")?.filled_array()?;
    let branches: Vec<_> = branches
        .into_iter()
        .map(|branch| {
            let fields = branch.fields()?;
            fields.comment();
            let workflow = workflow::parse(&fields);
            fields.finish();
            workflow
        })
        .collect();
    branches.into_iter().collect()
}
