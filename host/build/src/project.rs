use std::{
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;

use crate::{Error, Language, Tools, language::Made};

/// The sources of a plugin: a folder with a `plugin.toml`.
#[derive(Debug, Clone)]
pub struct Project {
    folder: PathBuf,
    manifest: Manifest,
}

/// What `plugin.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: Name,
    language: Language,
    #[serde(default)]
    kind: Kind,
}

/// What is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A component of the world `task-plugin`.
    #[default]
    Plugin,
    /// A WASI command: JSON on standard input and output.
    Command,
}

/// The name of a project, which is the name of what is built and, in most languages, of the
/// plugin: 1 to 64 of `a-z`, `0-9` and `-`, beginning with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

/// Why a text is no [`Name`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be the name of a plugin project: take 1 to 64 of a-z, 0-9 and -, beginning with \
     a letter, such as \"greeter\""
)]
pub struct InvalidName(String);

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let fits = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .chars()
                .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidName(text.to_owned())) }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// What was built.
#[derive(Debug)]
pub struct Built {
    /// The file.
    pub file: PathBuf,
    /// How long it is.
    pub bytes: usize,
    /// The tool that made it, with its version.
    pub tool: String,
}

impl Project {
    /// Reads the project in a folder.
    ///
    /// # Errors
    /// Where the folder has no `plugin.toml`, or it says something that it cannot say.
    pub fn read(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder = folder.into();
        let path = folder.join("plugin.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NoProject(folder));
            }
            Err(error) => return Err(Error::read(path)(error)),
        };
        let manifest = toml::from_str(&text)
            .map_err(|problem| Error::Manifest { path, problem: Box::new(problem) })?;
        // Tools are run in folders of their own choosing.
        let folder = fs::canonicalize(&folder).map_err(Error::read(&folder))?;
        Ok(Self { folder, manifest })
    }

    /// Its folder, as an absolute path.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.manifest.name
    }

    /// The language it is written in.
    pub fn language(&self) -> Language {
        self.manifest.language
    }

    /// What is built of it.
    pub fn kind(&self) -> Kind {
        self.manifest.kind
    }

    /// The file that is built: `build/NAME.wasm` in its folder.
    pub fn output(&self) -> PathBuf {
        self.build_folder().join(format!("{}.wasm", self.manifest.name))
    }

    /// Builds it. The [output](Self::output) is written whole or not at all.
    ///
    /// # Errors
    /// Where a tool is missing or fails, or what it makes is no plugin.
    pub fn build(&self, tools: &Tools) -> Result<Built, Error> {
        let folder = self.build_folder();
        fs::create_dir_all(&folder).map_err(Error::write(&folder))?;
        let Made { wasm, tool } = self.language().build(self, tools)?;
        let file = self.output();
        let mut partial =
            tempfile::NamedTempFile::new_in(&folder).map_err(Error::write(&folder))?;
        partial.write_all(&wasm).map_err(Error::write(partial.path()))?;
        partial.persist(&file).map_err(|error| Error::write(&file)(error.error))?;
        Ok(Built { file, bytes: wasm.len(), tool })
    }

    /// Where everything goes that is made while it is built.
    pub(crate) fn build_folder(&self) -> PathBuf {
        self.folder.join("build")
    }

    /// A file of the project, below its folder.
    pub(crate) fn source(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.folder.join(name);
        if path.exists() {
            return Ok(path);
        }
        let problem = "does not exist: it is what is compiled".to_owned();
        Err(Error::Made { made: path.display().to_string(), problem })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(manifest: &str) -> (tempfile::TempDir, Result<Project, Error>) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plugin.toml"), manifest).unwrap();
        let project = Project::read(folder.path());
        (folder, project)
    }

    /// It lacks all that a plugin exports.
    const NO_PLUGIN: &str = "(module (memory (export \"memory\") 1))";

    #[test]
    fn a_manifest_says_name_language_and_kind() {
        let (_folder, read) = project("name = 'a-1'\nlanguage = 'js'\nkind = 'command'");
        let read = read.unwrap();
        assert_eq!(read.name().as_ref(), "a-1");
        assert_eq!((read.language(), read.kind()), (Language::JavaScript, Kind::Command));
        assert!(read.output().ends_with("build/a-1.wasm"));
    }

    #[test]
    fn what_is_wrong_in_a_manifest_is_told_with_its_place() {
        for (manifest, why) in [
            ("language = 'c'", "missing field `name`"),
            ("name = 'A'\nlanguage = 'c'", "\"A\" cannot be the name of a plugin project"),
            ("name = 'a'\nlanguage = 'cobol'", "there is no language \"cobol\" here"),
            ("name = 'a'\nlanguage = 'c'\nkind = 'x'", "expected `plugin` or `command`"),
            ("name = 'a'\nlanguage = 'c'\nlang = 'c'", "unknown field `lang`"),
        ] {
            let (_folder, read) = project(manifest);
            let error = read.unwrap_err().to_string();
            assert!(
                error.contains("plugin.toml is not right: TOML parse error at line "),
                "{error}"
            );
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn an_output_is_left_alone_where_there_is_no_new_one() {
        let (folder, read) = project("name = 'a'\nlanguage = 'wat'\nkind = 'command'");
        let source = folder.path().join("plugin.wat");
        let build = || read.as_ref().unwrap().build(&Tools::default());
        assert!(
            build().unwrap_err().to_string().ends_with("does not exist: it is what is compiled")
        );
        fs::write(&source, NO_PLUGIN).unwrap();
        let built = build().unwrap();
        assert_eq!(fs::read(&built.file).unwrap().len(), built.bytes);
        fs::write(&source, "(module (memory").unwrap();
        let error = build().unwrap_err().to_string();
        assert!(error.contains("plugin.wat:1:"), "{error}");
        assert_eq!(fs::read(&built.file).unwrap().len(), built.bytes);
    }

    #[test]
    fn a_module_that_is_no_plugin_is_told_what_it_lacks() {
        let (folder, read) = project("name = 'a'\nlanguage = 'wat'");
        fs::write(folder.path().join("plugin.wat"), NO_PLUGIN).unwrap();
        let error = read.unwrap().build(&Tools::default()).unwrap_err().to_string();
        let start = "what was compiled cannot be made a component of the world task-plugin: ";
        assert!(error.starts_with(start), "{error}");
        assert!(error.contains("stepwell:task/plugin@0.1.0"), "{error}");
    }
}
