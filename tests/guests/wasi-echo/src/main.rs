//! A plain WASI command as a task: what it reads it writes. Asked to, with `{"fail": "why"}`, it
//! says why on stderr and exits with 3; with `{"log": "line"}` it writes the line there.
//!
//! With arguments it is a program: `fail WHY` and `spin` do what they say, and all else writes the
//! arguments, the variables and what there is on stdin, each on a line.

use std::{
    env,
    io::{self, Read as _, Write as _},
    process::ExitCode,
};

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    if !arguments.is_empty() {
        return run(&arguments, &input);
    }
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

fn run(arguments: &[String], input: &str) -> io::Result<ExitCode> {
    match arguments {
        [fail, why] if fail == "fail" => {
            writeln!(io::stderr(), "{why}")?;
            return Ok(ExitCode::from(3));
        }
        [spin] if spin == "spin" => loop {
            std::hint::spin_loop();
        },
        _ => {}
    }
    let mut out = io::stdout().lock();
    for argument in arguments {
        writeln!(out, "{argument}")?;
    }
    for (name, value) in env::vars() {
        writeln!(out, "{name}={value}")?;
    }
    writeln!(out, "{input:?}")?;
    Ok(ExitCode::SUCCESS)
}
