//! What has plugins for AWS's integrations, granted one server.

use std::{fs, path::Path, sync::Arc};

use serde_json::{Value, json};
use stepwell_engine::{
    Clock, Engine, Host,
    host::{Parts, Settings},
};
use stepwell_interpreter::token::Key;
use stepwell_journal::Memory;
use stepwell_sandbox::{Grants, Limits, Options, Sandbox, grants::Spec};
use stepwell_storage::Buckets;
use stepwell_tasks::{Installed, Plugins};
use tempfile::TempDir;

use crate::support::{self, Report};

/// Where the region is in what a server says.
pub(crate) const REGION: &str = "us-east-1";

/// An engine with some of the plugins.
pub(crate) struct World {
    plugins: Arc<Plugins>,
    engine: Engine,
    // What the secrets are read from.
    _secrets: TempDir,
}

/// Whose credentials requests are signed with.
pub(crate) struct Keys<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a str,
}

/// Those that moto takes for the account 123456789012.
pub(crate) const ANY: Keys<'_> = Keys { id: "AKIAIOSFODNN7EXAMPLE", secret: "any" };

impl World {
    /// Plugins, which may send requests to the server: `FILE`, or `FILE=NAME` for one that is
    /// installed under another name.
    pub(crate) async fn new(url: &str, plugins: &[&str]) -> Self {
        Self::with(url, plugins, &ANY, json!({})).await
    }

    /// The same, with further values of configuration, and other credentials.
    pub(crate) async fn with(url: &str, plugins: &[&str], keys: &Keys<'_>, config: Value) -> Self {
        let secrets = tempfile::tempdir().unwrap();
        fs::write(secrets.path().join("id"), keys.id).unwrap();
        fs::write(secrets.path().join("secret"), keys.secret).unwrap();
        let secret = |name: &str, file: &str| {
            let file = secrets.path().join(file);
            json!({ "name": name, "from": { "file": file }, "expose": "value" })
        };
        let mut spec = json!({
            "http": [url],
            "config": { "endpoint": url, "region": REGION },
            "secrets": [secret("access-key-id", "id"), secret("secret-access-key", "secret")],
        });
        spec["config"].as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
        Self::granting(&serde_json::from_value(spec).unwrap(), plugins, secrets).await
    }

    /// One whose plugins are granted nothing.
    pub(crate) async fn granting_nothing(plugins: &[&str]) -> Self {
        Self::granting(&Spec::default(), plugins, tempfile::tempdir().unwrap()).await
    }

    /// Plugins with these grants, whose secrets are in a directory.
    pub(crate) async fn granting(grants: &Spec, plugins: &[&str], secrets: TempDir) -> Self {
        let plugins = Arc::new(installed(plugins, grants).await);
        let engine = Engine::new(plugins.clone(), Clock::system());
        Self { plugins, engine, _secrets: secrets }
    }

    /// Runs a task, named as behind `arn:aws:states:::`, as the only state of an execution.
    pub(crate) async fn run(&self, resource: &str, input: Value) -> Report {
        self.run_as(resource, json!({}), input).await
    }

    /// The same with further fields of the state.
    pub(crate) async fn run_as(&self, resource: &str, fields: Value, input: Value) -> Report {
        let resource = match resource.starts_with("arn:") || resource.starts_with("wasm:") {
            true => resource.to_owned(),
            false => format!("arn:aws:states:::{resource}"),
        };
        support::follow(support::start(&self.engine, &resource, fields, input)).await
    }

    /// The output of one that goes well.
    pub(crate) async fn output(&self, resource: &str, input: Value) -> Value {
        self.run(resource, input).await.output().clone()
    }

    /// The error and the cause of one that does not.
    pub(crate) async fn failure(&self, resource: &str, input: Value) -> (String, String) {
        let report = self.run(resource, input).await;
        let (error, cause) = report.failure();
        (error.to_owned(), cause.to_owned())
    }

    /// A host with these plugins, which gives out task tokens.
    pub(crate) async fn host(&self) -> Host {
        let store = Arc::new(Memory::default());
        let parts = Parts {
            store: store.clone(),
            catalog: store,
            runner: self.plugins.clone(),
            clock: Clock::system(),
            buckets: Buckets::default(),
            settings: Settings::new(Key::new([7; 32])),
        };
        Host::open(parts).await.unwrap()
    }
}

/// A sandbox for a few calls, which keeps what it has compiled for the next test.
pub(crate) fn sandbox() -> Sandbox {
    let cache = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/stepwell-cache");
    let cache_dir = Some(Path::new(cache).to_owned());
    let options = Options { cache_dir, concurrency: 2, ..Options::default() };
    Sandbox::new(&options).unwrap()
}

/// Plugins with the same grants.
pub(crate) async fn installed(plugins: &[&str], grants: &Spec) -> Plugins {
    let sandbox = sandbox();
    let mut all = Plugins::default();
    for file in plugins {
        let (file, name) = match file.split_once('=') {
            Some((file, name)) => (file, Some(name.to_owned())),
            None => (*file, None),
        };
        let plugin = support::admit(&sandbox, file).await;
        // As `stepwell plugin add` does.
        let name = name.unwrap_or_else(|| plugin.info().name.clone());
        let limits = Limits::default();
        // What it does not want it does not get.
        let grants = Grants::open(grants.effective(plugin.info()).spec).unwrap();
        all.install(&name, Installed { plugin, grants, limits });
    }
    all
}
