//! `stepwell backup`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use stepwell_journal::sqlite::{self, Inspection};
use stepwell_tasks::KeyValue;

use crate::{Verdict, plugin::store::Store};

/// Copy what a host keeps to another directory, while the host runs or not.
///
/// The copy is a data directory of its own: all that was committed when the copying began, plugins'
/// key-value data, and the installed plugins. The host's key is not in it: keep that apart. To
/// restore, start a host with --data on the copy and --host-key on the key.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// The directory of the copy, which must not be there, or be empty.
    #[arg(value_name = "TO")]
    to: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Verdict> {
    let Arguments { data, to } = arguments;
    if !data.join(sqlite::FILE).exists() {
        bail!("{} is no data directory of a host", data.display());
    }
    // What cannot be copied leaves nothing behind.
    let journal = Inspection::open(data)?;
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    let entries = fs::read_dir(to).with_context(|| format!("cannot read {}", to.display()))?;
    if entries.count() > 0 {
        bail!("{} is not empty: name another directory for the copy", to.display());
    }
    copy(data, &journal, to)?;
    anstream::println!("{} is copied to {}", data.display(), to.display());
    Ok(Verdict::Good)
}

/// Copies all to an empty directory, to where it is moved at the end: what cannot be copied leaves
/// nothing there. The directory itself may be where a disk is mounted, and cannot be replaced then.
fn copy(data: &Path, journal: &Inspection, to: &Path) -> Result<()> {
    let failed = || format!("cannot write {}", to.display());
    let partial =
        tempfile::Builder::new().prefix("partial-").tempdir_in(to).with_context(failed)?;
    let copy = partial.path();
    KeyValue::backup(data, copy)?;
    journal.backup(&copy.join(sqlite::FILE))?;
    // Executions know generations of the store: it is not to be behind them.
    Store::of(data).copy(&Store::of(copy)).context("cannot copy the installed plugins")?;
    let place = || -> std::io::Result<()> {
        for entry in fs::read_dir(copy)? {
            let entry = entry?;
            fs::rename(entry.path(), to.join(entry.file_name()))?;
        }
        File::open(to)?.sync_all()
    };
    place().with_context(failed)
}

#[cfg(test)]
mod tests {
    use stepwell_journal::{Sqlite, sqlite::Options};

    use super::*;

    #[test]
    fn where_nothing_can_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let _store = Sqlite::open(&Options::new(&data)).unwrap();
        let journal = Inspection::open(&data).unwrap();
        // Nobody may write to what has gone meanwhile.
        let to = folder.path().join("gone");
        let error = copy(&data, &journal, &to).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}", to.display()));
    }
}
