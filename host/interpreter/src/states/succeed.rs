//! Succeed: ends its strand.

use stepwell_asl::definition::{Succeed, Transition};

use crate::{
    errors::Raised,
    run::{Flow, Run},
    strand::Strand,
};

pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    succeed: &Succeed,
) -> Result<Flow, Raised> {
    let exit = {
        let processing = run.processing(strand, &succeed.io);
        processing.exit_unchanged(&processing.input()?, &Vec::new(), None)?
    };
    run.leave(strand, exit, &Transition::End)
}
