//! Actions on the aliases of state machines.

#![expect(missing_docs, reason = "the members are AWS's: the links lead to what they mean")]

use serde::{Deserialize, Serialize};

use super::Request;
use crate::{
    Error,
    arn::{Alias, Arn, Qualified, Resource, Version},
    error::{Reason, Refusal},
    time::Time,
};

/// Where an alias leads: one version, or two with weights that add up to 100.
///
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RoutingConfigurationListItem.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Item>")]
pub struct RoutingConfiguration(Vec<Route>);

/// A version of a [`RoutingConfiguration`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    pub state_machine_version_arn: Arn<Version>,
    /// In per cent.
    pub weight: u8,
}

/// A route as it is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    state_machine_version_arn: Arn,
    weight: u8,
}

impl RoutingConfiguration {
    /// The versions, one or two.
    pub fn routes(&self) -> &[Route] {
        &self.0
    }

    /// One that was taken before, as it was kept.
    pub(crate) fn from_routes(routes: Vec<Route>) -> Self {
        Self(routes)
    }

    fn new(items: Vec<Item>) -> Result<Self, Error> {
        let received = || {
            let arns: Vec<_> =
                items.iter().map(|item| item.state_machine_version_arn.to_string()).collect();
            arns.join(", ")
        };
        let mut routes = Vec::<Route>::with_capacity(items.len());
        for item in &items {
            let Arn { partition, region, account, resource } =
                item.state_machine_version_arn.clone();
            let Resource::StateMachine(Qualified::Version(resource)) = resource else {
                return Err(Error::validation(format!(
                    "Routing configuration must contain state machine version ARNs. Received: [{}]",
                    received()
                )));
            };
            let state_machine_version_arn = Arn { partition, region, account, resource };
            if routes.iter().any(|it| it.state_machine_version_arn == state_machine_version_arn) {
                return Err(Error::validation(format!(
                    "Routing configuration must contain distinct state machine version ARNs. \
                     Received: [{}]",
                    received()
                )));
            }
            routes.push(Route { state_machine_version_arn, weight: item.weight });
        }
        let weights: Vec<_> = routes.iter().map(|route| route.weight).collect();
        if weights.iter().copied().map(u32::from).sum::<u32>() != 100 {
            return Err(Error::validation(format!(
                "Sum of routing configuration weights must equal 100. Received: {weights:?}"
            )));
        }
        Ok(Self(routes))
    }
}

impl TryFrom<Vec<Item>> for RoutingConfiguration {
    type Error = Refusal;

    fn try_from(items: Vec<Item>) -> Result<Self, Refusal> {
        Self::new(items).map_err(Refusal::from)
    }
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineAlias {
    pub description: Option<String>,
    pub name: String,
    pub routing_configuration: RoutingConfiguration,
}

impl Request for CreateStateMachineAlias {}

/// What CreateStateMachineAlias answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedStateMachineAlias {
    pub state_machine_alias_arn: Arn<Alias>,
    pub creation_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineAlias {
    pub state_machine_alias_arn: Arn<Alias>,
}

impl Request for DescribeStateMachineAlias {}

/// What DescribeStateMachineAlias answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedStateMachineAlias {
    pub state_machine_alias_arn: Arn<Alias>,
    pub name: String,
    pub description: Option<String>,
    pub routing_configuration: RoutingConfiguration,
    pub creation_date: Time,
    pub update_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachineAlias.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineAlias {
    pub state_machine_alias_arn: Arn<Alias>,
    pub description: Option<String>,
    pub routing_configuration: Option<RoutingConfiguration>,
}

impl Request for UpdateStateMachineAlias {
    fn check(&self) -> Result<(), Error> {
        if self.description.is_none() && self.routing_configuration.is_none() {
            return Err(Error {
                reason: Some(Reason::MissingRequiredParameter),
                ..Error::validation(
                    "Either the description or the routing configuration must be specified",
                )
            });
        }
        Ok(())
    }
}

/// What UpdateStateMachineAlias answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdatedStateMachineAlias {
    pub update_date: Time,
}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteStateMachineAlias {
    pub state_machine_alias_arn: Arn<Alias>,
}

impl Request for DeleteStateMachineAlias {}

/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineAliases {
    pub state_machine_arn: Arn<Qualified>,
    #[serde(default)]
    pub max_results: u32,
    pub next_token: Option<String>,
}

impl Request for ListStateMachineAliases {}

/// What ListStateMachineAliases answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineAliases {
    pub state_machine_aliases: Vec<StateMachineAliasListItem>,
    pub next_token: Option<String>,
}

/// An alias in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineAliasListItem {
    pub state_machine_alias_arn: Arn<Alias>,
    pub creation_date: Time,
}
