//! The configuration of `stepwell serve`. `examples/serve.toml` has all keys.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use bytesize::ByteSize;
use serde::Deserialize;
use stepwell_api::{Clock, Quota, Target, Throttle, arn, console::Operators};
use stepwell_engine::{
    TaskRunner,
    events::{self, Destination},
    host::Settings,
};
use stepwell_journal::sqlite;
use stepwell_storage::Buckets;

use crate::{logging, project, sandbox, serving::GRACE};

/// What is left out has its default.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) host_key: Option<PathBuf>,
    /// The one region that there is: requests are signed for it, and ARNs have it.
    pub(crate) region: String,
    pub(crate) log: Log,
    pub(crate) limits: Limits,
    pub(crate) throttling: Throttling,
    pub(crate) console: Console,
    pub(crate) sandbox: sandbox::Config,
    buckets: project::BucketConfigs,
    /// Where status changes of executions are told.
    events: Vec<Events>,
    /// The file's, to which paths are relative.
    #[serde(skip)]
    directory: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: None,
            data: None,
            host_key: None,
            region: "us-east-1".to_owned(),
            log: Log::default(),
            limits: Limits::default(),
            throttling: Throttling::default(),
            console: Console::default(),
            sandbox: sandbox::Config::default(),
            buckets: project::BucketConfigs::default(),
            events: Vec::new(),
            directory: PathBuf::new(),
        }
    }
}

impl Config {
    /// Reads a file, to whose directory its paths are relative.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let config: Self = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}: {}", file.display(), error.to_string().trim()))?;
        let directory = file.parent().unwrap_or(Path::new(""));
        let below = |path: PathBuf| directory.join(path);
        Ok(Self {
            data: config.data.map(below),
            host_key: config.host_key.map(below),
            sandbox: config.sandbox.below(directory),
            directory: directory.to_owned(),
            ..config
        })
    }

    /// Opens the buckets.
    pub(super) fn buckets(&self) -> Result<Buckets> {
        project::open_buckets(&self.buckets, &self.directory)
    }

    /// Where status changes are told; `runner` runs the plugins that are told them.
    pub(super) fn destinations(
        &self,
        runner: &Arc<dyn TaskRunner>,
    ) -> Result<Vec<Arc<dyn Destination>>> {
        let open = |events: &Events| events.open(&self.directory, runner);
        self.events.iter().map(open).collect()
    }
}

/// Who is told of status changes of executions, in the form of Amazon EventBridge.
#[derive(Debug, Deserialize)]
#[serde(tag = "to", deny_unknown_fields, rename_all = "lowercase")]
enum Events {
    /// Each is sent to a URL.
    Webhook {
        url: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// Each is a line of a file.
    File { path: PathBuf },
    /// Each is the input of the task `putEvents` of the plugin `events` of the execution's tenant.
    Plugin,
}

impl Events {
    fn open(&self, directory: &Path, runner: &Arc<dyn TaskRunner>) -> Result<Arc<dyn Destination>> {
        Ok(match self {
            Self::Webhook { url, headers } => {
                let headers = headers.iter().map(|(name, value)| (&**name, &**value));
                Arc::new(events::Webhook::new(url, headers)?)
            }
            Self::File { path } => Arc::new(events::File::new(directory.join(path))),
            Self::Plugin => {
                let clock = stepwell_engine::Clock::system();
                Arc::new(events::Plugin::new(runner.clone(), clock))
            }
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: logging::Levels,
    pub(crate) format: logging::Format,
}

/// How much the host takes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Limits {
    /// How many tasks run at once.
    tasks: Option<NonZeroUsize>,
    /// How many executions are in memory at once.
    resident_executions: Option<NonZeroUsize>,
    /// How many starts may wait for the journal.
    waiting_starts: Option<NonZeroUsize>,
    /// How many Express executions run at once.
    express_executions: Option<NonZeroUsize>,
    /// How many Standard executions a tenant may have open.
    open_executions: Option<NonZeroU64>,
    /// How many may watch a tenant's executions at once.
    watchers: Option<NonZeroUsize>,
    /// How long executions are kept after their end.
    retention_days: Option<NonZeroU32>,
    /// How large the journal may grow.
    journal_size: Option<ByteSize>,
    /// How many clients may be connected.
    connections: Option<NonZeroUsize>,
    /// How much memory the bodies of requests may take together.
    request_memory: Option<ByteSize>,
    /// How long what has begun may take to end, once the host is told to stop.
    grace_seconds: Option<u64>,
}

impl Limits {
    /// Puts those that are named in place of the engine's own.
    pub(super) fn apply(&self, settings: &mut Settings) {
        let put = |limit: &mut usize, named: Option<NonZeroUsize>| {
            *limit = named.map_or(*limit, NonZeroUsize::get);
        };
        put(&mut settings.tasks, self.tasks);
        put(&mut settings.resident, self.resident_executions);
        put(&mut settings.starts, self.waiting_starts);
        put(&mut settings.express, self.express_executions);
        put(&mut settings.watchers, self.watchers);
        if let Some(open) = self.open_executions {
            settings.open_executions = open.get();
        }
        if let Some(days) = self.retention_days {
            settings.retention = Duration::from_secs(u64::from(days.get()) * 24 * 60 * 60);
        }
    }

    /// Those of the HTTP server.
    pub(super) fn of_server(&self) -> stepwell_api::Limits {
        let default = stepwell_api::Limits::default();
        let memory = self.request_memory.map(|memory| memory.as_u64());
        stepwell_api::Limits {
            connections: self.connections(),
            bodies: memory.map_or(default.bodies, |memory| memory.try_into().unwrap_or(usize::MAX)),
            ..default
        }
    }

    /// How many clients may be connected.
    pub(crate) fn connections(&self) -> usize {
        let default = stepwell_api::Limits::default().connections;
        self.connections.map_or(default, NonZeroUsize::get)
    }

    /// How the journal of a data directory is opened.
    pub(super) fn journal(&self, data: &Path) -> sqlite::Options {
        let max_size = self.journal_size.map(|size| size.as_u64());
        sqlite::Options { max_size, ..sqlite::Options::new(data) }
    }

    /// How long what has begun may take to end.
    pub(super) fn grace(&self) -> Duration {
        self.grace_seconds.map_or(GRACE, Duration::from_secs)
    }
}

/// The console.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Console {
    /// Whether its page is served.
    pub(crate) enabled: bool,
    /// The tenants that may see the figures of all.
    operators: BTreeSet<Account>,
}

impl Default for Console {
    fn default() -> Self {
        Self { enabled: true, operators: BTreeSet::new() }
    }
}

impl Console {
    pub(super) fn operators(&self) -> Operators {
        Operators::Accounts(self.operators.iter().map(|Account(id)| id.clone()).collect())
    }
}

/// An account id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
struct Account(String);

impl TryFrom<String> for Account {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match arn::is_account(&text) {
            true => Ok(Self(text)),
            false => Err(format!("`{text}` is no account id, which has 12 digits")),
        }
    }
}

/// How many requests an account may make.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Throttling {
    quotas: Quotas,
    /// Those of some actions.
    actions: HashMap<ActionName, ActionQuota>,
}

/// The quotas of the actions that are not named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Quotas {
    /// AWS's.
    #[default]
    Aws,
    /// As many requests as come.
    None,
}

/// An action, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
struct ActionName(Target);

impl TryFrom<String> for ActionName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let target = Target::all().find(|target| target.name() == name);
        target.map(Self).ok_or_else(|| format!("`{name}` is no action of the API"))
    }
}

/// The quota of an action: a bucket, or `"none"`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum ActionQuota {
    Bucket { bucket: u32, refill: u32 },
    Quotas(Quotas),
}

impl Throttling {
    pub(super) fn throttle(&self, clock: Clock) -> Throttle {
        let all = match self.quotas {
            Quotas::Aws => Throttle::of_aws(clock),
            Quotas::None => Throttle::off(),
        };
        self.actions.iter().fold(all, |throttle, (ActionName(action), quota)| {
            let quota = match *quota {
                ActionQuota::Bucket { bucket, refill } => Some(Quota { bucket, refill }),
                ActionQuota::Quotas(Quotas::Aws) => Quota::of_aws(*action),
                ActionQuota::Quotas(Quotas::None) => None,
            };
            throttle.with(*action, quota)
        })
    }
}

#[cfg(test)]
mod tests {
    use stepwell_api::Action;

    use super::*;

    fn read(text: &str) -> Result<Config> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("serve.toml");
        std::fs::write(&file, text)?;
        Config::read(&file)
    }

    #[test]
    fn the_example_has_the_defaults() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let config = Config::read(&root.join("examples/serve.toml")).unwrap();
        assert_eq!(config.listen, Some(super::super::LISTEN));
        let mut settings = Settings::new(stepwell_interpreter::token::Key::new([0; 32]));
        let before = settings.clone();
        config.limits.apply(&mut settings);
        assert_eq!(settings.tasks, before.tasks);
        assert_eq!(settings.resident, before.resident);
        assert_eq!(settings.starts, before.starts);
        assert_eq!(settings.express, before.express);
        assert_eq!(settings.open_executions, before.open_executions);
        assert_eq!(settings.watchers, before.watchers);
        assert_eq!(settings.retention, before.retention);
        assert_eq!(config.limits.of_server(), stepwell_api::Limits::default());
        assert_eq!(config.limits.grace(), GRACE);
        assert_eq!(config.throttling.quotas, Quotas::default());
        assert_eq!(config.region, Config::default().region);
        assert!(config.console.enabled && config.console.operators.is_empty());
    }

    #[test]
    fn the_console_is_served_to_tenants_of_whom_some_are_operators() {
        let config = read("[console]\nenabled = false\noperators = [\"123456789012\"]").unwrap();
        assert!(!config.console.enabled);
        let operators = config.console.operators();
        assert!(operators.include("123456789012") && !operators.include("000000000000"));
    }

    #[test]
    fn limits_are_those_that_are_named() {
        let config = read(
            "data = \"data\"\n[limits]\ntasks = 3\nresident-executions = 4\nwaiting-starts = 5\n\
             express-executions = 6\nopen-executions = 7\nwatchers = 11\nretention-days = 8\n\
             journal-size = \"1MiB\"\nconnections = 9\nrequest-memory = \"2MiB\"\n\
             grace-seconds = 10\n",
        )
        .unwrap();
        let mut settings = Settings::new(stepwell_interpreter::token::Key::new([0; 32]));
        config.limits.apply(&mut settings);
        assert_eq!((settings.tasks, settings.resident, settings.starts), (3, 4, 5));
        assert_eq!((settings.express, settings.open_executions), (6, 7));
        assert_eq!(settings.watchers, 11);
        assert_eq!(settings.retention.as_secs(), 8 * 86_400);
        let server = config.limits.of_server();
        assert_eq!((server.connections, server.bodies), (9, 2 << 20));
        assert_eq!(config.limits.grace().as_secs(), 10);
        assert!(config.data.unwrap().is_absolute(), "it is beside the file");
        assert_eq!(config.limits.journal(Path::new("d")).max_size, Some(1 << 20));
    }

    #[test]
    fn status_changes_are_told_to_all_that_are_named() {
        let config = read(
            "[[events]]\nto = \"webhook\"\nurl = \"http://127.0.0.1:9/events\"\n\
             headers = { Authorization = \"Bearer t\" }\n\
             [[events]]\nto = \"file\"\npath = \"events.jsonl\"\n\
             [[events]]\nto = \"plugin\"\n",
        )
        .unwrap();
        let runner: Arc<dyn TaskRunner> = Arc::new(stepwell_tasks::TenantPlugins::default());
        let destinations = config.destinations(&runner).unwrap();
        let names: Vec<_> = destinations.iter().map(|it| it.name()).collect();
        let file = format!("file:{}", config.directory.join("events.jsonl").display());
        assert_eq!(names, ["webhook:http://127.0.0.1:9/events", &*file, "plugin:events"]);
        let nowhere = read("[[events]]\nto = \"webhook\"\nurl = \"nowhere\"\n").unwrap();
        let error = nowhere.destinations(&runner).err().unwrap().to_string();
        assert!(error.contains("nowhere"), "{error}");
    }

    #[test]
    fn mistakes_are_named_with_their_places() {
        for (text, words) in [
            ("[[events]]\nto = \"pigeon\"", "unknown variant `pigeon`"),
            ("[[events]]\nto = \"file\"\nfile = \"f\"", "unknown field `file`"),
            ("lisetn = 1", "unknown field `lisetn`"),
            ("listen = \"8080\"", "invalid socket address"),
            ("[limits]\ntasks = 0", "nonzero"),
            ("[log]\nformat = \"xml\"", "unknown variant `xml`"),
            ("[log]\nlevel = \"loud\"", "`loud` are no levels"),
            ("[throttling]\nquotas = \"mine\"", "unknown variant `mine`"),
            ("[console]\noperators = [\"12\"]", "`12` is no account id, which has 12 digits"),
            ("[console]\nport = 1", "unknown field `port`"),
            ("[throttling.actions]\nStart = \"none\"", "`Start` is no action of the API"),
        ] {
            let error = format!("{:#}", read(text).err().unwrap());
            assert!(error.contains("serve.toml: TOML parse error at line "), "{error}");
            assert!(error.contains(words), "{words}: {error}");
        }
    }

    #[test]
    fn quotas_are_aws_unless_others_are_named() {
        let quotas = "[throttling.actions]\nStartExecution = { bucket = 2, refill = 1 }\n\
                      ListExecutions = \"none\"\n";
        let config = read(quotas).unwrap();
        let throttle = config.throttling.throttle(Clock::system());
        let quota = |action| throttle.quota(action);
        assert_eq!(quota(Action::StartExecution), Some(Quota { bucket: 2, refill: 1 }));
        assert_eq!(quota(Action::ListExecutions), None);
        assert_eq!(quota(Action::StopExecution), Quota::of_aws(Action::StopExecution));
        let off = read("[throttling]\nquotas = \"none\"").unwrap();
        let off = off.throttling.throttle(Clock::system());
        assert!(Action::ALL.iter().all(|action| off.quota(*action).is_none()));
    }
}
