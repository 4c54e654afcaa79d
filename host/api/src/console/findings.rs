//! What figures say that somebody should look at.

mod cache;
mod day;
mod rules;
#[cfg(test)]
mod tests;
mod words;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use stepwell_engine::statistics::{self as engine, Executions};
use stepwell_journal::{Filter, Listing, Of, Status};

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
pub(crate) use cache::FindingsCache;
use cache::For;
use day::{Day, Machine};
use rules::Finding as Found;

/// What is looked at: the last day and, before its last hour, as much to compare that with.
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// How many executions of a state machine are named that run for too long: those that run longest.
const STUCK: usize = 3;
/// How many pages of how many of them are looked at.
const LOOKED_AT: (usize, usize) = (10, 1_000);

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
    let accounts = accounts(host, caller, OwnAction::ListFindings, all_tenants).await?;
    let mut findings = Vec::new();
    for account in &accounts {
        findings.extend(of_account(host, caller, account, all_tenants).await?.iter().cloned());
    }
    if let Some(plugins) = host.plugins() {
        findings.extend(held(plugins, &accounts, all_tenants));
    }
    findings.sort_by_key(|finding| Reverse(finding.severity));
    Ok(ListedFindings { findings })
}

/// Versions that wait for approval, of each plugin once: one that all tenants have is nobody's.
fn held(plugins: &dyn Plugins, accounts: &[String], all_tenants: bool) -> Vec<Finding> {
    let mut held = BTreeMap::new();
    for account in accounts {
        for plugin in plugins.list(account) {
            let whose = (all_tenants && !plugin.shared).then(|| account.clone());
            held.insert((whose, plugin.name), plugin.held);
        }
    }
    let found = held.into_iter().filter_map(|((account, plugin), count)| {
        let found = rules::held(&plugin, count)?;
        let key = StatisticsKey { account, plugin: Some(plugin), ..StatisticsKey::default() };
        Some(found.about(key, None))
    });
    found.collect()
}

/// What was found of an account, now or a moment ago.
async fn of_account(
    host: &Host,
    caller: &Caller,
    account: &str,
    all_tenants: bool,
) -> Result<Arc<Vec<Finding>>, Error> {
    let region = caller.region.clone();
    let asker = For { account: account.to_owned(), region, all_tenants };
    if let Some(findings) = host.findings().get(&asker, host.now()) {
        return Ok(findings);
    }
    let _turn = host.statistics().turn().await;
    // Another one may have looked for the same while this one waited.
    let now = host.now();
    if let Some(findings) = host.findings().get(&asker, now) {
        return Ok(findings);
    }
    let account = account.to_owned();
    let keys = Keys::new(host, caller, all_tenants);
    let places = Places::new(host, caller);
    let mut of_account =
        OfAccount { host, now, account, all_tenants, keys, places, findings: Vec::new() };
    let began = std::time::Instant::now();
    of_account.find().await?;
    let findings = Arc::new(of_account.findings);
    host.findings().put(asker, now, began.elapsed(), findings.clone());
    Ok(findings)
}

struct OfAccount<'a> {
    host: &'a Host,
    now: Timestamp,
    account: String,
    all_tenants: bool,
    keys: Keys<'a>,
    places: Places<'a>,
    findings: Vec<Finding>,
}

impl OfAccount<'_> {
    async fn find(&mut self) -> Result<(), Error> {
        let now = self.now.as_second();
        let statistics = self.host.statistics();
        let read = statistics.read(&self.account, now - DAY - HOUR, now + 1, Day::until(now));
        let Day { states, plugins, machines, .. } = read.await?;
        for ((machine, state), figures) in states {
            let found =
                [rules::retries_much(&state, &figures), rules::fails_much(&state, &figures)];
            let key = self.key(Some(machine), Some(state), None);
            self.add(found.into_iter().flatten(), key).await?;
        }
        for (plugin, figures) in plugins {
            let bounds = self.host.plugins().and_then(|all| all.bounds(&self.account, &plugin));
            let Some(bounds) = bounds else { continue };
            let found = rules::near_limits(&plugin, &figures, &bounds);
            let key = self.key(None, None, Some(plugin));
            self.add(found.into_iter(), key).await?;
        }
        for (name, Machine { last_hour, before, .. }) in &machines {
            let found = rules::failures_rose(name, last_hour, before);
            let key = self.key(Some(name.clone()), None, None);
            self.add(found.into_iter(), key).await?;
        }
        for (name, Machine { day, .. }) in machines {
            self.find_stuck(name, &day).await?;
        }
        Ok(())
    }

    /// Executions that run far longer than those of the last day took.
    async fn find_stuck(&mut self, machine: String, day: &Executions) -> Result<(), Error> {
        let Some(longest) = rules::too_long(day) else { return Ok(()) };
        let (count, stuck) = self.stuck(&machine, longest).await?;
        let key = self.key(Some(machine.clone()), None, None);
        if self.all_tenants {
            // What executions are called is their tenant's own.
            let found = rules::many_stuck(&machine, count, day);
            return self.add(found.into_iter(), key).await;
        }
        for (runs, listing) in stuck {
            let found = rules::stuck(&listing.key.name, runs, day);
            let place = self.places.of_account(&self.account, &machine).await?;
            let arn = executions::item(place, listing, false)?.execution_arn;
            let key = self.keys.of(key.clone()).await?;
            self.findings.push(found.about(key, Some(arn)));
        }
        Ok(())
    }

    /// How many executions run for so long since they were started, or redriven, and which of them
    /// run longest.
    async fn stuck(
        &self,
        machine: &str,
        longest: SignedDuration,
    ) -> Result<(u64, Vec<(SignedDuration, Listing)>), Error> {
        let filter = Filter {
            statuses: BTreeSet::from([Status::Running]),
            started_before: self.now.checked_sub(longest).ok(),
            ..Filter::all(&self.account, Of::Machine(machine.to_owned()))
        };
        let (mut count, mut stuck, mut after) = (0, Vec::new(), None);
        let (pages, at_once) = LOOKED_AT;
        for _ in 0..pages {
            let page = self.host.store().list(filter.clone(), at_once, after).await?;
            for listing in page.items {
                let began = listing.redriven_at.unwrap_or(listing.started_at);
                let runs = self.now.duration_since(began);
                if runs >= longest {
                    count += 1;
                    stuck.push((runs, listing));
                }
            }
            stuck.sort_by_key(|(runs, _)| Reverse(*runs));
            stuck.truncate(STUCK);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        Ok((count, stuck))
    }

    fn key(
        &self,
        machine: Option<String>,
        state: Option<String>,
        plugin: Option<String>,
    ) -> engine::Key {
        engine::Key { account: Some(self.account.clone()), machine, state, plugin, task: None }
    }

    async fn add(
        &mut self,
        found: impl Iterator<Item = Found>,
        key: engine::Key,
    ) -> Result<(), Error> {
        for found in found {
            let key = self.keys.of(key.clone()).await?;
            self.findings.push(found.about(key, None));
        }
        Ok(())
    }
}
