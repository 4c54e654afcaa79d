//! What a file is, exports and imports, told from its sections.

use std::collections::BTreeSet;

use wasmparser::{
    ComponentNameSectionReader, ExternalKind, KnownCustom, Name, NameSectionReader, Parser,
    Payload, Validator, WasmFeatures,
};

use super::{Refusal, refusal::list};
use crate::{info::Kind, wasi};

/// What the header says.
pub(super) enum Encoding {
    Component,
    Module,
}

pub(super) fn encoding(bytes: &[u8]) -> Result<Encoding, Refusal> {
    let is_not = |how: &str| Err(Refusal::NotWasm(how.to_owned()));
    if bytes.is_empty() {
        return is_not("is empty");
    }
    if bytes.starts_with(b"\x7fELF") {
        return is_not(
            "is an ELF file; plugins are admitted as .wasm, and the host compiles them itself",
        );
    }
    if bytes.trim_ascii_start().starts_with(b"(") {
        return is_not("looks like WebAssembly text; `wasm-tools parse` makes a .wasm of it");
    }
    if Parser::is_component(bytes) {
        Ok(Encoding::Component)
    } else if Parser::is_core_wasm(bytes) {
        Ok(Encoding::Module)
    } else if bytes.starts_with(b"\0asm") {
        is_not("has the header of WebAssembly, of a version that is not known")
    } else {
        is_not("does not begin with `\\0asm`")
    }
}

/// What is seen of a core module from outside.
#[derive(Default)]
pub(super) struct Module {
    pub(super) name: Option<String>,
    pub(super) exports: Vec<String>,
    /// The modules it imports from.
    pub(super) imports: BTreeSet<String>,
    pub(super) has_start: bool,
    /// Whether a section says which world it implements.
    pub(super) has_world: bool,
}

pub(super) fn module(bytes: &[u8]) -> Result<Module, Refusal> {
    validate(bytes)?;
    let mut module = Module::default();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(corrupt)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    module.imports.insert(import.map_err(corrupt)?.module.to_owned());
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(corrupt)?;
                    module.has_start |=
                        export.name == "_start" && export.kind == ExternalKind::Func;
                    module.exports.push(export.name.to_owned());
                }
            }
            Payload::CustomSection(section) => {
                module.has_world |= section.name().starts_with("component-type");
                if let KnownCustom::Name(names) = section.as_known() {
                    module.name = module_name(names);
                }
            }
            _ => {}
        }
    }
    Ok(module)
}

/// What is seen of a component from outside.
#[derive(Default)]
pub(super) struct Surface {
    pub(super) name: Option<String>,
    pub(super) exports: Vec<String>,
    pub(super) imports: Vec<String>,
}

pub(super) fn component(bytes: &[u8]) -> Result<Surface, Refusal> {
    validate(bytes)?;
    let mut surface = Surface::default();
    // Components and modules nest: only what lies at the top is seen from outside.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(corrupt)? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    surface.imports.push(import.map_err(corrupt)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    surface.exports.push(export.map_err(corrupt)?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if depth == 0 => {
                if let KnownCustom::ComponentName(names) = section.as_known() {
                    surface.name = component_name(names);
                }
            }
            _ => {}
        }
    }
    surface.imports.sort_unstable();
    Ok(surface)
}

impl Surface {
    pub(super) fn kind(&self) -> Result<Kind, Refusal> {
        if self.exports.iter().any(|name| is(name, "stepwell:task/plugin", "0.1.")) {
            return Ok(Kind::Component);
        }
        if self.exports.iter().any(|name| is(name, "wasi:cli/run", "0.2.")) {
            return Ok(Kind::Command);
        }
        let other = |name: &&String| {
            let interface = name.split('@').next();
            matches!(interface, Some("stepwell:task/plugin" | "wasi:cli/run"))
        };
        Err(match self.exports.iter().find(other) {
            Some(export) => Refusal::AnotherVersion { export: export.clone() },
            None => Refusal::AnotherWorld { exports: list(&self.exports) },
        })
    }

    /// What it imports, but for the interface that has types alone.
    pub(super) fn capabilities(self) -> Vec<String> {
        let mut imports = self.imports;
        imports.retain(|name| !is(name, TYPES, "0.1."));
        imports
    }

    pub(super) fn check_imports(&self) -> Result<(), Refusal> {
        let known = |name: &String| {
            CONTRACT.iter().any(|interface| is(name, interface, "0.1."))
                || wasi::PACKAGES.iter().any(|package| {
                    name.split_once('/').is_some_and(|(found, interface)| {
                        found == *package
                            && interface
                                .split_once('@')
                                .is_some_and(|(_, version)| version.starts_with("0.2."))
                    })
                })
        };
        let unknown: Vec<_> = self.imports.iter().filter(|name| !known(name)).cloned().collect();
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(Refusal::UnknownImports(unknown)),
        }
    }
}

const TYPES: &str = "stepwell:task/types";

/// The interfaces of the contract that are there to import.
const CONTRACT: [&str; 6] = [
    TYPES,
    "stepwell:task/call",
    "stepwell:task/config",
    "stepwell:task/key-value",
    "stepwell:task/log",
    "stepwell:task/secrets",
];

/// Whether `name` is `interface` at a version that begins with `version`.
fn is(name: &str, interface: &str, version: &str) -> bool {
    name.split_once('@').is_some_and(|(found, at)| found == interface && at.starts_with(version))
}

fn validate(bytes: &[u8]) -> Result<(), Refusal> {
    Validator::new_with_features(WasmFeatures::default())
        .validate_all(bytes)
        .map(|_| ())
        .map_err(corrupt)
}

pub(super) fn corrupt(error: wasmparser::BinaryReaderError) -> Refusal {
    Refusal::Corrupt { message: error.message().to_owned(), offset: error.offset() }
}

/// A broken name section is no reason to refuse a module: it is for people only.
fn module_name(names: NameSectionReader<'_>) -> Option<String> {
    names.into_iter().find_map(|name| match name.ok()? {
        Name::Module { name, .. } => Some(name.to_owned()),
        _ => None,
    })
}

fn component_name(names: ComponentNameSectionReader<'_>) -> Option<String> {
    names.into_iter().find_map(|name| match name.ok()? {
        wasmparser::ComponentName::Component { name, .. } => Some(name.to_owned()),
        _ => None,
    })
}
