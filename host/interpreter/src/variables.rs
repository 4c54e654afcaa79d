//! Variables and their scopes.
//!
//! A branch or an iteration reads the variables of the strands around it, and assigns its own only.

use std::collections::BTreeMap;

use stepwell_asl::Json;

use crate::strand::{Strand, StrandId};

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
