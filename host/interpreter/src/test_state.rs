//! TestState: one state of a definition, executed on its own.
//!
//! A [`TestState`] is told what happened and when, as an [`crate::Execution`] is, and answers with
//! effects and, at the end, an [`Answer`]. The state is executed by the same code that executes it
//! in a workflow; an inspector looks on.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>

mod answer;
pub mod context;
mod error;
mod http;
mod inspector;
pub mod model;
mod request;

pub use answer::{Answer, ErrorDetails, HttpRequest, HttpResponse, InspectionData, Status};
pub use error::Error;
pub(crate) use inspector::{Inspector, Iterations};
pub use request::{
    FieldValidationMode, InspectionLevel, Mock, MockErrorOutput, Request, StateConfiguration,
};

use jiff::Timestamp;
use serde_json::{Map, Value};
use stepwell_asl::{
    Json, State, StateMachine,
    definition::{Kind, Pass, QueryLanguage},
};

use crate::{
    Effect, Execution, Failure, Identity, Occurrence, Outcome, Setting, catch,
    errors::{self, Child, Raised},
    execution::{Purpose, after},
    retry,
    run::{Flow, Run},
    states,
    strand::{Phase, Strand, StrandId},
    token::Secret,
};

/// The longest a test may take, in seconds.
const MAX_SECONDS: u64 = 300;

/// A state under test: plain data.
#[derive(Debug)]
pub struct TestState {
    machine: StateMachine,
    execution: Execution,
    inspector: Inspector,
    level: InspectionLevel,
    configuration: StateConfiguration,
    mock: Option<Result<Json, Failure>>,
    /// Whether the answer was given.
    over: bool,
}

/// What follows from one occurrence.
#[derive(Debug, Default)]
pub struct Step {
    /// What to do: run the task, set or cancel timers.
    pub effects: Vec<Effect>,
    /// The answer, in the step in which the state ended.
    pub answer: Option<Answer>,
}

impl TestState {
    /// Starts a test and runs it on until it must wait: for a task that is not mocked, or for the
    /// time of a Wait state.
    ///
    /// `identity` is what the context object tells of the execution; its role is the request's.
    ///
    /// # Errors
    /// Where AWS refuses the request. A state that fails is no error, but an answer.
    pub fn start(
        request: &Request,
        identity: Identity,
        at: Timestamp,
    ) -> Result<(Self, Step), Error> {
        let test = request.parse()?;
        let role_arn = request.role_arn.clone().unwrap_or_default();
        let identity = Identity { role_arn, ..identity };
        let configuration = request.state_configuration.clone();
        let mut this = Self {
            machine: test.machine,
            execution: Execution::new(identity, Secret::none(), test.input.clone(), at),
            inspector: Inspector::new(test.context, &configuration, test.input.clone()),
            level: request.inspection_level,
            configuration,
            mock: test.mock,
            over: false,
        };
        let step = this.step(at, |run| {
            run.set_timer(after(at, MAX_SECONDS), Purpose::ExecutionTimeout);
            // Its event would be the second of an execution, the one before it is the first.
            let start_at = run.machine.workflow.start_at.clone();
            run.spawn(None, 1, None, start_at, test.input);
            if let Some(strand) = run.execution.strands.get_mut(&StrandId::ROOT) {
                strand.variables = test.variables;
            }
        })?;
        Ok((this, step))
    }

    /// Takes in what happened and runs on until the test must wait.
    pub fn on(&mut self, at: Timestamp, occurrence: Occurrence) -> Step {
        if self.over {
            return Step::default();
        }
        // What is refused is refused at the start.
        self.step(at, |run| run.occur(occurrence)).unwrap_or_default()
    }

    fn step(&mut self, at: Timestamp, begin: impl FnOnce(&mut Run<'_>)) -> Result<Step, Error> {
        let Self { machine, execution, inspector, level, configuration, mock, over } = self;
        let mut run = Run::new(execution, Setting::from(&*machine), at);
        run.inspector = Some(inspector);
        begin(&mut run);
        let test = Test { inspector, level: *level, configuration, mock: mock.as_ref() };
        let answer = test.run_on(&mut run)?;
        *over = answer.is_some();
        Ok(Step { effects: run.step.effects, answer })
    }
}

/// What stays the same while a state is tested.
struct Test<'a> {
    inspector: &'a Inspector,
    level: InspectionLevel,
    configuration: &'a StateConfiguration,
    mock: Option<&'a Result<Json, Failure>>,
}

impl Test<'_> {
    /// Runs on until the state has ended or must wait.
    fn run_on(&self, run: &mut Run<'_>) -> Result<Option<Answer>, Error> {
        while let Some((mut strand, mut result)) = run.next_turn() {
            let state = match run.state(&strand.visit.state) {
                Ok(state) => state,
                Err(raised) => return Ok(Some(failed(raised.failure))),
            };
            if let (Ok(Flow::Wait), Some(mock)) = (&result, self.mock) {
                if let Phase::Running(running) = &strand.visit.phase {
                    let occurrence = match mock.clone() {
                        Ok(output) => {
                            Occurrence::TaskSucceeded { task: running.task, output, usage: None }
                        }
                        Err(failure) => {
                            Occurrence::TaskFailed { task: running.task, failure, usage: None }
                        }
                    };
                    run.execution.strands.insert(strand.id, strand);
                    run.occur(occurrence);
                    continue;
                }
                result = self.join(run, &mut strand, state, mock)?;
            }
            match result {
                Ok(Flow::Wait) => {
                    run.execution.strands.insert(strand.id, strand);
                }
                result => return Ok(Some(self.end(run, strand, state, result))),
            }
        }
        // The time for a test is up, or somebody has stopped it.
        let Some(Outcome::TimedOut(failure) | Outcome::Aborted(failure)) = run.execution.outcome()
        else {
            return Ok(None);
        };
        let mut answer = failed(failure.clone());
        if let Ok(state) = run.state(&run.machine.workflow.start_at) {
            answer.inspection_data = self.inspected(state, Map::new(), None);
        }
        Ok(Some(answer))
    }

    /// Gives a Map or Parallel state what its iterations or branches came to.
    fn join(
        &self,
        run: &mut Run<'_>,
        strand: &mut Strand,
        state: &State,
        mock: &Result<Json, Failure>,
    ) -> Result<Result<Flow, Raised>, Error> {
        let child = match &state.kind {
            Kind::Parallel(_) => Child::Branch,
            _ => Child::Iteration,
        };
        let from_child = |failure: Failure| Raised { child: Some(child), ..failure.into() };
        let result = match mock {
            Ok(result) => result,
            Err(failure) => return Ok(Err(from_child(failure.clone()))),
        };
        Ok(match &state.kind {
            Kind::Parallel(parallel) => states::parallel::succeed(run, strand, parallel, result),
            Kind::Map(map) => {
                let Iterations { length, tolerated } = self.inspector.iterations();
                let failed = self.configuration.map_iteration_failure_count.unwrap_or_default();
                if length.is_some_and(|length| failed > length) {
                    return Err(Error::FailureCount);
                }
                if tolerated.is_some_and(|tolerated| failed > tolerated) {
                    Err(from_child(errors::exceed_tolerated_failure_threshold()))
                } else {
                    states::map::succeed_with(run, strand, map, result)
                }
            }
            _ => Ok(Flow::Wait),
        })
    }

    /// The answer for a state that has ended. Whatever is still open is given up.
    fn end(
        &self,
        run: &mut Run<'_>,
        mut strand: Strand,
        state: &State,
        result: Result<Flow, Raised>,
    ) -> Answer {
        let mut details = None;
        let mut answer = match result {
            Ok(flow) => succeeded(Status::Succeeded, flow),
            Err(raised) if raised.fatal => failed(raised.failure),
            Err(raised) => {
                let (answer, found) = self.raised(run, &mut strand, state, &raised);
                details = (found != ErrorDetails::default()).then_some(found);
                answer
            }
        };
        let variables = strand.variables.iter();
        let variables: Map<_, _> =
            variables.map(|(name, value)| (name.clone(), value.value().clone())).collect();
        answer.inspection_data = self.inspected(state, variables, details);
        run.release(&mut strand);
        answer
    }

    /// What has been told of the state.
    fn inspected(
        &self,
        state: &State,
        variables: Map<String, Value>,
        error_details: Option<ErrorDetails>,
    ) -> Option<Box<InspectionData>> {
        if self.level == InspectionLevel::Info {
            return None;
        }
        let mut data = self.inspector.take();
        trim(&mut data, state);
        if self.level == InspectionLevel::Trace && self.mock.is_none() && http::is_http(state) {
            http::tell(&mut data);
        }
        if !variables.is_empty() {
            data.variables = Some(Value::Object(variables).into());
        }
        data.error_details = error_details;
        Some(Box::new(data))
    }

    /// What becomes of an error.
    fn raised(
        &self,
        run: &mut Run<'_>,
        strand: &mut Strand,
        state: &State,
        raised: &Raised,
    ) -> (Answer, ErrorDetails) {
        let mut details = ErrorDetails::default();
        let failure = raised.failure.clone();
        if let Some((index, retrier)) = retry::matching(state, raised) {
            details.retry_index = Some(index);
            let retried = self.configuration.retrier_retry_count.unwrap_or_default();
            if retried < retrier.max_attempts {
                let delay = retry::back_off(run, retrier, retried, raised);
                details.retry_backoff_interval_seconds = Some(delay.as_secs_f64().round() as u64);
                return (Answer { status: Status::Retriable, ..failed(failure) }, details);
            }
        }
        let index = catch::matching(state, raised).map(|(index, _)| index);
        let answer = match catch::apply(run, strand, state, raised) {
            None => failed(failure),
            Some(Err(raised)) => failed(raised.failure),
            Some(Ok(flow)) => {
                details.catch_index = index;
                let Failure { error, cause, .. } = failure;
                Answer { error, cause, ..succeeded(Status::CaughtError, flow) }
            }
        };
        (answer, details)
    }
}

fn succeeded(status: Status, flow: Flow) -> Answer {
    let (output, next_state) = match flow {
        Flow::Wait => (None, None),
        Flow::Next(name, output) => (Some(output), Some(name)),
        Flow::End(output) => (Some(output), None),
    };
    Answer { status, output, error: None, cause: None, next_state, inspection_data: None }
}

fn failed(failure: Failure) -> Answer {
    let Failure { error, cause, .. } = failure;
    Answer {
        status: Status::Failed,
        output: None,
        error,
        cause,
        next_state: None,
        inspection_data: None,
    }
}

/// Leaves what AWS tells of a state of this type.
fn trim(data: &mut InspectionData, state: &State) {
    match &state.kind {
        Kind::Pass(Pass { result: Some(_), .. }) => {
            data.after_input_path = None;
            data.after_parameters = None;
        }
        Kind::Pass(_) => {
            data.after_arguments = None;
            data.result = None;
        }
        Kind::Parallel(_) => {
            data.after_input_path = None;
            data.after_parameters = None;
            data.after_arguments = None;
            data.result = None;
        }
        Kind::Map(_) => data.result = None,
        // It has no InputPath, but AWS tells of one.
        Kind::Fail(_) if state.query_language == QueryLanguage::JsonPath => {
            data.after_input_path = data.input.clone();
        }
        Kind::Task(_) | Kind::Choice(_) | Kind::Wait(_) | Kind::Succeed(_) | Kind::Fail(_) => {}
    }
}
