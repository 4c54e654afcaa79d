//! `cargo xtask distribution`: a plugin's way from its publisher into a workflow, to look at.

use anyhow::Result;
use clap::Args;

use crate::process;

/// The test that goes that way, and prints what is typed and what is answered.
const STORY: &str = "distribution::story::a_plugin_goes_from_its_publisher_into_a_workflow";

/// Show a plugin pushed to a registry, signed, trusted, locked, installed, granted, and upgraded
///
/// The registry is Debian's docker-registry, on loopback. The same is one of the tests.
#[derive(Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_: &Arguments) -> Result<()> {
    let mut test = process::cargo();
    test.args(["test", "--quiet", "--workspace", "--test", "stepwell", "--", "--nocapture"])
        .args(["--exact", STORY])
        .env("STEPWELL_REQUIRE_TOOLS", "1");
    process::run(&mut test)
}
