//! `stepwell plugin new`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use include_dir::{Dir, DirEntry, include_dir};
use stepwell_build::{Language, Name, wit};
use toml::Table;

use crate::Verdict;

static TEMPLATES: Dir = include_dir!("$CARGO_MANIFEST_DIR/templates");
static GO_SDK: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/go");
static RUST_SDK: Dir = include_dir!("$CARGO_MANIFEST_DIR/../../plugins/sdk/rust");

/// What the SDK's own manifest takes its versions from.
const WORKSPACE: &str = include_str!("../../../../Cargo.toml");

/// Make a new plugin: a folder with a small plugin that works, to be changed.
///
/// It has everything that building it needs but the language's own tools.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The plugin's name: a-z, 0-9 and -, beginning with a letter.
    #[arg(value_name = "NAME")]
    name: Name,

    /// The language it is written in.
    #[arg(long, value_name = "LANG")]
    lang: Language,

    /// The folder to make; by default it is called as the plugin is.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Result<Verdict> {
    let Arguments { name, lang, dir } = arguments;
    let Some(template) = TEMPLATES.get_dir(lang.name()) else {
        bail!(
            "there is no template for {lang}; there are some for {}",
            Language::ALL
                .map(Language::name)
                .into_iter()
                .filter(|name| TEMPLATES.get_dir(name).is_some())
                .collect::<Vec<_>>()
                .join(", ")
        );
    };
    let dir = dir.unwrap_or_else(|| PathBuf::from(name.as_ref()));
    ensure!(
        is_free(&dir)?,
        "{} is there already, and is not empty: choose another folder with --dir",
        dir.display()
    );
    write(template, &dir, &|text| {
        text.replace("{{name}}", name.as_ref()).replace("{{Name}}", &pascal_case(name.as_ref()))
    })?;
    match lang {
        Language::Rust => write_rust_sdk(&dir.join("sdk"))?,
        Language::Go => write(&GO_SDK, &dir.join("sdk"), &str::to_owned)?,
        _ => {}
    }
    let folder = dir.display();
    let tools = tools(lang).map(|command| format!("  {command}\n")).unwrap_or_default();
    anstream::println!(
        "Made {folder}, a plugin in {lang}. Next:\n  \
         cd {folder}\n{tools}  \
         stepwell plugin build    makes build/{name}.wasm\n  \
         stepwell plugin test     calls it as the cases in examples/ say\n\
         README.md says what is where."
    );
    Ok(Verdict::Good)
}

/// What gets a language's tools into the project, where that is how it is done.
fn tools(lang: Language) -> Option<&'static str> {
    match lang {
        Language::JavaScript | Language::TypeScript => Some("npm install"),
        Language::Python => {
            Some("python3 -m venv .venv && .venv/bin/pip install -r requirements.txt")
        }
        Language::Rust | Language::C | Language::Go | Language::Zig | Language::Wat => None,
    }
}

/// Whether a folder can be made there, or is there and empty.
fn is_free(dir: &Path) -> Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", dir.display())),
    }
}

/// Writes the files of a folder into another, each as `change` makes it.
fn write(from: &Dir, to: &Path, change: &dyn Fn(&str) -> String) -> Result<()> {
    for entry in from.entries() {
        let path = to.join(entry.path().file_name().context("a template has no name")?);
        match entry {
            DirEntry::Dir(folder) => write(folder, &path, change)?,
            DirEntry::File(file) => {
                let text = file.contents_utf8().context("a template is not text")?;
                put(&path, &change(text))?;
            }
        }
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> Result<()> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        fs::write(path, text)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The SDK as it is, but for what it takes from the workspace it is developed in.
fn write_rust_sdk(to: &Path) -> Result<()> {
    write(&RUST_SDK, to, &|text| text.replace("\"../../../wit\"", "\"wit\""))?;
    let manifest = RUST_SDK.get_file("Cargo.toml").and_then(|file| file.contents_utf8());
    put(&to.join("Cargo.toml"), &standalone(manifest.context("the SDK has no Cargo.toml")?)?)?;
    wit::write(&to.join("wit"))?;
    Ok(())
}

/// The manifest of a crate with what it inherits from the workspace written out. What only matters
/// to those who change the crate is left out.
fn standalone(manifest: &str) -> Result<String> {
    let mut manifest: Table = manifest.parse()?;
    for section in ["lints", "dev-dependencies"] {
        manifest.remove(section);
    }
    let workspace: Table = WORKSPACE.parse()?;
    let section = |name: &str| workspace.get("workspace")?.get(name)?.as_table();
    let package = section("package").context("the workspace has no package")?;
    let dependencies = section("dependencies").context("the workspace has no dependencies")?;
    inherit(&mut manifest, &[package, dependencies]);
    Ok(toml::to_string(&manifest)?)
}

/// Puts what is shared in place of each `{ workspace = true }`.
fn inherit(table: &mut Table, shared: &[&Table]) {
    for (key, value) in table.iter_mut() {
        let Some(inner) = value.as_table_mut() else { continue };
        if inner.get("workspace").is_none() {
            inherit(inner, shared);
        } else if let Some(own) = shared.iter().find_map(|shared| shared.get(key)) {
            *value = own.clone();
        }
    }
}

/// `card-payments` as `CardPayments`.
fn pascal_case(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_made_to_stand_alone() {
        let text = RUST_SDK.get_file("Cargo.toml").and_then(|file| file.contents_utf8()).unwrap();
        let manifest = standalone(text).unwrap();
        assert!(!manifest.contains("workspace"), "{manifest}");
        let manifest: Table = manifest.parse().unwrap();
        let workspace: Table = WORKSPACE.parse().unwrap();
        let shared = &workspace["workspace"]["dependencies"];
        assert_eq!(manifest["dependencies"]["serde"], shared["serde"]);
        let target = &manifest["target"][r#"cfg(target_family = "wasm")"#];
        assert_eq!(target["dependencies"]["wasip2"], shared["wasip2"]);
    }

    #[test]
    fn every_template_is_a_project() {
        for template in TEMPLATES.dirs() {
            let folder = tempfile::tempdir().unwrap();
            write(template, folder.path(), &|text| text.replace("{{name}}", "greeter")).unwrap();
            let project = stepwell_build::Project::read(folder.path()).unwrap();
            assert_eq!(project.name().as_ref(), "greeter");
            assert_eq!(Some(project.language().name()), template.path().to_str());
            assert!(folder.path().join("README.md").is_file());
            assert!(folder.path().join("examples").is_dir());
        }
    }
}
