//! What becomes of secrets.

use serde_json::Value;
use stepwell_sandbox::Use;

use crate::{
    bench::{Bench, clipped},
    circumstances::Circumstances,
    error::Error,
    trial::Trial,
};

pub(super) async fn not_kept(bench: &Bench, trial: &mut Trial) -> Result<(), Error> {
    trial.tries("what calls that were given secrets leave, and how they end");
    let seen = Circumstances::first();
    for sample in &bench.samples {
        let world = bench.furnished(&sample.grants)?;
        let done = bench.call(&world, sample.ask(&seen)).await?;
        let given = world.uses().into_iter().filter_map(|used| match used {
            Use::Secret { name, given: Some(given) } if !given.is_empty() => Some((name, given)),
            _ => None,
        });
        let given: Vec<_> = given.collect();
        if given.is_empty() {
            continue;
        }
        trial.case();
        let left = world.contents().await?;
        let mut places: Vec<(&str, &[u8])> = Vec::new();
        let texts;
        match &done.result {
            Ok(output) => {
                places.push(("its output", output.as_bytes()));
                texts = serde_json::from_str(output).map(texts_of).unwrap_or_default();
                places.extend(texts.iter().map(|text| ("its output", text.as_bytes())));
            }
            Err(failure) => {
                places.push(("the name of its failure", failure.error.as_bytes()));
                places.push(("its failure", failure.cause.as_bytes()));
            }
        }
        let log = done.log.text();
        places.push(("its log", log.as_bytes()));
        for (name, given) in &given {
            let (name, given) = (clipped(name), given.as_bytes());
            for (place, content) in &places {
                if contains(content, given) {
                    trial.fault(format!("{}: the secret `{name}` is in {place}", sample.what()));
                }
            }
            for (path, content) in &left {
                let what = sample.what();
                if contains(path.as_bytes(), given) {
                    // A path that is told would tell the secret.
                    let kind = if path.starts_with('/') { "a file" } else { "a key" };
                    trial.fault(format!("{what}: the secret `{name}` is in the name of {kind}"));
                } else if contains(content, given) {
                    let path = clipped(path);
                    trial.fault(format!("{what}: the secret `{name}` is in {path}"));
                }
            }
        }
    }
    trial.otherwise("no call was given a secret");
    Ok(())
}

/// The texts in a document, names among them, as they are without JSON's escapes.
fn texts_of(document: Value) -> Vec<String> {
    match document {
        Value::String(text) => vec![text],
        Value::Array(items) => items.into_iter().flat_map(texts_of).collect(),
        Value::Object(members) => {
            let of_member = |(name, value)| [vec![name], texts_of(value)].concat();
            members.into_iter().flat_map(of_member).collect()
        }
        _ => Vec::new(),
    }
}

fn contains(content: &[u8], part: &[u8]) -> bool {
    content.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_json_stands_for() {
        let document = r#"{ "a\"b": ["\u0063", 1, { "d": "e\\f" }] }"#;
        let texts = texts_of(serde_json::from_str(document).unwrap());
        assert_eq!(texts, ["a\"b", "c", "d", "e\\f"]);
    }
}
