//! What executions of a state machine may be started with.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_asl::{resource::Resource, tasks::Call};

use crate::{
    action::{IncludedData, Request, state_machines::DescribeStateMachine},
    arn::{Arn, Qualified},
    console::OwnAction,
    error::Error,
    host::{Host, beside, own_machine},
    service::{Caller, Service as _},
};

/// Asks what executions of a state machine may be started with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInput {
    /// The state machine, a version or an alias of it.
    pub state_machine_arn: Arn<Qualified>,
}

impl Request for DescribeInput {}

/// What DescribeInput answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct DescribedInput {
    /// JSON Schema of the input; none where it is not known.
    pub schema: Option<Value>,
    /// Whose schema it is.
    pub source: Option<SchemaSource>,
    /// Inputs that come with the project.
    pub examples: Vec<ExampleInput>,
}

/// Whose schema an input has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SchemaSource {
    /// The project's.
    Project,
    /// That of the task that the first state runs, which gets the input as it is.
    FirstTask,
}

/// An input that comes with a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExampleInput {
    /// What people call it.
    pub name: String,
    /// JSON text.
    pub input: String,
}

/// What a project says of the inputs of its state machine.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectInputs {
    /// The account that has the state machine.
    pub account: String,
    /// The state machine's name.
    pub machine: String,
    /// JSON Schema of its input.
    pub schema: Option<Value>,
    /// Inputs that come with it.
    pub examples: Vec<ExampleInput>,
}

pub(super) async fn describe_input(
    host: &Host,
    caller: &Caller,
    request: DescribeInput,
) -> Result<DescribedInput, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, OwnAction::DescribeInput, &arn)?;
    let machine = arn.resource.machine().clone();
    let describe = DescribeStateMachine {
        state_machine_arn: beside(&arn, Qualified::StateMachine(machine.clone())),
        included_data: IncludedData::AllData,
    };
    let described = host.describe_state_machine(caller, describe).await?;
    let is_its = |project: &&ProjectInputs| {
        project.account == caller.account && project.machine == machine.name
    };
    let project = host.inputs().filter(is_its);
    let examples = project.map(|project| project.examples.clone()).unwrap_or_default();
    if let Some(schema) = project.and_then(|project| project.schema.clone()) {
        return Ok(DescribedInput {
            schema: Some(schema),
            source: Some(SchemaSource::Project),
            examples,
        });
    }
    let schema = of_first_task(host, caller, &described.definition);
    let source = schema.is_some().then_some(SchemaSource::FirstTask);
    Ok(DescribedInput { schema, source, examples })
}

/// The schema of what the first state runs, where that gets the execution's input as it is.
fn of_first_task(host: &Host, caller: &Caller, definition: &str) -> Option<Value> {
    let definition: Value = serde_json::from_str(definition).ok()?;
    let name = definition["StartAt"].as_str()?;
    let state = definition["States"].get(name)?;
    let changes_input = |field: &str| state.get(field).is_some();
    if ["InputPath", "Parameters", "Arguments"].into_iter().any(changes_input) {
        return None;
    }
    // Only a Task has one.
    let resource = Resource::parse(state["Resource"].as_str()?).ok()?;
    let tasks = host.plugins()?.tasks(&caller.account);
    let task = tasks.find(&Call { state: name, resource: &resource, callee: None }).ok()?;
    task.input_schema.cloned()
}
