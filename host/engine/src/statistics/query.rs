//! Figures by what is asked for.

use std::collections::BTreeMap;

use super::{Figures, Fold, OTHER, Step};

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

impl Row {
    /// Rows as one, which is of nothing in particular: durations are those of all calls together.
    pub fn total(rows: &[Self]) -> Self {
        let mut figures = Figures::default();
        let mut series = BTreeMap::<i64, Figures>::new();
        for row in rows {
            figures.merge(&row.figures);
            for (at, step) in &row.series {
                series.entry(*at).or_default().merge(step);
            }
        }
        Self { key: Key::default(), figures, series: series.into_iter().collect() }
    }
}

/// Whether something is of what is asked for.
fn is(wanted: &Option<String>, found: Option<&str>) -> bool {
    wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
}

fn known(name: &str) -> Option<String> {
    (name != OTHER).then(|| name.to_owned())
}

/// Rows, as steps come.
#[derive(Debug)]
pub struct Rows {
    query: Query,
    account: String,
    rows: BTreeMap<Key, Row>,
    /// Rows, and steps of their series.
    count: usize,
    most: usize,
}

/// There are more rows, or steps of their series, than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The rows and the steps of their series are more than {0}.")]
pub struct TooMany(pub usize);

impl Rows {
    /// None yet, and so many rows and steps of their series at most.
    pub fn new(query: Query, most: usize) -> Self {
        Self { query, account: String::new(), rows: BTreeMap::new(), count: 0, most }
    }

    /// What comes from now on is of this account.
    #[must_use]
    pub fn of(self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self }
    }

    /// The rows, in the order of their keys.
    ///
    /// # Errors
    /// Where there were more than may be: what is beyond was not kept.
    pub fn finish(self) -> Result<Vec<Row>, TooMany> {
        if self.is_full() { Err(TooMany(self.most)) } else { Ok(self.rows.into_values().collect()) }
    }

    fn put(&mut self, at: i64, key: Key, figures: &Figures) {
        if self.is_full() {
            return;
        }
        let row = self.rows.entry(key).or_insert_with_key(|key| {
            self.count += 1;
            Row { key: key.clone(), figures: Figures::default(), series: Vec::new() }
        });
        row.figures.merge(figures);
        let Some(period) = self.query.period.filter(|period| *period > 0) else { return };
        let at = at.div_euclid(period) * period;
        match row.series.binary_search_by_key(&at, |(at, _)| *at) {
            Ok(found) => row.series[found].1.merge(figures),
            Err(place) => {
                self.count += 1;
                row.series.insert(place, (at, figures.clone()));
            }
        }
    }
}

impl Fold for Rows {
    /// Whether there were more than may be: whatever comes is let go.
    fn is_full(&self) -> bool {
        self.count > self.most
    }

    fn add(&mut self, step: Step) {
        let Query { by, of, .. } = self.query.clone();
        if !is(&of.machine, Some(&step.machine)) || self.is_full() {
            return;
        }
        let account = Some(self.account.clone());
        let of_step = Key { account, machine: known(&step.machine), ..Key::default() };
        let whole = match by {
            By::Tenant => Some(Key { machine: None, ..of_step.clone() }),
            By::Machine => Some(of_step.clone()),
            By::State | By::Plugin | By::Task => None,
        };
        if let Some(key) = &whole
            && (&of.state, &of.plugin, &of.task) == (&None, &None, &None)
        {
            let executions = Some(step.figures.executions.clone());
            self.put(step.at, key.clone(), &Figures { executions, ..Figures::default() });
        }
        for ((state, called), figures) in &step.figures.states {
            let plugin = called.as_ref().map(|called| &*called.plugin);
            let task = called.as_ref().map(|called| &*called.task);
            if !(is(&of.state, Some(state)) && is(&of.plugin, plugin) && is(&of.task, task)) {
                continue;
            }
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let key = match (&whole, by) {
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
            self.put(step.at, key, figures);
        }
    }
}
