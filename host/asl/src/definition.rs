//! The types a definition is parsed into. What they can hold is legal: the parser refuses the
//! rest, and nobody checks again.
//!
//! Names of states are unique in the whole machine, those of branches and item processors
//! included, so all states lie flat in [`StateMachine::states`] and a nested [`Workflow`] only
//! names its own.

mod distributed;
mod references;

use std::sync::Arc;

use indexmap::IndexMap;

pub use distributed::{
    Csv, CsvHeaders, Distributed, Format, ItemBatcher, ItemReader, OutputType, Reads, ResultWriter,
    Transformation,
};

use crate::{
    Json,
    expression::{Expression, Template},
    path::{Path, ReferencePath},
    resource::Resource,
};

/// The name of a state: up to 80 characters, unique in its machine.
pub type Name = Arc<str>;

/// A valid definition.
#[derive(Debug, Clone)]
pub struct StateMachine {
    /// `Comment`.
    pub comment: Option<String>,
    /// `QueryLanguage` of the machine, for states that name none.
    pub query_language: QueryLanguage,
    /// `TimeoutSeconds` of a whole execution.
    pub timeout_seconds: Option<u64>,
    /// The top level's `StartAt` and states.
    pub workflow: Workflow,
    /// Every state of the machine, nested ones included, in the order of the text.
    pub states: IndexMap<Name, State>,
}

impl StateMachine {
    /// What AWS calls a state that is tested on its own.
    pub const TESTED: &str = "StateName";
}

/// `StartAt` and `States`: of the machine, of a Parallel state's branch, of a Map's item processor.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// `StartAt`.
    pub start_at: Name,
    /// The names in `States`, in the order of the text.
    pub states: Vec<Name>,
}

/// The type of a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Type {
    /// Durable, up to a year long, with every service integration pattern.
    #[default]
    Standard,
    /// Short, without a history, without activities, `.sync` and `.waitForTaskToken`.
    Express,
}

/// `QueryLanguage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryLanguage {
    /// Paths and intrinsic functions; the default.
    #[default]
    JsonPath,
    /// JSONata expressions between `{%` and `%}`.
    Jsonata,
}

/// One state.
#[derive(Debug, Clone)]
pub struct State {
    /// Its name.
    pub name: Name,
    /// `Comment`.
    pub comment: Option<String>,
    /// The state's own `QueryLanguage`, or the machine's.
    pub query_language: QueryLanguage,
    /// What it does.
    pub kind: Kind,
}

/// `Type`, with the fields that it allows.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Passes its input on, or a fixed result.
    Pass(Pass),
    /// Runs a task.
    Task(Box<Task>),
    /// Chooses the next state.
    Choice(Choice),
    /// Waits.
    Wait(Wait),
    /// Ends its workflow in success.
    Succeed(Succeed),
    /// Ends the execution in failure.
    Fail(Fail),
    /// Runs branches side by side.
    Parallel(Parallel),
    /// Runs a workflow once for each item.
    Map(Box<Map>),
}

/// `Next`, or `End: true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// `Next`.
    Next(Name),
    /// `End: true`.
    End,
}

/// Input and output processing, in the language of the state.
#[derive(Debug, Clone)]
pub enum Io {
    /// `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`, in this order.
    JsonPath(Box<JsonPathIo>),
    /// `Arguments` and `Output`.
    Jsonata(JsonataIo),
}

/// Input and output processing of a JSONPath state.
#[derive(Debug, Clone)]
pub struct JsonPathIo {
    /// `InputPath`; none where it is null, which stands for `{}`. `$` by default.
    pub input_path: Option<Path>,
    /// `Parameters` (a Map's `ItemSelector` is [`Map::item_selector`]).
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`; none where it is null, which drops the result. `$` by default.
    pub result_path: Option<ReferencePath>,
    /// `OutputPath`; none where it is null, which stands for `{}`. `$` by default.
    pub output_path: Option<Path>,
}

/// Input and output processing of a JSONata state.
#[derive(Debug, Clone, Default)]
pub struct JsonataIo {
    /// `Arguments`; without them the state's input.
    pub arguments: Option<Template>,
    /// `Output`; without it the state's result.
    pub output: Option<Template>,
}

/// `Assign`: variables and the templates of their values, all evaluated before any is set.
pub type Assign = Vec<(String, Template)>;

/// A field that is either fixed or computed (`TimeoutSeconds`, `TimeoutSecondsPath`, `{% %}`).
#[derive(Debug, Clone, PartialEq)]
pub enum Field<T> {
    /// Fixed in the definition.
    Fixed(T),
    /// Computed when the state is entered.
    Computed(Expression),
}

/// A Pass state.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Input and output processing.
    pub io: Io,
    /// `Result` (JSONPath only).
    pub result: Option<Json>,
    /// `Assign`.
    pub assign: Assign,
    /// What follows.
    pub transition: Transition,
}

/// A Task state.
#[derive(Debug, Clone)]
pub struct Task {
    /// `Resource`.
    pub resource: Resource,
    /// Input and output processing.
    pub io: Io,
    /// `TimeoutSeconds` or `TimeoutSecondsPath`.
    pub timeout_seconds: Option<Field<u64>>,
    /// `HeartbeatSeconds` or `HeartbeatSecondsPath`.
    pub heartbeat_seconds: Option<Field<u64>>,
    /// `Credentials`, evaluated with the state's input and recorded in its events.
    pub credentials: Option<Template>,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// `Assign`.
    pub assign: Assign,
    /// What follows.
    pub transition: Transition,
}

/// A Choice state.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Input and output processing; in JSONPath only `InputPath` and `OutputPath`.
    pub io: Io,
    /// `Choices`, in order; never empty.
    pub choices: Vec<ChoiceRule>,
    /// `Default`.
    pub default: Option<Name>,
    /// `Assign` of the state, for its default.
    pub assign: Assign,
}

/// One of `Choices`.
#[derive(Debug, Clone)]
pub struct ChoiceRule {
    /// When it holds.
    pub condition: Condition,
    /// `Next`.
    pub next: Name,
    /// `Assign` of the rule.
    pub assign: Assign,
    /// `Output` of the rule (JSONata only).
    pub output: Option<Template>,
}

/// The test of a choice rule.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `And`.
    And(Vec<Condition>),
    /// `Or`.
    Or(Vec<Condition>),
    /// `Not`.
    Not(Box<Condition>),
    /// `Variable` and an operator.
    Comparison(Comparison),
    /// `Condition` (JSONata only).
    Jsonata(Expression),
}

/// A data-test expression.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// `Variable`.
    pub variable: Path,
    /// The operator with its operand.
    pub operator: Operator,
}

/// A comparison operator with its operand.
#[derive(Debug, Clone)]
pub enum Operator {
    /// `StringEquals`, `NumericLessThanPath`, `TimestampGreaterThan`, `BooleanEquals`, ...: the
    /// variable's value, if it has the type, stands in this order to the operand.
    Compare {
        /// The type that both sides must have.
        type_: OperandType,
        /// How they are compared. `Equals` alone for booleans.
        order: Order,
        /// A constant, or the value a `...Path` operator refers to.
        operand: Operand,
    },
    /// `StringMatches`: `*` matches any run of characters, `\\*` an asterisk.
    StringMatches(String),
    /// `IsNull`, `IsPresent`, `IsNumeric`, `IsString`, `IsBoolean`, `IsTimestamp`.
    Is(Is, bool),
}

/// The types that values are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum OperandType {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Order {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A constant of the operator's type.
    Constant(serde_json::Value),
    /// A `...Path` operator's path.
    Path(Path),
}

/// The `Is...` tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Is {
    Null,
    Present,
    Numeric,
    String,
    Boolean,
    Timestamp,
}

/// A Wait state.
#[derive(Debug, Clone)]
pub struct Wait {
    /// How long.
    pub until: WaitUntil,
    /// Input and output processing; in JSONPath only `InputPath` and `OutputPath`.
    pub io: Io,
    /// `Assign`.
    pub assign: Assign,
    /// What follows.
    pub transition: Transition,
}

/// The one of a Wait's four fields that is there.
#[derive(Debug, Clone)]
pub enum WaitUntil {
    /// `Seconds` or `SecondsPath`.
    Seconds(Field<u64>),
    /// `Timestamp` or `TimestampPath`.
    Timestamp(Field<jiff::Timestamp>),
}

/// A Succeed state.
#[derive(Debug, Clone)]
pub struct Succeed {
    /// Input and output processing; in JSONPath only `InputPath` and `OutputPath`.
    pub io: Io,
}

/// A Fail state.
#[derive(Debug, Clone)]
pub struct Fail {
    /// `Error` or `ErrorPath`.
    pub error: Option<Field<String>>,
    /// `Cause` or `CausePath`.
    pub cause: Option<Field<String>>,
}

/// A Parallel state.
#[derive(Debug, Clone)]
pub struct Parallel {
    /// `Branches`.
    pub branches: Vec<Workflow>,
    /// Input and output processing.
    pub io: Io,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// `Assign`.
    pub assign: Assign,
    /// What follows.
    pub transition: Transition,
}

/// A Map state.
#[derive(Debug, Clone)]
pub struct Map {
    /// `ItemProcessor`, or `Iterator` as it was called.
    pub processor: Workflow,
    /// `ProcessorConfig`, with the fields that it allows.
    pub mode: Mode,
    /// `Items` (JSONata) or `ItemsPath`; the state's input by default.
    pub items: Option<Items>,
    /// `ItemSelector`, or `Parameters` as it was called.
    pub item_selector: Option<Template>,
    /// `MaxConcurrency` or `MaxConcurrencyPath`; 0 leaves it to the host.
    pub max_concurrency: Option<Field<u64>>,
    /// `ToleratedFailureCount` or `ToleratedFailureCountPath`.
    pub tolerated_failure_count: Option<Field<u64>>,
    /// `ToleratedFailurePercentage` or `ToleratedFailurePercentagePath`.
    pub tolerated_failure_percentage: Option<Field<f64>>,
    /// Input and output processing.
    pub io: Io,
    /// `Retry`.
    pub retry: Vec<Retrier>,
    /// `Catch`.
    pub catch: Vec<Catcher>,
    /// `Assign`.
    pub assign: Assign,
    /// What follows.
    pub transition: Transition,
}

/// Where a Map's items come from.
#[derive(Debug, Clone)]
pub enum Items {
    /// `ItemsPath`.
    Path(Path),
    /// `Items`: an array or object, constant or with expressions in it.
    Template(Template),
}

/// `Mode` of `ProcessorConfig`: how a Map's iterations run.
#[derive(Debug, Clone, Default)]
pub enum Mode {
    /// `INLINE`: in the execution itself.
    #[default]
    Inline,
    /// `DISTRIBUTED`: as executions of their own.
    Distributed(Box<Distributed>),
}

/// One of `Retry`.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrier {
    /// `ErrorEquals`; never empty.
    pub error_equals: Vec<String>,
    /// `IntervalSeconds`; 1 by default.
    pub interval_seconds: u64,
    /// `MaxAttempts`; 3 by default, 0 to never retry.
    pub max_attempts: u64,
    /// `BackoffRate`; 2.0 by default, at least 1.0.
    pub backoff_rate: f64,
    /// `MaxDelaySeconds`.
    pub max_delay_seconds: Option<u64>,
    /// `JitterStrategy`.
    pub jitter: Jitter,
}

/// `JitterStrategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// `NONE`: the delay as computed.
    #[default]
    None,
    /// `FULL`: a random delay between zero and the computed one.
    Full,
}

/// One of `Catch`.
#[derive(Debug, Clone)]
pub struct Catcher {
    /// `ErrorEquals`; never empty.
    pub error_equals: Vec<String>,
    /// `Next`.
    pub next: Name,
    /// What becomes of the error output.
    pub output: CatchOutput,
    /// `Assign`.
    pub assign: Assign,
}

/// What a catcher hands to its next state.
#[derive(Debug, Clone)]
pub enum CatchOutput {
    /// `ResultPath` (JSONPath); none where it is null.
    ResultPath(Option<ReferencePath>),
    /// `Output` (JSONata); without it the error output.
    Output(Option<Template>),
}
