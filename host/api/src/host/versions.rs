//! Actions on the versions of state machines.

use stepwell_engine::resources::{Error as Failed, Publish};

use super::{
    Host, beside, own, own_machine, page,
    state_machines::{does_not_exist, missing, named, unqualified},
    unlabelled,
};
use crate::{
    action::{
        Empty,
        versions::{
            DeleteStateMachineVersion, ListStateMachineVersions, PublishStateMachineVersion,
            PublishedStateMachineVersion, StateMachineVersionListItem, StateMachineVersions,
        },
    },
    arn::{Qualified, Version},
    error::{Code, Error},
    service::{Action, Caller},
};

pub(super) async fn publish_state_machine_version(
    host: &Host,
    caller: &Caller,
    request: PublishStateMachineVersion,
) -> Result<PublishedStateMachineVersion, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::PublishStateMachineVersion, &arn)?;
    let machine = unqualified(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    let publish = Publish { description: request.description };
    let revision = request.revision_id.as_deref();
    let now = host.now();
    let published =
        host.resources().publish_version(&caller.account, &machine.name, revision, &publish, now);
    let version = published.await.map_err(|error| match error {
        Failed::Revision { wanted, current } => Error::new(
            Code::ConflictException,
            format!(
                "Failed to publish the State Machine version for revision {wanted}. The current \
                 State Machine revision is {current}."
            ),
        ),
        other => missing(other, &arn),
    })?;
    let named = Version { machine: arn.resource.machine().clone(), number: version.number };
    Ok(PublishedStateMachineVersion {
        creation_date: version.created_at.into(),
        state_machine_version_arn: beside(&arn, named),
    })
}

pub(super) async fn delete_state_machine_version(
    host: &Host,
    caller: &Caller,
    request: DeleteStateMachineVersion,
) -> Result<Empty, Error> {
    let arn = request.state_machine_version_arn;
    own(caller, Action::DeleteStateMachineVersion, &arn)?;
    let Version { machine, number } = &arn.resource;
    unlabelled(machine, &arn)?;
    let machine = beside(&arn, Qualified::StateMachine(machine.clone()));
    let Some(machine) = named(host, &machine).await? else { return Ok(Empty {}) };
    let deleted = host.resources().delete_version(&caller.account, &machine.name, *number).await;
    deleted.map_err(|error| match error {
        Failed::InUse { aliases } => Error::new(
            Code::ConflictException,
            format!(
                "Version to be deleted must not be referenced by an alias. Current list of \
                 aliases referencing this version: [{}]",
                aliases.join(", ")
            ),
        ),
        other => other.into(),
    })?;
    Ok(Empty {})
}

pub(super) async fn list_state_machine_versions(
    host: &Host,
    caller: &Caller,
    request: ListStateMachineVersions,
) -> Result<StateMachineVersions, Error> {
    let arn = request.state_machine_arn;
    own_machine(caller, Action::ListStateMachineVersions, &arn)?;
    let of = arn.to_string();
    let list = page::List { caller, action: Action::ListStateMachineVersions, of: &of };
    let after = list.after(request.next_token.as_deref())?;
    let machine = unqualified(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    let size = page::size(request.max_results);
    let found = host.resources().versions(&caller.account, &machine.name, after.as_deref(), size);
    let page = found.await?;
    let item = |version: stepwell_engine::resources::Version| StateMachineVersionListItem {
        state_machine_version_arn: beside(
            &arn,
            Version { machine: arn.resource.machine().clone(), number: version.number },
        ),
        creation_date: version.created_at.into(),
    };
    Ok(StateMachineVersions {
        state_machine_versions: page.items.into_iter().map(item).collect(),
        next_token: list.token(page.next),
    })
}
