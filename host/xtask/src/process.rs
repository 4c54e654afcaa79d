//! Running other programs.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) use stepwell_build::process::{is_installed, output, run};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// The cargo that runs this program, in the root of the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = stepwell_build::process::cargo();
    command.current_dir(root());
    command
}
