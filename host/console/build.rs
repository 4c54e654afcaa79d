//! Makes the page with Vite, for `src/lib.rs` to embed.
//!
//! Where there is no Node, or its packages cannot be had, the host is built all the same: it says
//! that the console was left out. `STEPWELL_CONSOLE=require` makes that an error, and
//! `STEPWELL_CONSOLE=omit` leaves it out on purpose. What Vite refuses is an error in either case.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};

/// What the page is made of.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
];

/// What is served where the console was left out.
const LEFT_OUT: &str = "left-out.html";

fn main() -> Result<()> {
    for source in SOURCES.iter().chain(&["build.rs", LEFT_OUT]) {
        println!("cargo::rerun-if-changed={source}");
    }
    println!("cargo::rerun-if-env-changed=STEPWELL_CONSOLE");
    println!("cargo::rustc-check-cfg=cfg(left_out)");
    let target = PathBuf::from(env::var("OUT_DIR")?).join("page");
    match fs::remove_dir_all(&target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&target)?,
    }
    let wanted = env::var("STEPWELL_CONSOLE").unwrap_or_default();
    if wanted == "omit" {
        return leave_out(&target, "STEPWELL_CONSOLE=omit asked for it");
    }
    if let Err(missing) = install() {
        if wanted == "require" {
            bail!("the console cannot be built: {missing:#}");
        }
        let missing = format!("{missing:#}");
        println!("cargo::warning=the console is left out: {missing}");
        return leave_out(&target, &missing);
    }
    vite(&target)?;
    compress(&target)
}

/// What npm says may go on and on.
const LONGEST_REASON: usize = 200;

fn leave_out(target: &Path, why: &str) -> Result<()> {
    println!("cargo::rustc-cfg=left_out");
    let why: String = why.lines().next().unwrap_or_default().chars().take(LONGEST_REASON).collect();
    println!("cargo::rustc-env=STEPWELL_CONSOLE_LEFT_OUT={why}");
    fs::copy(LEFT_OUT, target.join("index.html"))?;
    Ok(())
}

/// Gets what Vite needs, unless it is there.
fn install() -> Result<()> {
    Command::new("node").arg("--version").output().context("Node 20 or later cannot be run")?;
    let modified = |file: &str| fs::metadata(file).and_then(|it| it.modified()).ok();
    let there = modified("node_modules/.package-lock.json");
    if there.is_some() && there >= modified("package-lock.json") {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    // What Vite needs is there without running what its packages would have run.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let output = npm.output().context("npm of Node 20 or later is needed, and cannot be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`npm ci` failed: {}", said.trim().replace('\n', "; "));
    Ok(())
}

fn vite(target: &Path) -> Result<()> {
    let mut vite = Command::new("node");
    vite.args(["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--outDir"]);
    let output = vite.arg(target).output().context("node cannot be run")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "Vite cannot build the console:\n{said}");
    Ok(())
}

/// Puts a compressed one beside each file that gains by it.
fn compress(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            compress(&path)?;
            continue;
        }
        let bytes = fs::read(&path)?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        let small = gzip.finish()?;
        if small.len() < bytes.len() {
            let mut name = path.into_os_string();
            name.push(".gz");
            fs::write(name, small)?;
        }
    }
    Ok(())
}
