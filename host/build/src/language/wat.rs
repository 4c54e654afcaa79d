use std::fs;

use super::Made;
use crate::{
    Error, Project,
    component::{self, Module},
};

/// `plugin.wat` holds a component, or a core module of the world.
pub(super) fn build(project: &Project) -> Result<Made, Error> {
    let source = project.source("plugin.wat")?;
    let text = fs::read(&source).map_err(Error::read(&source))?;
    let wasm = wat::parse_bytes(&text).map_err(|mut error| {
        error.set_path(&source);
        Error::Made { made: "the text".to_owned(), problem: format!("is not right: {error}") }
    })?;
    let wasm = component::finish(project, &wasm, Module::WithoutWorld)?;
    Ok(Made { wasm, tool: "the WAT parser of Stepwell".to_owned() })
}
