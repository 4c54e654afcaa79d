//! What a client asks of TestState.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use stepwell_asl::{
    Json, State, StateMachine,
    data::MAX_NESTING,
    definition::{Kind, Mode, Parallel},
    resource::{Pattern, Resource},
};

use super::{Error, context, model};
use crate::{Failure, MAX_PAYLOAD, states};

/// The request, with AWS's names where it is deserialised. Data are JSON texts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The definition of the state; of the whole machine where `state_name` is given.
    pub definition: String,
    /// The role that the state has.
    pub role_arn: Option<String>,
    /// The state's input; `{}` by default.
    pub input: Option<String>,
    /// How much is told.
    #[serde(default)]
    pub inspection_level: InspectionLevel,
    /// Whether the secrets of an HTTP Task are told.
    #[serde(default)]
    pub reveal_secrets: bool,
    /// The variables there are: an object.
    pub variables: Option<String>,
    /// Which state of the machine.
    pub state_name: Option<String>,
    /// What a Task, Map or Parallel state's work comes to, instead of doing it.
    pub mock: Option<Mock>,
    /// The context object, for states with a mock.
    pub context: Option<String>,
    /// More about the test.
    #[serde(default)]
    pub state_configuration: StateConfiguration,
}

/// How much is told of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InspectionLevel {
    /// How the state ended.
    #[default]
    Info,
    /// What became of the data on the way, too.
    Debug,
    /// And the request and the response of an HTTP Task.
    Trace,
}

/// What a state's work comes to: one of `result` and `error_output`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mock {
    /// Its result.
    pub result: Option<String>,
    /// Its error.
    pub error_output: Option<MockErrorOutput>,
    /// How the result is held against the service's API.
    #[serde(default)]
    pub field_validation_mode: FieldValidationMode,
}

/// A mocked error.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct MockErrorOutput {
    /// Its name.
    pub error: Option<String>,
    /// Its cause.
    pub cause: Option<String>,
}

/// How a mocked result is held against the service's API: `MockResponseValidationMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FieldValidationMode {
    /// Required fields must be there, and those that are there must be as the API has them.
    #[default]
    Strict,
    /// Fields that are there must be as the API has them.
    Present,
    /// Anything goes.
    None,
}

/// More about a test.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateConfiguration {
    /// How often the retrier that matches the mocked error has tried again.
    pub retrier_retry_count: Option<u64>,
    /// The state within a Map or Parallel that causes the mocked error.
    pub error_caused_by_state: Option<String>,
    /// How many iterations of a Map have failed.
    pub map_iteration_failure_count: Option<u64>,
    /// What the ItemReader of a distributed Map reads, as it is in its source.
    pub map_item_reader_data: Option<String>,
}

/// A request that can be carried out.
pub(super) struct Test {
    /// It starts with the state, which is called [`StateMachine::TESTED`].
    pub(super) machine: StateMachine,
    pub(super) input: Json,
    pub(super) variables: BTreeMap<String, Json>,
    pub(super) mock: Option<Result<Json, Failure>>,
    pub(super) context: Option<Map<String, Value>>,
}

/// The longest name of an error, and of a state.
const MAX_ERROR: usize = 256;
const MAX_NAME: usize = 80;
/// The longest cause.
const MAX_CAUSE: usize = 32768;

impl Request {
    pub(super) fn parse(&self) -> Result<Test, Error> {
        self.check_lengths()?;
        self.check_fields()?;
        let machine = self.machine()?;
        let state = tested(&machine)?;
        self.check_kind(state)?;
        let input = json(self.input.as_deref().unwrap_or("{}")).map_err(Error::Input)?;
        let variables = match &self.variables {
            None => BTreeMap::new(),
            Some(text) => match json(text).map(Json::into_value) {
                Ok(Value::Object(variables)) => {
                    variables.into_iter().map(|(name, value)| (name, value.into())).collect()
                }
                _ => return Err(Error::Variables),
            },
        };
        let mock = match &self.mock {
            None => None,
            Some(mock) => Some(mock.parse(state)?),
        };
        let context = self.context.as_deref().map(context::parse).transpose()?;
        if let Some(name) = &self.state_configuration.error_caused_by_state
            && !states::within(&machine, state, name)
        {
            return Err(Error::CausedBy(name.clone()));
        }
        Ok(Test { machine, input, variables, mock, context })
    }

    /// The constraints of the service's model. The definition's is the parser's.
    fn check_lengths(&self) -> Result<(), Error> {
        let error_output = self.mock.as_ref().and_then(|mock| mock.error_output.as_ref());
        let configuration = &self.state_configuration;
        let result = self.mock.as_ref().and_then(|mock| mock.result.as_ref());
        for (field, text, least, most) in [
            ("input", self.input.as_ref(), 0, MAX_PAYLOAD),
            ("variables", self.variables.as_ref(), 0, MAX_PAYLOAD),
            ("context", self.context.as_ref(), 0, MAX_PAYLOAD),
            ("stateName", self.state_name.as_ref(), 1, MAX_NAME),
            ("mock.result", result, 0, MAX_PAYLOAD),
            ("mock.errorOutput.error", error_output.and_then(|it| it.error.as_ref()), 0, MAX_ERROR),
            ("mock.errorOutput.cause", error_output.and_then(|it| it.cause.as_ref()), 0, MAX_CAUSE),
            (
                "stateConfiguration.errorCausedByState",
                configuration.error_caused_by_state.as_ref(),
                1,
                MAX_NAME,
            ),
            (
                "stateConfiguration.mapItemReaderData",
                configuration.map_item_reader_data.as_ref(),
                0,
                MAX_PAYLOAD,
            ),
        ] {
            let Some(text) = text else { continue };
            let length = text.chars().count();
            if length < least {
                return Err(Error::Length { field, bound: least, at_least: true });
            }
            if length > most {
                return Err(Error::Length { field, bound: most, at_least: false });
            }
        }
        Ok(())
    }

    /// Which fields go together.
    fn check_fields(&self) -> Result<(), Error> {
        let configuration = &self.state_configuration;
        let Some(mock) = &self.mock else {
            return [
                (configuration.map_iteration_failure_count.is_some(), "MapIterationFailureCount"),
                (configuration.retrier_retry_count.is_some(), "RetrierRetryCount"),
                (configuration.error_caused_by_state.is_some(), "ErrorCausedByState"),
                (configuration.map_item_reader_data.is_some(), "MapItemReaderData"),
                (self.context.is_some(), "Context"),
            ]
            .into_iter()
            .find(|(given, _)| *given)
            .map_or(Ok(()), |(_, name)| Err(Error::WithoutMock(name)));
        };
        if mock.result.is_some() == mock.error_output.is_some() {
            return Err(Error::OneMock);
        }
        if self.reveal_secrets {
            return Err(Error::RevealSecrets);
        }
        Ok(())
    }

    /// A machine that starts with the state.
    fn machine(&self) -> Result<StateMachine, Error> {
        let Some(name) = &self.state_name else {
            let parsed = StateMachine::parse_state(&self.definition).map_err(Error::Definition)?;
            return Ok(parsed.machine);
        };
        let parsed = StateMachine::parse(&self.definition).map_err(Error::Definition)?;
        let mut machine = parsed.machine;
        let mut state = machine
            .states
            .get(&**name)
            .cloned()
            .ok_or_else(|| Error::UnknownState(name.clone()))?;
        // AWS tells a tested state this name, in whatever machine it is.
        state.name = StateMachine::TESTED.into();
        machine.workflow.start_at = state.name.clone();
        machine.states.insert(state.name.clone(), state);
        Ok(machine)
    }

    /// Whether the state's type takes or needs a mock.
    fn check_kind(&self, state: &State) -> Result<(), Error> {
        let mocked = self.mock.is_some();
        let name = match &state.kind {
            Kind::Parallel(_) | Kind::Map(_) if !mocked => return Err(Error::NeedsMock),
            Kind::Parallel(_) | Kind::Map(_) => return Ok(()),
            Kind::Task(task) => {
                let pattern = match &task.resource {
                    Resource::Activity(_) => "Activity tasks",
                    Resource::Integration(integration) => match integration.pattern {
                        Pattern::RequestResponse => return Ok(()),
                        Pattern::Sync | Pattern::Sync2 => "the '.sync' integration pattern",
                        Pattern::WaitForTaskToken => "the '.waitForTaskToken' integration pattern",
                    },
                    Resource::Wasm(_) | Resource::Lambda(_) => return Ok(()),
                };
                return if mocked { Ok(()) } else { Err(Error::TaskNeedsMock(pattern)) };
            }
            Kind::Pass(_) => "Pass",
            Kind::Choice(_) => "Choice",
            Kind::Wait(_) => "Wait",
            Kind::Succeed(_) => "Succeed",
            Kind::Fail(_) => "Fail",
        };
        if mocked { Err(Error::TakesNoMock(name)) } else { Ok(()) }
    }
}

impl Mock {
    /// The result or the error.
    fn parse(&self, state: &State) -> Result<Result<Json, Failure>, Error> {
        if let Some(MockErrorOutput { error, cause }) = &self.error_output {
            if error.is_none() {
                return Err(Error::ErrorName);
            }
            let failure = Failure { error: error.clone(), cause: cause.clone(), retry_after: None };
            return Ok(Err(failure));
        }
        let text = self.result.as_deref().unwrap_or_default();
        let result = json(text).map_err(|_| Error::ResultJson)?;
        match &state.kind {
            Kind::Parallel(Parallel { branches, .. }) => {
                let items = result.value().as_array().ok_or(Error::ResultArray)?;
                if items.len() != branches.len() {
                    return Err(Error::ResultBranches);
                }
            }
            Kind::Map(map) => {
                // With a ResultWriter, it tells where the results are.
                let written = matches!(
                    &map.mode,
                    Mode::Distributed(distributed) if distributed.result_writer.is_some()
                );
                match result.value() {
                    Value::Object(_) if written => {}
                    _ if written => return Err(Error::ResultObject),
                    Value::Array(_) => {}
                    _ => return Err(Error::ResultArray),
                }
            }
            Kind::Task(task) => {
                model::check(&task.resource, result.value(), self.field_validation_mode)?;
            }
            _ => {}
        }
        Ok(Ok(result))
    }
}

/// The state that a machine is to test.
pub(super) fn tested(machine: &StateMachine) -> Result<&State, Error> {
    machine
        .states
        .get(&machine.workflow.start_at)
        .ok_or_else(|| Error::UnknownState(machine.workflow.start_at.to_string()))
}

/// A document that a state could be given.
fn json(text: &str) -> Result<Json, String> {
    let document = Json::parse(text).map_err(|error| error.to_string())?;
    if document.nesting() > MAX_NESTING {
        return Err(format!("It nests more than {MAX_NESTING} levels deep."));
    }
    Ok(document)
}
