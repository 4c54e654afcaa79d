//! Variables and their scopes.
//!
//! A branch or an iteration reads the variables of the strands around it, and assigns its own only.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

use std::collections::BTreeMap;

use stepwell_asl::Json;

use crate::{
    Failure, MAX_PAYLOAD, errors,
    strand::{Strand, StrandId},
};

/// The most bytes of JSON that all variables of an execution may have.
const MAX_TOTAL: usize = 10 * 1024 * 1024;

/// What a name stands for in a strand. `outer` holds the strands around it.
pub(crate) fn lookup<'a>(
    outer: &'a BTreeMap<StrandId, Strand>,
    strand: &'a Strand,
    name: &str,
) -> Option<&'a Json> {
    around(outer, strand).find_map(|strand| strand.variables.get(name))
}

/// The strand, the one around it, and so on to the execution itself.
pub(crate) fn around<'a>(
    outer: &'a BTreeMap<StrandId, Strand>,
    strand: &'a Strand,
) -> impl Iterator<Item = &'a Strand> {
    std::iter::successors(Some(strand), |strand| {
        strand.parent.and_then(|(parent, _)| outer.get(&parent))
    })
}

/// Sets the variables of one `Assign`.
pub(crate) fn assign(
    outer: &BTreeMap<StrandId, Strand>,
    strand: &mut Strand,
    assigned: Vec<(String, Json)>,
) -> Result<(), Failure> {
    if assigned.is_empty() {
        return Ok(());
    }
    let size = |value: &Json| value.text().len();
    let exceeded = |what: &str| {
        Err(Failure::new(
            errors::DATA_LIMIT_EXCEEDED,
            format!(
                "The variables {what} '{}' exceed the maximum number of bytes service limit.",
                strand.visit.state
            ),
        ))
    };
    if assigned.iter().map(|(_, value)| size(value)).sum::<usize>() > MAX_PAYLOAD {
        return exceeded("that are assigned by the state");
    }
    let kept = strand
        .variables
        .iter()
        .filter(|(name, _)| !assigned.iter().any(|(assigned, _)| assigned == *name));
    let others = outer.values().flat_map(|strand| &strand.variables);
    let total: usize = kept
        .chain(others)
        .map(|(_, value)| value)
        .chain(assigned.iter().map(|(_, value)| value))
        .map(size)
        .sum();
    if total > MAX_TOTAL {
        return exceeded("of the execution with those of the state");
    }
    strand.variables.extend(assigned);
    Ok(())
}
