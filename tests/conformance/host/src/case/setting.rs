//! What a case is about: a plugin, and what is around it.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// A plugin's file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plugin {
    /// A file of the suite, without `.wasm`: `probe`, `probe.module`, `probe-command`, ...
    Probe(String),
    /// The probe, describing itself as that says; see `description.rs` of the probe.
    Described(Value),
    /// WebAssembly as text, a component or a module.
    Text(String),
    /// A file that is made; see [`Made`].
    Made(Made),
}

impl Default for Plugin {
    fn default() -> Self {
        Self::Probe("probe".to_owned())
    }
}

/// Files that are easier made than written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Made {
    /// Text.
    Text,
    /// The first half of the probe.
    Half,
    /// The probe, with sections for nobody that make it so many bytes.
    Bytes(usize),
    /// A command with so many functions more.
    Functions(usize),
    /// A command with a function of at least so many bytes.
    FunctionBytes(usize),
    /// A command with so many modules in it.
    Modules(usize),
    /// A command that is a component so deep, counting itself.
    Nesting(usize),
    /// A command whose memory has so many pages of 64 KiB at first.
    Pages(usize),
    /// A command that is a component with so many modules that have a memory each.
    Memories(usize),
}

/// What is there before the first step. There are always a server for HTTP and one for TCP.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// Directories by name, with their files by path. Around each lies a directory that nobody is
    /// granted, with a file `outside.txt`.
    pub directories: BTreeMap<String, BTreeMap<PathBuf, Entry>>,
    /// What the HTTP server answers, by path; everywhere else `200` and `here`.
    pub http: BTreeMap<String, Response>,
}

/// A file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// With that text.
    Text(String),
    /// A symbolic link.
    Link {
        /// Where it leads.
        link: PathBuf,
    },
    /// A named pipe.
    Pipe {
        /// Says that it is one.
        fifo: bool,
    },
}

/// What the HTTP server answers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Response {
    /// 200 where it is left out.
    pub status: Option<u16>,
    /// Headers besides `content-length`.
    pub headers: Vec<(String, String)>,
    /// So many further headers.
    pub more_headers: usize,
    /// Letters of a further header.
    pub header_bytes: usize,
    /// The body.
    pub body: String,
    /// How many times the body is sent.
    pub times: Option<usize>,
    /// Whether nothing is answered until the connection is closed.
    pub silent: bool,
}
