//! Actions on executions.

use stepwell_asl::{Json, definition::Type};
use stepwell_engine::{
    arn as ids,
    host::{Error as Failed, Order, RedriveStatus as Redrivability},
    resources::{Error as Unresolved, Qualifier, Revision, Target},
};
use stepwell_interpreter::{Outcome, map_run::ChildType};
use stepwell_journal::{Description, ExecutionId, Filter, Listing, Of, Status};
use uuid::Uuid;

use super::{
    Host, beside,
    map_runs::find_map_run,
    own, own_machine, page,
    state_machines::{Configuration, does_not_exist, named, variable_references},
};
use crate::{
    action::{
        ExecutionStatus, IncludedData,
        executions::{
            DataDetails, DescribeExecution, DescribeStateMachineForExecution, DescribedExecution,
            ExecutionListItem, Executions, ListExecutions, RedriveExecution, RedriveFilter,
            RedriveStatus, RedrivenExecution, StartExecution, StartedExecution,
            StateMachineForExecution, StopExecution, StoppedExecution,
        },
    },
    arn::{Alias, Arn, Execution, Qualified, StateMachine, Version},
    error::{Code, Error},
    service::{Action, Caller},
};

pub(super) async fn start_execution(
    host: &Host,
    caller: &Caller,
    request: StartExecution,
) -> Result<StartedExecution, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::StartExecution, &arn)?;
    let order = Order {
        input: input(request.input)?,
        target: target(host, &arn).await?,
        name: name(request.name),
        trace_header: request.trace_header,
        parent: None,
    };
    let (execution_arn, started) = match order.target.revision.type_ {
        Type::Express => host.engine.start_express(order)?,
        Type::Standard => {
            let execution_arn = order.execution_arn();
            let started = host.engine.start_execution(order).await;
            let started = started.map_err(|error| not_started(error, &execution_arn))?;
            (execution_arn, started)
        }
    };
    Ok(StartedExecution {
        execution_arn: Arn::parse(&execution_arn)?,
        start_date: started.at.into(),
    })
}

/// Why an execution was not started.
fn not_started(error: Failed, arn: &str) -> Error {
    match error {
        Failed::AlreadyExists => {
            Error::new(Code::ExecutionAlreadyExists, format!("Execution Already Exists: '{arn}'"))
        }
        other => other.into(),
    }
}

/// The execution's name: a random one where none is asked for.
pub(super) fn name(asked: Option<crate::Name>) -> String {
    asked.map_or_else(|| Uuid::new_v4().to_string(), |name| name.as_str().to_owned())
}

/// The execution's input: `{}` where none is given.
pub(super) fn input(text: Option<String>) -> Result<Json, Error> {
    let Some(text) = text else { return Ok(Json::empty()) };
    Json::parse(text).map_err(|error| {
        Error::new(
            Code::InvalidExecutionInput,
            format!("Invalid State Machine Execution Input: '{error}'"),
        )
    })
}

/// What an execution of this machine, version or alias runs by.
pub(super) async fn target(host: &Host, arn: &Arn<Qualified>) -> Result<Target, Error> {
    let machine = named(host, arn).await?.ok_or_else(|| does_not_exist(arn))?;
    let qualifier = match &arn.resource {
        Qualified::StateMachine(_) => None,
        Qualified::Version(version) => Some(Qualifier::Version(version.number)),
        Qualified::Alias(alias) => Some(Qualifier::Alias(alias.name.clone())),
    };
    let (draw, _) = Uuid::new_v4().as_u64_pair();
    let target = host
        .resources()
        .resolve(&arn.account, &machine.name, qualifier.as_ref(), draw)
        .await
        .map_err(|error| match error {
            Unresolved::Missing(_) => does_not_exist(arn),
            other => other.into(),
        })?;
    target.ok_or_else(|| does_not_exist(arn))
}

pub(super) async fn describe_execution(
    host: &Host,
    caller: &Caller,
    request: DescribeExecution,
) -> Result<DescribedExecution, Error> {
    let arn = request.execution_arn;
    // An Express execution is kept where it is a Map Run's child.
    match arn.resource.machine.label {
        Some(_) => own(caller, Action::DescribeExecution, &arn)?,
        None => own_standard(caller, Action::DescribeExecution, &arn)?,
    }
    let (description, _) = find(host, &arn).await?;
    let Description { listing, input, outcome, attributes, .. } = description;
    let redrive = host.engine.redrive_status(&listing).await?;
    let (output, failure) = match outcome {
        None => (None, None),
        Some(Outcome::Succeeded { output }) => (Some(output.text().to_owned()), None),
        Some(Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure)) => {
            (None, Some(failure))
        }
    };
    let (error, cause) = failure.map_or((None, None), |failure| (failure.error, failure.cause));
    let included = request.included_data == IncludedData::AllData;
    let details = DataDetails { included };
    let item = item(&arn, listing, arn.resource.express.is_some())?;
    Ok(DescribedExecution {
        execution_arn: item.execution_arn,
        state_machine_arn: item.state_machine_arn,
        name: item.name,
        status: item.status,
        start_date: item.start_date,
        stop_date: item.stop_date,
        input: included.then(|| input.text().to_owned()),
        input_details: Some(details),
        output_details: output.is_some().then_some(details),
        output: output.filter(|_| included),
        trace_header: trace_header(&attributes),
        map_run_arn: item.map_run_arn,
        error,
        cause,
        state_machine_version_arn: item.state_machine_version_arn,
        state_machine_alias_arn: item.state_machine_alias_arn,
        redrive_count: item.redrive_count,
        redrive_date: item.redrive_date,
        redrive_status: Some(redrive_status(redrive)),
        redrive_status_reason: redrive.reason(),
    })
}

fn trace_header(attributes: &Json) -> Option<String> {
    attributes.value().get("trace_header")?.as_str().map(str::to_owned)
}

fn redrive_status(status: Redrivability) -> RedriveStatus {
    match status {
        Redrivability::Redrivable => RedriveStatus::Redrivable,
        Redrivability::RedrivableByMapRun => RedriveStatus::RedrivableByMapRun,
        Redrivability::NotRedrivable(_) => RedriveStatus::NotRedrivable,
    }
}

pub(super) async fn describe_state_machine_for_execution(
    host: &Host,
    caller: &Caller,
    request: DescribeStateMachineForExecution,
) -> Result<StateMachineForExecution, Error> {
    let arn = request.execution_arn;
    own_standard(caller, Action::DescribeStateMachineForExecution, &arn)?;
    let (description, revision) = find(host, &arn).await?;
    let configuration = Configuration::of(&revision.settings);
    let (definition, variable_references) = match request.included_data {
        IncludedData::AllData => (revision.text.to_string(), variable_references(&revision)),
        IncludedData::MetadataOnly => ("{}".to_owned(), None),
    };
    let item = item(&arn, description.listing, false)?;
    Ok(StateMachineForExecution {
        name: arn.resource.machine.to_string().replacen("stateMachine:", "", 1),
        state_machine_arn: item.state_machine_arn,
        definition,
        role_arn: revision.role_arn.clone(),
        update_date: revision.created_at.into(),
        logging_configuration: Some(configuration.logging),
        tracing_configuration: Some(configuration.tracing),
        map_run_arn: item.map_run_arn,
        label: arn.resource.machine.label,
        revision_id: Some(revision.id.clone()).filter(|_| !revision.initial),
        encryption_configuration: configuration.encryption,
        variable_references,
    })
}

pub(super) async fn list_executions(
    host: &Host,
    caller: &Caller,
    request: ListExecutions,
) -> Result<Executions, Error> {
    let size = page::size(request.max_results);
    let (of, beside, express) = match (request.state_machine_arn, request.map_run_arn) {
        (Some(arn), _) => (of_machine(host, caller, &arn).await?, beside(&arn, ()), false),
        (None, Some(arn)) => {
            own(caller, Action::ListExecutions, &arn)?;
            let (_, record) = find_map_run(host, &arn).await?;
            let express = record.state.order().child_type == ChildType::Express;
            (Of::MapRun(arn.to_string()), beside(&arn, ()), express)
        }
        // One of them is there, or the request is refused.
        (None, None) => return Ok(Executions { executions: Vec::new(), next_token: None }),
    };
    let statuses = match request.status_filter.map(stored_status) {
        // No execution is in it: those of Map Runs that wait for their turn are not started anew.
        Some(None) => return Ok(Executions { executions: Vec::new(), next_token: None }),
        status => status.flatten().into_iter().collect(),
    };
    let redriven = request.redrive_filter.map(|filter| filter == RedriveFilter::Redriven);
    let filter = Filter { statuses, redriven, ..Filter::all(&caller.account, of) };
    let token = request.next_token.map(|token| token.parse()).transpose()?;
    let page = host.store().list(filter, size, token).await?;
    Ok(Executions {
        executions: page
            .items
            .into_iter()
            .map(|listing| item(&beside, listing, express))
            .collect::<Result<_, _>>()?,
        next_token: page.next.map(|token| token.to_string()),
    })
}

/// What ListExecutions lists of a state machine, a version or an alias.
async fn of_machine(host: &Host, caller: &Caller, arn: &Arn<Qualified>) -> Result<Of, Error> {
    own_machine(caller, Action::ListExecutions, arn)?;
    let machine = named(host, arn).await?.ok_or_else(|| does_not_exist(arn))?;
    if machine.type_() == Type::Express {
        return Err(not_supported());
    }
    Ok(match &arn.resource {
        Qualified::StateMachine(_) => Of::Machine(machine.name),
        Qualified::Version(version) => Of::Version(machine.name, version.number.to_string()),
        Qualified::Alias(alias) => Of::Alias(machine.name, alias.name.clone()),
    })
}

pub(super) async fn stop_execution(
    host: &Host,
    caller: &Caller,
    request: StopExecution,
) -> Result<StoppedExecution, Error> {
    let arn = request.execution_arn;
    own_standard(caller, Action::StopExecution, &arn)?;
    find(host, &arn).await?;
    let stopped = host.engine.stop_execution(id(&arn)?, request.error, request.cause).await;
    let at = stopped.map_err(|error| failed(error, &arn))?;
    Ok(StoppedExecution { stop_date: at.into() })
}

pub(super) async fn redrive_execution(
    host: &Host,
    caller: &Caller,
    request: RedriveExecution,
) -> Result<RedrivenExecution, Error> {
    let arn = request.execution_arn;
    own_standard(caller, Action::RedriveExecution, &arn)?;
    find(host, &arn).await?;
    let redriven = host.engine.redrive_execution(id(&arn)?, request.client_token).await;
    let at = redriven.map_err(|error| failed(error, &arn))?;
    Ok(RedrivenExecution { redrive_date: at.into() })
}

/// Why something was not done with an execution.
fn failed(error: Failed, arn: &Arn<Execution>) -> Error {
    match error {
        Failed::NoSuchExecution => no_such_execution(arn),
        other => other.into(),
    }
}

fn no_such_execution(arn: &Arn<Execution>) -> Error {
    Error::new(Code::ExecutionDoesNotExist, format!("Execution Does Not Exist: '{arn}'"))
}

pub(super) fn no_such_resource(arn: &impl std::fmt::Display) -> Error {
    Error {
        resource_name: Some(arn.to_string()),
        ..Error::new(Code::ResourceNotFound, format!("Resource not found: '{arn}'"))
    }
}

pub(super) fn not_supported() -> Error {
    Error::new(
        Code::StateMachineTypeNotSupported,
        "This operation is not supported by this type of state machine",
    )
}

/// Refuses what is another account's, and Express executions, of which nothing is kept.
pub(super) fn own_standard(
    caller: &Caller,
    action: impl Into<crate::Target>,
    arn: &Arn<Execution>,
) -> Result<(), Error> {
    own(caller, action, arn)?;
    if arn.resource.express.is_some() {
        return Err(Error::new(
            Code::InvalidArn,
            "Invalid Arn: 'Resource type not valid in this context: express'",
        ));
    }
    Ok(())
}

/// The id of a Standard execution.
pub(crate) fn id(arn: &Arn<Execution>) -> Result<ExecutionId, Error> {
    ids::execution_id(&arn.to_string()).ok_or_else(|| no_such_execution(arn))
}

/// An execution, and what it runs by.
pub(crate) async fn find(
    host: &Host,
    arn: &Arn<Execution>,
) -> Result<(Description, std::sync::Arc<Revision>), Error> {
    let described = host.store().describe(id(arn)?).await?;
    let description = described.ok_or_else(|| no_such_execution(arn))?;
    let revision = host.engine.revision_of(&description).await?;
    // One of another region is another.
    let machine = Arn::<Qualified>::parse(&revision.machine.arn)?;
    if (machine.partition, machine.region) != (arn.partition.clone(), arn.region.clone()) {
        return Err(no_such_execution(arn));
    }
    Ok((description, revision))
}

/// The state machine of this name: a Map's children have `MACHINE/LABEL`.
pub(super) fn machine(name: &str) -> StateMachine {
    let (name, label) = match name.split_once('/') {
        Some((name, label)) => (name, Some(label.to_owned())),
        None => (name, None),
    };
    StateMachine { name: name.to_owned(), label }
}

/// An execution as a list shows it. `place` is an ARN of the same place. An Express execution is a
/// Map Run's child.
pub(crate) fn item<R>(
    place: &Arn<R>,
    listing: Listing,
    express: bool,
) -> Result<ExecutionListItem, Error> {
    let machine = machine(&listing.key.machine);
    let name = listing.key.name.clone();
    let express = express.then(|| name.clone());
    let execution = Execution { machine: machine.clone(), name, express };
    let version = listing.version.as_deref().and_then(|number| number.parse().ok());
    let version = version.map(|number| Version { machine: machine.clone(), number });
    let alias = listing.alias.map(|name| Alias { machine: machine.clone(), name });
    Ok(ExecutionListItem {
        execution_arn: beside(place, execution),
        state_machine_arn: beside(place, Qualified::StateMachine(machine)),
        name: listing.key.name,
        status: listing.status.into(),
        start_date: listing.started_at.into(),
        stop_date: listing.stopped_at.map(Into::into),
        map_run_arn: listing.map_run.as_deref().map(Arn::parse).transpose()?,
        item_count: listing.item_count,
        state_machine_version_arn: version.map(|it| beside(place, Qualified::Version(it))),
        state_machine_alias_arn: alias.map(|it| beside(place, Qualified::Alias(it))),
        redrive_count: Some(listing.redrive_count),
        redrive_date: listing.redriven_at.map(Into::into),
    })
}

impl From<Status> for ExecutionStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Running => Self::Running,
            Status::Succeeded => Self::Succeeded,
            Status::Failed => Self::Failed,
            Status::TimedOut => Self::TimedOut,
            Status::Aborted => Self::Aborted,
        }
    }
}

/// The status as it is kept; none of that which is not.
pub(crate) fn stored_status(status: ExecutionStatus) -> Option<Status> {
    Some(match status {
        ExecutionStatus::Running => Status::Running,
        ExecutionStatus::Succeeded => Status::Succeeded,
        ExecutionStatus::Failed => Status::Failed,
        ExecutionStatus::TimedOut => Status::TimedOut,
        ExecutionStatus::Aborted => Status::Aborted,
        ExecutionStatus::PendingRedrive => return None,
    })
}
