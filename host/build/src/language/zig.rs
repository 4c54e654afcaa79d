use std::{fs, process::Command};

use include_dir::{Dir, include_dir};

use super::Made;
use crate::{
    Error, Kind, Project, Tools,
    component::{self, Module},
    sdk,
    tool::{self, Tool},
};

/// Zig, whose C compiler and C library for WASI serve plugins in C as well.
pub(super) const ZIG: Tool = Tool {
    name: "Zig",
    variable: "ZIG",
    programs: &["zig", "python-zig"],
    places: &["/usr/local/bin", "/opt/zig"],
    get: &["python3 -m venv .venv && .venv/bin/pip install ziglang==0.17.1"],
};

/// The module `stepwell` that a plugin imports.
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/zig");

/// Compiles `src/main.zig` with the SDK at hand.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    let source = project.source("src/main.zig")?;
    let zig = tools.find(&ZIG, project.folder())?;
    let folder = project.build_folder();
    let sdk = folder.join("sdk");
    sdk::write(&SDK, &sdk)?;
    let module = folder.join("module.wasm");
    let mut command = Command::new(&zig);
    command.arg("build-exe").args(["-O", "ReleaseSmall", "-fstrip"]);
    match project.kind() {
        Kind::Plugin => command.args(["-target", "wasm32-freestanding", "-fno-entry", "-rdynamic"]),
        Kind::Command => command.args(["-target", "wasm32-wasi"]),
    };
    command
        .args(["--dep", "stepwell"])
        .arg(format!("-Mroot={}", source.display()))
        .arg(format!("-Mstepwell={}", sdk.join("stepwell.zig").display()))
        .arg(format!("-femit-bin={}", module.display()))
        .arg("--cache-dir")
        .arg(folder.join("zig-cache"))
        .current_dir(project.folder());
    tool::run(&mut command)?;
    let wasm = fs::read(&module).map_err(Error::read(&module))?;
    let wasm = component::finish(project, &wasm, Module::WithoutWorld)?;
    Ok(Made { wasm, tool: format!("Zig {}", tool::version(&zig, ["version"])?) })
}
