//! The contract between a host and a plugin, compiled in.

use std::{fs, path::Path};

use wit_parser::{Resolve, WorldId};

use crate::Error;

/// The text of `task.wit`.
pub const TEXT: &str = include_str!("../../../wit/task.wit");

/// The world that a plugin implements.
pub const WORLD: &str = "task-plugin";

/// Writes `task.wit` into a folder, for tools that read it from there.
///
/// # Errors
/// Where the folder cannot be written to.
pub fn write(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(Error::write(folder))?;
    let file = folder.join("task.wit");
    fs::write(&file, TEXT).map_err(Error::write(file))
}

pub(crate) fn world() -> anyhow::Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("task.wit", TEXT)?;
    let world = resolve.select_world(&[package], Some(WORLD))?;
    Ok((resolve, world))
}
