//! `stepwell machine`: the state machines of a host.

mod create;
mod delete;
mod describe;
mod list;
mod update;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use stepwell_asl::{StateMachine, definition::Type};

use crate::{Verdict, client, failure::Explained, report};

/// Manage the state machines of a host.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Create(create::Arguments),
    Update(update::Arguments),
    List(list::Arguments),
    Describe(describe::Arguments),
    Delete(delete::Arguments),
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    match command {
        Command::Create(arguments) => create::run(arguments).await,
        Command::Update(arguments) => update::run(arguments).await,
        Command::List(arguments) => list::run(arguments).await,
        Command::Describe(arguments) => describe::run(arguments).await,
        Command::Delete(arguments) => delete::run(arguments).await,
    }
}

/// Stepwell has no roles, and AWS's API wants one: any will do.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/stepwell";

/// A definition to be sent.
struct Definition {
    name: String,
    text: String,
}

impl Definition {
    /// Reads a file, or standard input.
    fn read(file: &str) -> Result<Self> {
        let (name, text) = match file {
            "-" => ("stdin", std::io::read_to_string(std::io::stdin())),
            file => (file, std::fs::read_to_string(file)),
        };
        let text = text.with_context(|| format!("cannot read the definition {name}"))?;
        Ok(Self { name: name.to_owned(), text })
    }

    /// What is wrong with it with the places, where that is what the host refuses.
    fn explain(&self, type_: Type, error: client::Error) -> anyhow::Error {
        let findings = match StateMachine::parse_as(type_, &self.text) {
            Err(findings) if error.code() == Some("InvalidDefinition") => findings,
            _ => return error.into(),
        };
        let colour =
            anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        Explained {
            what: format!("{} has {}", self.name, report::count(&findings)),
            details: format!("\n{}", report::render(&self.text, &self.name, &findings, colour)),
        }
        .into()
    }
}
