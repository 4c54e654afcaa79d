use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use include_dir::{Dir, include_dir};

use super::Made;
use crate::{
    Error, Kind, Project, Tools,
    component::{self, Module},
    sdk,
    tool::{self, Tool},
};

pub(super) const INSTALL: &[&str] =
    &["npm install", "open https://nodejs.org, install Node.js 20 or later, and run npm install"];

const ENGINE: Tool = Tool {
    name: "componentize-qjs",
    variable: "COMPONENTIZE_QJS",
    programs: &["componentize-qjs"],
    places: &[],
    get: INSTALL,
};

const BUNDLER: Tool = Tool {
    name: "esbuild",
    variable: "ESBUILD",
    programs: &["esbuild"],
    places: &[],
    get: INSTALL,
};

/// The package `stepwell`.
static SDK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/javascript");

/// What the engine's tool sees in place of the namespace of [`RENAMED`]. It runs the script once
/// with a WASI of its own, and cannot give `wasi:http` the streams of that. In the component the
/// namespace is put right, without moving anything: the two are of one length.
const ALIAS: &str = "wa5i:";
const NAMESPACE: &str = "wasi:";

/// `wasi:http`, and the packages whose resources it uses.
const RENAMED: [&str; 3] = ["http", "io", "clocks"];

/// Bundles `src/index.js` and compiles it into QuickJS.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    let entry = project.source("src/index.js")?;
    write_sdk(project)?;
    compile(project, tools, &entry)
}

/// Writes the SDK to where scripts and editors find it.
pub(super) fn write_sdk(project: &Project) -> Result<(), Error> {
    sdk::write(&SDK, &sdk_folder(project))
}

/// Makes a component of a script and what it imports.
pub(super) fn compile(project: &Project, tools: &Tools, entry: &Path) -> Result<Made, Error> {
    plugins_only(project, "JavaScript and TypeScript")?;
    let bundler = tools.find(&BUNDLER, project.folder())?;
    let engine = tools.find(&ENGINE, project.folder())?;
    let bundle = bundle(project, &bundler, entry)?;
    let script = fs::read_to_string(&bundle).map_err(Error::read(&bundle))?;
    // The SDK's HTTP client is in the bundle only where it is used.
    let world = match script.contains(&format!("{ALIAS}http/")) {
        true => "javascript-http",
        false => "javascript",
    };
    let wit = project.build_folder().join("wit");
    sdk::write_wit(&wit, rename)?;
    let output = project.build_folder().join("engine.wasm");
    let mut command = Command::new(engine);
    command.arg("--sync").args(["--world", world]).arg("--wit").arg(wit);
    command.arg("--js").arg(bundle).arg("--output").arg(&output);
    tool::run(command.current_dir(project.folder()))?;
    let mut wasm = fs::read(&output).map_err(Error::read(&output))?;
    restore(&mut wasm);
    let wasm = component::finish(project, &wasm, Module::WithWorld)?;
    let version = tool::version(&bundler, ["--version"])?;
    Ok(Made { wasm, tool: format!("{}, esbuild {version}", ENGINE.name) })
}

/// Refuses a command: these languages' tools make components that have no `main`.
pub(super) fn plugins_only(project: &Project, languages: &str) -> Result<(), Error> {
    match project.kind() {
        Kind::Plugin => Ok(()),
        Kind::Command => Err(Error::Made {
            made: project.folder().join("plugin.toml").display().to_string(),
            problem: format!(
                "says kind = \"command\", and projects in {languages} make plugins: leave the \
                 line out"
            ),
        }),
    }
}

fn sdk_folder(project: &Project) -> PathBuf {
    project.build_folder().join("stepwell")
}

/// One script of all that the entry imports, except what the host provides.
fn bundle(project: &Project, bundler: &Path, entry: &Path) -> Result<PathBuf, Error> {
    let bundle = project.build_folder().join("plugin.js");
    let mut alias = std::ffi::OsString::from("--alias:stepwell=");
    alias.push(sdk_folder(project));
    let mut outfile = std::ffi::OsString::from("--outfile=");
    outfile.push(&bundle);
    let mut command = Command::new(bundler);
    command.args(["--bundle", "--format=esm", "--target=es2023", "--charset=utf8"]);
    command.args(["--main-fields=module,main", "--log-level=warning"]);
    for namespace in ["stepwell:", NAMESPACE, ALIAS] {
        command.arg(format!("--external:{namespace}*"));
    }
    tool::run(command.arg(alias).arg(outfile).arg(entry).current_dir(project.folder()))?;
    Ok(bundle)
}

fn rename(text: &str) -> String {
    RENAMED.iter().fold(text.to_owned(), |text, package| {
        text.replace(&format!("{NAMESPACE}{package}"), &format!("{ALIAS}{package}"))
    })
}

fn restore(wasm: &mut [u8]) {
    let alias = ALIAS.as_bytes();
    for start in 0..wasm.len().saturating_sub(alias.len()) {
        let place = &mut wasm[start..start + alias.len()];
        if place == alias {
            place.copy_from_slice(NAMESPACE.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_got_with_npm() {
        let tool = Tool { programs: &["no-such-program"], ..ENGINE };
        let error = Tools::default().find(&tool, Path::new("/project")).unwrap_err().to_string();
        assert!(error.starts_with("componentize-qjs is needed, and is not here.\n"), "{error}");
        assert!(error.contains("no-such-program in /project/node_modules/.bin"), "{error}");
        assert!(
            error.contains("Get it with\n  npm install\nor\n  open https://nodejs.org"),
            "{error}"
        );
    }

    #[test]
    fn a_command_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "name = 'greeter'\nlanguage = 'javascript'\nkind = 'command'";
        fs::write(folder.path().join("plugin.toml"), manifest).unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/index.js"), "").unwrap();
        let project = Project::read(folder.path()).unwrap();
        let error = project.build(&Tools::default()).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "plugin.toml says kind = \"command\", and projects in JavaScript and TypeScript \
                 make plugins: leave the line out"
            ),
            "{error}"
        );
    }

    #[test]
    fn what_is_renamed_is_restored_in_place() {
        let renamed = rename("import wasi:http/types@0.2.4; import wasi:random/random@0.2.4;");
        assert_eq!(renamed, "import wa5i:http/types@0.2.4; import wasi:random/random@0.2.4;");
        let mut bytes = renamed.into_bytes();
        restore(&mut bytes);
        assert_eq!(bytes, b"import wasi:http/types@0.2.4; import wasi:random/random@0.2.4;");
    }
}
