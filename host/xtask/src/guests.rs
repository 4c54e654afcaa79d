//! `cargo xtask guests`: builds every plugin and test guest into `target/guests`.

use std::{fs, path::Path, time::Instant};

use anyhow::{Context, Result};
use cargo_metadata::{CrateType, Metadata, MetadataCommand};
use clap::Args;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

use crate::{
    process,
    toolchain::{Source, TARGET, Toolchain},
};

/// Build the plugins and the tests' guests into target/guests
///
/// A crate under plugins/ or tests/guests/ that is a `cdylib` becomes a component of the world
/// `task-plugin`; one that is a program stays the WASI command it is.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to take the toolchain for Wasm from
    #[arg(long, value_enum, default_value_t = Source::Auto)]
    toolchain: Source,
}

/// A crate of the workspace that is built for Wasm.
struct Guest {
    package: String,
    /// The name of the file the compiler makes, without `.wasm`.
    target: String,
    is_component: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    build(arguments.toolchain)
}

/// Builds all guests; costs little where nothing has changed, which cargo decides.
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
        .args(["build", "--profile", "guest", "--target", TARGET])
        .arg("--target-dir")
        .arg(&target_dir);
    for guest in &guests {
        build.args(["--package", &guest.package]);
    }
    process::run(&mut build)?;

    let built = target_dir.join(TARGET).join("guest");
    let folder = root.join("target/guests");
    fs::create_dir_all(&folder)?;
    for guest in &guests {
        let from = built.join(&guest.target).with_extension("wasm");
        let to = folder.join(&guest.package).with_extension("wasm");
        let module =
            fs::read(&from).with_context(|| format!("cargo made no {}", from.display()))?;
        let bytes = if guest.is_component {
            component(&module)
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
            "{:>9} KB  {kind:<12}  target/guests/{}.wasm",
            bytes.len().div_ceil(1024),
            guest.package
        );
    }
    anstream::println!(
        "{} guests are up to date in target/guests ({:.1?})",
        guests.len(),
        start.elapsed()
    );
    Ok(())
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
            if is_component || target.is_bin() {
                guests.push(Guest {
                    package: package.name.to_string(),
                    target: target.name.clone(),
                    is_component,
                });
            }
        }
    }
    guests.sort_by(|a, b| a.package.cmp(&b.package));
    guests
}

/// Makes a component of a core module that imports preview 1 of WASI.
fn component(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
