//! Tasks, where it is known which there are: that each is there, and takes its arguments.

mod arguments;
mod schema;

use std::collections::HashMap;

use super::{graph::kind, nested, states};
use crate::{
    definition::QueryLanguage,
    diagnostic::Code,
    parse::node::Node,
    resource::Resource,
    tasks::{Call, Problem, Tasks},
};
use arguments::Arguments;
use schema::Schema;

/// Reports calls of tasks that there are not, and arguments that their tasks do not take.
pub(super) fn check(machine: &Node<'_>, tasks: &dyn Tasks) {
    Check { tasks, language: language(machine).unwrap_or_default(), schemas: HashMap::new() }
        .workflow(machine);
}

struct Check<'a, 't> {
    tasks: &'t dyn Tasks,
    /// Of the machine.
    language: QueryLanguage,
    /// The schemas by resource and what it calls, so that each is compiled once.
    schemas: HashMap<(&'a str, Option<&'a str>), Option<Schema<'t>>>,
}

impl<'a> Check<'a, '_> {
    fn workflow(&mut self, workflow: &Node<'a>) {
        for state in states(workflow) {
            if kind(&state) == "Task" {
                self.task(&state);
            }
            for inner in nested(&state) {
                self.workflow(&inner);
            }
        }
    }

    fn task(&mut self, state: &Node<'a>) {
        let Some(node) = state.find("Resource") else { return };
        let Some(text) = node.as_str() else { return };
        // What is no resource has a finding of its own.
        let Ok(resource) = Resource::parse(text) else { return };
        let arguments = match language(state).unwrap_or(self.language) {
            QueryLanguage::JsonPath => state.find("Parameters").map(Arguments::of_jsonpath),
            QueryLanguage::Jsonata => state.find("Arguments").map(Arguments::of_jsonata),
        };
        let named_by = resource.callee_argument();
        let callee = named_by.and_then(|field| arguments.as_ref()?.text(field));
        let call = Call { state: state.key(), resource: &resource, callee };
        let task = match self.tasks.find(&call) {
            Ok(task) => task,
            Err(Problem { code, message, help }) => {
                node.error_code(code, message, help);
                return;
            }
        };
        if let Some(Problem { code, message, help }) = task.warning {
            node.warning_code(code, message, help);
        }
        // Without arguments the task gets what the state gets.
        let Some(arguments) = arguments else { return };
        if named_by.is_some_and(|field| !arguments.has_text(field)) {
            return;
        }
        let arguments = if resource.is_lambda_invoke() { arguments.payload() } else { arguments };
        let Some(input_schema) = task.input_schema else { return };
        let schema = self.schemas.entry((text, callee)).or_insert_with(|| {
            let schema = Schema::new(input_schema);
            if let Err(error) = &schema {
                node.warning_code(
                    Code::InvalidArguments,
                    format_args!("The input schema of the task cannot be used: {error}"),
                    "The arguments are not checked. The plugin's author can mend it.",
                );
            }
            schema.ok()
        });
        if let Some(schema) = schema {
            schema.check(&arguments);
        }
    }
}

/// `QueryLanguage` of a machine or a state.
fn language(node: &Node<'_>) -> Option<QueryLanguage> {
    match node.find("QueryLanguage")?.as_str()? {
        "JSONata" => Some(QueryLanguage::Jsonata),
        "JSONPath" => Some(QueryLanguage::JsonPath),
        _ => None,
    }
}
