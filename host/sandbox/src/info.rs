//! What is known of a plugin that was admitted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A plugin, as it describes itself and as the host sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Info {
    /// The name the plugin gives itself. Of a command: the name in its name section, or `command`.
    pub name: String,
    /// Semantic version; `0.0.0` for a command, which has none.
    pub version: String,
    /// One line for people; may be empty.
    pub summary: String,
    /// Which of the two kinds it is.
    pub kind: Kind,
    /// Digest of the file as it was handed in.
    pub digest: Digest,
    /// Its tasks, in its own order; never empty.
    pub tasks: Vec<Task>,
    /// What it would like to be granted.
    pub wants: Wants,
    /// The interfaces it imports, such as `wasi:filesystem/types@0.2.6`, in alphabetical order:
    /// what it could use if it were granted.
    pub imports: Vec<String>,
}

impl Info {
    /// The task of that name.
    pub fn task(&self, name: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name)
    }
}

/// The kinds of plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A component that exports `stepwell:task/plugin`.
    Component,
    /// A WASI command: JSON on stdin, JSON on stdout. Its one task is called
    /// [`COMMAND_TASK`].
    Command,
}

/// Name of the one task a WASI command has.
pub const COMMAND_TASK: &str = "main";

/// A task of a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Task {
    /// What a definition calls it.
    pub name: String,
    /// One line for people; may be empty.
    pub summary: String,
    /// What running it twice would mean. A command's is [`Effect::AtMostOnce`], as it cannot say.
    pub effect: Effect,
    /// JSON Schema 2020-12 of the input; none where anything goes.
    pub input_schema: Option<serde_json::Value>,
    /// JSON Schema 2020-12 of the output; none where anything goes.
    pub output_schema: Option<serde_json::Value>,
}

/// What running a task twice with the same input would mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing: same output, nothing else touched.
    Pure,
    /// Safe under the same idempotency key.
    Idempotent,
    /// Must not happen by itself.
    AtMostOnce,
}

impl Effect {
    /// As the contract calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Idempotent => "idempotent",
            Self::AtMostOnce => "at-most-once",
        }
    }
}

/// What a plugin would like to be granted; see `wit/task.wit` for the form of each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Wants {
    /// Hosts to talk to.
    pub http: Vec<String>,
    /// Secrets to read.
    pub secrets: Vec<String>,
    /// Configuration values to read.
    pub config: Vec<String>,
    /// Directories to open, by the path the guest sees.
    pub directories: Vec<String>,
    /// Key-value stores to use.
    pub key_value: Vec<String>,
}

impl Wants {
    /// What is wanted, one a line, as `http api.example.com`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let of = |kind: &'static str, names: &[String]| {
            let lines: Vec<_> = names.iter().map(|name| format!("{kind} {name}")).collect();
            lines.into_iter()
        };
        of("http", &self.http)
            .chain(of("secret", &self.secrets))
            .chain(of("config", &self.config))
            .chain(of("directory", &self.directories))
            .chain(of("key-value", &self.key_value))
    }
}

/// An import without its version.
pub(crate) fn interface(import: &str) -> &str {
    import.split_once('@').map_or(import, |(interface, _)| interface)
}

/// SHA-256 of a file, shown as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits alone.
    pub fn hex(&self) -> String {
        use fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let text = String::deserialize(deserializer)?;
        let hex = text
            .strip_prefix("sha256:")
            .filter(|hex| hex.len() == 64 && hex.is_ascii())
            .ok_or_else(|| D::Error::custom("a digest is `sha256:` and 64 hexadecimal digits"))?;
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(D::Error::custom)?;
        }
        Ok(Self(digest))
    }
}
