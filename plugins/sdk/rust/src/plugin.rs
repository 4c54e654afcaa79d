use std::borrow::Cow;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Call, Failure};

/// What running a task twice with the same input would mean. The host acts on it when a crash has
/// left it in doubt whether an attempt was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Same input, same output, nothing else touched: may be run again at any time.
    Pure,
    /// Safe to repeat under the same [idempotency key](Call::idempotency_key): an attempt that was
    /// cut off is run again.
    Idempotent,
    /// Must not be repeated by itself: an attempt that was cut off fails with
    /// `Stepwell.HostLost`, and the state machine's Retry decides.
    AtMostOnce,
}

/// What a plugin would like to be granted. Nothing is granted by asking: it tells the operator,
/// who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wants {
    /// Hosts it would talk to, as `host`, `host:port` or `*.domain`.
    pub http: &'static [&'static str],
    /// Names of secrets it would read. One that ends in `*` stands for all names that begin so.
    pub secrets: &'static [&'static str],
    /// Names of configuration values it would read, likewise.
    pub config: &'static [&'static str],
    /// Directories it would open, as the absolute paths at which it expects them.
    pub directories: &'static [&'static str],
    /// Names of key-value stores it would use.
    pub key_value: &'static [&'static str],
}

/// JSON in, JSON out.
type Run = dyn Fn(&str, &Call) -> Result<String, Failure>;

/// Makes a JSON Schema where it is asked for.
type MakeSchema = dyn Fn() -> String;

/// One task of a plugin.
pub struct Task {
    /// What a definition calls it, as in `wasm:payments/charge`.
    pub name: Cow<'static, str>,
    /// What running it twice would mean.
    pub effect: Effect,
    /// One line for people who choose a task.
    pub summary: Cow<'static, str>,
    input_schema: Option<Box<MakeSchema>>,
    output_schema: Option<Box<MakeSchema>>,
    run: Box<Run>,
}

impl Task {
    /// A task that is run by a function.
    pub fn new<I, O, E>(
        name: &'static str,
        effect: Effect,
        summary: &'static str,
        run: impl Fn(I, &Call) -> Result<O, E> + 'static,
    ) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
        E: Into<Failure>,
    {
        let input = || schema::<I>(SchemaSettings::draft2020_12().for_deserialize());
        let output = || schema::<O>(SchemaSettings::draft2020_12().for_serialize());
        Self {
            name: name.into(),
            effect,
            summary: summary.into(),
            input_schema: Some(Box::new(input)),
            output_schema: Some(Box::new(output)),
            run: Box::new(move |input, call| {
                let output = run(read(name, input)?, call).map_err(Into::into)?;
                Ok(serde_json::to_string(&output)?)
            }),
        }
    }

    /// A task whose input and output no Rust types describe, such as one that is made from a
    /// table. It has no schemas unless it is given some.
    pub fn untyped(
        name: impl Into<Cow<'static, str>>,
        effect: Effect,
        summary: impl Into<Cow<'static, str>>,
        run: impl Fn(Value, &Call) -> Result<Value, Failure> + 'static,
    ) -> Self {
        let name = name.into();
        let task = name.clone();
        Self {
            name,
            effect,
            summary: summary.into(),
            input_schema: None,
            output_schema: None,
            run: Box::new(move |input, call| Ok(run(read(&task, input)?, call)?.to_string())),
        }
    }

    /// With JSON Schemas 2020-12 of the input and the output, which are made when the plugin
    /// describes itself.
    #[must_use]
    pub fn with_schemas(
        self,
        input: impl Fn() -> Value + 'static,
        output: impl Fn() -> Value + 'static,
    ) -> Self {
        Self {
            input_schema: Some(Box::new(move || input().to_string())),
            output_schema: Some(Box::new(move || output().to_string())),
            ..self
        }
    }

    /// JSON Schema 2020-12 of the input; none where anything goes.
    pub fn input_schema(&self) -> Option<String> {
        self.input_schema.as_ref().map(|make| make())
    }

    /// JSON Schema 2020-12 of the output; none where anything goes.
    pub fn output_schema(&self) -> Option<String> {
        self.output_schema.as_ref().map(|make| make())
    }
}

fn schema<T: JsonSchema>(settings: SchemaSettings) -> String {
    settings.into_generator().into_root_schema_for::<T>().as_value().to_string()
}

/// The input as the task's type, or a failure that names the place where it does not fit.
fn read<I: DeserializeOwned>(task: &str, input: &str) -> Result<I, Failure> {
    let mut json = serde_json::Deserializer::from_str(input);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => "$".to_owned(),
            path if path.starts_with('[') => format!("${path}"),
            path => format!("$.{path}"),
        };
        let error = error.into_inner();
        // The host passes JSON on one line of its own making; a column in it tells nobody anything.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let text = text.strip_suffix(&place).unwrap_or(&text);
        invalid_input(task, &format!("at {path}: {text}"))
    })?;
    json.end().map_err(|error| invalid_input(task, &error.to_string()))?;
    Ok(value)
}

fn invalid_input(task: &str, problem: &str) -> Failure {
    Failure::new("InvalidInput", format!("the input does not fit task {task:?}: {problem}"))
}

/// A plugin, as [`plugin!`](crate::plugin!) defines it.
pub struct Plugin {
    /// Its name.
    pub name: &'static str,
    /// Its version, semantic.
    pub version: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// What it would like to be granted.
    pub wants: Wants,
    /// Its tasks.
    pub tasks: Vec<Task>,
}

/// Names of tasks that are told to whoever asks for another.
const TOLD: usize = 50;

impl Plugin {
    /// Runs a task as the host would: JSON in, JSON out, failures by the names a state machine
    /// sees.
    pub fn run(&self, task: &str, input: &str, call: &Call) -> Result<String, Failure> {
        self.tasks
            .iter()
            .find(|candidate| candidate.name == task)
            .ok_or_else(|| self.no_such_task(task))
            .and_then(|task| (task.run)(input, call))
            .map_err(|failure| failure.qualified(self.name))
    }

    fn no_such_task(&self, task: &str) -> Failure {
        let names: Vec<_> = self.tasks.iter().map(|task| &*task.name).take(TOLD).collect();
        let mut cause = format!("there is no task {task:?}; there is {}", names.join(", "));
        if let more @ 1.. = self.tasks.len() - names.len() {
            cause.push_str(&format!(" and {more} more"));
        }
        Failure::new("NoSuchTask", cause)
    }
}

/// The contract's side of it.
#[cfg(target_family = "wasm")]
mod contract {
    use super::{Effect, Plugin, Wants};
    use crate::{
        Call, Failure,
        bindings::exports::stepwell::task::plugin::{self, Info, TaskInfo},
    };

    impl Plugin {
        #[doc(hidden)]
        pub fn describe(&self) -> Info {
            Info {
                name: self.name.to_owned(),
                version: self.version.to_owned(),
                summary: self.summary.to_owned(),
                tasks: self
                    .tasks
                    .iter()
                    .map(|task| TaskInfo {
                        name: task.name.to_string(),
                        summary: task.summary.to_string(),
                        effect: task.effect.into(),
                        input_schema: task.input_schema(),
                        output_schema: task.output_schema(),
                    })
                    .collect(),
                wants: self.wants.into(),
            }
        }

        #[doc(hidden)]
        pub fn serve(&self, task: &str, input: &str) -> Result<String, plugin::Failure> {
            Ok(self.run(task, input, &Call::current())?)
        }
    }

    impl From<Effect> for plugin::Effect {
        fn from(effect: Effect) -> Self {
            match effect {
                Effect::Pure => Self::Pure,
                Effect::Idempotent => Self::Idempotent,
                Effect::AtMostOnce => Self::AtMostOnce,
            }
        }
    }

    impl From<Wants> for plugin::Wants {
        fn from(wants: Wants) -> Self {
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            Self {
                http: owned(wants.http),
                secrets: owned(wants.secrets),
                config: owned(wants.config),
                directories: owned(wants.directories),
                key_value: owned(wants.key_value),
            }
        }
    }

    impl From<Failure> for plugin::Failure {
        fn from(failure: Failure) -> Self {
            Self {
                error: failure.error().to_owned(),
                cause: failure.cause().to_owned(),
                retry_after_ms: failure
                    .delay()
                    .map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, JsonSchema)]
    struct Order {
        lines: Vec<Line>,
    }

    #[derive(serde::Deserialize, JsonSchema)]
    struct Line {
        quantity: u32,
    }

    fn count(order: Order, _call: &Call) -> Result<u32, Failure> {
        Ok(order.lines.iter().map(|line| line.quantity).sum())
    }

    crate::plugin! {
        summary: "Counts.",
        wants: { directories: ["/orders"] },
        tasks: [
            "count": pure "How many there are.\n" => count,
        ],
    }

    fn failure(task: &str, input: &str) -> String {
        plugin().run(task, input, &Call::local("key")).unwrap_err().to_string()
    }

    #[test]
    fn a_task_is_a_function() {
        let input = r#"{"lines":[{"quantity":2},{"quantity":3}]}"#;
        let output = plugin().run("count", input, &Call::local("key"));
        assert_eq!(output, Ok("5".to_owned()));
    }

    #[test]
    fn wrong_input_names_the_place() {
        assert_eq!(
            failure("count", r#"{"lines":[{"quantity":2},{"quantity":"three"}]}"#),
            "StepwellTask.InvalidInput: the input does not fit task \"count\": at \
             $.lines[1].quantity: invalid type: string \"three\", expected u32"
        );
        assert_eq!(
            failure("count", "{}"),
            "StepwellTask.InvalidInput: the input does not fit task \"count\": at $: missing \
             field `lines`"
        );
    }

    #[test]
    fn an_unknown_task_is_told_what_there_is() {
        assert_eq!(
            failure("cuont", "{}"),
            "StepwellTask.NoSuchTask: there is no task \"cuont\"; there is count"
        );
        let mut plugin = plugin();
        let one = || Task { name: "t".repeat(64).into(), ..self::plugin().tasks.remove(0) };
        plugin.tasks.extend(std::iter::repeat_with(one).take(2000));
        let cause = plugin.run("cuont", "{}", &Call::local("key")).unwrap_err().cause().to_owned();
        assert!(cause.ends_with("ttt and 1951 more") && cause.len() < 4000, "{cause}");
    }

    #[test]
    fn schemas_are_of_2020_12() {
        let plugin = plugin();
        let schema = plugin.tasks[0].input_schema().unwrap();
        assert!(schema.contains("https://json-schema.org/draft/2020-12/schema"), "{schema}");
        assert!(schema.contains(r#""required":["lines"]"#), "{schema}");
        assert_eq!(plugin.wants.directories, ["/orders"]);
    }

    #[test]
    fn a_task_may_have_no_types() {
        let task = |name: String| {
            Task::untyped(name, Effect::Pure, "Gives it back.", |input: Value, _: &Call| Ok(input))
        };
        let schema = || serde_json::json!({ "type": "array" });
        let tasks = vec![task("any".into()), task("some".into()).with_schemas(schema, schema)];
        let plugin = Plugin { tasks, ..plugin() };
        let call = Call::local("key");
        assert_eq!(plugin.run("any", " [1.0, null]", &call), Ok("[1.0,null]".to_owned()));
        assert_eq!(plugin.tasks[0].input_schema(), None);
        assert_eq!(plugin.tasks[1].output_schema().as_deref(), Some(r#"{"type":"array"}"#));
    }
}
