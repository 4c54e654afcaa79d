//! A WASI command that tries what the contract says, and tells what came of it.
//!
//! Its input says what to do, as in `{"do": "echo"}`, or its first argument after its name where
//! there is one; any other input is given back as it is.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

use serde::Deserialize;
use serde_json::json;

/// What to do.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum Deed {
    /// Tells its variables, in their order, and its arguments.
    Surroundings,
    /// Writes lines on standard error.
    Log { lines: Vec<String> },
    /// Writes that on standard output.
    Print { text: String },
    /// Writes a JSON string of so many bytes on standard output.
    Output { bytes: usize },
    /// Writes that on standard error and exits with that status.
    Exit { status: u8, says: String },
    /// Writes its further arguments and the values of those variables on standard error, in a line,
    /// and exits with 1: a state sees no more of a container than the reason of its end.
    Tell { variables: Vec<String> },
    /// Reads a file, and exits with 1 where it cannot.
    ReadFile { path: String },
    /// Panics.
    Trap,
    /// Counts up in memory.
    Remember,
    /// Never comes to an end.
    Spin,
}

static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);

fn main() -> io::Result<ExitCode> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let deed = env::args().nth(1).unwrap_or_else(|| input.clone());
    let Ok(deed) = serde_json::from_str(&deed) else {
        io::stdout().write_all(input.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    };
    let output = match deed {
        Deed::Surroundings => {
            let variables: BTreeMap<String, String> = env::vars().collect();
            let names: Vec<_> = env::vars().map(|(name, _)| name).collect();
            let arguments: Vec<_> = env::args().collect();
            json!({ "variables": variables, "names": names, "arguments": arguments }).to_string()
        }
        Deed::Log { lines } => {
            for line in lines {
                writeln!(io::stderr(), "{line}")?;
            }
            "{}".to_owned()
        }
        Deed::Print { text } => text,
        Deed::Output { bytes } => format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))),
        Deed::Exit { status, says } => {
            write!(io::stderr(), "{says}")?;
            return Ok(ExitCode::from(status));
        }
        Deed::Tell { variables } => {
            let values = variables.iter().map(|name| env::var(name).unwrap_or_default());
            let told: Vec<_> = env::args().skip(2).chain(values).collect();
            writeln!(io::stderr(), "{}", told.join(" "))?;
            return Ok(ExitCode::FAILURE);
        }
        Deed::ReadFile { path } => json!(fs::read_to_string(path)?).to_string(),
        Deed::Trap => panic!("as it was asked to"),
        Deed::Remember => COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string(),
        Deed::Spin => loop {
            std::hint::black_box(());
        },
    };
    io::stdout().write_all(output.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
