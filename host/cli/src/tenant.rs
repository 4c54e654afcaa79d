//! `stepwell tenant`: who may use a host.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use comfy_table::{Table, presets};
use serde_json::json;
use stepwell_api::{
    Clock, HostKey, Tenants,
    admin::{self, Answer, Operation},
    tenants::{NewKey, Tenant},
};
use stepwell_journal::{Sqlite, sqlite};

use crate::{Verdict, plain::plain};

/// Manage the tenants of a host and their access keys.
///
/// A host that is running on the data directory is asked to, and heeds it from the next request on.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add a tenant.
    Add {
        /// What you call it.
        #[arg(value_name = "NAME")]
        name: String,

        /// Its account id of 12 digits; by default one that nobody has.
        #[arg(long, value_name = "ID")]
        account: Option<String>,

        #[command(flatten)]
        host: Host,
    },
    /// Show all tenants.
    List {
        #[command(flatten)]
        host: Host,
    },
    /// Refuse all requests of a tenant.
    Disable(Account),
    /// Take requests of a tenant again.
    Enable(Account),
    /// Manage a tenant's access keys.
    #[command(subcommand)]
    Keys(Keys),
}

/// Manage access keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make an access key, and show its secret, this once.
    Create(Account),
    /// Show a tenant's access keys.
    List(Account),
    /// Refuse all requests that an access key signs.
    Disable(Id),
    /// Take requests that an access key signs again.
    Enable(Id),
    /// Delete an access key.
    Delete(Id),
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    /// The tenant's account id.
    #[arg(value_name = "ACCOUNT")]
    account: String,

    #[command(flatten)]
    host: Host,
}

#[derive(Debug, Args)]
pub(crate) struct Id {
    /// The access key's id.
    #[arg(value_name = "KEY")]
    id: String,

    #[command(flatten)]
    host: Host,
}

#[derive(Debug, Args)]
pub(crate) struct Host {
    /// The host's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,

    /// The file of the host's key; by default it is beside the data directory, named DIR.key.
    #[arg(long, value_name = "FILE")]
    host_key: Option<PathBuf>,

    /// Print one JSON document for programs.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Command) -> Result<Verdict> {
    let (operation, host) = operation(command);
    let answer = match admin::ask(&host.data, &operation).await? {
        Some(answer) => answer,
        None => perform(&operation, &host).await?,
    };
    if host.json {
        let document = match answer {
            Answer::Tenants(tenants) => json!({ "tenants": tenants }),
            Answer::Tenant(tenant) => json!(tenant),
            Answer::Key(key) => json!(key),
        };
        anstream::println!("{}", serde_json::to_string_pretty(&document)?);
    } else {
        anstream::println!("{}", plain(&told(&operation, &answer, &host.data)));
    }
    Ok(Verdict::Good)
}

fn operation(command: Command) -> (Operation, Host) {
    match command {
        Command::Add { name, account, host } => (Operation::AddTenant { account, name }, host),
        Command::List { host } => (Operation::ListTenants, host),
        Command::Disable(Account { account, host }) => {
            (Operation::SetTenantEnabled { account, enabled: false }, host)
        }
        Command::Enable(Account { account, host }) => {
            (Operation::SetTenantEnabled { account, enabled: true }, host)
        }
        Command::Keys(Keys::Create(Account { account, host })) => {
            (Operation::CreateKey { account }, host)
        }
        Command::Keys(Keys::List(Account { account, host })) => {
            (Operation::GetTenant { account }, host)
        }
        Command::Keys(Keys::Disable(Id { id, host })) => {
            (Operation::SetKeyEnabled { id, enabled: false }, host)
        }
        Command::Keys(Keys::Enable(Id { id, host })) => {
            (Operation::SetKeyEnabled { id, enabled: true }, host)
        }
        Command::Keys(Keys::Delete(Id { id, host })) => (Operation::DeleteKey { id }, host),
    }
}

/// Does it in the data directory, which nobody has.
async fn perform(operation: &Operation, host: &Host) -> Result<Answer> {
    // A directory that was mistyped does not become one of a host.
    let is_new = !host.data.join(sqlite::FILE).exists();
    if is_new && !matches!(operation, Operation::AddTenant { .. }) {
        bail!("{} is no data directory of a host", host.data.display());
    }
    let catalog =
        Sqlite::open(&sqlite::Options::new(&host.data)).context("cannot manage the tenants")?;
    let path = host.host_key.clone().unwrap_or_else(|| HostKey::default_path(&host.data));
    let key = HostKey::open(&path, &catalog).await?;
    let tenants = Tenants::new(std::sync::Arc::new(catalog), &key, Clock::system());
    Ok(operation.perform(&tenants).await?)
}

/// What was done, for people.
fn told(operation: &Operation, answer: &Answer, data: &Path) -> String {
    match answer {
        Answer::Tenants(tenants) if tenants.is_empty() => {
            format!("there are no tenants in {}", data.display())
        }
        Answer::Tenants(tenants) => listed(tenants),
        Answer::Key(NewKey { id, secret }) => {
            format!("access key  {id}\nsecret      {secret}\nThe secret is shown this once.")
        }
        Answer::Tenant(tenant) => {
            let Tenant { account, name, .. } = tenant;
            match operation {
                Operation::AddTenant { .. } => format!(
                    "tenant {account} ({name}) is added; `stepwell tenant keys create {account} \
                     --data {}` makes it an access key",
                    data.display()
                ),
                Operation::SetTenantEnabled { .. } => {
                    format!("tenant {account} ({name}) is {}", state(tenant.enabled))
                }
                Operation::SetKeyEnabled { id, enabled } => {
                    format!("access key {id} of tenant {account} ({name}) is {}", state(*enabled))
                }
                Operation::DeleteKey { id } => {
                    format!("access key {id} of tenant {account} ({name}) is deleted")
                }
                _ if tenant.keys.is_empty() => {
                    format!("tenant {account} ({name}) has no access keys")
                }
                _ => keys(tenant),
            }
        }
    }
}

fn listed(tenants: &[Tenant]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["account", "name", "state", "keys", "added"]);
    for Tenant { account, name, enabled, created, keys } in tenants {
        let count = keys.len().to_string();
        let created = created.to_string();
        table.add_row([account, name, state(*enabled), &count, &created]);
    }
    table.trim_fmt()
}

fn keys(tenant: &Tenant) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["access key", "state", "made"]);
    for key in &tenant.keys {
        table.add_row([key.id.as_str(), state(key.enabled), &key.created.to_string()]);
    }
    table.trim_fmt()
}

fn state(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}
