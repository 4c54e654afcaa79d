//! Builds the plugins in other languages than Rust, with tools that it gets where it can.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock, PoisonError},
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result, anyhow};
use sha2::{Digest as _, Sha256};
use stepwell_build::{Error, Language, Project, Tools};

use crate::{packages, process};

/// Languages whose examples must be built where tools are required.
pub(crate) const REQUIRED: [Language; 6] = [
    Language::Rust,
    Language::C,
    Language::Go,
    Language::JavaScript,
    Language::TypeScript,
    Language::Python,
];

/// How many are built at once: most tools use one core for most of their time.
const AT_ONCE: usize = 2;

/// Folders of a project that are made, and no part of its sources.
const MADE: [&str; 5] = ["build", "target", "node_modules", ".venv", "__pycache__"];

/// Where there is a project per language.
const FOLDERS: [&str; 2] = ["plugins/examples", "plugins/sdk/tests"];

/// Builds the projects that have changed into `target/guests`, but those in Rust, which cargo
/// builds with the other crates. Where a tool can neither be found nor got the project is left out,
/// and said. Returns how many are up to date.
pub(crate) fn build(require_tools: bool) -> Result<usize> {
    let mut projects = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(process::root().join(folder))? {
            projects.push(Project::read(entry?.path())?);
        }
    }
    projects.retain(|project| project.language() != Language::Rust);
    let queue = Mutex::new(projects.iter());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || -> Result<usize> {
        let mut built = 0;
        while let Some(project) = next() {
            let is_built = build_one(project, require_tools)
                .with_context(|| format!("{} cannot be built", project.folder().display()))?;
            built += usize::from(is_built);
        }
        Ok(built)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let counts = workers.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| Err(anyhow!("building an example panicked")))
        });
        counts.sum()
    })
}

/// Builds one where it has changed. Whether it is up to date then.
fn build_one(project: &Project, require_tools: bool) -> Result<bool> {
    let file = Path::new("target/guests").join(format!("{}.wasm", project.name()));
    let to = process::root().join(&file);
    let made_of = to.with_extension("made-of");
    let digest = digest(project)?;
    if to.is_file() && fs::read_to_string(&made_of).is_ok_and(|old| old == digest) {
        return Ok(true);
    }
    let start = Instant::now();
    let built = match project.build(&Tools::default()) {
        Err(Error::Missing { .. }) => project.build(&Tools::with(tools())),
        built => built,
    };
    let built = match built {
        Err(error @ Error::Missing { .. })
            if !(require_tools && REQUIRED.contains(&project.language())) =>
        {
            // Of an older build nothing is left that could be taken for this one.
            remove(&to)?;
            let text = error.to_string().replace('\n', " ");
            anstream::println!("left out: target/guests/{}.wasm: {text}", project.name());
            return Ok(false);
        }
        built => built?,
    };
    fs::copy(&built.file, &to).with_context(|| format!("cannot write {}", to.display()))?;
    fs::write(&made_of, digest)?;
    anstream::println!(
        "{:>9} KB  {:<12}  {}  ({}, {:.1?})",
        built.bytes.div_ceil(1024),
        project.language().name(),
        file.display(),
        built.tool,
        start.elapsed()
    );
    Ok(true)
}

/// The folders of the tools that were got, once for all. What cannot be got is said, and then
/// missed by those that need it.
fn tools() -> Vec<PathBuf> {
    static TOOLS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let get = || {
        let wanted = process::root().join("host/xtask/tools");
        let folder = process::root().join("target/tools");
        let python = packages::python(&wanted.join("requirements.txt"), &folder.join("python"));
        let npm = packages::npm(&wanted, &[], &folder.join("npm"));
        let mut folders = Vec::new();
        for got in [python, npm] {
            match got {
                Ok(bin) => folders.extend(bin),
                Err(error) => anstream::eprintln!("tools cannot be got: {error:#}"),
            }
        }
        folders
    };
    TOOLS.get_or_init(get).clone()
}

/// Of what a project and its builder are made: when it changes the project is built again.
fn digest(project: &Project) -> Result<String> {
    let root = process::root();
    let mut hash = Sha256::new();
    for folder in ["plugins/sdk", "host/build/src", "wit"] {
        add(&mut hash, &root.join(folder))?;
    }
    add(&mut hash, project.folder())?;
    Ok(hex::encode(hash.finalize()))
}

/// Adds the files of a folder.
fn add(hash: &mut Sha256, folder: &Path) -> Result<()> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if !path.is_dir() {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update(Sha256::digest(fs::read(&path)?));
        } else if !MADE.iter().any(|made| path.ends_with(made)) {
            add(hash, &path)?;
        }
    }
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}
