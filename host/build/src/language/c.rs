use std::{env, fs, path::Path, path::PathBuf, process::Command};

use wit_bindgen_core::{Files, wit_parser::Resolve};

use super::{Made, zig::ZIG};
use crate::{
    Error, Kind, Project, Tools,
    component::{self, Module},
    tool::{self, Tool},
    wit,
};

const CLANG: Tool = Tool {
    name: "Clang",
    variable: "CLANG",
    programs: &[
        "clang", "clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-16", "clang-14",
    ],
    places: &[],
    get: &[],
};

/// Where Debian's package wasi-libc has its headers; Clang finds them by itself.
const WASI_LIBC: &str = "/usr/include/wasm32-wasi";

/// 1 MiB of stack: Clang takes 64 KiB by itself, which overflows soon, and Zig 16 MiB, which count
/// as memory of every call. Of what the C library has for debuggers only the names stay.
const LINKING: [&str; 2] = ["-Wl,-z,stack-size=1048576", "-Wl,--strip-debug"];

/// What makes it pleasant to write a plugin over the bindings.
const SDK: [(&str, &str); 2] = [
    ("stepwell.h", include_str!("../../../../plugins/sdk/c/stepwell.h")),
    ("stepwell.c", include_str!("../../../../plugins/sdk/c/stepwell.c")),
];

/// Compiles what is in `src` with the bindings, which are made anew in `build`.
pub(super) fn build(project: &Project, tools: &Tools) -> Result<Made, Error> {
    let sources = sources(&project.source("src")?)?;
    let bindings = project.build_folder().join("bindings");
    let generated = bind(&bindings)?;
    let module = project.build_folder().join("module.wasm");
    let (mut command, tool) = compiler(project.folder(), tools)?;
    command
        .args(["-Os", "-g0", "-Wall", "-Wextra", "-std=gnu17"])
        .args(LINKING)
        .arg("-I")
        .arg(&bindings);
    if project.kind() == Kind::Plugin {
        command.arg("-mexec-model=reactor").args(generated);
    }
    tool::run(command.args(sources).arg("-o").arg(&module).current_dir(project.folder()))?;
    let wasm = fs::read(&module).map_err(Error::read(&module))?;
    let wasm = component::finish(project, &wasm, Module::WithWorld)?;
    Ok(Made { wasm, tool })
}

/// The files `src/*.c`, in the order of their names.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
        let path = entry.map_err(Error::read(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            sources.push(path);
        }
    }
    sources.sort();
    Ok(sources)
}

/// Writes the bindings and the SDK into a folder. Returns what is to be compiled and linked
/// with the plugin.
fn bind(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = generate().map_err(|error| Error::Made {
        made: "the bindings for C".to_owned(),
        problem: format!("cannot be made: {error:#}"),
    })?;
    for (name, text) in SDK {
        files.push(name, text.as_bytes());
    }
    fs::create_dir_all(folder).map_err(Error::write(folder))?;
    let mut linked = Vec::new();
    for (name, contents) in files.iter() {
        let path = folder.join(name);
        fs::write(&path, contents).map_err(Error::write(&path))?;
        if path.extension().is_some_and(|extension| extension != "h") {
            linked.push(path);
        }
    }
    Ok(linked)
}

/// The generator has a parser of its own version.
fn generate() -> anyhow::Result<Files> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("task.wit", wit::TEXT)?;
    let world = resolve.select_world(&[package], Some(wit::WORLD))?;
    let mut files = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files)?;
    Ok(files)
}

/// The compiler, and what it calls itself: the WASI SDK's where there is one, else Clang where
/// there is a C library for it, else Zig's.
fn compiler(project: &Path, tools: &Tools) -> Result<(Command, String), Error> {
    let clang = match env::var_os("WASI_SDK_PATH").filter(|path| !path.is_empty()) {
        Some(sdk) => Some(Path::new(&sdk).join("bin/clang")),
        None if Path::new(WASI_LIBC).is_dir() => tools.find(&CLANG, project).ok(),
        None => None,
    };
    if let Some(clang) = clang {
        let version = tool::version(&clang, ["--version"])?;
        let mut command = Command::new(clang);
        command.arg("--target=wasm32-wasi");
        return Ok((command, version));
    }
    let zig = tools.find(&ZIG, project).map_err(missing)?;
    let version = tool::version(&zig, ["version"])?;
    let mut command = Command::new(zig);
    command.args(["cc", "-target", "wasm32-wasi"]);
    Ok((command, format!("Zig {version} as C compiler")))
}

/// Says what else would do in place of Zig.
fn missing(error: Error) -> Error {
    let Error::Missing { looked, mut get, .. } = error else { return error };
    get.push("apt-get install clang lld wasi-libc libclang-rt-dev-wasm32".to_owned());
    get.push("set WASI_SDK_PATH to the folder of a WASI SDK".to_owned());
    let also = ["$WASI_SDK_PATH".to_owned(), format!("clang with {WASI_LIBC}")];
    let looked = also.into_iter().chain(looked).collect();
    Error::Missing { tool: "A C compiler for WASI", looked, get }
}
