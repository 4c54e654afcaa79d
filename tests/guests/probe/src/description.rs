//! How the probe describes itself: as it is, or as the suite has written into its file.

use std::hint;

use guest_support::{Request, fetch, network};
use serde::Deserialize;
use serde_json::json;

use crate::{
    about,
    bindings::{
        exports::stepwell::task::plugin::{Effect, Info, TaskInfo, Wants},
        stepwell::task::secrets,
    },
    exhaust,
};

/// What begins the room that the suite writes a description into, as JSON. Spaces are none.
const MARK: &[u8] = b"stepwell-probe-description:";
const ROOM: usize = 16 << 10;

/// Found in the file by its mark, and of the same length whatever is written into it.
static DESCRIPTION: [u8; ROOM] = {
    let mut room = [b' '; ROOM];
    let mut at = 0;
    while at < MARK.len() {
        room[at] = MARK[at];
        at += 1;
    }
    room
};

/// The tasks of the probe as it is.
const TASKS: [&str; 23] = [
    "fail-with-call",
    "key-of-attempt",
    "echo",
    "raw",
    "output",
    "fail",
    "trap",
    "call",
    "heartbeat",
    "surroundings",
    "config",
    "secrets",
    "log",
    "print",
    "clocks",
    "random",
    "exit",
    "key-value",
    "remember",
    "exhaust",
    "files",
    "network",
    "http",
];

/// A description. What it leaves out is as it is.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    name: Option<String>,
    version: Option<String>,
    summary: Option<String>,
    /// So many times.
    summary_times: Option<usize>,
    tasks: Option<Vec<WrittenTask>>,
    /// What to do before an answer is given.
    first: Option<First>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenTask {
    name: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    effect: WrittenEffect,
    input_schema: Option<String>,
    output_schema: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenEffect {
    #[default]
    Pure,
    Idempotent,
    AtMostOnce,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum First {
    /// Panics.
    Trap,
    /// Uses something up.
    Exhaust(exhaust::What),
    /// Tells in the summary what is there, and what came of a connection and of a request.
    LookAround { connect: std::net::SocketAddr, request: String },
}

pub(crate) fn describe() -> Info {
    let written = written();
    let mut summary = written.summary.unwrap_or_else(|| "Tries what the contract says.".to_owned());
    match written.first {
        None => {}
        Some(First::Trap) => panic!("as the probe was asked to"),
        Some(First::Exhaust(what)) => drop(exhaust::run(what)),
        Some(First::LookAround { connect, request }) => {
            summary = json!({
                "around": about::surroundings(),
                "connected": network::run(network::Deed::Connect { address: connect }),
                "requested": fetch(Request::get(&request), secrets::get),
            })
            .to_string();
        }
    }
    Info {
        name: written.name.unwrap_or_else(|| "probe".to_owned()),
        version: written.version.unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
        summary: summary.repeat(written.summary_times.unwrap_or(1)),
        tasks: match written.tasks {
            Some(tasks) => tasks.into_iter().map(Into::into).collect(),
            None => TASKS.map(task).into(),
        },
        wants: wants(),
    }
}

fn written() -> Written {
    let room = &hint::black_box(&DESCRIPTION)[MARK.len()..];
    let text = std::str::from_utf8(room).unwrap_or_default().trim();
    match text {
        "" => Written::default(),
        text => serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")),
    }
}

fn task(name: &str) -> TaskInfo {
    TaskInfo {
        name: name.to_owned(),
        summary: String::new(),
        effect: Effect::AtMostOnce,
        input_schema: None,
        output_schema: None,
    }
}

impl From<WrittenTask> for TaskInfo {
    fn from(task: WrittenTask) -> Self {
        Self {
            name: task.name,
            summary: task.summary,
            effect: match task.effect {
                WrittenEffect::Pure => Effect::Pure,
                WrittenEffect::Idempotent => Effect::Idempotent,
                WrittenEffect::AtMostOnce => Effect::AtMostOnce,
            },
            input_schema: task.input_schema,
            output_schema: task.output_schema,
        }
    }
}

/// All that cases expect to be there: what a plugin does not want it is not granted.
fn wants() -> Wants {
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Wants {
        http: all(&["127.0.0.1", "localhost", "*"]),
        secrets: all(&["KEY", "OTHER", "CHOSEN_*"]),
        config: all(&["alpha", "beta", "gamma", "chosen.*"]),
        directories: all(&["/data", "/other"]),
        key_value: all(&["store", "other"]),
    }
}
