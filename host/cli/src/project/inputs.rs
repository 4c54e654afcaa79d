//! What a project says of the inputs of its state machine: a schema, and examples.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use stepwell_api::console::inputs::ExampleInput;

/// Where examples are, where a project does not say so and has it.
const FOLDER: &str = "inputs";
/// Bytes of the largest input that an execution can be started with, as AWS has it.
const INPUT_AT_MOST: u64 = 256 << 10;
/// Bytes of the largest schema.
const SCHEMA_AT_MOST: u64 = 1 << 20;
/// Most examples.
const EXAMPLES_AT_MOST: usize = 100;

/// Reads a JSON Schema.
pub(super) fn schema(file: &Path) -> Result<Value> {
    let read = || {
        let text = read(file, SCHEMA_AT_MOST)?;
        let schema: Value = serde_json::from_str(&text).context("it is no JSON")?;
        if !schema.is_object() {
            bail!("it is no JSON Schema: that is an object");
        }
        Ok(schema)
    };
    read().with_context(|| format!("the input schema {} cannot be used", file.display()))
}

/// Reads the examples in a folder, by their names: `NAME.json` is the example `NAME`. Where none is
/// named it is `inputs`, if there is such a folder; what is none there is left out.
pub(super) fn examples(project: &Path, named: Option<&PathBuf>) -> Result<Vec<ExampleInput>> {
    let folder = project.join(named.map_or(Path::new(FOLDER), PathBuf::as_path));
    if named.is_none() && !folder.is_dir() {
        return Ok(Vec::new());
    }
    let list = || -> Result<Vec<PathBuf>> {
        let files = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
        let mut files = files.collect::<Result<Vec<_>>>()?;
        files.retain(|file| file.extension().is_some_and(|it| it == "json"));
        files.sort();
        Ok(files)
    };
    let files =
        list().with_context(|| format!("the inputs in {} cannot be read", folder.display()))?;
    if files.len() > EXAMPLES_AT_MOST {
        bail!("{} has more than {EXAMPLES_AT_MOST} inputs", folder.display());
    }
    let mut examples = Vec::new();
    for file in files {
        match example(&file) {
            Ok(example) => examples.push(example),
            // The folder may be there for something else.
            Err(error) if named.is_none() => tracing::warn!("{error:#}"),
            Err(error) => return Err(error),
        }
    }
    Ok(examples)
}

fn example(file: &Path) -> Result<ExampleInput> {
    let read = || -> Result<ExampleInput> {
        let input = read(file, INPUT_AT_MOST)?;
        serde_json::from_str::<Value>(&input).context("it is no JSON")?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(ExampleInput { name, input })
    };
    read().with_context(|| format!("the input {} cannot be used", file.display()))
}

fn read(file: &Path, most: u64) -> Result<String> {
    if std::fs::metadata(file)?.len() > most {
        bail!("it has more than {most} bytes");
    }
    Ok(std::fs::read_to_string(file)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn refusal(error: &anyhow::Error) -> String {
        format!("{error:#}")
    }

    #[test]
    fn examples_are_those_of_the_folder_by_their_names() {
        let project = tempfile::tempdir().unwrap();
        assert_eq!(examples(project.path(), None).unwrap(), []);
        let folder = project.path().join("inputs");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("two.json"), "[2]").unwrap();
        fs::write(folder.join("one.json"), "{ \"a\": 1 }\n").unwrap();
        fs::write(folder.join("notes.txt"), "none").unwrap();
        let all = examples(project.path(), None).unwrap();
        let told: Vec<_> = all.iter().map(|it| (&*it.name, &*it.input)).collect();
        assert_eq!(told, [("one", "{ \"a\": 1 }\n"), ("two", "[2]")]);
        let error = examples(project.path(), Some(&"none".into())).unwrap_err();
        let none = project.path().join("none");
        let starts = format!("the inputs in {} cannot be read: ", none.display());
        assert!(refusal(&error).starts_with(&starts), "{error:#}");
    }

    #[test]
    fn what_is_no_input_or_schema_is_named() {
        let project = tempfile::tempdir().unwrap();
        let file = project.path().join("inputs").join("bad.json");
        fs::create_dir(file.parent().unwrap()).unwrap();
        for (text, why) in
            [("{".to_owned(), "it is no JSON: "), (" ".repeat(262_145), "it has more than 262144")]
        {
            fs::write(&file, text).unwrap();
            assert_eq!(examples(project.path(), None).unwrap(), []);
            let error = examples(project.path(), Some(&"inputs".into())).unwrap_err();
            let starts = format!("the input {} cannot be used: {why}", file.display());
            assert!(refusal(&error).starts_with(&starts), "{error:#}");
        }
        fs::write(&file, "[]").unwrap();
        let error = schema(&file).unwrap_err();
        let shown = file.display();
        assert_eq!(
            refusal(&error),
            format!(
                "the input schema {shown} cannot be used: it is no JSON Schema: that is an object"
            )
        );
    }

    #[test]
    fn no_more_inputs_are_read_than_a_person_looks_at() {
        let project = tempfile::tempdir().unwrap();
        let folder = project.path().join("inputs");
        fs::create_dir(&folder).unwrap();
        for number in 0..=EXAMPLES_AT_MOST {
            fs::write(folder.join(format!("{number}.json")), "1").unwrap();
        }
        let error = examples(project.path(), None).unwrap_err();
        assert_eq!(refusal(&error), format!("{} has more than 100 inputs", folder.display()));
    }
}
