//! `stepwell plugin build`.

use std::{path::PathBuf, time::Instant};

use anyhow::Result;
use bytesize::ByteSize;
use clap::Args;
use stepwell_build::{Project, Tools};

use crate::Verdict;

/// Build a plugin from its sources, into build/NAME.wasm in its folder.
///
/// The folder has a plugin.toml, which says the name and the language. The language's own tools are
/// looked for in the folder (.venv, node_modules) and on the PATH; where one is missing this says
/// how to get it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let project = Project::read(&arguments.dir)?;
    let start = Instant::now();
    let built = project.build(&Tools::default())?;
    anstream::println!(
        "{}  {}  in {:.1?}, by {}",
        arguments.dir.join("build").join(format!("{}.wasm", project.name())).display(),
        ByteSize(u64::try_from(built.bytes)?),
        start.elapsed(),
        built.tool
    );
    Ok(Verdict::Good)
}
