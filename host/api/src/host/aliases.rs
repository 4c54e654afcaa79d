//! Actions on the aliases of state machines.

use stepwell_engine::resources::{self, CreateAlias, Error as Failed, UpdateAlias};

use super::{
    Host, beside, own, own_machine, page,
    state_machines::{does_not_exist, named},
    unlabelled,
};
use crate::{
    action::{
        Empty,
        aliases::{
            CreateStateMachineAlias, CreatedStateMachineAlias, DeleteStateMachineAlias,
            DescribeStateMachineAlias, DescribedStateMachineAlias, ListStateMachineAliases, Route,
            RoutingConfiguration, StateMachineAliasListItem, StateMachineAliases,
            UpdateStateMachineAlias, UpdatedStateMachineAlias,
        },
    },
    arn::{Alias, Arn, Qualified, StateMachine, Version},
    error::{Code, Error, Reason},
    service::{Action, Caller},
};

pub(super) async fn create_state_machine_alias(
    host: &Host,
    caller: &Caller,
    request: CreateStateMachineAlias,
) -> Result<CreatedStateMachineAlias, Error> {
    let routing = &request.routing_configuration;
    for route in routing.routes() {
        own(caller, Action::CreateStateMachineAlias, &route.state_machine_version_arn)?;
    }
    let machine = one_machine(routing)?;
    let create = CreateAlias {
        name: request.name.clone(),
        description: request.description,
        routes: routes(routing),
    };
    let missing = || not_found(&machine);
    let found = named(host, &machine).await?.ok_or_else(missing)?;
    let now = host.now();
    let alias = host.resources().create_alias(&caller.account, &found.name, &create, now).await;
    let alias = alias.map_err(|error| match error {
        Failed::Exists { .. } => Error::new(
            Code::ConflictException,
            "Failed to create alias because an alias with the same name and a different routing \
             configuration already exists.",
        ),
        Failed::Missing(_) => missing(),
        other => other.into(),
    })?;
    Ok(CreatedStateMachineAlias {
        state_machine_alias_arn: arn_of(&machine, request.name),
        creation_date: alias.created_at.into(),
    })
}

pub(super) async fn describe_state_machine_alias(
    host: &Host,
    caller: &Caller,
    request: DescribeStateMachineAlias,
) -> Result<DescribedStateMachineAlias, Error> {
    let arn = request.state_machine_alias_arn;
    let machine = own_alias(caller, Action::DescribeStateMachineAlias, &arn)?;
    let missing = || not_found(&arn);
    let found = named(host, &machine).await?.ok_or_else(missing)?;
    let alias = host.resources().alias(&caller.account, &found.name, &arn.resource.name).await?;
    let alias = alias.ok_or_else(missing)?;
    let route = |route: resources::Route| Route {
        state_machine_version_arn: beside(
            &arn,
            Version { machine: arn.resource.machine.clone(), number: route.version },
        ),
        weight: route.weight,
    };
    Ok(DescribedStateMachineAlias {
        routing_configuration: RoutingConfiguration::from_routes(
            alias.routes.into_iter().map(route).collect(),
        ),
        state_machine_alias_arn: arn,
        name: alias.name,
        description: alias.description,
        creation_date: alias.created_at.into(),
        update_date: alias.updated_at.into(),
    })
}

pub(super) async fn update_state_machine_alias(
    host: &Host,
    caller: &Caller,
    request: UpdateStateMachineAlias,
) -> Result<UpdatedStateMachineAlias, Error> {
    let arn = request.state_machine_alias_arn;
    let machine = own_alias(caller, Action::UpdateStateMachineAlias, &arn)?;
    if let Some(routing) = &request.routing_configuration {
        for route in routing.routes() {
            own(caller, Action::UpdateStateMachineAlias, &route.state_machine_version_arn)?;
        }
        if one_machine(routing)? != machine {
            return Err(of_one_machine(routing));
        }
    }
    let update = UpdateAlias {
        description: request.description,
        routes: request.routing_configuration.as_ref().map(routes),
    };
    let missing = || not_found(&arn);
    let found = named(host, &machine).await?.ok_or_else(missing)?;
    let (name, now) = (&arn.resource.name, host.now());
    let alias =
        host.resources().update_alias(&caller.account, &found.name, name, &update, now).await;
    let alias = alias.map_err(|error| match error {
        Failed::Missing(_) => missing(),
        other => other.into(),
    })?;
    Ok(UpdatedStateMachineAlias { update_date: alias.updated_at.into() })
}

pub(super) async fn delete_state_machine_alias(
    host: &Host,
    caller: &Caller,
    request: DeleteStateMachineAlias,
) -> Result<Empty, Error> {
    let arn = request.state_machine_alias_arn;
    let machine = own_alias(caller, Action::DeleteStateMachineAlias, &arn)?;
    if let Some(found) = named(host, &machine).await? {
        host.resources().delete_alias(&caller.account, &found.name, &arn.resource.name).await?;
    }
    Ok(Empty {})
}

pub(super) async fn list_state_machine_aliases(
    host: &Host,
    caller: &Caller,
    request: ListStateMachineAliases,
) -> Result<StateMachineAliases, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::ListStateMachineAliases, &arn)?;
    let of = arn.to_string();
    let list = page::List { caller, action: Action::ListStateMachineAliases, of: &of };
    let after = list.after(request.next_token.as_deref())?;
    let machine = named(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    let version = match &arn.resource {
        Qualified::StateMachine(_) => None,
        Qualified::Version(version) => Some(version.number),
        Qualified::Alias(_) => return Err(does_not_exist(&arn)),
    };
    let size = page::size(request.max_results);
    let found = host.resources().aliases(&caller.account, &machine.name, after.as_deref(), size);
    let page = found.await?;
    let leads_there = |alias: &resources::Alias| {
        version.is_none_or(|version| alias.routes.iter().any(|route| route.version == version))
    };
    let unqualified = beside(&arn, arn.resource.machine().clone());
    let item = |alias: resources::Alias| StateMachineAliasListItem {
        state_machine_alias_arn: beside(
            &arn,
            Alias { machine: unqualified.resource.clone(), name: alias.name },
        ),
        creation_date: alias.created_at.into(),
    };
    Ok(StateMachineAliases {
        state_machine_aliases: page.items.into_iter().filter(leads_there).map(item).collect(),
        next_token: list.token(page.next),
    })
}

/// The state machine of a caller's alias.
fn own_alias(caller: &Caller, action: Action, arn: &Arn<Alias>) -> Result<Arn<Qualified>, Error> {
    own(caller, action, arn)?;
    unlabelled(&arn.resource.machine, arn)?;
    Ok(beside(arn, Qualified::StateMachine(arn.resource.machine.clone())))
}

/// The one state machine whose versions a configuration leads to.
fn one_machine(routing: &RoutingConfiguration) -> Result<Arn<Qualified>, Error> {
    let mut machines = routing.routes().iter().map(|route| {
        let arn = &route.state_machine_version_arn;
        beside(arn, Qualified::StateMachine(arn.resource.machine.clone()))
    });
    let first = machines.next().ok_or_else(|| of_one_machine(routing))?;
    if machines.any(|other| other != first) {
        return Err(of_one_machine(routing));
    }
    unlabelled(first.resource.machine(), &first)?;
    Ok(first)
}

fn of_one_machine(routing: &RoutingConfiguration) -> Error {
    let arns: Vec<_> =
        routing.routes().iter().map(|it| it.state_machine_version_arn.to_string()).collect();
    Error {
        reason: Some(Reason::InvalidRoutingConfiguration),
        ..Error::validation(format!(
            "Routing configuration must contain version ARNs of the alias's state machine. \
             Received: [{}]",
            arns.join(", ")
        ))
    }
}

fn routes(routing: &RoutingConfiguration) -> Vec<resources::Route> {
    let route = |route: &Route| resources::Route {
        version: route.state_machine_version_arn.resource.number,
        weight: route.weight,
    };
    routing.routes().iter().map(route).collect()
}

fn arn_of(machine: &Arn<Qualified>, name: String) -> Arn<Alias> {
    let of: StateMachine = machine.resource.machine().clone();
    beside(machine, Alias { machine: of, name })
}

fn not_found(arn: &impl std::fmt::Display) -> Error {
    Error {
        resource_name: Some(arn.to_string()),
        ..Error::new(Code::ResourceNotFound, "Request references a resource that does not exist.")
    }
}
