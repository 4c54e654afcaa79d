//! The context object, and what else expressions see of the execution.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use std::cell::{Cell, OnceCell};

use serde_json::{Map, Value, json};
use stepwell_asl::expression;

use crate::{
    Execution,
    event::iso8601,
    random::Random,
    strand::{Item, Strand},
    test_state::Inspector,
    variables,
};

/// What the expressions of one state see beside their input.
pub(crate) struct Environment<'a> {
    pub(crate) execution: &'a Execution,
    pub(crate) strand: &'a Strand,
    pub(crate) random: &'a Random,
    /// `RetryCount` is there in states that can be retried.
    pub(crate) retryable: bool,
    pub(crate) task_token: Option<&'a str>,
    /// The item that is about to become an iteration's.
    pub(crate) item: Option<&'a Item>,
    /// Made only if somebody looks.
    pub(crate) context: OnceCell<Value>,
    /// The same without the execution's input.
    pub(crate) outline: OnceCell<Value>,
    /// The context object that was made last in this step. It holds a copy of the execution's
    /// input, which is not made anew for each item of a Map.
    pub(crate) last_context: &'a Cell<Option<Value>>,
    /// Where one state is tested.
    pub(crate) inspector: Option<&'a Inspector>,
}

impl Drop for Environment<'_> {
    fn drop(&mut self) {
        if let Some(context) = self.context.take() {
            self.last_context.set(Some(context));
        }
    }
}

impl<'a> Environment<'a> {
    pub(crate) fn new(
        execution: &'a Execution,
        strand: &'a Strand,
        random: &'a Random,
        last_context: &'a Cell<Option<Value>>,
    ) -> Self {
        Self {
            execution,
            strand,
            random,
            retryable: false,
            task_token: None,
            item: None,
            context: OnceCell::new(),
            outline: OnceCell::new(),
            last_context,
            inspector: None,
        }
    }

    /// The context object. `fixed` makes what stays the same in all of an execution.
    fn make_context(&self, fixed: impl FnOnce() -> Map<String, Value>) -> Value {
        let mut context = match self.given() {
            Some(given) => given.clone(),
            None => self.make_own_context(fixed()),
        };
        self.add_item(&mut context);
        context.into()
    }

    /// The context object that a test of one state was given.
    fn given(&self) -> Option<&Map<String, Value>> {
        self.inspector.and_then(|inspector| inspector.context.as_ref())
    }

    /// What stays the same, as it was made for the last state that looked.
    fn last_fixed_context(&self) -> Map<String, Value> {
        match self.last_context.take() {
            Some(Value::Object(mut context)) => {
                context.retain(|name, _| name == "Execution" || name == "StateMachine");
                context
            }
            _ => self.make_fixed_context(self.execution.input.value().clone()),
        }
    }

    /// The context object, but for `Map`.
    fn make_own_context(&self, mut context: Map<String, Value>) -> Map<String, Value> {
        let mut state = json!({
            "Name": &*self.strand.visit.state,
            "EnteredTime": iso8601(self.strand.visit.entered_at),
        });
        if self.retryable {
            let given = self.inspector.and_then(|inspector| inspector.retry_count);
            state["RetryCount"] = given.unwrap_or_else(|| self.strand.visit.retry_count()).into();
        }
        context.insert("State".into(), state);
        if let Some(token) = self.task_token {
            context.insert("Task".into(), json!({ "Token": token }));
        }
        context
    }

    /// Adds `Map`, in an iteration.
    fn add_item(&self, context: &mut Map<String, Value>) {
        let around = || {
            variables::around(&self.execution.strands, self.strand)
                .find_map(|strand| strand.item.as_ref())
        };
        if let Some(item) = self.item.or_else(around) {
            let mut members = json!({
                "Index": item.index,
                "Value": item.value.value(),
                "Source": item.source.as_deref().unwrap_or("STATE_DATA"),
            });
            if let Some(key) = &item.key {
                members["Key"] = key.as_str().into();
            }
            context.insert("Map".into(), json!({ "Item": members }));
        }
    }

    /// What stays the same in all of an execution.
    fn make_fixed_context(&self, input: Value) -> Map<String, Value> {
        let identity = &self.execution.identity;
        let mut context = Map::new();
        let mut execution = json!({
            "Id": identity.execution_arn,
            "Input": input,
            "StartTime": iso8601(self.execution.started_at),
            "Name": identity.execution_name,
            "RoleArn": identity.role_arn,
        });
        match self.inspector {
            // Express executions are not redriven.
            None if identity.is_express() => {}
            None => {
                let redrives = &self.execution.redrives;
                execution["RedriveCount"] = redrives.count().into();
                if let Some(at) = redrives.last_at() {
                    execution["RedriveTime"] = iso8601(at).into();
                }
            }
            // A state can be tested without a role.
            Some(_) if identity.role_arn.is_empty() => execution["RoleArn"] = Value::Null,
            Some(_) => {}
        }
        context.insert("Execution".into(), execution);
        context.insert(
            "StateMachine".into(),
            json!({ "Id": identity.state_machine_arn, "Name": identity.state_machine_name }),
        );
        context
    }
}

impl expression::Environment for Environment<'_> {
    fn context(&self) -> &Value {
        self.context.get_or_init(|| self.make_context(|| self.last_fixed_context()))
    }

    fn outline(&self) -> &Value {
        if self.given().is_some() {
            return self.context();
        }
        self.outline.get_or_init(|| self.make_context(|| self.make_fixed_context(Value::Null)))
    }

    fn execution_input(&self) -> Option<&Value> {
        match self.given() {
            Some(given) => given.get("Execution")?.get("Input"),
            None => Some(self.execution.input.value()),
        }
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        let value = variables::lookup(&self.execution.strands, self.strand, name)?;
        Some(value.value())
    }

    fn random(&self) -> u64 {
        self.execution.draw(self.random)
    }

    fn now(&self) -> jiff::Timestamp {
        self.execution.now
    }
}
