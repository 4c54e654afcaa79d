//! Cases: what is tried, and what the contract says to it.

mod setting;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::Deserialize;
use serde_json::Value;

pub use setting::{Entry, Made, Plugin, Response, World};

use crate::protocol::{Call, Claim, Directory, Grants, Limits};

/// The files of the suite, by the names of their areas.
const FILES: [(&str, &str); 18] = [
    ("admission", include_str!("../cases/admission.toml")),
    ("description", include_str!("../cases/description.toml")),
    ("instances", include_str!("../cases/instances.toml")),
    ("call", include_str!("../cases/call.toml")),
    ("failures", include_str!("../cases/failures.toml")),
    ("limits", include_str!("../cases/limits.toml")),
    ("config", include_str!("../cases/config.toml")),
    ("secrets", include_str!("../cases/secrets.toml")),
    ("key-value", include_str!("../cases/key-value.toml")),
    ("log", include_str!("../cases/log.toml")),
    ("surroundings", include_str!("../cases/surroundings.toml")),
    ("filesystem", include_str!("../cases/filesystem.toml")),
    ("sockets", include_str!("../cases/sockets.toml")),
    ("http", include_str!("../cases/http.toml")),
    ("http-messages", include_str!("../cases/http-messages.toml")),
    ("command", include_str!("../cases/command.toml")),
    ("container", include_str!("../cases/container.toml")),
    ("executions", include_str!("../cases/executions.toml")),
];

/// What the contract promises that nothing outside of a host can see.
const UNSEEN: &str = include_str!("../cases/unseen.toml");

/// What there is in the contract besides promises of hosts.
const ASIDES: &str = include_str!("../cases/asides.toml");

/// Why cases cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the TOML of cases.
    #[error("the cases `{area}` cannot be read: {cause}")]
    Toml {
        /// The file's area.
        area: String,
        /// What is wrong, and where.
        cause: Box<toml::de::Error>,
    },
    /// A case expects nothing, or what excludes itself.
    #[error("the case `{case}` {problem}")]
    Case {
        /// The case.
        case: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// All cases of the suite, in its order.
///
/// # Errors
///
/// Where one of them is wrong, which the suite's own tests rule out.
pub fn all() -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    for (area, text) in FILES {
        cases.extend(read(area, text)?);
    }
    Ok(cases)
}

/// The cases of one file.
///
/// # Errors
///
/// Where it is not TOML, has keys that nobody knows, or a case that could not fail.
pub fn read(area: &str, text: &str) -> Result<Vec<Case>, Error> {
    let file: File = parse(area, text)?;
    let mut ids = BTreeSet::new();
    let mut cases = Vec::new();
    for mut case in file.case {
        case.id = format!("{area}/{}", case.id);
        case.check().map_err(|problem| Error::Case { case: case.id.clone(), problem })?;
        if !ids.insert(case.id.clone()) {
            return Err(Error::Case { case: case.id, problem: "is there twice" });
        }
        cases.push(case);
    }
    Ok(cases)
}

/// The promises that no case can see.
///
/// # Errors
///
/// Where they cannot be read, which the suite's own tests rule out.
pub fn unseen() -> Result<Vec<Unseen>, Error> {
    let list: UnseenFile = parse("unseen", UNSEEN)?;
    Ok(list.unseen)
}

/// The words of the contract that promise nothing of a host's.
///
/// # Errors
///
/// Where they cannot be read, which the suite's own tests rule out.
pub fn asides() -> Result<Vec<String>, Error> {
    let list: AsidesFile = parse("asides", ASIDES)?;
    Ok(list.aside)
}

fn parse<T: for<'de> Deserialize<'de>>(area: &str, text: &str) -> Result<T, Error> {
    toml::from_str(text)
        .map_err(|cause| Error::Toml { area: area.to_owned(), cause: Box::new(cause) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnseenFile {
    unseen: Vec<Unseen>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsidesFile {
    aside: Vec<String>,
}

/// A promise that no case can see.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseen {
    /// The contract's words.
    pub contract: String,
    /// Why not.
    pub because: String,
}

/// One thing that is tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Names it: its area, a slash, and a name that is unique in the area. Never changes.
    pub id: String,
    /// The words of the contract that it rests on, from wit/README.md or wit/task.wit.
    pub contract: Vec<String>,
    /// What is tried, for people.
    pub tries: String,
    /// What of that which not every host has it needs.
    #[serde(default)]
    pub needs: BTreeSet<Claim>,
    /// The plugin that its steps are about.
    #[serde(default)]
    pub plugin: Plugin,
    /// What is there before the first step.
    #[serde(default)]
    pub world: World,
    /// What is done, one after the other.
    pub step: Vec<Step>,
}

/// Something that is done, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Step {
    /// The file is admitted.
    Admit(Admit),
    /// A task runs.
    Run(Box<Run>),
    /// Tasks run at the same time.
    Together(Together),
    /// An execution runs.
    Execute(Box<Execute>),
    /// What has happened outside is looked at.
    See(See),
}

/// Admission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admit {
    /// What the host must say of the plugin: a pattern.
    pub admitted: Option<Value>,
    /// Words that must be in what the host says to the refusal.
    pub refused: Option<Vec<String>>,
}

/// A task that runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Run {
    /// The task.
    pub task: String,
    /// Its input.
    #[serde(default)]
    pub input: Value,
    /// Its input as text, instead.
    pub input_text: Option<String>,
    /// What the plugin is installed as.
    pub installed: Option<String>,
    /// What differs from a call of no particular kind.
    #[serde(default)]
    pub call: BTreeMap<String, Value>,
    /// What is granted.
    #[serde(default)]
    pub grants: Granted,
    /// What limits it.
    #[serde(default)]
    pub limits: Limits,
    /// When it is stopped.
    pub stop: Option<Occasion>,
    /// What must come of it.
    pub expect: Expect,
}

/// When a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// Once the HTTP server has got a request.
    HttpRequest,
    /// Once the TCP server has got a line.
    TcpLine,
}

/// What is granted: as the protocol has it, with the directories of the world.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Granted {
    /// Directories of the world by name, which are found at `/NAME`: `read-only`, or `read-write`.
    pub world: BTreeMap<String, Access>,
    /// All else.
    pub grant: Grants,
}

/// What may be done in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Reading.
    ReadOnly,
    /// Writing, too.
    ReadWrite,
}

impl Granted {
    /// The same for a host, with each directory where it is.
    pub(crate) fn with(&self, place: impl Fn(&str) -> PathBuf) -> Grants {
        let mut grants = self.grant.clone();
        grants.directories.extend(self.world.iter().map(|(name, access)| Directory {
            host: place(name),
            guest: format!("/{name}"),
            write: *access == Access::ReadWrite,
        }));
        grants
    }
}

/// A call of no particular kind.
pub(crate) fn call() -> Call {
    Call {
        tenant: "123456789012".to_owned(),
        execution_arn: "arn:aws:states:us-east-1:123456789012:execution:suite:one".to_owned(),
        state_name: "Try".to_owned(),
        attempt: 0,
        idempotency_key: "suite-one-try".to_owned(),
        task_token: None,
        deadline_unix_ms: None,
    }
}

/// Tasks that run at the same time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Together {
    /// They.
    pub run: Vec<Run>,
}

/// An execution that runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Execute {
    /// The state machine, as JSON.
    pub definition: String,
    /// Its input.
    #[serde(default)]
    pub input: Value,
    /// What is granted to the plugin, which is installed as `probe`.
    #[serde(default)]
    pub grants: Grants,
    /// What limits it.
    #[serde(default)]
    pub limits: Limits,
    /// What must come of it.
    pub expect: Expect,
}

/// What must come of a run. Of output, error and `stopped` it has one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// The output: a pattern.
    pub output: Option<Value>,
    /// The output as the text it is.
    pub output_text: Option<String>,
    /// The error: a pattern.
    pub error: Option<Value>,
    /// Words that must be in the cause.
    pub cause: Vec<String>,
    /// The cause: a pattern.
    pub cause_like: Option<Value>,
    /// What the plugin asked to wait before another attempt.
    pub retry_after_ms: Option<u64>,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Words that must be in the log, in that order.
    pub log: Vec<String>,
    /// Words that must not be in the log, nor in the cause.
    pub lacks: Vec<String>,
    /// Most bytes of the log.
    pub log_at_most: Option<usize>,
    /// Whether heartbeats reached the host.
    pub heartbeats: Option<bool>,
}

/// What must have happened outside.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct See {
    /// The requests that the HTTP server got: a pattern.
    pub http: Option<Value>,
    /// The lines that the TCP server got: a pattern.
    pub tcp: Option<Value>,
    /// Whether all connections to both servers are closed, or are so soon.
    pub closed: bool,
    /// Files of directories, by path, with their text.
    pub files: BTreeMap<String, BTreeMap<PathBuf, String>>,
    /// Files of directories that must not be there.
    pub no_files: BTreeMap<String, Vec<PathBuf>>,
    /// Whether all that lies around a directory is as it was.
    pub outside_untouched: Option<String>,
}

impl Case {
    /// Says what is wrong with a case that could not fail.
    fn check(&self) -> Result<(), &'static str> {
        if self.contract.is_empty() {
            return Err("rests on no words of the contract");
        }
        if self.step.is_empty() {
            return Err("does nothing");
        }
        for step in &self.step {
            match step {
                Step::Admit(Admit { admitted, refused })
                    if admitted.is_some() == refused.is_some() =>
                {
                    return Err("admits a file and expects neither, or both, of the answers");
                }
                Step::Run(run) => run.expect.is_sound()?,
                Step::Execute(execution) => execution.expect.is_sound()?,
                Step::Together(Together { run }) => {
                    if run.len() < 2 {
                        return Err("runs fewer than two tasks together");
                    }
                    run.iter().try_for_each(|run| run.expect.is_sound())?;
                }
                Step::See(see) if see.is_blind() => return Err("looks at nothing"),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Expect {
    fn is_sound(&self) -> Result<(), &'static str> {
        let endings = [
            self.output.is_some() || self.output_text.is_some(),
            self.error.is_some(),
            self.stopped,
        ];
        match endings.into_iter().filter(|is| *is).count() {
            1 => Ok(()),
            _ => Err("expects neither output nor error nor being stopped, or several of them"),
        }
    }
}

impl See {
    fn is_blind(&self) -> bool {
        self.http.is_none()
            && self.tcp.is_none()
            && !self.closed
            && self.files.is_empty()
            && self.no_files.is_empty()
            && self.outside_untouched.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a case that has these further lines.
    fn wrong(lines: &str) -> String {
        let text = format!("[[case]]\nid = \"one\"\ntries = \"it\"\n{lines}");
        read("area", &text).unwrap_err().to_string()
    }

    #[test]
    fn a_case_that_could_not_fail_is_none() {
        let words = "contract = [\"words\"]\n";
        let run = "[[case.step]]\ndo = \"run\"\ntask = \"echo\"\n";
        for (lines, problem) in [
            ("contract = []\nstep = []".to_owned(), "rests on no words of the contract"),
            (format!("{words}step = []"), "does nothing"),
            (
                format!("{words}[[case.step]]\ndo = \"admit\""),
                "admits a file and expects neither, or both, of the answers",
            ),
            (
                format!("{words}{run}expect = {{ log = [\"a\"] }}"),
                "expects neither output nor error nor being stopped, or several of them",
            ),
            (
                format!("{words}{run}expect = {{ output = 1, error = \"E\" }}"),
                "expects neither output nor error nor being stopped, or several of them",
            ),
            (
                format!("{words}[[case.step]]\ndo = \"together\"\nrun = []"),
                "runs fewer than two tasks together",
            ),
            (format!("{words}[[case.step]]\ndo = \"see\""), "looks at nothing"),
        ] {
            assert_eq!(wrong(&lines), format!("the case `area/one` {problem}"));
        }
        let see = "step = [{ do = \"see\", closed = true }]";
        let case = format!("[[case]]\nid = \"one\"\ntries = \"it\"\n{words}{see}\n");
        assert_eq!(
            read("area", &case.repeat(2)).unwrap_err().to_string(),
            "the case `area/one` is there twice"
        );
        assert_eq!(read("area", &case).unwrap().len(), 1);
    }

    #[test]
    fn a_key_that_nobody_knows_is_named_with_its_area() {
        let text = wrong("contract = [\"words\"]\nstep = []\nneed = [\"http\"]");
        assert!(text.starts_with("the cases `area` cannot be read: TOML parse error"), "{text}");
        assert!(text.contains("unknown field `need`"), "{text}");
    }
}
