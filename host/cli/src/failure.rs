//! How the command says that it could not do what it was asked to.

use anstyle::{AnsiColor, Style};

use crate::{client, plain::plain};

/// An error that is more than one line: it is shown as it is, under the line that says `error`.
#[derive(Debug)]
pub(crate) struct Explained {
    /// One line: what went wrong.
    pub(crate) what: String,
    /// The places, and what to do.
    pub(crate) details: String,
}

impl std::fmt::Display for Explained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Explained {}

/// Writes an error with its causes to standard error.
pub(crate) fn show(error: &anyhow::Error) {
    let red = AnsiColor::Red.on_default().bold();
    let dim = Style::new().dimmed();
    anstream::eprintln!("{red}error{red:#}: {}", plain(&error.to_string()));
    for cause in error.chain().skip(1) {
        anstream::eprintln!("  {dim}because{dim:#}: {}", plain(&cause.to_string()));
    }
    let help = error.chain().find_map(|e| e.downcast_ref::<client::Error>()?.help());
    if let Some(help) = help {
        anstream::eprintln!("  {dim}help{dim:#}: {help}");
    }
    if let Some(explained) = error.chain().find_map(|e| e.downcast_ref::<Explained>()) {
        anstream::eprintln!("{}", explained.details);
    }
}
