//! The browser that shows the console, and the scripts of `tests/console` that drive it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{packages, process};

/// The names that Chromium is installed under.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What a machine that can show the console has.
pub(crate) struct Browser {
    chromium: PathBuf,
    scripts: PathBuf,
}

impl Browser {
    /// Installs what the scripts need. Tells what is missing where the machine has no browser, or
    /// no Node.
    pub(crate) fn get() -> Result<Result<Self, String>> {
        let Some(chromium) = find(&NAMES) else {
            return Ok(Err(format!("none of {} is installed", NAMES.join(", "))));
        };
        let scripts = process::root().join("tests/console");
        Ok(match packages::npm_in_place(&scripts)? {
            Some(_) => Ok(Self { chromium, scripts }),
            None => Err("npm is not installed".into()),
        })
    }

    /// Node with a script, or with what Node itself is told, in the folder of the scripts.
    pub(crate) fn node(&self, stepwell: &Path) -> Command {
        let mut node = Command::new("node");
        node.current_dir(&self.scripts).env("CHROMIUM", &self.chromium).env("STEPWELL", stepwell);
        node
    }
}

/// The first of these programs that is on the `PATH`.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<_> = env::split_paths(&path).collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |it| it.join(name)));
    places.into_iter().find(|place| place.is_file())
}
