//! A host on a journal of its own, with the plugin `payments` and a task that costs nothing.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context as _, Result, anyhow};
use futures::{FutureExt as _, future::BoxFuture};
use stepwell_asl::{Json, definition::Type, resource::Resource};
use stepwell_engine::{
    Attempt, Clock, Host, Reporter, TaskEnd, TaskRunner,
    host::{Order, Parts, Settings},
    resources::{CreateActivity, CreateMachine, Target},
};
use stepwell_interpreter::token::Key;
use stepwell_journal::{Sqlite, sqlite::Options};
use stepwell_sandbox::{Grants, Limits, Options as SandboxOptions, Sandbox};
use stepwell_storage::Buckets;
use stepwell_tasks::{Installed, Plugins};

use crate::{plain::Plain, scenario::Scenario, watched::Watched};

const TENANT: &str = "000000000000";

/// The plugin `payments`, for the host and in plain Wasmtime.
pub(crate) struct Payments {
    plugins: Plugins,
    pub(crate) plain: Arc<Plain>,
    _sandbox: Sandbox,
}

impl Payments {
    pub(crate) async fn admit() -> Result<Self> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/guests/payments.wasm");
        let wasm = fs::read(file).context("`cargo xtask guests` builds the plugin")?;
        let sandbox = Sandbox::new(&SandboxOptions::default())?;
        let input = crate::scenario::input().text().to_owned();
        let plain = Plain::new(sandbox.engine(), &wasm, "charge", &input);
        let plugin = sandbox.admit(wasm).await?;
        let mut plugins = Plugins::default();
        let (grants, limits) = (Grants::none(), Limits::default());
        plugins.install("payments", Installed { plugin, grants, limits });
        Ok(Self { plugins, plain: Arc::new(plain), _sandbox: sandbox })
    }
}

/// Runs `wasm:free/…` by giving the input back, and all else in plugins.
struct Tasks(Plugins);

impl TaskRunner for Tasks {
    fn run(&self, attempt: Attempt, reporter: Reporter) -> BoxFuture<'static, TaskEnd> {
        if is_free(&attempt.task.resource) {
            reporter.started();
            let result = Ok(attempt.task.input);
            return async { TaskEnd::without_usage(result) }.boxed();
        }
        self.0.run(attempt, reporter)
    }
}

/// Whether a task costs nothing.
pub(crate) fn is_free(resource: &Resource) -> bool {
    matches!(resource, Resource::Wasm(wasm) if &*wasm.plugin == "free")
}

pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) store: Arc<Watched>,
}

impl World {
    /// Opens the host of a directory.
    pub(crate) async fn open(directory: &Path, payments: Option<&Payments>) -> Result<Self> {
        let store = Arc::new(Sqlite::open(&Options::new(directory))?);
        let watched = Arc::new(Watched::new(store.clone()));
        let host = Host::open(Parts {
            store: watched.clone(),
            catalog: store,
            runner: Arc::new(Tasks(payments.map(|it| it.plugins.clone()).unwrap_or_default())),
            clock: Clock::system(),
            buckets: Buckets::default(),
            settings: Settings::new(Key::new([7; 32])),
        })
        .await?;
        Ok(Self { host, store: watched })
    }

    /// Creates a scenario's state machine.
    pub(crate) async fn create(&self, type_: Type, scenario: &Scenario) -> Result<Target> {
        let create = CreateMachine {
            name: "bench".into(),
            arn: format!("arn:aws:states:us-east-1:{TENANT}:stateMachine:bench"),
            type_,
            definition: scenario.definition.to_string(),
            role_arn: format!("arn:aws:iam::{TENANT}:role/r"),
            settings: Default::default(),
            tags: Default::default(),
            publish: None,
        };
        let resources = self.host.resources();
        resources.create_machine(TENANT, create, self.host.clock().now()).await?;
        let target = resources.resolve(TENANT, "bench", None, 0).await?;
        target.ok_or_else(|| anyhow!("the machine is gone"))
    }

    pub(crate) async fn create_activity(&self, name: &str) -> Result<()> {
        let create = CreateActivity {
            name: name.into(),
            arn: format!("arn:aws:states:us-east-1:{TENANT}:activity:{name}"),
            settings: Default::default(),
            tags: Default::default(),
        };
        self.host.resources().create_activity(TENANT, create, self.host.clock().now()).await?;
        Ok(())
    }

    pub(crate) async fn stop(self) {
        self.host.stop(std::future::pending()).await;
    }
}

/// What the execution of a name is known by.
pub(crate) fn key(name: String) -> stepwell_journal::Key {
    stepwell_journal::Key { tenant: TENANT.into(), machine: "bench".into(), name }
}

pub(crate) fn order(target: &Target, name: String, input: &Json) -> Order {
    Order { target: target.clone(), name, input: input.clone(), trace_header: None, parent: None }
}
