//! What figures say that somebody should look at.

mod rules;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};
use stepwell_engine::statistics::{self as engine, By, Query, Step};
use stepwell_journal::{Filter, Of, Status};

use crate::{
    action::Request,
    arn::{Arn, Execution},
    error::Error,
    host::{Host, executions},
    service::Caller,
};

use super::{
    OwnAction,
    places::Places,
    plugins::Plugins,
    statistics::{Keys, StatisticsKey, accounts},
};
use rules::Finding as Found;

/// What is looked at: the last day and, before its last hour, as much to compare that with.
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// How many executions of a state machine are named that run for too long.
const STUCK: usize = 3;

/// Asks for what should be looked at in what was done in the last day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListFindings {
    /// Of all tenants: an operator's.
    #[serde(default)]
    pub all_tenants: bool,
}

impl Request for ListFindings {}

/// What ListFindings answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListedFindings {
    /// The most severe first.
    pub findings: Vec<Finding>,
}

/// Something to be looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, in plain language.
    pub title: String,
    /// The figures behind it, and what to try.
    pub detail: String,
    /// What it is about.
    pub subject: Subject,
}

/// The kinds of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    StateRetriesMuch,
    StateFailsMuch,
    PluginNearFuelLimit,
    PluginNearMemoryLimit,
    PluginNearTimeLimit,
    MachineFailuresRose,
    PluginHeld,
    ExecutionStuck,
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Severity {
    Info,
    Warning,
    Critical,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// Of what figures.
    #[serde(flatten)]
    pub key: StatisticsKey,
    /// Which execution.
    pub execution_arn: Option<Arn<Execution>>,
}

pub(super) async fn list_findings(
    host: &Host,
    caller: &Caller,
    request: ListFindings,
) -> Result<ListedFindings, Error> {
    let all_tenants = request.all_tenants;
    let mut findings = Vec::new();
    for account in accounts(host, caller, OwnAction::ListFindings, all_tenants).await? {
        let mut of_account = OfAccount { host, caller, account, all_tenants, findings };
        of_account.find().await?;
        findings = of_account.findings;
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(ListedFindings { findings })
}

struct OfAccount<'a> {
    host: &'a Host,
    caller: &'a Caller,
    account: String,
    all_tenants: bool,
    findings: Vec<Finding>,
}

impl OfAccount<'_> {
    async fn find(&mut self) -> Result<(), Error> {
        let now = self.host.now().as_second();
        let steps = self.host.statistics().read(&self.account, now - DAY - HOUR, now + 1).await?;
        let by = |by| Query { by, of: engine::Key::default(), period: None };
        for row in engine::query(&self.account, &steps, &by(By::State)) {
            let Some(state) = row.key.state.clone() else { continue };
            let found = [
                rules::retries_much(&state, &row.figures),
                rules::fails_much(&state, &row.figures),
            ];
            self.add(found.into_iter().flatten(), row.key).await?;
        }
        let plugins = self.host.plugins();
        for row in engine::query(&self.account, &steps, &by(By::Plugin)) {
            let Some(plugin) = &row.key.plugin else { continue };
            let Some(bounds) = plugins.and_then(|all| all.bounds(&self.account, plugin)) else {
                continue;
            };
            let found = rules::near_limits(plugin, &row.figures, &bounds);
            self.add(found.into_iter(), row.key).await?;
        }
        // A step is of the last hour where it began in it.
        let (last, before): (Vec<Step>, Vec<Step>) =
            steps.iter().cloned().partition(|step| step.at >= now - HOUR);
        let before = engine::query(&self.account, &before, &by(By::Machine));
        for row in engine::query(&self.account, &last, &by(By::Machine)) {
            let Some(machine) = row.key.machine.clone() else { continue };
            let earlier = before.iter().find(|earlier| earlier.key == row.key);
            let earlier = earlier.and_then(|earlier| earlier.figures.executions.as_ref());
            let last = row.figures.executions.unwrap_or_default();
            let found =
                rules::failures_rose(&machine, &last, &earlier.cloned().unwrap_or_default());
            self.add(found.into_iter(), row.key).await?;
        }
        for row in engine::query(&self.account, &steps, &by(By::Machine)) {
            self.find_stuck(row).await?;
        }
        if let Some(plugins) = plugins {
            self.find_held(plugins).await?;
        }
        Ok(())
    }

    async fn find_held(&mut self, plugins: &dyn Plugins) -> Result<(), Error> {
        for plugin in plugins.list(&self.account) {
            let key = engine::Key {
                account: Some(self.account.clone()),
                plugin: Some(plugin.name.clone()),
                ..engine::Key::default()
            };
            self.add(rules::held(&plugin.name, plugin.held).into_iter(), key).await?;
        }
        Ok(())
    }

    /// Executions that run far longer than those of the last day took.
    async fn find_stuck(&mut self, row: engine::Row) -> Result<(), Error> {
        let (Some(machine), Some(executions)) = (&row.key.machine, &row.figures.executions) else {
            return Ok(());
        };
        let Some(longest) = rules::too_long(executions) else { return Ok(()) };
        let now = self.host.now();
        let filter = Filter {
            statuses: [Status::Running].into(),
            started_before: now.checked_sub(longest).ok(),
            ..Filter::all(&self.account, Of::Machine(machine.clone()))
        };
        let stuck = self.host.store().list(filter, STUCK, None).await?.items;
        for listing in stuck {
            let runs = now.duration_since(listing.started_at);
            let found = rules::stuck(&listing.key.name, runs, executions);
            let mut places = Places::new(self.host, self.caller);
            let place = places.of_account(&self.account, machine).await?;
            let arn = executions::item(place, listing, false)?.execution_arn;
            self.add([found].into_iter(), row.key.clone()).await?;
            if let Some(finding) = self.findings.last_mut() {
                finding.subject.execution_arn = Some(arn);
            }
        }
        Ok(())
    }

    async fn add(
        &mut self,
        found: impl Iterator<Item = Found>,
        key: engine::Key,
    ) -> Result<(), Error> {
        for Found { kind, severity, title, detail } in found {
            let key = Keys::new(self.host, self.caller, self.all_tenants).of(key.clone()).await?;
            let subject = Subject { key, execution_arn: None };
            self.findings.push(Finding { kind, severity, title, detail, subject });
        }
        Ok(())
    }
}
