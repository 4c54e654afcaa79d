//! Key-value data: steps that are taken one after the other.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::bindings::stepwell::task::key_value::{self, Error};

/// Whose entry; the key's last letter and the value are repeated so many times.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Step {
    #[serde(rename = "do")]
    deed: Deed,
    store: String,
    #[serde(default)]
    key: String,
    #[serde(default = "once")]
    key_times: usize,
    #[serde(default)]
    value: String,
    #[serde(default = "once")]
    value_times: usize,
    #[serde(default)]
    expected: Option<Expected>,
    after: Option<String>,
    #[serde(default)]
    limit: u32,
}

fn once() -> usize {
    1
}

/// The version that is expected.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Version(u64),
    /// That of the answer at that place, which was a version.
    Of {
        step: usize,
    },
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    Get,
    Set,
    CompareAndSwap,
    Delete,
    Keys,
    /// Writes entries under the key and a number, so many as the limit says.
    Fill,
}

pub(crate) fn run(steps: Vec<Step>) -> Value {
    let mut answers: Vec<Value> = Vec::new();
    for step in steps {
        let answer = take(&step, &answers).unwrap_or_else(|error| match error {
            Error::AccessDenied => json!({ "error": "access-denied" }),
            Error::LimitExceeded(text) => json!({ "error": "limit-exceeded", "text": text }),
            Error::Unavailable(text) => json!({ "error": "unavailable", "text": text }),
        });
        answers.push(answer);
    }
    answers.into()
}

fn take(step: &Step, answers: &[Value]) -> Result<Value, Error> {
    let (store, value) = (&step.store, step.value.repeat(step.value_times));
    let key = step.key.repeat(step.key_times);
    let expected = step.expected.as_ref().map(|expected| match expected {
        Expected::Version(version) => *version,
        Expected::Of { step } => answers[*step].as_u64().unwrap_or(u64::MAX),
    });
    Ok(match step.deed {
        Deed::Get => key_value::get(store, &key)?.map_or(json!("none"), |entry| {
            let value = String::from_utf8_lossy(&entry.value).into_owned();
            json!({ "value": value, "version": entry.version })
        }),
        Deed::Set => json!(key_value::set(store, &key, value.as_bytes())?),
        Deed::CompareAndSwap => {
            let swapped = key_value::compare_and_swap(store, &key, expected, value.as_bytes())?;
            swapped.map_or(json!("none"), |version| json!(version))
        }
        Deed::Delete => json!(key_value::delete(store, &key, expected)?),
        Deed::Keys => {
            json!(key_value::keys(store, &key, step.after.as_deref(), step.limit)?)
        }
        Deed::Fill => {
            for number in 0..step.limit {
                key_value::set(store, &format!("{key}{number:05}"), value.as_bytes())?;
            }
            json!(step.limit)
        }
    })
}
