//! `cargo xtask demo`: builds everything and runs the order example.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::MetadataCommand;
use clap::Args;
use stepwell_build::toolchain::Source;

use crate::{guests, process, smtp_sink::Sink};

/// Build everything and run the order example: paid, declined, and with the mail server down
#[derive(Args)]
pub(crate) struct Arguments {}

/// The port that the example's stepwell.toml grants.
pub(crate) const SMTP_PORT: u16 = 2525;

/// One run of the example, and what must come of it.
struct Case {
    title: &'static str,
    input: &'static str,
    succeeds: bool,
    /// Folders under `out/` in which files must have been made.
    makes: &'static [&'static str],
    /// Folders under `out/` in which none may have been.
    makes_no: &'static [&'static str],
}

const CASES: [Case; 3] = [
    Case {
        title: "An order is paid and fulfilled",
        input: "inputs/good.json",
        succeeds: true,
        makes: &["invoices", "credentials", "outbox"],
        makes_no: &["tickets"],
    },
    Case {
        title: "The card is declined",
        input: "inputs/declined.json",
        succeeds: false,
        makes: &["outbox", "tickets"],
        makes_no: &["invoices", "credentials"],
    },
    Case {
        title: "The mail server is down twice",
        input: "inputs/mail-server-down.json",
        succeeds: true,
        makes: &["invoices", "credentials", "smtp"],
        makes_no: &["outbox", "tickets"],
    },
];

pub(crate) fn run(_: &Arguments) -> Result<()> {
    guests::build(Source::Auto)?;
    build_command()?;
    run_order()
}

/// Builds the command, of the whole workspace, so that dependencies get the same features as in its
/// tests: with others Wasmtime would be built a second time.
pub(crate) fn build_command() -> Result<()> {
    process::run(process::cargo().args(["build", "--workspace", "--bin", "stepwell"]))
}

/// Runs the order with the command as it was built last, and checks what comes of it.
pub(crate) fn run_order() -> Result<()> {
    let stepwell = command()?;
    let example = process::root().join("examples/order-fulfilment");
    let out = example.join("out");

    // The messages are numbered from 1 each time.
    let inbox = out.join("smtp");
    match fs::remove_dir_all(&inbox) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot empty {}", inbox.display()));
        }
        _ => {}
    }
    let sink = Sink::bind(SMTP_PORT, 2, &inbox)?;
    thread::spawn(move || sink.serve());

    for case in CASES {
        case.run(&stepwell, &example, &out)
            .with_context(|| format!("{}: not as it should be", case.title))?;
    }
    anstream::println!("\nAll as it should be. What was made is in {}", out.display());
    Ok(())
}

/// Where cargo leaves the command.
pub(crate) fn command() -> Result<PathBuf> {
    let metadata = MetadataCommand::new()
        .current_dir(process::root())
        .no_deps()
        .exec()
        .context("the workspace cannot be read")?;
    let file = metadata.target_directory.join("debug").join("stepwell");
    Ok(file.into())
}

impl Case {
    fn run(&self, stepwell: &Path, example: &Path, out: &Path) -> Result<()> {
        anstream::println!("\n=== {} ({})\n", self.title, self.input);
        let before = files(out)?;
        let status = Command::new(stepwell)
            .arg("run")
            .arg(example)
            .args(["--input", self.input])
            .status()
            .with_context(|| format!("cannot start {}", stepwell.display()))?;
        // 1 is an execution that failed; anything else is trouble of another kind.
        let expected = if self.succeeds { 0 } else { 1 };
        ensure!(
            status.code() == Some(expected),
            "stepwell ended with {status}, not with {expected}"
        );

        let after = files(out)?;
        let made: Vec<_> = after.difference(&before).collect();
        anstream::println!("\nMade:");
        for file in &made {
            anstream::println!("  out/{}", file.display());
        }
        for folder in self.makes {
            ensure!(
                made.iter().any(|file| file.starts_with(folder)),
                "nothing was made in out/{folder}"
            );
        }
        for folder in self.makes_no {
            if let Some(file) = made.iter().find(|file| file.starts_with(folder)) {
                bail!("out/{} should not have been made", file.display());
            }
        }
        Ok(())
    }
}

/// All files under a folder, by their paths in it.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        let entries = match fs::read_dir(&current) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            result => result.with_context(|| format!("cannot list {}", current.display()))?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                files.insert(relative.to_path_buf());
            }
        }
    }
    Ok(files)
}
