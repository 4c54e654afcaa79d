//! Actions on tags.

use stepwell_engine::resources::{Error as Failed, Tagged};

use super::{
    Host, activities, beside, own,
    state_machines::{self},
};
use crate::{
    action::{
        Empty,
        tags::{ListTagsForResource, Tag, TagResource, Tags, UntagResource},
    },
    arn::{Arn, Qualified, Resource},
    error::{Code, Error},
    service::{Action, Caller},
};

pub(super) async fn list_tags_for_resource(
    host: &Host,
    caller: &Caller,
    request: ListTagsForResource,
) -> Result<Tags, Error> {
    let arn = request.resource_arn;
    let tagged = tagged(host, caller, Action::ListTagsForResource, &arn).await?;
    let tags = host.resources().tags(&caller.account, &tagged).await;
    let tags = tags.map_err(|error| failed(error, &arn))?;
    Ok(Tags { tags: tags.into_iter().map(|(key, value)| Tag { key, value }).collect() })
}

pub(super) async fn tag_resource(
    host: &Host,
    caller: &Caller,
    request: TagResource,
) -> Result<Empty, Error> {
    let arn = request.resource_arn;
    let tagged = tagged(host, caller, Action::TagResource, &arn).await?;
    let add = request.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    let done = host.resources().tag(&caller.account, &tagged, &add).await;
    done.map_err(|error| failed(error, &arn))?;
    Ok(Empty {})
}

pub(super) async fn untag_resource(
    host: &Host,
    caller: &Caller,
    request: UntagResource,
) -> Result<Empty, Error> {
    let arn = request.resource_arn;
    let tagged = tagged(host, caller, Action::UntagResource, &arn).await?;
    let done = host.resources().untag(&caller.account, &tagged, &request.tag_keys).await;
    done.map_err(|error| failed(error, &arn))?;
    Ok(Empty {})
}

/// What an ARN names, where it is of a kind that has tags.
async fn tagged(host: &Host, caller: &Caller, action: Action, arn: &Arn) -> Result<Tagged, Error> {
    own(caller, action, arn)?;
    let found = match &arn.resource {
        Resource::StateMachine(it @ Qualified::StateMachine(machine)) => {
            super::unlabelled(machine, arn)?;
            let found = state_machines::named(host, &beside(arn, it.clone())).await?;
            found.map(|found| Tagged::Machine(found.name))
        }
        Resource::Activity(activity) => {
            let found = activities::find(host, &beside(arn, activity.clone())).await?;
            found.map(|found| Tagged::Activity(found.name))
        }
        Resource::StateMachine(_) | Resource::Execution(_) | Resource::MapRun(_) => None,
    };
    found.ok_or_else(|| not_found(arn))
}

fn failed(error: Failed, arn: &Arn) -> Error {
    match error {
        Failed::Missing(_) => not_found(arn),
        Failed::Quota { .. } => too_many(arn),
        other => other.into(),
    }
}

fn not_found(arn: &Arn) -> Error {
    Error {
        resource_name: Some(arn.to_string()),
        ..Error::new(Code::ResourceNotFound, format!("Resource not found: '{arn}'"))
    }
}

pub(super) fn too_many(arn: &impl std::fmt::Display) -> Error {
    Error {
        resource_name: Some(arn.to_string()),
        ..Error::new(
            Code::TooManyTags,
            "You've exceeded the number of tags allowed for a resource.",
        )
    }
}
