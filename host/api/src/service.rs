//! What a host does when it is asked to: one method for each action.

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::{
    action::{
        self, Empty, Request,
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
    console::Console,
    error::{Code, Error},
    target::Target,
};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The tenant: an account id of 12 digits. Whatever a request names in another account is not
    /// the caller's.
    pub account: String,
    /// The region that the request is for; that of what it creates.
    pub region: String,
    /// The id that the answer has, too.
    pub request_id: String,
}

macro_rules! actions {
    ($($action:ident $method:ident -> $answer:ident;)*) => {
        /// An action of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the names are AWS's")]
        pub enum Action { $($action),* }

        impl Action {
            /// All 37.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => stringify!($action)),* }
            }
        }

        /// What carries out the actions. An action that is not implemented is answered as one that
        /// there is not: UnknownOperationException.
        ///
        /// Requests are parsed and their callers authenticated; what a caller may see is for the
        /// service to judge.
        #[async_trait]
        pub trait Service: Send + Sync + 'static {
            /// Whether requests are taken: what the readiness endpoint tells.
            fn is_ready(&self) -> bool {
                true
            }

            /// What carries out Stepwell's own actions; none where there are none of them.
            fn console(&self) -> Option<&dyn Console> {
                None
            }

            $(
                #[doc = concat!(
                    "<https://docs.aws.amazon.com/step-functions/latest/apireference/API_",
                    stringify!($action), ".html>"
                )]
                async fn $method(&self, caller: &Caller, request: $action)
                -> Result<$answer, Error> {
                    let _ = (caller, request);
                    Err(unknown_operation())
                }
            )*
        }

        /// Parses the body of a request, has it carried out, and writes the answer.
        pub(crate) async fn dispatch(
            service: &dyn Service,
            caller: &Caller,
            action: Action,
            body: &[u8],
        ) -> Result<Vec<u8>, Error> {
            match action {
                $(Action::$action => {
                    let request: $action = parse(action, body)?;
                    write(&service.$method(caller, request).await?)
                })*
            }
        }

        /// Parses the body of a request of an action, as the server does before it asks the
        /// service.
        ///
        /// # Errors
        /// AWS's refusal.
        pub fn check(action: Action, body: &[u8]) -> Result<(), Error> {
            match action {
                $(Action::$action => parse::<$action>(action, body).map(drop)),*
            }
        }
    };
}

actions! {
    CreateActivity create_activity -> CreatedActivity;
    CreateStateMachine create_state_machine -> CreatedStateMachine;
    CreateStateMachineAlias create_state_machine_alias -> CreatedStateMachineAlias;
    DeleteActivity delete_activity -> Empty;
    DeleteStateMachine delete_state_machine -> Empty;
    DeleteStateMachineAlias delete_state_machine_alias -> Empty;
    DeleteStateMachineVersion delete_state_machine_version -> Empty;
    DescribeActivity describe_activity -> DescribedActivity;
    DescribeExecution describe_execution -> DescribedExecution;
    DescribeMapRun describe_map_run -> DescribedMapRun;
    DescribeStateMachine describe_state_machine -> DescribedStateMachine;
    DescribeStateMachineAlias describe_state_machine_alias -> DescribedStateMachineAlias;
    DescribeStateMachineForExecution describe_state_machine_for_execution
        -> StateMachineForExecution;
    GetActivityTask get_activity_task -> ActivityTask;
    GetExecutionHistory get_execution_history -> ExecutionHistory;
    ListActivities list_activities -> Activities;
    ListExecutions list_executions -> Executions;
    ListMapRuns list_map_runs -> MapRuns;
    ListStateMachineAliases list_state_machine_aliases -> StateMachineAliases;
    ListStateMachineVersions list_state_machine_versions -> StateMachineVersions;
    ListStateMachines list_state_machines -> StateMachines;
    ListTagsForResource list_tags_for_resource -> Tags;
    PublishStateMachineVersion publish_state_machine_version -> PublishedStateMachineVersion;
    RedriveExecution redrive_execution -> RedrivenExecution;
    SendTaskFailure send_task_failure -> Empty;
    SendTaskHeartbeat send_task_heartbeat -> Empty;
    SendTaskSuccess send_task_success -> Empty;
    StartExecution start_execution -> StartedExecution;
    StartSyncExecution start_sync_execution -> SyncExecution;
    StopExecution stop_execution -> StoppedExecution;
    TagResource tag_resource -> Empty;
    TestState test_state -> TestedState;
    UntagResource untag_resource -> Empty;
    UpdateMapRun update_map_run -> Empty;
    UpdateStateMachine update_state_machine -> UpdatedStateMachine;
    UpdateStateMachineAlias update_state_machine_alias -> UpdatedStateMachineAlias;
    ValidateStateMachineDefinition validate_state_machine_definition -> ValidatedDefinition;
}

impl Action {
    /// The action of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }
}

pub(crate) fn unknown_operation() -> Error {
    Error::new(Code::UnknownOperationException, "")
}

pub(crate) fn parse<R: Request>(action: impl Into<Target>, body: &[u8]) -> Result<R, Error> {
    action::parse(action.into().name(), body)
}

pub(crate) fn write(answer: &impl Serialize) -> Result<Vec<u8>, Error> {
    let unwritable = |error: serde_json::Error| {
        Error::new(Code::InternalFailure, format!("The answer cannot be written: {error}"))
    };
    let mut answer = serde_json::to_value(answer).map_err(unwritable)?;
    leave_out_nulls(&mut answer);
    serde_json::to_vec(&answer).map_err(unwritable)
}

/// Members that are JSON documents of others: in these null is a value.
const DOCUMENTS: [&str; 3] = ["inputSchema", "outputSchema", "schema"];

/// AWS does not tell of members that have no value. State data are texts, and stay as they are.
fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            let others = members.iter_mut().filter(|(name, _)| !DOCUMENTS.contains(&name.as_str()));
            others.for_each(|(_, value)| leave_out_nulls(value));
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
