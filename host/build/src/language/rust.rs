use std::fs;

use cargo_metadata::{CrateType, Message};

use super::Made;
use crate::{
    Error, Kind, Project, Tools,
    component::{self, Module},
    process,
    tool::{self, Tool},
    toolchain::{Source, TARGET, Toolchain},
};

const CARGO: Tool = Tool {
    name: "Rust",
    variable: "CARGO",
    programs: &["cargo"],
    places: &[],
    get: &["curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"],
};

/// Compiles the package in the project's folder.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    let manifest = project.source("Cargo.toml")?;
    tools.find(&CARGO, project.folder())?;
    let toolchain = Toolchain::find(Source::Auto).map_err(Error::Toolchain)?;
    let mut command = process::cargo();
    toolchain.apply(&mut command);
    command
        .current_dir(project.folder())
        .args(["build", "--release", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics");
    let printed = tool::run(&mut command)?;

    let crate_type = match project.kind() {
        Kind::Plugin => CrateType::CDyLib,
        Kind::Command => CrateType::Bin,
    };
    let module = Message::parse_stream(printed.as_bytes())
        .filter_map(Result::ok)
        .filter_map(|message| match message {
            Message::CompilerArtifact(artifact) => Some(artifact),
            _ => None,
        })
        .filter(|artifact| artifact.manifest_path == manifest)
        .filter(|artifact| artifact.target.crate_types.contains(&crate_type))
        .flat_map(|artifact| artifact.filenames)
        .find(|file| file.extension() == Some("wasm"))
        .ok_or_else(|| Error::Made {
            made: "a Wasm file".to_owned(),
            problem: match project.kind() {
                Kind::Plugin => "was not made: Cargo.toml needs crate-type = [\"cdylib\"] in [lib]",
                Kind::Command => "was not made: a command needs src/main.rs",
            }
            .to_owned(),
        })?;
    let wasm = fs::read(&module).map_err(Error::read(module))?;
    let wasm = component::finish(project, &wasm, Module::WithWorld)?;
    let tool = toolchain.version().map_err(Error::Toolchain)?;
    Ok(Made { wasm, tool })
}
