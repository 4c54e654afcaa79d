//! Pass: hands its input on, or a fixed result.

use stepwell_asl::definition::Pass;

use crate::{
    errors::Raised,
    run::{Flow, Run},
    strand::Strand,
};

pub(super) fn execute(run: &mut Run<'_>, strand: &mut Strand, pass: &Pass) -> Result<Flow, Raised> {
    let exit = {
        let processing = run.processing(strand, &pass.io);
        let result = processing.arguments(&processing.input()?)?;
        processing.exit(pass.result.as_ref().unwrap_or(&result), &pass.assign)?
    };
    run.leave(strand, exit, &pass.transition)
}
