//! Task states. <https://states-language.net/spec.html#task-state>

use super::{
    assign, catch,
    fields::Fields,
    io::{self, Extent},
    node::{MAX_SECONDS, Node},
    retry, state, template,
};
use crate::{
    definition::{Field, Task, Type},
    diagnostic::Code,
    expression::Template,
    resource::{Integration, Pattern, Resource},
};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Task> {
    let resource = fields.required("Resource").and_then(|node| resource(&node));
    let io = io::parse(fields, Extent::Full);
    let seconds = |names: [&'static str; 2]| {
        let fixed = |node: &Node<'_>| node.integer(1..=MAX_SECONDS);
        fields.fixed_or_computed(names, fixed, Node::path_expression)
    };
    let timeout_seconds = seconds(["TimeoutSeconds", "TimeoutSecondsPath"]);
    let heartbeat_seconds = seconds(["HeartbeatSeconds", "HeartbeatSecondsPath"]);
    if let (Some(Field::Fixed(timeout)), Some(Field::Fixed(heartbeat))) =
        (&timeout_seconds, &heartbeat_seconds)
        && heartbeat >= timeout
        && let Some(node) = fields.get("HeartbeatSeconds")
    {
        node.error(
            "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'",
            format_args!("The task times out after {timeout} s. Choose less than that."),
        );
    }
    let credentials = fields.get("Credentials").and_then(|node| credentials(&node));
    let retry = retry::parse(fields);
    let catch = catch::parse(fields);
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Task {
        resource: resource?,
        io: io?,
        timeout_seconds,
        heartbeat_seconds,
        credentials,
        retry,
        catch,
        assign,
        transition: transition?,
    })
}

fn resource(node: &Node<'_>) -> Option<Resource> {
    let resource = match Resource::parse(node.string()?) {
        Ok(resource) => resource,
        Err(error) => {
            node.error("Value is not a valid resource ARN", error);
            return None;
        }
    };
    if node.context().type_() == Type::Express {
        express(node, &resource);
    }
    Some(resource)
}

/// What an Express workflow cannot do.
fn express(node: &Node<'_>, resource: &Resource) {
    const HELP: &str = "Use a Standard workflow.";
    let pattern = match resource {
        Resource::Activity(_) => {
            node.error("Express state machine does not support Activity ARN", HELP);
            return;
        }
        Resource::Integration(Integration { pattern, .. }) => match pattern {
            Pattern::RequestResponse => return,
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        },
        Resource::Wasm(_) | Resource::Lambda(_) => return,
    };
    node.error(
        // The space at the end is AWS's.
        format_args!("Express state machine does not support '{pattern}' service integration "),
        HELP,
    );
}

fn credentials(node: &Node<'_>) -> Option<Template> {
    if !node.is_jsonata() {
        node.fields()?;
        if let Some(role) = node.find("RoleArn") {
            role.string()?;
        } else if node.find("RoleArn.$").is_none() {
            node.error_head(
                Code::SchemaValidationFailed,
                "The field 'RoleArn' is required but was missing",
                "Add the field \"RoleArn\", or remove \"Credentials\".",
            );
        }
    }
    template::parse(node)
}
