//! What a host is, and who asks it.

use serde::{Deserialize, Serialize};

use crate::{
    action::Request,
    error::{Code, Error},
    host::Host,
    service::Caller,
    time::Time,
};

/// Asks what the host is, and what the caller may do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DescribeHost {}

impl Request for DescribeHost {}

/// What DescribeHost answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribedHost {
    /// The host's version.
    pub version: &'static str,
    /// The caller's account.
    pub account: String,
    /// The region that the request was for.
    pub region: String,
    /// When the host was started.
    pub started_at: Time,
    /// Whether the caller may see the figures of all tenants.
    pub operator: bool,
    /// All tenants, where the caller is an operator and the host has a list of them.
    pub accounts: Option<Vec<Account>>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The account id.
    pub account: String,
    /// What people call it.
    pub name: String,
}

pub(super) async fn describe_host(
    host: &Host,
    caller: &Caller,
    _: DescribeHost,
) -> Result<DescribedHost, Error> {
    let operator = host.is_operator(caller);
    let accounts = match host.tenants() {
        Some(tenants) if operator => {
            let listed = tenants.list().await.map_err(|error| {
                Error::new(Code::InternalFailure, format!("The tenants cannot be read: {error}"))
            })?;
            let account = |tenant: crate::tenants::Tenant| Account {
                account: tenant.account,
                name: tenant.name,
            };
            Some(listed.into_iter().map(account).collect())
        }
        _ => None,
    };
    Ok(DescribedHost {
        version: env!("CARGO_PKG_VERSION"),
        account: caller.account.clone(),
        region: caller.region.clone(),
        started_at: host.started_at().into(),
        operator,
        accounts,
    })
}
