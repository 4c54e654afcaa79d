//! Actions on activities.

use stepwell_engine::resources::{self, Error as Failed, Settings};

use super::{
    Host, created, own, page,
    state_machines::{OWN_KEY, check_encryption},
    tags,
};
use crate::{
    action::{
        Empty,
        activities::{
            Activities, ActivityListItem, CreateActivity, CreatedActivity, DeleteActivity,
            DescribeActivity, DescribedActivity, ListActivities,
        },
    },
    arn::{Activity, Arn},
    error::{Code, Error},
    service::{Action, Caller},
};

pub(super) async fn create_activity(
    host: &Host,
    caller: &Caller,
    request: CreateActivity,
) -> Result<CreatedActivity, Error> {
    // There is one configuration: nothing has to be kept of it.
    check_encryption(&request.encryption_configuration.unwrap_or(OWN_KEY))?;
    let name = request.name.as_str().to_owned();
    let arn = created(caller, Activity { name: name.clone() });
    let create = resources::CreateActivity {
        name,
        arn: arn.to_string(),
        settings: Settings::new(),
        tags: request.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
    };
    let activity = host.resources().create_activity(&caller.account, create, host.now()).await;
    let activity = activity.map_err(|error| match error {
        Failed::Exists { arn } => {
            Error::new(Code::ActivityAlreadyExists, format!("Activity Already Exists: '{arn}'"))
        }
        Failed::Quota { what: "tags", .. } => tags::too_many(&arn),
        Failed::Quota { .. } => Error::new(
            Code::ActivityLimitExceeded,
            "The maximum number of activities has been reached. Existing activities must be \
             deleted before a new activity can be created.",
        ),
        other => other.into(),
    })?;
    Ok(CreatedActivity {
        activity_arn: Arn::parse(&activity.arn)?,
        creation_date: activity.created_at.into(),
    })
}

pub(super) async fn describe_activity(
    host: &Host,
    caller: &Caller,
    request: DescribeActivity,
) -> Result<DescribedActivity, Error> {
    let arn = request.activity_arn;
    own(caller, Action::DescribeActivity, &arn)?;
    let activity = find(host, &arn).await?.ok_or_else(|| does_not_exist(&arn))?;
    Ok(DescribedActivity {
        activity_arn: arn,
        encryption_configuration: Some(OWN_KEY),
        name: activity.name,
        creation_date: activity.created_at.into(),
    })
}

pub(super) async fn delete_activity(
    host: &Host,
    caller: &Caller,
    request: DeleteActivity,
) -> Result<Empty, Error> {
    let arn = request.activity_arn;
    own(caller, Action::DeleteActivity, &arn)?;
    if let Some(activity) = find(host, &arn).await? {
        host.resources().delete_activity(&caller.account, &activity.name).await?;
    }
    Ok(Empty {})
}

pub(super) async fn list_activities(
    host: &Host,
    caller: &Caller,
    request: ListActivities,
) -> Result<Activities, Error> {
    let list = page::List { caller, action: Action::ListActivities, of: "" };
    let after = list.after(request.next_token.as_deref())?;
    let size = page::size(request.max_results);
    let page = host.resources().activities(&caller.account, after.as_deref(), size).await?;
    let item = |activity: resources::Activity| {
        Ok(ActivityListItem {
            activity_arn: Arn::parse(&activity.arn)?,
            name: activity.name,
            creation_date: activity.created_at.into(),
        })
    };
    Ok(Activities {
        activities: page.items.into_iter().map(item).collect::<Result<_, Error>>()?,
        next_token: list.token(page.next),
    })
}

/// The activity that an ARN names. The ARN's account is the caller's.
pub(super) async fn find(
    host: &Host,
    arn: &Arn<Activity>,
) -> Result<Option<resources::Activity>, Error> {
    let found = host.resources().activity(&arn.account, &arn.resource.name).await?;
    // One of another region is another.
    Ok(found.filter(|found| found.arn == arn.to_string()))
}

pub(super) fn does_not_exist(arn: &Arn<Activity>) -> Error {
    Error::new(Code::ActivityDoesNotExist, format!("Activity Does Not Exist: '{arn}'"))
}
