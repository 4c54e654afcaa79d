//! A plugin that uses what it was granted, and tells what it saw.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    time::SystemTime,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stepwell_task::{
    Call, Failure, config,
    key_value::{Entry, Store},
    log, secrets,
};

stepwell_task::plugin! {
    summary: "Uses what it was granted, and tells what it saw.",
    wants: {
        config: ["currency", "other"],
        secrets: ["API_KEY"],
        key_value: ["orders"],
    },
    tasks: [
        "config": pure "The configuration values it sees." => values,
        "secret": pure "The secret of that name, or what stands for it." => secret,
        "log": pure "Writes a line at each level." => lines,
        "clock": pure "The time in milliseconds since 1970." => clock,
        "random": pure "A random number." => random,
        "get": idempotent "What is kept under a key." => get,
        "set": idempotent "Keeps a text under a key." => set,
        "swap": idempotent "Keeps a text under a key, if the entry has a version." => swap,
        "delete": idempotent "Deletes an entry, if it has a version." => delete,
        "keys": idempotent "The keys that begin so." => keys,
    ],
}

/// Nothing to say.
#[derive(Deserialize, JsonSchema)]
pub struct Nothing {}

/// The name of something.
#[derive(Deserialize, JsonSchema)]
pub struct Named {
    name: String,
}

/// An entry of a store.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Key {
    store: String,
    #[serde(default)]
    key: String,
    /// So many of its letters more make the key.
    #[serde(default)]
    key_bytes: usize,
    #[serde(default)]
    value: String,
    #[serde(default)]
    value_bytes: usize,
    version: Option<u64>,
    after: Option<String>,
    #[serde(default)]
    limit: u32,
}

/// What is kept under a key, as text.
#[derive(Serialize, JsonSchema)]
pub struct Kept {
    value: String,
    version: u64,
}

fn values(_: Nothing, _: &Call) -> Result<HashMap<String, Option<String>>, Failure> {
    let mut values: HashMap<_, _> =
        config::names().into_iter().map(|name| (name.clone(), config::get(&name))).collect();
    values.insert("unknown".to_owned(), config::get("unknown"));
    Ok(values)
}

fn secret(Named { name }: Named, _: &Call) -> Result<Option<String>, Failure> {
    let (first, second) = (secrets::get(&name), secrets::get(&name));
    if first != second {
        return Err(Failure::new("Differs", "a secret is the same throughout a call"));
    }
    Ok(first)
}

fn lines(_: Nothing, _: &Call) -> Result<(), Failure> {
    log::trace("one");
    log::debug("two");
    log::info("three\nlines\nlong\n");
    log::warn("four");
    log::error("five");
    Ok(())
}

fn clock(_: Nothing, _: &Call) -> Result<u64, Failure> {
    let since = SystemTime::UNIX_EPOCH.elapsed();
    let since = since.map_err(|error| Failure::caused_by("Clock", &error))?;
    u64::try_from(since.as_millis()).map_err(|error| Failure::caused_by("Clock", &error))
}

fn random(_: Nothing, _: &Call) -> Result<String, Failure> {
    // Its keys are what std takes of the host's randomness.
    Ok(format!("{:016x}", RandomState::new().hash_one(1)))
}

impl Key {
    fn store(&self) -> Store {
        Store::new(&self.store)
    }

    fn key(&self) -> String {
        format!("{}{}", self.key, "k".repeat(self.key_bytes))
    }

    fn value(&self) -> Vec<u8> {
        format!("{}{}", self.value, "v".repeat(self.value_bytes)).into_bytes()
    }
}

fn get(key: Key, _: &Call) -> Result<Option<Kept>, Failure> {
    let entry = key.store().get(&key.key())?;
    Ok(entry.map(|Entry { value, version }| Kept {
        value: String::from_utf8_lossy(&value).into_owned(),
        version,
    }))
}

fn set(key: Key, _: &Call) -> Result<u64, Failure> {
    Ok(key.store().set(&key.key(), &key.value())?)
}

fn swap(key: Key, _: &Call) -> Result<Option<u64>, Failure> {
    Ok(key.store().compare_and_swap(&key.key(), key.version, &key.value())?)
}

fn delete(key: Key, _: &Call) -> Result<bool, Failure> {
    Ok(key.store().delete(&key.key(), key.version)?)
}

fn keys(key: Key, _: &Call) -> Result<Vec<String>, Failure> {
    Ok(key.store().keys(&key.key(), key.after.as_deref(), key.limit)?)
}
