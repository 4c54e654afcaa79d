//! `cargo xtask guests`: builds every plugin and test guest into `target/guests`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use cargo_metadata::{CrateType, Metadata, MetadataCommand};
use clap::Args;
use stepwell_build::{
    component::{self, Module},
    toolchain::{Source, TARGET, Toolchain},
};

use crate::{examples, process};

/// Build the plugins and the tests' guests into target/guests
///
/// A crate under plugins/ or tests/guests/ that is a `cdylib` becomes a component of the world
/// `task-plugin`; one that is a program stays the WASI command it is. Examples that are `cdylib`s
/// go into a folder of their crate's name, which `stepwell dev --plugins` takes. A crate whose
/// metadata says `stepwell.also = "module"`, or `"component"`, is there in that form, too. The projects of
/// plugins/examples are built with their languages' tools, which are got where they are missing.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to take the toolchain for Wasm from: auto, rustup or debian
    #[arg(long, default_value = "auto")]
    toolchain: Source,

    /// Fail where a tool is missing for an example in Rust, JavaScript, Python, C or Go, instead of
    /// leaving the example out
    #[arg(long)]
    require_tools: bool,
}

/// What is built for Wasm.
struct Guest {
    /// As cargo tells packages of the same name apart.
    package: String,
    /// The file the compiler makes, below its own folder.
    built: PathBuf,
    /// The file that is made of it, below `target/guests`.
    file: PathBuf,
    form: Form,
}

/// What a guest is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A component of the world `task-plugin`.
    Component,
    /// The core module that the compiler made, which says itself that it is of that world.
    Module,
    /// A WASI command, as the compiler made it.
    Command,
    /// A component that is a WASI command.
    CommandComponent,
}

impl Form {
    fn as_str(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Module => "module",
            Self::Command => "WASI command",
            Self::CommandComponent => "WASI command as a component",
        }
    }

    fn encode(self, module: Vec<u8>) -> Result<Vec<u8>> {
        match self {
            Self::Component => component::encode(&module, Module::WithWorld),
            Self::CommandComponent => component::encode_command(&module),
            Self::Module | Self::Command => Ok(module),
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    build_all(arguments.toolchain, arguments.require_tools)
}

/// Builds all guests.
pub(crate) fn build_all(source: Source, require_tools: bool) -> Result<()> {
    build(source)?;
    let start = Instant::now();
    let examples = examples::build(require_tools)?;
    report(examples, "other languages", start);
    Ok(())
}

/// Builds those in Rust; costs little where nothing has changed, which cargo decides.
pub(crate) fn build(source: Source) -> Result<()> {
    let start = Instant::now();
    let root = process::root();
    let metadata = MetadataCommand::new()
        .current_dir(&root)
        .no_deps()
        .exec()
        .context("the workspace cannot be read")?;
    let guests = guests(&metadata, &root);
    let toolchain = Toolchain::find(source)?;

    let target_dir = root.join("target/guest-build");
    let mut build = process::cargo();
    toolchain.apply(&mut build);
    build
        .env_remove("CARGO_TARGET_DIR")
        .args(["build", "--lib", "--bins", "--examples", "--profile", "guest", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target_dir);
    for guest in &guests {
        build.args(["--package", &guest.package]);
    }
    process::run(&mut build)?;

    let built = target_dir.join(TARGET).join("guest");
    let folder = root.join("target/guests");
    for guest in &guests {
        let from = built.join(&guest.built);
        let to = folder.join(&guest.file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        let module =
            fs::read(&from).with_context(|| format!("cargo made no {}", from.display()))?;
        let bytes = guest
            .form
            .encode(module)
            .with_context(|| format!("{} cannot be made a component", from.display()))?;
        // Left alone where it is the same, so that what is made from it stays up to date.
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
        anstream::println!(
            "{:>9} KB  {:<12}  target/guests/{}",
            bytes.len().div_ceil(1024),
            guest.form.as_str(),
            guest.file.display()
        );
    }
    report(guests.len(), "Rust", start);
    Ok(())
}

fn report(guests: usize, language: &str, start: Instant) {
    anstream::println!(
        "{guests} guests in {language} are up to date in target/guests ({:.1?})",
        start.elapsed()
    );
}

fn guests(metadata: &Metadata, root: &Path) -> Vec<Guest> {
    let folders = [root.join("plugins"), root.join("tests/guests")];
    let mut guests = Vec::new();
    for package in metadata.workspace_packages() {
        let is_guest = folders.iter().any(|folder| package.manifest_path.starts_with(folder));
        if !is_guest {
            continue;
        }
        for target in &package.targets {
            let is_component = target.crate_types.contains(&CrateType::CDyLib);
            if !is_component && !target.is_bin() {
                continue;
            }
            let also = package.metadata["stepwell"]["also"].as_str();
            let name = package.name.to_string();
            let package = package.id.repr.clone();
            let built = Path::new(&target.name).with_extension("wasm");
            let (built, file) = if target.is_example() {
                (Path::new("examples").join(&built), Path::new(&name).join(&built))
            } else {
                (built, Path::new(&name).with_extension("wasm"))
            };
            let (form, other) = match is_component {
                true => (Form::Component, Form::Module),
                false => (Form::Command, Form::CommandComponent),
            };
            if let Some(also) = also {
                let file = file.with_extension(format!("{also}.wasm"));
                let (package, built) = (package.clone(), built.clone());
                guests.push(Guest { package, built, file, form: other });
            }
            guests.push(Guest { package, built, file, form });
        }
    }
    guests.sort_by(|a, b| a.file.cmp(&b.file));
    guests
}
