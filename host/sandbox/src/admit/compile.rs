//! Examining and compiling a file: in this process, or in one of its own, which can be stopped.
//!
//! A file can be made such that a compiler takes hours over it, or all of the machine's memory, or
//! overflows its stack. A process of its own has limits that the system holds it to, and takes
//! nothing with it when it dies.

mod child;
mod process;

use std::{fs::File, io::Write as _, path::PathBuf, sync::Arc};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use wasmtime::Engine;

pub use child::main;

use super::{Candidate, Error, Limits, Refusal, examine};

/// What compiles plugins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compiler {
    /// The host itself: for files that are trusted not to be bombs, as in tests. The limits of
    /// compiling do not hold.
    #[default]
    InProcess,
    /// A process of its own for each file, held to the limits of compiling.
    Process {
        /// A program that runs [`compile_plugin`](crate::compile_plugin), and is of the same build
        /// as the host.
        program: PathBuf,
        /// What it is started with.
        arguments: Vec<String>,
    },
}

/// Kinds of time there are limits of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// As clocks on walls measure it.
    WallClock,
    /// What processors spend, all of them together.
    Processor,
}

impl Time {
    pub(super) fn phrase(self) -> &'static str {
        match self {
            Self::WallClock => "",
            Self::Processor => " of processor time",
        }
    }

    pub(super) fn limit(self) -> &'static str {
        match self {
            Self::WallClock => "compile-time",
            Self::Processor => "compile-cpu",
        }
    }
}

/// What becomes of a file: said by whoever compiles it.
#[derive(Serialize, Deserialize)]
enum Verdict {
    /// It was compiled.
    Compiled(Candidate),
    /// It is not one that this host runs.
    Refused(Refusal),
    /// The compiler failed, for no fault of the file.
    Failed(String),
}

impl Verdict {
    fn accept(self) -> Result<Candidate, Error> {
        match self {
            Self::Compiled(candidate) => Ok(candidate),
            Self::Refused(refusal) => Err(refusal.into()),
            Self::Failed(how) => Err(Error::Host(how)),
        }
    }
}

/// Examines `file`, and compiles it into `artefact`.
pub(crate) async fn compile(
    compiler: &Compiler,
    engine: &Engine,
    limits: &Limits,
    file: Arc<Vec<u8>>,
    artefact: &NamedTempFile,
) -> Result<Candidate, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Host(error.to_string());
    match compiler {
        Compiler::InProcess => {
            let mut artefact = artefact.reopen().map_err(|error| failed(&error))?;
            let (engine, limits) = (engine.clone(), limits.clone());
            let work = move || run(&engine, &limits, &file, &mut artefact);
            let verdict = tokio::task::spawn_blocking(work).await;
            verdict.map_err(|error| failed(&error))?.accept()
        }
        Compiler::Process { program, arguments } => {
            process::compile(program, arguments, limits, file, artefact.path()).await
        }
    }
}

/// The work itself, wherever it is done.
fn run(engine: &Engine, limits: &Limits, file: &[u8], artefact: &mut File) -> Verdict {
    let (candidate, component) = match examine(file, limits) {
        Ok(examined) => examined,
        Err(refusal) => return Verdict::Refused(refusal),
    };
    match engine.precompile_component(&component) {
        Ok(compiled) => match artefact.write_all(&compiled) {
            Ok(()) => Verdict::Compiled(candidate),
            Err(error) => Verdict::Failed(format!("the compiled form cannot be written: {error}")),
        },
        Err(error) => Verdict::Refused(Refusal::Compile(format!("{error:#}"))),
    }
}
