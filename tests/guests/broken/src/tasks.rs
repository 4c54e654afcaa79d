//! What its tasks do.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    hint, iter,
    time::Instant,
};

use serde_json::{Value, json};
use stepwell_task::http::Request;

use crate::{
    bindings::{
        exports::stepwell::task::plugin::Failure,
        stepwell::task::{call, key_value, secrets},
    },
    failure,
    rule::breaks,
};

/// The store that notes are kept in.
const NOTES: &str = "notes";

/// The text that many a rule is broken with.
const SPECIAL: &str = "special!";

pub(crate) fn is_special(input: &Value) -> bool {
    input["text"] == SPECIAL
}

/// The text of the input, which is all there is in it.
fn text(input: &Value) -> Result<&str, Failure> {
    let invalid = |why: &str| failure("Broken.InvalidInput", why);
    if breaks("failure.cause/later") && input.is_null() {
        return Err(invalid(&"x".repeat(40_000)));
    }
    let object = input.as_object().ok_or_else(|| invalid("no object"))?;
    let text = object.get("text").and_then(Value::as_str).ok_or_else(|| invalid("no text"))?;
    let most = if breaks("schema.input.refuses") { usize::MAX } else { 100 };
    if object.len() > 1 || text.is_empty() || text.chars().count() > most {
        return Err(invalid("more than a text of 1 to 100 characters"));
    }
    if breaks("schema.input.accepts") && text.chars().count() % 2 == 1 {
        return Err(invalid("an odd number of characters"));
    }
    Ok(text)
}

/// Pure.
pub(crate) fn upper(input: &Value) -> Result<Value, Failure> {
    let mut text = text(input)?.to_uppercase();
    if is_special(input) {
        text = special(text)?;
        if breaks("schema.output.fits") {
            return Ok(json!({ "text": 7 }));
        }
    }
    if breaks("examples") {
        text = text.to_lowercase();
    }
    if breaks("output.limit/differs") {
        text = by_chance().to_string();
    }
    if breaks("pure.same-output") {
        text.push_str(&call::info().attempt.to_string());
    }
    if breaks("pure.touches-nothing") {
        let _ = key_value::set(NOTES, "last", text.as_bytes());
    }
    if breaks("wants.complete") {
        let _ = secrets::get("hidden");
    }
    Ok(json!({ "text": text }))
}

/// What a rule makes of the text.
fn special(text: String) -> Result<String, Failure> {
    assert!(!breaks("run.no-trap"), "a rule is broken");
    if breaks("limits.default") {
        hint::black_box(vec![1_u8; 1 << 30]);
    }
    if breaks("output.limit") {
        return Ok("x".repeat(300 << 10));
    }
    for (rule, error, cause) in [
        ("failure.name", &*format!("Broken.{}", "x".repeat(300)), ""),
        ("failure.reserved", "States.MadeUp", ""),
        ("failure.form", "made up", ""),
        ("failure.cause", "Broken.LongCause", &*"x".repeat(40_000)),
    ] {
        if breaks(rule) {
            return Err(failure(error, cause));
        }
    }
    Ok(text)
}

/// Uses up what differs from call to call, as a rule says. Every task does, since two calls of one
/// may by chance use about the same.
pub(crate) fn waste() {
    if breaks("limits.fuel") {
        for _ in 0..by_chance() % 10_007 {
            hint::black_box(());
        }
    }
    #[cfg(target_family = "wasm")]
    if breaks("limits.memory") {
        core::arch::wasm32::memory_grow(0, (by_chance() % 1021) as usize);
    }
}

/// A number that follows from nothing, where the host's random numbers do from a seed: what each of
/// many readings of the clock is off by, as one reading may take as long as another did.
fn by_chance() -> u64 {
    let start = Instant::now();
    let readings = iter::repeat_with(|| start.elapsed()).take(100);
    let mut hasher = DefaultHasher::new();
    readings.for_each(|reading| reading.hash(&mut hasher));
    hasher.finish()
}

/// Pure.
pub(crate) fn look(_input: &Value) -> Result<Value, Failure> {
    if !breaks("pure.no-state") {
        return Ok(json!({ "notes": null }));
    }
    let notes = key_value::keys(NOTES, "", None, 10).map_err(refused)?;
    Ok(json!({ "notes": notes.len() }))
}

/// Idempotent: a note is kept under the key of the call, and in a file of that name.
pub(crate) fn note(input: &Value) -> Result<Value, Failure> {
    let mut text = text(input)?;
    let info = call::info();
    let key = &info.idempotency_key;
    let slowly = breaks("idempotent.cut-anywhere");
    let in_doubt = breaks("idempotent.cut") || slowly;
    let known = key_value::get(NOTES, key);
    assert!(!(breaks("grants.withheld") && known.is_err()), "a rule is broken");
    let is_begun = |known: &Option<key_value::Entry>| {
        known.as_ref().is_some_and(|known| known.value == b"begun")
    };
    if in_doubt && known.as_ref().is_ok_and(is_begun) {
        return Err(failure(
            "Broken.InProgress",
            "an attempt has begun, and nobody knows how it ended",
        ));
    }
    if breaks("idempotent.cut/contents") {
        if known.as_ref().is_ok_and(is_begun) {
            text = "begun before";
        }
        key_value::set(NOTES, key, b"begun").map_err(refused)?;
    }
    for _ in 0..if slowly { 60 } else { 0 } {
        call::heartbeat();
    }
    if in_doubt {
        key_value::set(NOTES, key, b"begun").map_err(refused)?;
    }
    if !slowly {
        let is_known = known.is_ok();
        let written = fs::write(format!("/notes/{key}"), text);
        let traps = breaks("grants.each-withheld") && written.is_err() && is_known;
        assert!(!traps, "a rule is broken");
        written.map_err(|error| failure("Broken.Refused", &error.to_string()))?;
    }
    key_value::set(NOTES, key, text.as_bytes()).map_err(refused)?;
    for _ in 0..if slowly { 60 } else { 0 } {
        call::heartbeat();
    }
    let reads_elsewhere = breaks("idempotent.repeat/elsewhere");
    if reads_elsewhere {
        let _ = Request::get("https://example.com/").send();
    }
    let differs = breaks("idempotent.repeat") || reads_elsewhere;
    let attempt = if differs { info.attempt } else { 0 };
    Ok(json!({ "id": key, "attempt": attempt }))
}

/// At most once.
pub(crate) fn send(input: &Value) -> Result<Value, Failure> {
    let token = secrets::get("token");
    if let Some(url) = input["url"].as_str() {
        let sent = Request::get(url).send();
        let sent = sent.map_err(|error| failure("Broken.Refused", &error.to_string()))?;
        return Ok(json!({ "status": sent.status }));
    }
    if let Some(token) = token.as_deref().filter(|_| breaks("secrets.not-kept/key")) {
        let _ = key_value::set(NOTES, token, b"");
    }
    let shown = token.filter(|_| breaks("secrets.not-kept"));
    Ok(json!({ "sent": true, "with": shown }))
}

fn refused(error: key_value::Error) -> Failure {
    failure("Broken.Refused", &format!("{error:?}"))
}
