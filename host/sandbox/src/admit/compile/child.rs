//! The compiling process, seen from inside.

use std::{
    fs::OpenOptions,
    io::{self, BufRead as _, Read as _, Write as _},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{Limits, Verdict, run};
use crate::engine;

/// What the process is asked for: the first line of its standard input. The file follows.
#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    /// Where the compiled form is to be written. The file is there already.
    pub(super) artefact: PathBuf,
    pub(super) limits: Limits,
}

/// Compiles a plugin for a host that asks for it over standard input, and answers on standard
/// output: what the program of [`Compiler::Process`](super::Compiler) does, and nothing else,
/// since from here on the process is held to limits.
///
/// # Errors
///
/// Where the request cannot be read or answered. What is wrong with the plugin is an answer.
pub fn main() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut request = String::new();
    input.read_line(&mut request)?;
    let Request { artefact, limits } = serde_json::from_str(&request)?;
    confine(&limits)?;
    let mut file = Vec::new();
    input.read_to_end(&mut file)?;
    let mut artefact = OpenOptions::new().write(true).truncate(true).open(artefact)?;
    let verdict = match engine::compiler() {
        Ok(engine) => run(&engine, &limits, &file, &mut artefact),
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    serde_json::to_writer(io::stdout().lock(), &verdict)?;
    io::stdout().flush()
}

/// Holds the process to its limits, for good.
#[cfg(unix)]
fn confine(limits: &Limits) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let seconds = limits.compile_cpu.as_secs().max(1);
    let memory = limits.compile_memory;
    for (resource, soft, hard) in [
        // At the first the process is told, at the second it is killed.
        (Resource::Cpu, seconds, seconds + 1),
        // All that it may write to. The address space would count what is only reserved, too.
        (Resource::Data, memory, memory),
        (Resource::Fsize, memory, memory),
        (Resource::Core, 0, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) })?;
    }
    Ok(())
}

/// Elsewhere the wall clock alone stops it.
#[cfg(not(unix))]
fn confine(_: &Limits) -> io::Result<()> {
    Ok(())
}
