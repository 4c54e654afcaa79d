//! Executions of state machines whose tasks are the suite's plugins.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use stepwell_asl::StateMachine;
use stepwell_engine::{Clock, Engine, Machine, StartExecution};
use stepwell_host_conformance::protocol::{Done, Ended, Execute, Failure};
use stepwell_interpreter::Outcome;
use stepwell_sandbox::Grants;
use stepwell_tasks::{Installed, Plugins};

use super::{Adapter, grants};

/// The account that the executions belong to.
const TENANT: &str = "123456789012";

impl Adapter {
    /// Runs an execution to its end. Its waits and back-offs take no time.
    pub(super) async fn execute(&self, execution: Execute) -> Result<Done> {
        let mut plugins = Plugins::default();
        let (spec, _secrets) = grants::spec(execution.grants)?;
        for (name, file) in &execution.plugins {
            let plugin = self.plugin(file).await?;
            let grants = Grants::open(spec.effective(plugin.info()).spec)?
                .with_key_value(self.key_value.clone(), name);
            let limits = grants::limits(&execution.limits);
            plugins.install(name, Installed { plugin, grants, limits });
        }
        let parsed = StateMachine::parse(&execution.definition.to_string())
            .map_err(|findings| anyhow!("the definition is wrong: {findings:?}"))?;
        let engine = Engine::new(Arc::new(plugins), Clock::system().fast_forward());
        let machine = Machine::new(TENANT, "suite", parsed.machine);
        let start = StartExecution { name: None, input: execution.input.into() };
        let running = engine.start(Arc::new(machine), start);
        let ended = match running.outcome().await {
            Outcome::Succeeded { output } => Ended::Output(output.value().to_string()),
            Outcome::Failed(failure) | Outcome::TimedOut(failure) => Ended::Failure(Failure {
                error: failure.error.unwrap_or_default(),
                cause: failure.cause.unwrap_or_default(),
                retry_after_ms: None,
            }),
            Outcome::Aborted(_) => Ended::Stopped,
        };
        Ok(Done { ended, log: String::new(), heartbeats: 0 })
    }
}
