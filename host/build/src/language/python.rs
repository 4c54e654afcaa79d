use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use include_dir::{Dir, include_dir};

use super::{Made, javascript::plugins_only};
use crate::{
    Error, Project, Tools,
    component::{self, Module},
    sdk,
    tool::{self, Tool},
};

const COMPILER: Tool = Tool {
    name: "componentize-py",
    variable: "COMPONENTIZE_PY",
    programs: &["componentize-py"],
    places: &[],
    get: &["python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"],
};

/// The package `stepwell`.
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/python");

/// Python's names for interfaces that are both called `types`.
const NAMES: [&str; 2] =
    ["stepwell:task/types@0.1.0=task_types", "wasi:http/types@0.2.4=http_types"];

/// What a plugin writes that makes HTTP requests.
const HTTP: &str = "stepwell.http";

/// Makes a component of the module `app` and what it imports.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    plugins_only(project, "Python")?;
    project.source("app.py")?;
    let compiler = tools.find(&COMPILER, project.folder())?;
    let sdk = project.build_folder().join("sdk");
    sdk::write(&SDK, &sdk)?;
    let wit = project.build_folder().join("wit");
    sdk::write_wit(&wit, str::to_owned)?;
    let world = match uses_http(project.folder())? {
        true => "stepwell:sdk/http",
        false => "stepwell:task/task-plugin",
    };
    let output = project.build_folder().join("python.wasm");
    let mut command = Command::new(&compiler);
    command.arg("--wit-path").arg(wit).args(["--world", world]);
    for name in NAMES {
        command.args(["--import-interface-name", name]);
    }
    command.arg("componentize");
    command.arg("--python-path").arg(project.folder()).arg("--python-path").arg(sdk);
    command.arg("stepwell.component").arg("--output").arg(&output);
    // Where the packages are that the plugin imports.
    let environment = project.folder().join(".venv");
    if environment.is_dir() {
        command.env("VIRTUAL_ENV", environment);
    }
    // What went wrong in the plugin's own code is not in the tool's backtrace.
    command.env("RUST_BACKTRACE", "0");
    tool::run(command.current_dir(project.folder()))?;
    let wasm = fs::read(&output).map_err(Error::read(&output))?;
    let wasm = component::finish(project, &wasm, Module::WithWorld)?;
    Ok(Made { wasm, tool: tool::version(&compiler, ["--version"])? })
}

/// Whether one of the project's own modules imports the HTTP client.
fn uses_http(folder: &Path) -> Result<bool, Error> {
    for path in modules(folder)? {
        let text = fs::read_to_string(&path).map_err(Error::read(&path))?;
        if text.contains(HTTP) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The files `*.py` of the project, but not those of tools and of packages that are installed.
fn modules(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
        let entry = entry.map_err(Error::read(folder))?;
        let path = entry.path();
        let name = entry.file_name();
        let hidden = name.as_encoded_bytes().starts_with(b".");
        if path.is_dir() {
            if !hidden && name != "build" && name != "venv" {
                modules.extend(self::modules(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") {
            modules.push(path);
        }
    }
    Ok(modules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_got_with_pip() {
        let tool = Tool { programs: &["no-such-program"], ..COMPILER };
        let error = Tools::default().find(&tool, Path::new("/project")).unwrap_err().to_string();
        let get = "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt";
        assert!(error.starts_with("componentize-py is needed, and is not here.\n"), "{error}");
        assert!(error.ends_with(&format!("Get it with\n  {get}")), "{error}");
    }

    #[test]
    fn http_is_imported_where_a_module_of_the_project_uses_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let import = "from stepwell.http import request";
        write("app.py", "import billing.rates");
        write("build/sdk/stepwell/http.py", import);
        write(".venv/lib/other.py", import);
        assert!(!uses_http(folder.path()).unwrap());
        write("billing/rates.py", import);
        assert!(uses_http(folder.path()).unwrap());
    }
}
