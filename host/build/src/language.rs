//! The languages that plugins are written in: one file for each, with how it is built.

mod c;
mod go;
mod javascript;
mod python;
mod rust;
mod typescript;
mod wat;
mod zig;

use std::{fmt, str::FromStr};

use serde::Deserialize;

use crate::{Error, Project, Tools};

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum Language {
    /// Rust.
    Rust,
    /// C.
    C,
    /// Go.
    Go,
    /// Zig.
    Zig,
    /// JavaScript.
    JavaScript,
    /// TypeScript.
    TypeScript,
    /// Python.
    Python,
    /// WebAssembly's text format.
    Wat,
}

/// What a language's tools made.
pub(crate) struct Made {
    /// The component; of a command, the core module will do.
    pub(crate) wasm: Vec<u8>,
    /// The tool that made it, with its version.
    pub(crate) tool: String,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Rust,
        Self::C,
        Self::Go,
        Self::Zig,
        Self::JavaScript,
        Self::TypeScript,
        Self::Python,
        Self::Wat,
    ];

    /// Its name, as `plugin.toml` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Go => "go",
            Self::Zig => "zig",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Python => "python",
            Self::Wat => "wat",
        }
    }

    pub(crate) fn build(self, project: &Project, tools: &Tools) -> Result<Made, Error> {
        match self {
            Self::Rust => rust::build(project, tools),
            Self::C => c::build(project, tools),
            Self::Go => go::build(project, tools),
            Self::Zig => zig::build(project, tools),
            Self::JavaScript => javascript::build(project, tools),
            Self::TypeScript => typescript::build(project, tools),
            Self::Python => python::build(project, tools),
            Self::Wat => wat::build(project),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A language that plugins are not built in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no language {0:?} here; there are {names}. A program in any other that compiles to \
     a WASI command is a plugin as it is",
    names = Language::ALL.map(Language::name).join(", ")
)]
pub struct Unknown(String);

impl FromStr for Language {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        let name = match text {
            "js" => "javascript",
            "ts" => "typescript",
            "py" => "python",
            name => name,
        };
        Self::ALL
            .into_iter()
            .find(|language| language.name() == name)
            .ok_or_else(|| Unknown(text.to_owned()))
    }
}

impl TryFrom<String> for Language {
    type Error = Unknown;

    fn try_from(text: String) -> Result<Self, Unknown> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_read_by_its_name() {
        for language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
        }
    }

    #[test]
    fn an_unknown_language_is_told_those_there_are() {
        let error = "cobol".parse::<Language>().unwrap_err().to_string();
        assert!(
            error.starts_with("there is no language \"cobol\" here; there are rust, "),
            "{error}"
        );
    }
}
