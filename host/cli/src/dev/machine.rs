//! The state machine of the project that `stepwell dev` is started in.

use anyhow::{Context as _, Result};
use serde_json::json;
use stepwell_api::{
    Caller, Error, Host, Service as _,
    action::state_machines::{CreateStateMachine, DescribeStateMachine, UpdateStateMachine},
    error::Code,
};

use crate::{machine::ROLE, project::Project};

/// The account that has it: that of credentials which name none.
pub(super) const ACCOUNT: &str = "000000000000";

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Created,
    Updated,
    AsBefore,
}

/// Creates the project's state machine, or has it say what the project's definition says now.
pub(super) async fn make(host: &Host, project: &Project, region: &str) -> Result<Made> {
    let file = project.definition();
    let definition = std::fs::read_to_string(&file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let caller = Caller {
        account: ACCOUNT.to_owned(),
        region: region.to_owned(),
        // Nobody asked.
        request_id: String::new(),
    };
    let name = project.name();
    let create = json!({ "name": name, "definition": definition, "roleArn": ROLE });
    let create: CreateStateMachine = serde_json::from_value(create)
        .with_context(|| format!("`{name}` cannot be a state machine's name"))?;
    let refused = |error: Error| anyhow::anyhow!("{}: {}", file.display(), error.message);
    match host.create_state_machine(&caller, create).await {
        Ok(_) => return Ok(Made::Created),
        Err(error) if error.code == Code::StateMachineAlreadyExists => {}
        Err(error) => return Err(refused(error)),
    }
    let arn = format!("arn:aws:states:{region}:{ACCOUNT}:stateMachine:{name}");
    let describe: DescribeStateMachine = serde_json::from_value(json!({ "stateMachineArn": arn }))?;
    let there = host.describe_state_machine(&caller, describe).await.map_err(refused)?;
    if there.definition == definition {
        return Ok(Made::AsBefore);
    }
    let update = json!({ "stateMachineArn": arn, "definition": definition });
    let update: UpdateStateMachine = serde_json::from_value(update)?;
    host.update_state_machine(&caller, update).await.map_err(refused)?;
    Ok(Made::Updated)
}

/// Makes it and tells so. The host runs without it, too: other machines may be what it is there
/// for.
pub(super) async fn offer(host: &Host, project: &Project, region: &str) {
    let name = project.name();
    match make(host, project, region).await {
        Ok(Made::Created) => tracing::info!("the project's state machine `{name}` is created"),
        Ok(Made::Updated) => {
            tracing::info!("the project's state machine `{name}` is updated to its definition");
        }
        Ok(Made::AsBefore) => tracing::info!("the project's state machine `{name}` is as before"),
        Err(error) => {
            tracing::error!("the project's state machine `{name}` cannot be made: {error:#}");
        }
    }
}
