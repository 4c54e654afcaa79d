//! Figures by what is asked for.

use std::collections::BTreeMap;

use super::{Figures, OTHER, Step};

/// What rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum By {
    Tenant,
    Machine,
    State,
    Plugin,
    Task,
}

/// What a row is of, or what rows are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The account.
    pub account: Option<String>,
    /// The name of a state machine.
    pub machine: Option<String>,
    /// The name of a state.
    pub state: Option<String>,
    /// The name of a plugin.
    pub plugin: Option<String>,
    /// `PLUGIN/TASK`.
    pub task: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// By what.
    pub by: By,
    /// Of only these; its account is not looked at.
    pub of: Key,
    /// How long the steps are, in seconds, in which figures are wanted over time.
    pub period: Option<i64>,
}

/// Figures of something.
#[derive(Debug, Clone)]
pub struct Row {
    /// Of what.
    pub key: Key,
    /// Of the whole time.
    pub figures: Figures,
    /// Over time: when each step began, in seconds since 1970. What has no figures is left out.
    pub series: Vec<(i64, Figures)>,
}

/// Whether something is of what is asked for.
fn is(wanted: &Option<String>, found: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
}

fn known(name: &str) -> Option<String> {
    (name != OTHER).then(|| name.to_owned())
}

/// The rows of an account's steps, in the order of their keys.
pub fn query(account: &str, steps: &[Step], query: &Query) -> Vec<Row> {
    let mut rows: BTreeMap<Key, Row> = BTreeMap::new();
    let mut add = |at: i64, key: Key, figures: &Figures| {
        let row = rows.entry(key).or_insert_with_key(|key| Row {
            key: key.clone(),
            figures: Figures::default(),
            series: Vec::new(),
        });
        row.figures.merge(figures);
        let Some(period) = query.period.filter(|period| *period > 0) else { return };
        let at = at.div_euclid(period) * period;
        match row.series.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(found) => row.series[found].1.merge(figures),
            Err(place) => row.series.insert(place, (at, figures.clone())),
        }
    };
    let of = &query.of;
    for step in steps {
        if !is(&of.machine, Some(&step.machine)) {
            continue;
        }
        let account = Some(account.to_owned());
        let of_step = Key { account, machine: known(&step.machine), ..Key::default() };
        let whole = match query.by {
            By::Tenant => Some(Key { machine: None, ..of_step.clone() }),
            By::Machine => Some(of_step.clone()),
            By::State | By::Plugin | By::Task => None,
        };
        if let Some(key) = &whole
            && (&of.state, &of.plugin, &of.task) == (&None, &None, &None)
        {
            let executions = Some(step.figures.executions.clone());
            add(step.at, key.clone(), &Figures { executions, ..Figures::default() });
        }
        for ((state, called), figures) in &step.figures.states {
            let plugin = called.as_ref().map(|called| &*called.plugin);
            let task = called.as_ref().map(|called| &*called.task);
            if !(is(&of.state, Some(state)) && is(&of.plugin, plugin) && is(&of.task, task)) {
                continue;
            }
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let key = match (&whole, query.by) {
                (Some(key), _) => key.clone(),
                (None, By::State) => Key { state: known(state), ..of_step.clone() },
                // What is no plugin has no row.
                (None, _) if called.is_none() => continue,
                (None, By::Plugin) => {
                    Key { machine: None, plugin: owned(plugin), ..of_step.clone() }
                }
                (None, _) => Key {
                    machine: None,
                    plugin: owned(plugin),
                    task: owned(task),
                    ..of_step.clone()
                },
            };
            add(step.at, key, figures);
        }
    }
    rows.into_values().collect()
}
