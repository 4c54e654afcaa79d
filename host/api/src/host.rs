//! The service of a host that keeps what it is given.
//!
//! One file for each group of actions; what they share is here and in `page`.

mod activities;
mod aliases;
pub(crate) mod executions;
mod express;
mod failure;
mod history;
pub(crate) mod map_runs;
pub(crate) mod page;
pub(crate) mod state_machines;
mod tags;
mod tasks;
mod versions;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use stepwell_engine::{resources::Resources, statistics::Recorder};
use stepwell_journal::Store;

use crate::{
    action::{
        Empty,
        activities::{
            Activities, ActivityTask, CreateActivity, CreatedActivity, DeleteActivity,
            DescribeActivity, DescribedActivity, GetActivityTask, ListActivities,
        },
        aliases::{
            CreateStateMachineAlias, CreatedStateMachineAlias, DeleteStateMachineAlias,
            DescribeStateMachineAlias, DescribedStateMachineAlias, ListStateMachineAliases,
            StateMachineAliases, UpdateStateMachineAlias, UpdatedStateMachineAlias,
        },
        executions::{
            DescribeExecution, DescribeStateMachineForExecution, DescribedExecution,
            ExecutionHistory, Executions, GetExecutionHistory, ListExecutions, RedriveExecution,
            RedrivenExecution, StartExecution, StartSyncExecution, StartedExecution,
            StateMachineForExecution, StopExecution, StoppedExecution, SyncExecution,
        },
        map_runs::{DescribeMapRun, DescribedMapRun, ListMapRuns, MapRuns, UpdateMapRun},
        state_machines::{
            CreateStateMachine, CreatedStateMachine, DeleteStateMachine, DescribeStateMachine,
            DescribedStateMachine, ListStateMachines, StateMachines, UpdateStateMachine,
            UpdatedStateMachine,
        },
        tags::{ListTagsForResource, TagResource, Tags, UntagResource},
        tasks::{SendTaskFailure, SendTaskHeartbeat, SendTaskSuccess},
        testing::{TestState, TestedState, ValidateStateMachineDefinition, ValidatedDefinition},
        versions::{
            DeleteStateMachineVersion, ListStateMachineVersions, PublishStateMachineVersion,
            PublishedStateMachineVersion, StateMachineVersions,
        },
    },
    arn::{Arn, Qualified, StateMachine},
    clock::Clock,
    console::{
        Console, Operators, findings::FindingsCache, inputs::ProjectInputs, plugins::Plugins,
    },
    error::{Code, Error, Reason},
    service::{Caller, Service},
    stateless::{self, Stateless},
    target::Target,
    tenants::Tenants,
};

/// Serves all of a host's tenants. Clones share everything.
#[derive(Clone)]
pub struct Host {
    engine: stepwell_engine::Host,
    stateless: Stateless,
    started_at: Timestamp,
    operators: Operators,
    tenants: Option<Arc<Tenants>>,
    plugins: Option<Arc<dyn Plugins>>,
    inputs: Option<ProjectInputs>,
    findings: Arc<FindingsCache>,
}

impl Host {
    /// Serves what an engine keeps and runs.
    pub fn new(engine: stepwell_engine::Host) -> Self {
        let clock = engine.clock().clone();
        Self {
            started_at: clock.now(),
            stateless: Stateless::new(Clock::new(move || clock.now())),
            engine,
            operators: Operators::default(),
            tenants: None,
            plugins: None,
            inputs: None,
            findings: Arc::default(),
        }
    }

    /// With these operators; nobody is one otherwise.
    #[must_use]
    pub fn with_operators(self, operators: Operators) -> Self {
        Self { operators, ..self }
    }

    /// With the tenants that operators are shown.
    #[must_use]
    pub fn with_tenants(self, tenants: Arc<Tenants>) -> Self {
        Self { tenants: Some(tenants), ..self }
    }

    pub(crate) fn engine(&self) -> &stepwell_engine::Host {
        &self.engine
    }

    /// With the plugins that tenants are shown; there are none otherwise.
    #[must_use]
    pub fn with_plugins(self, plugins: Arc<dyn Plugins>) -> Self {
        Self { plugins: Some(plugins), ..self }
    }

    /// With what a project says of the inputs of its state machine.
    #[must_use]
    pub fn with_inputs(self, inputs: ProjectInputs) -> Self {
        Self { inputs: Some(inputs), ..self }
    }

    pub(crate) fn plugins(&self) -> Option<&dyn Plugins> {
        self.plugins.as_deref()
    }

    pub(crate) fn inputs(&self) -> Option<&ProjectInputs> {
        self.inputs.as_ref()
    }

    pub(crate) fn findings(&self) -> &FindingsCache {
        &self.findings
    }

    pub(crate) fn is_operator(&self, caller: &Caller) -> bool {
        self.operators.include(&caller.account)
    }

    pub(crate) fn tenants(&self) -> Option<&Tenants> {
        self.tenants.as_deref()
    }

    pub(crate) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub(crate) fn resources(&self) -> &Resources {
        self.engine.resources()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.engine.store()
    }

    pub(crate) fn statistics(&self) -> &Recorder {
        self.engine.statistics()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.engine.clock().now()
    }
}

/// Implements each method by the function of the same name in a file of the group of actions.
macro_rules! delegate {
    ($($group:ident { $($method:ident: $request:ident -> $answer:ident;)* })*) => {
        #[async_trait]
        impl Service for Host {
            fn is_ready(&self) -> bool {
                self.engine.trouble().is_none()
            }

            fn console(&self) -> Option<&dyn Console> {
                Some(self)
            }

            $($(
                async fn $method(
                    &self,
                    caller: &Caller,
                    request: $request,
                ) -> Result<$answer, Error> {
                    $group::$method(self, caller, request).await
                }
            )*)*

            async fn test_state(
                &self,
                caller: &Caller,
                request: TestState,
            ) -> Result<TestedState, Error> {
                let answer = self.engine.engine().test_state(&caller.account, &request).await;
                answer.map_err(stateless::refusal)
            }

            async fn validate_state_machine_definition(
                &self,
                caller: &Caller,
                request: ValidateStateMachineDefinition,
            ) -> Result<ValidatedDefinition, Error> {
                self.stateless.validate_state_machine_definition(caller, request).await
            }
        }
    };
}

delegate! {
    state_machines {
        create_state_machine: CreateStateMachine -> CreatedStateMachine;
        delete_state_machine: DeleteStateMachine -> Empty;
        describe_state_machine: DescribeStateMachine -> DescribedStateMachine;
        list_state_machines: ListStateMachines -> StateMachines;
        update_state_machine: UpdateStateMachine -> UpdatedStateMachine;
    }
    versions {
        delete_state_machine_version: DeleteStateMachineVersion -> Empty;
        list_state_machine_versions: ListStateMachineVersions -> StateMachineVersions;
        publish_state_machine_version: PublishStateMachineVersion -> PublishedStateMachineVersion;
    }
    aliases {
        create_state_machine_alias: CreateStateMachineAlias -> CreatedStateMachineAlias;
        delete_state_machine_alias: DeleteStateMachineAlias -> Empty;
        describe_state_machine_alias: DescribeStateMachineAlias -> DescribedStateMachineAlias;
        list_state_machine_aliases: ListStateMachineAliases -> StateMachineAliases;
        update_state_machine_alias: UpdateStateMachineAlias -> UpdatedStateMachineAlias;
    }
    activities {
        create_activity: CreateActivity -> CreatedActivity;
        delete_activity: DeleteActivity -> Empty;
        describe_activity: DescribeActivity -> DescribedActivity;
        list_activities: ListActivities -> Activities;
    }
    executions {
        describe_execution: DescribeExecution -> DescribedExecution;
        describe_state_machine_for_execution: DescribeStateMachineForExecution
            -> StateMachineForExecution;
        list_executions: ListExecutions -> Executions;
        redrive_execution: RedriveExecution -> RedrivenExecution;
        start_execution: StartExecution -> StartedExecution;
        stop_execution: StopExecution -> StoppedExecution;
    }
    express {
        start_sync_execution: StartSyncExecution -> SyncExecution;
    }
    history {
        get_execution_history: GetExecutionHistory -> ExecutionHistory;
    }
    tasks {
        get_activity_task: GetActivityTask -> ActivityTask;
        send_task_failure: SendTaskFailure -> Empty;
        send_task_heartbeat: SendTaskHeartbeat -> Empty;
        send_task_success: SendTaskSuccess -> Empty;
    }
    map_runs {
        describe_map_run: DescribeMapRun -> DescribedMapRun;
        list_map_runs: ListMapRuns -> MapRuns;
        update_map_run: UpdateMapRun -> Empty;
    }
    tags {
        list_tags_for_resource: ListTagsForResource -> Tags;
        tag_resource: TagResource -> Empty;
        untag_resource: UntagResource -> Empty;
    }
}

/// Refuses what is another account's, whether or not there is such a thing.
pub(crate) fn own<R: std::fmt::Display>(
    caller: &Caller,
    action: impl Into<Target>,
    arn: &Arn<R>,
) -> Result<(), Error> {
    if arn.account == caller.account {
        return Ok(());
    }
    Err(Error::new(
        Code::AccessDeniedException,
        format!(
            "User: arn:{}:iam::{}:root is not authorized to perform: states:{} on resource: {arn}",
            arn.partition,
            caller.account,
            action.into().name()
        ),
    ))
}

/// Refuses the machine of a Map's children, where only a state machine itself will do.
fn unlabelled(machine: &StateMachine, arn: &impl std::fmt::Display) -> Result<(), Error> {
    if machine.label.is_none() {
        return Ok(());
    }
    Err(Error {
        reason: Some(Reason::ApiDoesNotSupportLabeledArns),
        ..Error::validation(format!("This action does not support labeled ARNs: '{arn}'"))
    })
}

/// An ARN of the caller's state machine, or of a version or an alias of it.
pub(crate) fn own_machine(
    caller: &Caller,
    action: impl Into<Target>,
    arn: &Arn<Qualified>,
) -> Result<(), Error> {
    own(caller, action, arn)?;
    unlabelled(arn.resource.machine(), arn)
}

/// The same place as that of another resource.
pub(crate) fn beside<R, S>(arn: &Arn<S>, resource: R) -> Arn<R> {
    Arn {
        partition: arn.partition.clone(),
        region: arn.region.clone(),
        account: arn.account.clone(),
        resource,
    }
}

/// The ARN of what a caller creates.
pub(crate) fn created<R>(caller: &Caller, resource: R) -> Arn<R> {
    let partition = match caller.region.split('-').collect::<Vec<_>>()[..] {
        ["cn", ..] => "aws-cn",
        ["us", "gov", ..] => "aws-us-gov",
        _ => "aws",
    };
    Arn {
        partition: partition.to_owned(),
        region: caller.region.clone(),
        account: caller.account.clone(),
        resource,
    }
}
