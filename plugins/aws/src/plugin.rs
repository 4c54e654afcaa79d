//! Plugins whose tasks are operations of services.

use serde_json::Value;
use stepwell_task::{Call, Effect, Failure, Plugin, Task, Wants};

use crate::{
    client::Client,
    schema::{self, Side},
    services::Service,
    settings::{CONFIG, HTTP, SECRETS},
};

/// What every plugin of this crate wants.
pub const WANTS: Wants =
    Wants { http: HTTP, secrets: SECRETS, config: CONFIG, directories: &[], key_value: &[] };

/// A plugin of these tasks.
pub fn plugin(
    name: &'static str,
    version: &'static str,
    summary: &'static str,
    tasks: Vec<Task>,
) -> Plugin {
    Plugin { name, version, summary, wants: WANTS, tasks }
}

/// A task that calls an operation of a service, with schemas of what it takes and returns.
///
/// `run` is what it does: it calls the operation, and may change what goes in and what comes out.
/// Members that `free` names may be anything in the schemas.
pub fn task(
    service: Service,
    operation: &'static str,
    summary: &'static str,
    free: &'static [&'static str],
    run: impl Fn(Value, &Call) -> Result<Value, Failure> + 'static,
) -> Task {
    let known = service.model().operation(operation);
    let effect = known.map_or(Effect::AtMostOnce, |operation| operation.effect);
    let schema = move |side: Side| {
        let model = service.model();
        let shape = model.operation(operation).and_then(|operation| match side {
            Side::Input => operation.input,
            Side::Output => operation.output,
        });
        schema::of(&model, shape, side, free)
    };
    Task::untyped(operation, effect, summary, run)
        .with_schemas(move || schema(Side::Input), move || schema(Side::Output))
}

/// A task for each operation of a service, called `SERVICE:OPERATION`, without schemas: there are
/// too many for a description of all of them.
pub fn all_tasks(
    service: Service,
    client: impl Fn() -> Client + Clone + 'static,
) -> impl Iterator<Item = Task> {
    let operations = service.model().operations();
    operations.map(move |operation| {
        let client = client.clone();
        let name = format!("{}:{}", service.name(), operation.name);
        let run = move |input: Value, call: &Call| {
            Ok(client().call(operation.name, &input, call)?.plain())
        };
        Task::untyped(name, operation.effect, "", run)
    })
}
