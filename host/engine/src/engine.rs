//! The engine and the handle on one of its executions.

use std::{fmt::Display, sync::Arc};

use stepwell_asl::{Json, StateMachine, definition::Name};
use stepwell_interpreter::{
    Event, Execution, Failure, Identity, Outcome, RunTask, Step,
    map_run::{Counts, MapRunId},
    test_state::{self, Answer, Request},
    token::Key,
};
use stepwell_storage::Buckets;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{Clock, TaskEnd, TaskRunner, run::Run, statistics::Recorder};

/// How many updates an execution runs ahead of whoever follows it.
const UPDATES_AHEAD: usize = 256;

/// Runs executions. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    pub(crate) tasks: Arc<dyn TaskRunner>,
    pub(crate) clock: Clock,
    pub(crate) buckets: Buckets,
    /// What task tokens are signed with.
    pub(crate) key: Key,
    /// What counts, where anything does.
    pub(crate) statistics: Option<Arc<Recorder>>,
}

/// A state machine with its name.
#[derive(Debug)]
pub struct Machine {
    /// Its ARN: partition, region and account of its executions are this one's.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The account it belongs to.
    pub tenant: String,
    /// `roleArn`: what `$$.Execution.RoleArn` says.
    pub role_arn: String,
    /// What it does.
    pub definition: StateMachine,
}

impl Machine {
    /// A machine of one tenant, in the region `us-east-1`.
    pub fn new(tenant: &str, name: &str, definition: StateMachine) -> Self {
        Self {
            arn: format!("arn:aws:states:us-east-1:{tenant}:stateMachine:{name}"),
            role_arn: format!("arn:aws:iam::{tenant}:role/stepwell"),
            name: name.to_owned(),
            tenant: tenant.to_owned(),
            definition,
        }
    }

    /// Who its execution of this name is.
    pub(crate) fn identify(&self, execution: &str) -> Identity {
        self.identity(execution, format_args!("execution:{}:{execution}", self.name))
    }

    /// Who its Express execution of this name is: `id` tells those of the same name from each other.
    pub(crate) fn identify_express(&self, execution: &str, id: impl Display) -> Identity {
        self.identity(execution, format_args!("express:{}:{execution}:{id}", self.name))
    }

    fn identity(&self, execution: &str, resource: impl Display) -> Identity {
        // arn:PARTITION:states:REGION:ACCOUNT:stateMachine:NAME
        let place =
            self.arn.match_indices(':').nth(4).map_or(&*self.arn, |(at, _)| &self.arn[..at]);
        Identity {
            execution_arn: format!("{place}:{resource}"),
            execution_name: execution.to_owned(),
            state_machine_arn: self.arn.clone(),
            state_machine_name: self.name.clone(),
            role_arn: self.role_arn.clone(),
        }
    }
}

/// What an execution starts with.
#[derive(Debug, Clone)]
pub struct StartExecution {
    /// Its name; a random one where none is given.
    pub name: Option<String>,
    /// Its input.
    pub input: Json,
}

/// What becomes of an execution, in order.
#[derive(Debug)]
pub enum Update {
    /// A step that was made: its events are history.
    Step(Step),
    /// An attempt of a task ended: by itself, and the step that follows from it comes next, or
    /// stopped by the step that comes next.
    TaskEnded(Box<RunTask>, TaskEnd),
    /// A Map Run goes on: at most ten times a second, and when it ends.
    MapRun(Box<MapRunProgress>),
    /// A child execution of a Map Run did not succeed. Of each Map Run only the first few are told.
    ChildFailed(Box<ChildFailed>),
}

/// How far a Map Run is.
#[derive(Debug, Clone, PartialEq)]
pub struct MapRunProgress {
    /// The id of the event that says it started.
    pub map_run: MapRunId,
    /// Its ARN.
    pub map_run_arn: String,
    /// The Map state.
    pub state: Name,
    /// `itemCounts`.
    pub items: Counts,
    /// `executionCounts`.
    pub executions: Counts,
    /// Whether this is how it ended.
    pub ended: bool,
}

/// A child execution that did not succeed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChildFailed {
    /// The id of the event that says its Map Run started.
    pub map_run: MapRunId,
    /// Who it is.
    pub identity: Identity,
    /// Why.
    pub failure: Failure,
}

/// A running execution. Dropping the handle abandons the execution and stops its tasks.
#[derive(Debug)]
pub struct Handle {
    identity: Identity,
    updates: mpsc::Receiver<Update>,
    stop: watch::Sender<Option<Stop>>,
    running: JoinHandle<Outcome>,
}

/// Error and cause of a StopExecution.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    pub(crate) error: Option<String>,
    pub(crate) cause: Option<String>,
}

impl Engine {
    /// An engine that runs tasks with this runner, by this clock.
    pub fn new(tasks: Arc<dyn TaskRunner>, clock: Clock) -> Self {
        // Its executions do not outlive it, so nor need the key.
        let mut key = [0; 32];
        for half in key.chunks_exact_mut(16) {
            half.copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        }
        let (buckets, key, statistics) = (Buckets::default(), Key::new(key), None);
        Self { tasks, clock, buckets, key, statistics }
    }

    /// The same engine, whose Map Runs read their items from these buckets and write their results
    /// to them.
    #[must_use]
    pub fn with_buckets(self, buckets: Buckets) -> Self {
        Self { buckets, ..self }
    }

    /// The same engine, whose executions' tasks are counted.
    pub(crate) fn with_statistics(self, statistics: Arc<Recorder>) -> Self {
        Self { statistics: Some(statistics), ..self }
    }

    /// Starts an execution. It runs at the pace of whoever takes its updates from the handle.
    pub fn start(&self, machine: Arc<Machine>, start: StartExecution) -> Handle {
        let name = start.name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let identity = machine.identify(&name);
        let (updates, received) = mpsc::channel(UPDATES_AHEAD);
        let (stop, stopped) = watch::channel(None);
        let tenant = machine.tenant.clone();
        let generation = self.tasks.generation();
        let run = Run::new(self.clone(), tenant, identity.clone(), generation, Some(updates));
        let started = Execution::start(
            &machine.definition,
            identity.clone(),
            &self.key,
            start.input,
            self.clock.now(),
        );
        let drive = run.drive(machine, started, self.clock.busy(), Some(stopped));
        let running = tokio::spawn(async { drive.await.outcome });
        Handle { identity, updates: received, stop, running }
    }

    /// Runs an Express execution to its end. Whoever drops this abandons it.
    pub(crate) async fn run_express(
        &self,
        machine: &Arc<Machine>,
        identity: Identity,
        input: Json,
    ) -> Outcome {
        let now = self.clock.now();
        let (execution, step) =
            Execution::start_express(&machine.definition, identity, &self.key, input, now);
        // One that waits for nothing needs nothing to wait with.
        if let Some(outcome) = step.outcome {
            return outcome;
        }
        let who = execution.identity().clone();
        let generation = self.tasks.generation();
        let run = Run::new(self.clone(), machine.tenant.clone(), who, generation, None);
        let busy = self.clock.busy();
        // Boxed, so that one that does not wait moves little.
        Box::pin(run.drive(machine.clone(), (execution, step), busy, None)).await.outcome
    }

    /// Tests one state for a tenant, as AWS's TestState does. A task that is not mocked is run, and
    /// a Wait state is waited for.
    ///
    /// # Errors
    /// Where AWS refuses the request. A state that fails is no error, but an answer.
    pub async fn test_state(
        &self,
        tenant: &str,
        request: &Request,
    ) -> Result<Answer, test_state::Error> {
        let [machine, execution] = [(); 2].map(|()| uuid::Uuid::new_v4().to_string());
        let place = format!("arn:aws:states:us-east-1:{tenant}");
        // AWS runs a test as an Express execution of a machine of its own.
        let identity = Identity {
            execution_arn: format!("{place}:express:{machine}:{execution}"),
            execution_name: execution,
            state_machine_arn: format!("{place}:stateMachine:{machine}"),
            state_machine_name: machine,
            role_arn: String::new(),
        };
        let generation = self.tasks.generation();
        Run::new(self.clone(), tenant.to_owned(), identity, generation, None).test(request).await
    }
}

impl Handle {
    /// Who is running.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The next thing that happened; none once the execution has ended.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }

    /// Stops the execution, as StopExecution does. One that has ended stays as it ended.
    pub fn stop(&self, error: Option<String>, cause: Option<String>) {
        self.stop.send_replace(Some(Stop { error, cause }));
    }

    /// How the execution ended; waits until it has. Updates that nobody took are gone.
    ///
    /// # Panics
    /// Where the execution itself did, which is a defect of the host.
    pub async fn outcome(mut self) -> Outcome {
        self.updates.close();
        match (&mut self.running).await {
            Ok(outcome) => outcome,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Follows the execution to its end: its events and its outcome.
    ///
    /// # Panics
    /// As [`Handle::outcome`] does.
    pub async fn finish(mut self) -> (Vec<Event>, Outcome) {
        let mut events = Vec::new();
        while let Some(update) = self.next().await {
            if let Update::Step(step) = update {
                events.extend(step.events);
            }
        }
        (events, self.outcome().await)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.running.abort();
    }
}
