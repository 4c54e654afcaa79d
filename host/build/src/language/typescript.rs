use std::process::Command;

use super::{Made, javascript};
use crate::{
    Error, Project, Tools,
    tool::{self, Tool},
};

const COMPILER: Tool = Tool {
    name: "TypeScript",
    variable: "TSC",
    programs: &["tsc"],
    places: &[],
    get: javascript::INSTALL,
};

/// Checks the types of the project, and makes a component of `src/index.ts`.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    let entry = project.source("src/index.ts")?;
    let config = project.source("tsconfig.json")?;
    javascript::write_sdk(project)?;
    let compiler = tools.find(&COMPILER, project.folder())?;
    let mut command = Command::new(&compiler);
    command.args(["--noEmit", "--pretty", "false", "--project"]).arg(config);
    tool::run(command.current_dir(project.folder()))?;
    let made = javascript::compile(project, tools, &entry)?;
    // "Version 7.0.2"
    let version = tool::version(&compiler, ["--version"])?;
    let version = version.trim_start_matches("Version ");
    Ok(Made { tool: format!("TypeScript {version}, {}", made.tool), ..made })
}
