//! What was done and used in a time.

use serde::{Deserialize, Serialize};
use stepwell_engine::statistics::{
    self as engine, By, FINE, Fold as _, HOUR, OTHER, Query, Rows, TooMany,
};

use crate::{
    action::Request,
    arn::{Arn, Qualified, StateMachine},
    error::{Code, Error},
    host::{Host, beside, own_machine},
    service::Caller,
    time::Time,
};

use super::{OwnAction, executions::time, places::Places};

/// How many rows an answer has at most: those with the most fuel, and of those with as much, the
/// most calls.
const MAX_ROWS: usize = 1_000;
/// How many steps figures over time have at most.
const MAX_STEPS: f64 = 2_500.0;
/// How many rows and steps of them are put together at most: each has some kilobytes.
const MAX_CELLS: usize = 50_000;

/// Asks for figures of a time: of the steps of five minutes, or after two days of hours, that have
/// a part in it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetStatistics {
    /// What rows are of.
    pub by: StatisticsBy,
    /// From when.
    pub start_time: f64,
    /// Until when, which is not of it.
    pub end_time: f64,
    /// Of only these. Its account is that of an operator's question.
    pub of: Option<StatisticsKey>,
    /// How long the steps are, in seconds, in which figures are wanted over time: a multiple of
    /// 300. Where the time begins more than two days ago, what is no multiple of an hour is rounded
    /// up to one.
    pub period: Option<u32>,
    /// Of all tenants: an operator's.
    #[serde(default)]
    pub all_tenants: bool,
}

impl Request for GetStatistics {
    fn check(&self) -> Result<(), Error> {
        if self.end_time <= self.start_time {
            return Err(Error::validation("endTime must be after startTime."));
        }
        let Some(period) = self.period else { return Ok(()) };
        if !i64::from(period).is_positive() || i64::from(period) % engine::STEP != 0 {
            return Err(Error::validation(format!(
                "period must be a multiple of {} seconds, which is how long the steps are that \
                 figures are kept in.",
                engine::STEP
            )));
        }
        if (self.end_time - self.start_time) / f64::from(period) > MAX_STEPS {
            return Err(Error::validation(format!(
                "The time has more than {MAX_STEPS} steps of {period} seconds: ask for a shorter \
                 time, or for longer steps."
            )));
        }
        Ok(())
    }
}

/// What rows of figures are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StatisticsBy {
    Tenant,
    StateMachine,
    State,
    Plugin,
    Task,
}

impl From<StatisticsBy> for By {
    fn from(by: StatisticsBy) -> Self {
        match by {
            StatisticsBy::Tenant => Self::Tenant,
            StatisticsBy::StateMachine => Self::Machine,
            StatisticsBy::State => Self::State,
            StatisticsBy::Plugin => Self::Plugin,
            StatisticsBy::Task => Self::Task,
        }
    }
}

/// What figures are of. What is left out is not told apart; figures of too many to be told apart
/// have neither state machine nor state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsKey {
    /// The tenant, where all were asked for.
    pub account: Option<String>,
    /// The state machine.
    pub state_machine_arn: Option<Arn<Qualified>>,
    /// Its state.
    pub state: Option<String>,
    /// The plugin that ran it; where there was none, the function, container or service that the
    /// `Resource` names.
    pub plugin: Option<String>,
    /// `payments/charge`.
    pub task: Option<String>,
}

/// What GetStatistics answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// All rows together, those too that are too many for an answer.
    pub total: StatisticsTotal,
    /// Those with the most fuel first, and of those with as much, the most calls.
    pub rows: Vec<StatisticsRow>,
}

/// Figures of all rows together: durations are those of all calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatisticsTotal {
    /// Of the whole time.
    pub figures: Figures,
    /// Over time, where that was asked for.
    pub series: Option<Vec<Period>>,
}

/// Figures of something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatisticsRow {
    /// Of what.
    pub key: StatisticsKey,
    /// Of the whole time.
    pub figures: Figures,
    /// Over time, where that was asked for.
    pub series: Option<Vec<Period>>,
}

/// Figures of a step of time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// When it began.
    pub time: Time,
    /// What was done.
    pub figures: Figures,
}

/// What was done and used. Durations are in milliseconds and a hundredth off at most; memory is in
/// bytes; fuel is about one unit for each Wasm instruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the engine's figures say it")]
pub struct Figures {
    pub calls: u64,
    pub errors: u64,
    pub cancelled: u64,
    pub retries: u64,
    pub duration_p50: Option<f64>,
    pub duration_p99: Option<f64>,
    pub duration_max: Option<f64>,
    pub fuel: u64,
    pub fuel_max: u64,
    pub peak_memory_max: u64,
    pub host_calls: u64,
    /// The most frequent first.
    pub error_names: Vec<ErrorCount>,
    /// Of state machines and tenants only.
    pub executions: Option<ExecutionFigures>,
}

/// How often an error occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorCount {
    /// Its name; `other` for those beyond as many as are told apart.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// Executions that were started and that ended so.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct ExecutionFigures {
    pub started: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    pub duration_p50: Option<f64>,
    pub duration_p99: Option<f64>,
}

impl From<&engine::Figures> for Figures {
    fn from(figures: &engine::Figures) -> Self {
        let mut names: Vec<_> = figures.error_names.iter().collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let count = |(name, count): (&String, &u64)| ErrorCount {
            name: if name == OTHER { "other".to_owned() } else { name.clone() },
            count: *count,
        };
        Self {
            calls: figures.calls,
            errors: figures.errors,
            cancelled: figures.cancelled,
            retries: figures.retries,
            duration_p50: figures.durations.quantile(0.5),
            duration_p99: figures.durations.quantile(0.99),
            duration_max: figures.durations.max(),
            fuel: figures.fuel,
            fuel_max: figures.fuel_max,
            peak_memory_max: figures.peak_memory_max,
            host_calls: figures.host_calls,
            error_names: names.into_iter().map(count).collect(),
            executions: figures.executions.as_ref().map(|executions| ExecutionFigures {
                started: executions.started,
                succeeded: executions.succeeded,
                failed: executions.failed,
                timed_out: executions.timed_out,
                aborted: executions.aborted,
                duration_p50: executions.durations.quantile(0.5),
                duration_p99: executions.durations.quantile(0.99),
            }),
        }
    }
}

/// The accounts whose figures a caller may see.
///
/// # Errors
/// AccessDeniedException where it asks for all tenants' and is no operator.
pub(super) async fn accounts(
    host: &Host,
    caller: &Caller,
    action: OwnAction,
    all_tenants: bool,
) -> Result<Vec<String>, Error> {
    if !all_tenants {
        return Ok(vec![caller.account.clone()]);
    }
    if !host.is_operator(caller) {
        return Err(Error::new(
            Code::AccessDeniedException,
            format!(
                "The account {} may not ask {} about all tenants: it is none of the operators in \
                 the host's configuration.",
                caller.account,
                action.as_str()
            ),
        ));
    }
    Ok(host.statistics().tenants().await?)
}

pub(super) async fn get_statistics(
    host: &Host,
    caller: &Caller,
    request: GetStatistics,
) -> Result<Statistics, Error> {
    let action = OwnAction::GetStatistics;
    let mut accounts = accounts(host, caller, action, request.all_tenants).await?;
    let of = request.of.unwrap_or_default();
    if let Some(account) = &of.account {
        // Of its own alone, unless it may see others'.
        accounts.retain(|known| known == account);
    }
    let machine = match &of.state_machine_arn {
        None => None,
        Some(arn) if request.all_tenants => {
            accounts.retain(|known| *known == arn.account);
            Some(arn.resource.machine().name.clone())
        }
        Some(arn) => {
            // It may have been deleted: its figures are still there.
            own_machine(caller, action, arn)?;
            Some(arn.resource.machine().name.clone())
        }
    };
    let (from, until) = (time(request.start_time), time(request.end_time));
    let (from, until) =
        (from.as_second(), until.as_second() + i64::from(until.subsec_nanosecond() > 0));
    // Of what is longer ago there are hours alone: in shorter steps each would be a spike.
    let whole_hours = from < host.now().as_second() - FINE;
    let period = request.period.map(i64::from).map(|period| {
        if whole_hours { (period + HOUR - 1).div_euclid(HOUR) * HOUR } else { period }
    });
    let query = Query {
        by: request.by.into(),
        of: engine::Key {
            account: None,
            machine,
            state: of.state,
            plugin: of.plugin,
            task: of.task,
        },
        period,
    };
    let _turn = host.statistics().turn().await;
    let mut rows = Rows::new(query, MAX_CELLS);
    for account in accounts {
        rows = host.statistics().read(&account, from, until, rows.of(&account)).await?;
        if rows.is_full() {
            break;
        }
    }
    let summarizing = tokio::task::spawn_blocking(move || summarize(rows, period.is_some()));
    let rows = summarizing.await.map_err(|_| stepwell_journal::Error::Stopped)?;
    let (total, rows) = rows.map_err(|TooMany(most)| {
        Error::validation(format!(
            "The figures that are asked for have more than {most} rows and steps of rows: ask for \
             a shorter time, for longer steps, or for those of one state machine or plugin."
        ))
    })?;
    let mut keys = Keys::new(host, caller, request.all_tenants);
    let mut answer = Vec::with_capacity(rows.len());
    for (key, figures, series) in rows {
        answer.push(StatisticsRow { key: keys.of(key).await?, figures, series });
    }
    let (_, figures, series) = total;
    Ok(Statistics { total: StatisticsTotal { figures, series }, rows: answer })
}

type Summary = (engine::Key, Figures, Option<Vec<Period>>);

/// As answers have them: all together, and those with the most.
fn summarize(rows: Rows, has_series: bool) -> Result<(Summary, Vec<Summary>), TooMany> {
    let mut rows = rows.finish()?;
    let total = engine::Row::total(&rows);
    rows.sort_by_key(|row| std::cmp::Reverse((row.figures.fuel, row.figures.calls)));
    rows.truncate(MAX_ROWS);
    let at = |at: i64| jiff::Timestamp::from_second(at).unwrap_or(jiff::Timestamp::MAX);
    let period = |(time, figures): &(i64, engine::Figures)| Period {
        time: at(*time).into(),
        figures: figures.into(),
    };
    let summary = |row: engine::Row| {
        let series = has_series.then(|| row.series.iter().map(period).collect());
        (row.key, (&row.figures).into(), series)
    };
    Ok((summary(total), rows.into_iter().map(summary).collect()))
}

/// What rows are of, as answers name it.
pub(super) struct Keys<'a> {
    places: Places<'a>,
    all_tenants: bool,
}

impl<'a> Keys<'a> {
    pub(super) fn new(host: &'a Host, caller: &'a Caller, all_tenants: bool) -> Self {
        Self { places: Places::new(host, caller), all_tenants }
    }

    pub(super) async fn of(&mut self, key: engine::Key) -> Result<StatisticsKey, Error> {
        let engine::Key { account, machine, state, plugin, task } = key;
        let state_machine_arn = match (&account, machine) {
            (Some(account), Some(name)) => {
                let place = self.places.of_account(account, &name).await?;
                let machine = StateMachine { name, label: None };
                Some(beside(place, Qualified::StateMachine(machine)))
            }
            _ => None,
        };
        let account = account.filter(|_| self.all_tenants);
        Ok(StatisticsKey { account, state_machine_arn, state, plugin, task })
    }
}
