//! Actions on state machines.

use stepwell_asl::{self as asl, diagnostic::refusal};
use stepwell_engine::resources::{
    Changes, CreateMachine, Error as Failed, Publish, Revision, Settings, StateMachine, Updated,
};
use stepwell_journal::{Filter, Of, Status};

use super::{Host, beside, created, own_machine, page};
use crate::{
    action::{
        Empty, IncludedData, StateMachineType,
        state_machines::{
            CreateStateMachine, CreatedStateMachine, DeleteStateMachine, DescribeStateMachine,
            DescribedStateMachine, EncryptionConfiguration, EncryptionType, ListStateMachines,
            LogLevel, LoggingConfiguration, StateMachineListItem, StateMachineStatus,
            StateMachines, TracingConfiguration, UpdateStateMachine, UpdatedStateMachine,
            VariableReferences,
        },
    },
    arn::{self, Arn, Qualified, Version},
    error::{Code, Error},
    service::{Action, Caller},
};

const LOGGING: &str = "loggingConfiguration";
const TRACING: &str = "tracingConfiguration";
const ENCRYPTION: &str = "encryptionConfiguration";

pub(super) async fn create_state_machine(
    host: &Host,
    caller: &Caller,
    request: CreateStateMachine,
) -> Result<CreatedStateMachine, Error> {
    let name = request.name.as_str();
    check_role(&request.role_arn)?;
    check_definition(request.r#type.into(), &request.definition)?;
    let settings = settings(
        Some(request.logging_configuration.unwrap_or(NO_LOGGING)),
        Some(request.tracing_configuration.unwrap_or(TracingConfiguration { enabled: false })),
        request.encryption_configuration,
    )?;
    let machine = arn::StateMachine { name: name.to_owned(), label: None };
    let arn = created(caller, Qualified::StateMachine(machine));
    // One that is being deleted may be gone by now.
    find(host, &caller.account, name).await?;
    let create = CreateMachine {
        name: name.to_owned(),
        arn: arn.to_string(),
        type_: request.r#type.into(),
        definition: request.definition,
        role_arn: request.role_arn,
        settings,
        tags: request.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        publish: request.publish.then_some(Publish { description: request.version_description }),
    };
    let updated = host.resources().create_machine(&caller.account, create, host.now()).await;
    let Updated { machine, version } = updated.map_err(|error| match error {
        Failed::Exists { arn } => Error::new(
            Code::StateMachineAlreadyExists,
            format!("State Machine Already Exists: '{arn}'"),
        ),
        Failed::Quota { what: "tags", .. } => super::tags::too_many(&arn),
        Failed::Quota { what: "state machines", .. } => Error::new(
            Code::StateMachineLimitExceeded,
            "The maximum number of state machines has been reached. Existing state machines must \
             be deleted before a new state machine can be created.",
        ),
        other => other.into(),
    })?;
    // It may have been created in another region.
    let arn = Arn::parse(&machine.arn)?;
    Ok(CreatedStateMachine {
        state_machine_version_arn: version.map(|number| versioned(&arn, number)),
        state_machine_arn: arn,
        creation_date: machine.created_at.into(),
    })
}

pub(super) async fn describe_state_machine(
    host: &Host,
    caller: &Caller,
    request: DescribeStateMachine,
) -> Result<DescribedStateMachine, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::DescribeStateMachine, &arn)?;
    let machine = named(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    let (revision, version) = match &arn.resource {
        Qualified::StateMachine(_) => (machine.revision.clone(), None),
        Qualified::Version(version) => {
            let found = host.resources().version(&caller.account, &machine.name, version.number);
            let version = found.await?.ok_or_else(|| does_not_exist(&arn))?;
            (version.revision.clone(), Some(version))
        }
        Qualified::Alias(_) => return Err(does_not_exist(&arn)),
    };
    let revision = host.resources().revision(&caller.account, &revision).await?;
    let revision = revision.ok_or_else(|| does_not_exist(&arn))?;
    let configuration = Configuration::of(&revision.settings);
    let created_at = version.as_ref().map_or(machine.created_at, |version| version.created_at);
    let (definition, variable_references) = match request.included_data {
        IncludedData::AllData => (revision.text.to_string(), variable_references(&revision)),
        IncludedData::MetadataOnly => ("{}".to_owned(), None),
    };
    Ok(DescribedStateMachine {
        state_machine_arn: arn,
        name: machine.name,
        status: if machine.deleting {
            StateMachineStatus::Deleting
        } else {
            StateMachineStatus::Active
        },
        definition,
        role_arn: revision.role_arn.clone(),
        r#type: revision.type_.into(),
        creation_date: created_at.into(),
        logging_configuration: Some(configuration.logging),
        tracing_configuration: Some(configuration.tracing),
        label: None,
        revision_id: Some(revision.id.clone()).filter(|_| !revision.initial),
        description: version.and_then(|version| version.description),
        encryption_configuration: configuration.encryption,
        variable_references,
    })
}

pub(super) async fn update_state_machine(
    host: &Host,
    caller: &Caller,
    request: UpdateStateMachine,
) -> Result<UpdatedStateMachine, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::UpdateStateMachine, &arn)?;
    let machine = unqualified(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    if let Some(role_arn) = &request.role_arn {
        check_role(role_arn)?;
    }
    if let Some(definition) = &request.definition {
        check_definition(machine.type_(), definition)?;
    }
    let changes = Changes {
        definition: request.definition,
        role_arn: request.role_arn,
        settings: settings(
            request.logging_configuration,
            request.tracing_configuration,
            request.encryption_configuration,
        )?,
        publish: request.publish.then_some(Publish { description: request.version_description }),
    };
    let now = host.now();
    let updated =
        host.resources().update_machine(&caller.account, &machine.name, changes, now).await;
    let Updated { machine, version } = updated.map_err(|error| missing(error, &arn))?;
    Ok(UpdatedStateMachine {
        update_date: machine.updated_at.into(),
        revision_id: machine.revision_id().map(str::to_owned),
        state_machine_version_arn: version.map(|number| versioned(&arn, number)),
    })
}

pub(super) async fn delete_state_machine(
    host: &Host,
    caller: &Caller,
    request: DeleteStateMachine,
) -> Result<Empty, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::DeleteStateMachine, &arn)?;
    if let Some(machine) = unqualified(host, &arn).await? {
        host.resources().delete_machine(&caller.account, &machine.name).await?;
        find(host, &caller.account, &machine.name).await?;
    }
    Ok(Empty {})
}

pub(super) async fn list_state_machines(
    host: &Host,
    caller: &Caller,
    request: ListStateMachines,
) -> Result<StateMachines, Error> {
    let list = page::List { caller, action: Action::ListStateMachines, of: "" };
    let after = list.after(request.next_token.as_deref())?;
    let size = page::size(request.max_results);
    let page = host.resources().machines(&caller.account, after.as_deref(), size).await?;
    let mut state_machines = Vec::with_capacity(page.items.len());
    for machine in page.items {
        let Some(machine) = settled(host, &caller.account, machine).await? else { continue };
        state_machines.push(StateMachineListItem {
            state_machine_arn: Arn::parse(&machine.arn)?,
            r#type: machine.type_().into(),
            creation_date: machine.created_at.into(),
            name: machine.name,
        });
    }
    Ok(StateMachines { state_machines, next_token: list.token(page.next) })
}

/// A state machine of this name.
async fn find(host: &Host, tenant: &str, name: &str) -> Result<Option<StateMachine>, Error> {
    match host.resources().machine(tenant, name).await? {
        Some(machine) => settled(host, tenant, machine).await,
        None => Ok(None),
    }
}

/// One that is being deleted goes when none of its executions runs any more.
async fn settled(
    host: &Host,
    tenant: &str,
    machine: StateMachine,
) -> Result<Option<StateMachine>, Error> {
    if !machine.deleting {
        return Ok(Some(machine));
    }
    let running = Filter {
        statuses: [Status::Running].into(),
        ..Filter::all(tenant, Of::Machine(machine.name.clone()))
    };
    if !host.store().list(running, 1, None).await?.items.is_empty() {
        return Ok(Some(machine));
    }
    host.resources().remove_machine(tenant, &machine.name).await?;
    Ok(None)
}

/// The state machine that an ARN names, or that has what it names. The ARN's account is the
/// caller's.
pub(crate) async fn named(
    host: &Host,
    arn: &Arn<Qualified>,
) -> Result<Option<StateMachine>, Error> {
    let machine = arn.resource.machine().clone();
    let own = beside(arn, Qualified::StateMachine(machine.clone())).to_string();
    let found = find(host, &arn.account, &machine.name).await?;
    // One of another region is another.
    Ok(found.filter(|found| found.arn == own))
}

/// The state machine that an ARN names, and not a version or an alias.
pub(super) async fn unqualified(
    host: &Host,
    arn: &Arn<Qualified>,
) -> Result<Option<StateMachine>, Error> {
    match arn.resource {
        Qualified::StateMachine(_) => named(host, arn).await,
        Qualified::Version(_) | Qualified::Alias(_) => Ok(None),
    }
}

pub(crate) fn does_not_exist(arn: &Arn<Qualified>) -> Error {
    Error::new(Code::StateMachineDoesNotExist, format!("State Machine Does Not Exist: '{arn}'"))
}

/// What went wrong with a state machine that was there a moment ago.
pub(super) fn missing(error: Failed, arn: &Arn<Qualified>) -> Error {
    match error {
        Failed::Missing(_) => does_not_exist(arn),
        other => other.into(),
    }
}

fn versioned(arn: &Arn<Qualified>, number: u64) -> Arn<Qualified> {
    let machine = arn.resource.machine().clone();
    beside(arn, Qualified::Version(Version { machine, number }))
}

fn check_definition(type_: asl::definition::Type, definition: &str) -> Result<(), Error> {
    asl::StateMachine::parse_as(type_, definition)
        .map(drop)
        .map_err(|findings| Error::new(Code::InvalidDefinition, refusal(definition, &findings)))
}

fn check_role(arn: &str) -> Result<(), Error> {
    match arn.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "iam", "", account, role]
            if arn::is_account(account) && role.len() > 5 && role.starts_with("role/") =>
        {
            Ok(())
        }
        _ => Err(Error::new(Code::InvalidArn, format!("Invalid Role Arn: '{arn}'"))),
    }
}

const NO_LOGGING: LoggingConfiguration = LoggingConfiguration {
    level: Some(LogLevel::Off),
    include_execution_data: false,
    destinations: None,
};

pub(super) const OWN_KEY: EncryptionConfiguration = EncryptionConfiguration {
    kms_key_id: None,
    kms_data_key_reuse_period_seconds: None,
    type_: EncryptionType::AwsOwnedKey,
};

/// What is kept of the configurations that are given.
fn settings(
    logging: Option<LoggingConfiguration>,
    tracing: Option<TracingConfiguration>,
    encryption: Option<EncryptionConfiguration>,
) -> Result<Settings, Error> {
    let mut settings = Settings::new();
    let mut keep = |name: &str, value: Result<serde_json::Value, serde_json::Error>| {
        // Structures of strings, numbers and lists can be written.
        settings.insert(name.to_owned(), value.unwrap_or_default());
    };
    if let Some(logging) = logging {
        keep(LOGGING, serde_json::to_value(checked_logging(logging)?));
    }
    if let Some(tracing) = tracing {
        keep(TRACING, serde_json::to_value(tracing));
    }
    if let Some(encryption) = encryption {
        check_encryption(&encryption)?;
        keep(ENCRYPTION, serde_json::to_value(encryption));
    }
    Ok(settings)
}

fn checked_logging(logging: LoggingConfiguration) -> Result<LoggingConfiguration, Error> {
    let level = logging.level.unwrap_or(LogLevel::Off);
    let destinations = logging.destinations.as_ref().map_or(0, Vec::len);
    if destinations > 1 || (level != LogLevel::Off && destinations == 0) {
        return Err(Error::new(
            Code::InvalidLoggingConfiguration,
            "Invalid Logging Configuration: Must specify exactly one Log Destination.",
        ));
    }
    Ok(LoggingConfiguration { level: Some(level), ..logging })
}

/// What a host keeps is encrypted, or not, as its operator has it: no caller's key has a part in it.
pub(super) fn check_encryption(encryption: &EncryptionConfiguration) -> Result<(), Error> {
    if *encryption == OWN_KEY {
        return Ok(());
    }
    Err(Error::new(
        Code::InvalidEncryptionConfiguration,
        "Invalid Encryption Configuration: this host knows no KMS keys. The type must be \
         AWS_OWNED_KEY, with no other member.",
    ))
}

/// The configurations of a revision.
pub(super) struct Configuration {
    pub(super) logging: LoggingConfiguration,
    pub(super) tracing: TracingConfiguration,
    /// Told where it was asked for. AWS tells its default, too, since the end of 2024; most
    /// recordings are without.
    pub(super) encryption: Option<EncryptionConfiguration>,
}

impl Configuration {
    pub(super) fn of(settings: &Settings) -> Self {
        fn read<T: serde::de::DeserializeOwned>(settings: &Settings, name: &str) -> Option<T> {
            serde_json::from_value(settings.get(name)?.clone()).ok()
        }
        Self {
            logging: read(settings, LOGGING).unwrap_or(NO_LOGGING),
            tracing: read(settings, TRACING).unwrap_or(TracingConfiguration { enabled: false }),
            encryption: read(settings, ENCRYPTION),
        }
    }
}

/// `variableReferences`: left out where no state refers to any.
pub(super) fn variable_references(revision: &Revision) -> Option<VariableReferences> {
    let references: VariableReferences = revision
        .machine
        .definition
        .variable_references()
        .into_iter()
        .map(|(state, names)| (state.to_owned(), names.into_iter().map(str::to_owned).collect()))
        .collect();
    Some(references).filter(|references| !references.is_empty())
}

impl From<asl::definition::Type> for StateMachineType {
    fn from(type_: asl::definition::Type) -> Self {
        match type_ {
            asl::definition::Type::Standard => Self::Standard,
            asl::definition::Type::Express => Self::Express,
        }
    }
}
