//! Where an execution's input comes from.

use std::{
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};
use stepwell_asl::{Json, data::MAX_NESTING};

/// Reads `--input`: `-` for standard input, JSON text itself, or a file; a relative name is looked
/// for here first, then in `project`.
pub(crate) fn read(argument: &str, project: &Path) -> Result<Json> {
    if argument == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).context("cannot read the input from stdin")?;
        return parse(&text, "stdin");
    }
    for path in [Path::new(argument), &project.join(argument)] {
        if path.is_file() {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the input file {name}"))?;
            return parse(&text, &name);
        }
    }
    // A bare word is far more often a misspelt file than a broken JSON document.
    if argument.trim_start().starts_with(['{', '[', '"']) || Json::parse(argument).is_ok() {
        return parse(argument, "--input");
    }
    bail!(
        "no file is called `{argument}`, neither here nor in {}, and it is no JSON either",
        project.display()
    );
}

fn parse(text: &str, source: &str) -> Result<Json> {
    let input = Json::parse(text.trim())
        .map_err(|error| anyhow::anyhow!("{source} is not JSON: {error}"))?;
    let nesting = input.nesting();
    ensure!(
        nesting <= MAX_NESTING,
        "{source} nests {nesting} levels deep, and state data may nest {MAX_NESTING}"
    );
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_text_is_taken_as_it_is() {
        let input = read(r#"{ "a": 1 }"#, Path::new(".")).unwrap();
        assert_eq!(input.text(), r#"{ "a": 1 }"#);
    }

    #[test]
    fn a_file_is_found_in_the_project() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("in.json"), "[1]\n").unwrap();
        assert_eq!(read("in.json", project.path()).unwrap().text(), "[1]");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read("missing.json", Path::new("/nowhere")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no file is called `missing.json`, neither here nor in /nowhere, and it is no JSON either"
        );
    }

    #[test]
    fn an_input_that_nests_too_deep_is_refused() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(100), Path::new(".")).is_ok());
        assert_eq!(
            read(&nested(101), Path::new(".")).unwrap_err().to_string(),
            "--input nests 101 levels deep, and state data may nest 100"
        );
    }

    #[test]
    fn broken_json_gives_its_place() {
        let error = read("{\"a\": }", Path::new(".")).unwrap_err();
        assert_eq!(error.to_string(), "--input is not JSON: expected value at line 1 column 7");
    }
}
