//! A plain WASI command as a task: what it reads it writes. Asked to, with `{"fail": "why"}`, it
//! says why on stderr and exits with 3; with `{"log": "line"}` it writes the line there.

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

fn main() -> io::Result<ExitCode> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let value: serde_json::Value = serde_json::from_str(&input).unwrap_or_default();
    if let Some(why) = value.get("fail").and_then(serde_json::Value::as_str) {
        writeln!(io::stderr(), "{why}")?;
        return Ok(ExitCode::from(3));
    }
    if let Some(line) = value.get("log").and_then(serde_json::Value::as_str) {
        writeln!(io::stderr(), "{line}")?;
    }
    io::stdout().write_all(input.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
