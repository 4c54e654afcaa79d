//! A toolchain of Rust that builds for `wasm32-wasip1`.
//!
//! Where the toolchain in use has the target, or rustup can add it, that is all. Elsewhere, as on
//! machines without access to Rust's own servers, Debian's `rustc-web` is unpacked into a folder
//! of its own, and the standard library is built once into that folder's sysroot. The result is an
//! ordinary sysroot: guests are built the same way with either.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow, bail, ensure};

use crate::process;

/// The target of all guests: preview 1 of WASI, which std supports and the adapter lifts into a
/// component.
pub const TARGET: &str = "wasm32-wasip1";

/// Changes whenever the folder's content would: older folders are then left alone and a new one is
/// made.
const RECIPE: &str = "1";

/// Where to take the toolchain from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The one in use if it has the target, else rustup, else Debian's packages
    #[default]
    Auto,
    /// The one in use, with the target added by rustup where it is missing
    Rustup,
    /// Debian's packages, unpacked into the user's cache folder
    Debian,
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        match text {
            "auto" => Ok(Self::Auto),
            "rustup" => Ok(Self::Rustup),
            "debian" => Ok(Self::Debian),
            other => Err(UnknownSource(other.to_owned())),
        }
    }
}

/// A word that names no [`Source`].
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not auto, rustup or debian")]
pub struct UnknownSource(String);

/// A toolchain that has the target.
pub struct Toolchain {
    /// What the guest build needs in its environment.
    environment: Vec<(&'static str, OsString)>,
}

impl Toolchain {
    /// Finds a toolchain, or sets one up, which takes minutes and says so on standard error.
    ///
    /// # Errors
    /// Where there is none: tells why each source has none, and what to do.
    pub fn find(source: Source) -> Result<Self> {
        match source {
            Source::Rustup => rustup(),
            Source::Debian => debian(),
            Source::Auto => rustup().or_else(|rustup| {
                anstream::eprintln!("{rustup:#}\nTaking Debian's packages instead.");
                debian().map_err(|debian| {
                    anyhow!(
                        "no toolchain for {TARGET}.\n\
                         rustup: {rustup:#}\n\
                         Debian's packages: {debian:#}\n\
                         Either make `rustup target add {TARGET}` work, or run this on Debian 12 \
                         with access to its packages."
                    )
                })
            }),
        }
    }

    /// Prepares a command that builds for the [`TARGET`].
    pub fn apply(&self, command: &mut Command) {
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
    }

    /// What its compiler calls itself, such as `rustc 1.95.0`.
    ///
    /// # Errors
    /// Where the compiler does not run.
    pub fn version(&self) -> Result<String> {
        let own = self.environment.iter().find(|(name, _)| *name == "RUSTC");
        let rustc = own.map_or_else(rustc, |(_, path)| path.clone());
        let mut command = Command::new(rustc);
        self.apply(&mut command);
        Ok(process::output(command.arg("--version"))?.trim().to_owned())
    }
}

fn rustup() -> Result<Toolchain> {
    let toolchain = Toolchain { environment: Vec::new() };
    if has_target()? {
        return Ok(toolchain);
    }
    ensure!(
        process::is_installed("rustup"),
        "the Rust in use has no {TARGET}, and there is no rustup to add it"
    );
    process::run_within(
        Duration::from_secs(300),
        Command::new("rustup").args(["target", "add", TARGET]),
    )?;
    ensure!(has_target()?, "rustup added {TARGET}, but not to the toolchain in use");
    Ok(toolchain)
}

/// The compiler in use.
fn rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Whether the toolchain in use has the target's standard library.
fn has_target() -> Result<bool> {
    let sysroot = process::output(Command::new(rustc()).args(["--print", "sysroot"]))?;
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib");
    Ok(libraries.is_dir())
}

/// The folder of Debian's toolchain, made where it does not exist.
fn debian() -> Result<Toolchain> {
    let folder = cache_folder().join(format!("guest-toolchain-{RECIPE}"));
    if !folder.is_dir() {
        let parent = folder.parent().context("the cache folder has no parent")?;
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
        // Made beside its place and renamed when whole, so that an interrupted set-up, or two at
        // once, leave nothing half done.
        let work = tempfile::Builder::new().prefix("guest-toolchain-setup-").tempdir_in(parent)?;
        let root = work.path().join("root");
        let start = Instant::now();
        unpack(work.path(), &root)?;
        build_std(work.path(), &root)?;
        if let Err(error) = fs::rename(&root, &folder)
            && !folder.is_dir()
        {
            return Err(error).with_context(|| format!("cannot create {}", folder.display()));
        }
        anstream::eprintln!(
            "Guest toolchain set up in {} in {:.0?}",
            folder.display(),
            start.elapsed()
        );
    }
    Ok(in_folder(&folder))
}

fn in_folder(root: &Path) -> Toolchain {
    Toolchain {
        environment: vec![
            ("RUSTC", root.join("usr/bin/rustc").into()),
            (
                "LD_LIBRARY_PATH",
                root.join(format!("usr/lib/{}-linux-gnu", env::consts::ARCH)).into(),
            ),
        ],
    }
}

fn cache_folder() -> PathBuf {
    let base = env::var_os("XDG_CACHE_HOME")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    base.unwrap_or_else(env::temp_dir).join("stepwell")
}

/// Fetches Debian's packages and unpacks them; nothing is installed, and no root is needed.
fn unpack(work: &Path, root: &Path) -> Result<()> {
    for program in ["apt-get", "apt-cache", "dpkg"] {
        ensure!(process::is_installed(program), "there is no {program} here");
    }
    anstream::eprintln!("Fetching Debian's packages of Rust for Wasm, about 140 MB");
    // Package lists of its own: the machine's may be empty, or name versions that are gone, and
    // only root could refresh them.
    let lists = work.join("lists");
    let archives = work.join("archives");
    fs::create_dir_all(lists.join("partial"))?;
    fs::create_dir_all(&archives)?;
    let apt = |program: &str| {
        let mut command = Command::new(program);
        command
            .arg("-o")
            .arg(format!("Dir::State::Lists={}", lists.display()))
            .arg("-o")
            .arg(format!("Dir::Cache={}", archives.display()))
            .args(["-o", "APT::Sandbox::User=", "-q=2"])
            .current_dir(&archives);
        command
    };
    process::run(apt("apt-get").arg("update")).context("Debian's package lists cannot be read")?;

    // The names carry versions, which move with Debian's updates.
    let std = depends(&mut apt("apt-cache"), "libstd-rust-web-dev", "libstd-rust-web-")?;
    let llvm = depends(&mut apt("apt-cache"), &std, "libllvm")?;
    let lld = format!("lld-{}", llvm.trim_start_matches("libllvm"));
    let packages =
        ["rustc-web", "libstd-rust-web-dev", "rust-web-src", "wasi-libc", &std, &llvm, &lld];
    process::run(apt("apt-get").arg("download").args(packages))
        .with_context(|| format!("Debian's packages cannot be fetched: {}", packages.join(", ")))?;
    unpack_archives(&archives, root)?;

    // Libraries that LLVM needs are there on nearly every machine; where one is not, it is
    // unpacked beside it.
    let missing = missing_libraries(root)?;
    if !missing.is_empty() {
        let packages =
            missing.iter().map(|library| library_package(library)).collect::<Result<Vec<_>>>()?;
        process::run(apt("apt-get").arg("download").args(&packages)).with_context(|| {
            format!("Debian's packages cannot be fetched: {}", packages.join(", "))
        })?;
        unpack_archives(&archives, root)?;
    }
    let version = in_folder(root).version().context("Debian's rustc does not run")?;
    anstream::eprintln!("Unpacked {version}");
    Ok(())
}

/// The first dependency of a package whose name begins so.
fn depends(apt_cache: &mut Command, package: &str, prefix: &str) -> Result<String> {
    let text = process::output(apt_cache.args(["depends", "--important", package]))
        .with_context(|| format!("Debian has no package {package}"))?;
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix) && !name.ends_with("-dev"))
        .map(str::to_owned)
        .ok_or_else(|| anyhow!("Debian's {package} depends on no {prefix}*"))
}

fn unpack_archives(archives: &Path, root: &Path) -> Result<()> {
    for entry in fs::read_dir(archives)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            process::run(Command::new("dpkg").arg("-x").arg(&path).arg(root))?;
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Shared libraries that the unpacked compiler and linker need and the machine lacks.
fn missing_libraries(root: &Path) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for program in [root.join("usr/bin/rustc"), linker(root)?] {
        let mut command = Command::new("ldd");
        in_folder(root).apply(&mut command);
        for line in process::output(command.arg(&program))?.lines() {
            if let Some((library, _)) = line.split_once("=> not found") {
                missing.push(library.trim().to_owned());
            }
        }
    }
    missing.sort();
    missing.dedup();
    Ok(missing)
}

fn library_package(library: &str) -> Result<&'static str> {
    const PACKAGES: [(&str, &str); 13] = [
        ("libbsd.so", "libbsd0"),
        ("libedit.so", "libedit2"),
        ("libffi.so", "libffi8"),
        ("libicudata.so", "libicu72"),
        ("libicuuc.so", "libicu72"),
        ("liblzma.so", "liblzma5"),
        ("libmd.so", "libmd0"),
        ("libstdc++.so", "libstdc++6"),
        ("libtinfo.so", "libtinfo6"),
        ("libxml2.so", "libxml2"),
        ("libz.so", "zlib1g"),
        ("libz3.so", "libz3-4"),
        ("libzstd.so", "libzstd1"),
    ];
    PACKAGES
        .into_iter()
        .find(|(name, _)| library.starts_with(name))
        .map(|(_, package)| package)
        .ok_or_else(|| anyhow!("the machine lacks {library}, which Debian's rustc needs"))
}

fn linker(root: &Path) -> Result<PathBuf> {
    let folder = root.join("usr/lib");
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path().join("bin/lld");
        if path.is_file() {
            return Ok(path);
        }
    }
    bail!("Debian's lld was unpacked but has no lld under {}", folder.display())
}

/// Builds the standard library for the target and lays it into the toolchain's sysroot, together
/// with the C library and the linker, where rustc looks for them by itself.
fn build_std(work: &Path, root: &Path) -> Result<()> {
    anstream::eprintln!("Building the standard library for {TARGET}, about a minute");
    let package = work.join("std");
    fs::create_dir_all(&package)?;
    fs::write(
        package.join("Cargo.toml"),
        "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [lib]\npath = \"lib.rs\"\n[profile.release]\npanic = \"abort\"\n[workspace]\n",
    )?;
    fs::write(package.join("lib.rs"), "#![no_std]\n")?;
    let mut build = process::cargo();
    in_folder(root).apply(&mut build);
    build
        .current_dir(&package)
        .env("RUSTC_BOOTSTRAP", "1")
        // Cargo leaves the bitcode out, but guests are linked with LTO.
        .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .args(["build", "--quiet", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort")
        .arg("--target-dir")
        .arg(work.join("std-target"));
    process::run(&mut build).context("the standard library cannot be built")?;

    let rustlib = root.join("usr/lib/rustlib");
    let libraries = rustlib.join(TARGET).join("lib");
    let objects = libraries.join("self-contained");
    fs::create_dir_all(&objects)?;
    let built = work.join("std-target").join(TARGET).join("release/deps");
    for entry in fs::read_dir(built)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        let is_library = path.extension().is_some_and(|extension| extension == "rlib");
        if is_library && !name.to_string_lossy().starts_with("libempty-") {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    for name in ["crt1-command.o", "crt1-reactor.o", "libc.a"] {
        let from = root.join("usr/lib/wasm32-wasi").join(name);
        fs::copy(&from, objects.join(name))
            .with_context(|| format!("Debian's wasi-libc has no {}", from.display()))?;
    }
    let programs = rustlib.join(format!("{}-unknown-linux-gnu", env::consts::ARCH)).join("bin");
    fs::create_dir_all(&programs)?;
    fs::copy(linker(root)?, programs.join("rust-lld"))?;

    // The library's sources are half of the folder, and done with.
    fs::remove_dir_all(root.join("usr/src"))?;
    Ok(())
}
