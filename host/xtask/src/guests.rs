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
/// go into a folder of their crate's name, which `stepwell dev --plugins` takes. The projects of
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
    is_component: bool,
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
        let bytes = if guest.is_component {
            component::encode(&module, Module::WithWorld)
                .with_context(|| format!("{} cannot be made a component", from.display()))?
        } else {
            module
        };
        // Left alone where it is the same, so that what is made from it stays up to date.
        if fs::read(&to).is_ok_and(|old| old == bytes) {
            continue;
        }
        fs::write(&to, &bytes).with_context(|| format!("cannot write {}", to.display()))?;
        let kind = if guest.is_component { "component" } else { "WASI command" };
        anstream::println!(
            "{:>9} KB  {kind:<12}  target/guests/{}",
            bytes.len().div_ceil(1024),
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
            let name = package.name.to_string();
            let built = Path::new(&target.name).with_extension("wasm");
            let (built, file) = if target.is_example() {
                (Path::new("examples").join(&built), Path::new(&name).join(&built))
            } else {
                (built, Path::new(&name).with_extension("wasm"))
            };
            guests.push(Guest { package: package.id.repr.clone(), built, file, is_component });
        }
    }
    guests.sort_by(|a, b| a.file.cmp(&b.file));
    guests
}
