//! The actions that need neither a store nor plugins.

use std::collections::BTreeSet;

use async_trait::async_trait;
use stepwell_asl::StateMachine;
use stepwell_interpreter::{Effect, Identity, Occurrence, test_state};

use crate::{
    action::testing::{
        TestState, TestedState, ValidateStateMachineDefinition, ValidatedDefinition,
    },
    clock::Clock,
    error::{Code, Error},
    service::{Caller, Service},
};

/// Serves ValidateStateMachineDefinition, and TestState of whatever runs no task.
#[derive(Debug, Clone)]
pub struct Stateless {
    clock: Clock,
}

impl Stateless {
    /// With this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl Service for Stateless {
    async fn validate_state_machine_definition(
        &self,
        _: &Caller,
        request: ValidateStateMachineDefinition,
    ) -> Result<ValidatedDefinition, Error> {
        let ValidateStateMachineDefinition { definition, r#type, severity, max_results } = request;
        let findings = StateMachine::parse_as(r#type.into(), &definition)
            .map_or_else(|findings| findings, |parsed| parsed.warnings);
        Ok(ValidatedDefinition { findings, severity, max_results })
    }

    async fn test_state(&self, caller: &Caller, request: TestState) -> Result<TestedState, Error> {
        let (mut test, mut step) =
            test_state::TestState::start(&request, identity(caller), self.clock.now())
                .map_err(refusal)?;
        let mut timers = BTreeSet::new();
        loop {
            // A state with a mock asks for its task, too.
            if let Some(answer) = step.answer {
                return Ok(answer);
            }
            for effect in step.effects {
                match effect {
                    Effect::SetTimer { timer, at } => {
                        timers.insert((at, timer));
                    }
                    Effect::CancelTimer { timer } => timers.retain(|(_, it)| *it != timer),
                    Effect::RunTask(_) | Effect::StartMapRun(_) => {
                        return Err(Error::validation(
                            "This host runs no tasks: the state needs a mock",
                        ));
                    }
                    Effect::CancelTask { .. } | Effect::StopMapRun { .. } => {}
                }
            }
            let Some((at, timer)) = timers.pop_first() else {
                return Err(Error::new(Code::InternalFailure, "The state waits for nothing"));
            };
            self.clock.sleep_until(at).await;
            step = test.on(self.clock.now().max(at), Occurrence::TimerFired { timer });
        }
    }
}

/// What the context object of a tested state tells.
fn identity(caller: &Caller) -> Identity {
    let Caller { account, region, request_id } = caller;
    let machine = "TestStateMachine";
    Identity {
        execution_arn: format!("arn:aws:states:{region}:{account}:express:{machine}:{request_id}"),
        execution_name: request_id.clone(),
        state_machine_arn: format!("arn:aws:states:{region}:{account}:stateMachine:{machine}"),
        state_machine_name: machine.to_owned(),
        role_arn: String::new(),
    }
}

/// AWS's exception for what keeps a state from being tested.
pub fn refusal(error: test_state::Error) -> Error {
    let code = Code::parse(error.code()).unwrap_or(Code::ValidationException);
    Error::new(code, error.to_string())
}
