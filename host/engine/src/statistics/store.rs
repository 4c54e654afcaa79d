//! Figures as documents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stepwell_asl::resource::Resource;
use stepwell_interpreter::EndedAttempt;
use stepwell_journal::{
    Catalog, Error,
    catalog::{self, Kind},
};

use super::{Executions, Figures, HOUR, OTHER, ROWS, STEP};

/// How many documents are read at once: a large one has a hundred kilobytes.
const PAGE: usize = 100;

/// A plugin, and its task as a resource names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Called {
    /// The plugin that ran it; where that is not known, what the resource names: the function, the
    /// container, or the service.
    pub plugin: String,
    /// `PLUGIN/TASK`. A function or a container is called by its name alone.
    pub task: String,
}

impl Called {
    /// What an attempt called; none where that was an activity's worker, an execution, or is not
    /// known. `plugin` says which plugin ran it, where that is known.
    pub(super) fn by(
        attempt: &EndedAttempt,
        plugin: impl Fn(&EndedAttempt) -> Option<String>,
    ) -> Option<Self> {
        let called = Self::named_by(attempt)?;
        match &attempt.resource {
            Resource::Wasm(_) => Some(called),
            _ => Some(Self { plugin: plugin(attempt).unwrap_or(called.plugin), ..called }),
        }
    }

    fn named_by(attempt: &EndedAttempt) -> Option<Self> {
        let of = |plugin: &str, task: &str| Self {
            plugin: plugin.to_owned(),
            task: format!("{plugin}/{task}"),
        };
        let alone = |name: &str| Self { plugin: name.to_owned(), task: name.to_owned() };
        match &attempt.resource {
            resource if resource.is_built_in() => None,
            Resource::Wasm(wasm) => Some(of(&wasm.plugin, &wasm.task)),
            Resource::Lambda(lambda) => Some(alone(&lambda.function)),
            resource if resource.callee_argument().is_some() => {
                attempt.callee.as_deref().map(|name| alone(name_of(name)))
            }
            Resource::Integration(it) => Some(of(&it.service, &it.action)),
            Resource::Activity(_) => None,
        }
    }
}

/// The name in an ARN of a function or a task definition, without what qualifies it.
fn name_of(arn: &str) -> &str {
    let after = arn
        .split_once("function:")
        .or_else(|| arn.split_once("task-definition/"))
        .map_or(arn, |(_, rest)| rest);
    after.split(':').next().unwrap_or(after)
}

/// Figures of states, and of what each called.
pub type States = BTreeMap<(String, Option<Called>), Figures>;

/// What a state machine did in a step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineFigures {
    /// Its executions.
    pub executions: Executions,
    /// What its states called.
    #[serde(with = "rows")]
    pub states: States,
}

impl MachineFigures {
    /// The figures of a state, or those of all others where there are too many.
    fn row(&mut self, key: (String, Option<Called>)) -> &mut Figures {
        let known = self.states.contains_key(&key) || self.states.len() < ROWS;
        self.states.entry(if known { key } else { (OTHER.to_owned(), None) }).or_default()
    }

    pub(super) fn add(&mut self, attempt: &EndedAttempt, called: Option<Called>) {
        let key = (attempt.state.to_string(), called);
        self.row(key).add(attempt);
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.executions.merge(&other.executions);
        for (key, figures) in &other.states {
            self.row(key.clone()).merge(figures);
        }
    }
}

/// The keys are no texts: JSON has them as members.
mod rows {
    use super::{Called, Deserialize, Figures, Serialize, States};
    use serde::{Deserializer, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Row<F> {
        state: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        called: Option<Called>,
        #[serde(flatten)]
        figures: F,
    }

    pub(super) fn serialize<S: Serializer>(
        rows: &States,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(rows.iter().map(|((state, called), figures)| Row {
            state: state.clone(),
            called: called.clone(),
            figures,
        }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<States, D::Error> {
        let rows = Vec::<Row<Figures>>::deserialize(deserializer)?;
        Ok(rows.into_iter().map(|row| ((row.state, row.called), row.figures)).collect())
    }
}

/// A document.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Body {
    /// Which flush has written it.
    pub(super) flush: String,
    #[serde(flatten)]
    pub(super) figures: MachineFigures,
}

/// What a state machine of an account did in a step of time.
#[derive(Debug, Clone)]
pub struct Step {
    /// When it began, in seconds since 1970.
    pub at: i64,
    /// The state machine's name; [`OTHER`] where there were too many.
    pub machine: String,
    /// What it did.
    pub figures: MachineFigures,
}

/// The name of a document. Names of one length are in the order of their times.
pub(super) fn name(length: i64, at: i64, machine: &str) -> String {
    format!("{}{at:012}/{machine}", prefix(length))
}

pub(super) fn prefix(length: i64) -> &'static str {
    if length == HOUR { "hour/" } else { "step/" }
}

/// When a document's step began, and its state machine.
pub(super) fn read_name(length: i64, name: &str) -> Option<(i64, &str)> {
    let (at, machine) = name.strip_prefix(prefix(length))?.split_once('/')?;
    Some((at.parse().ok()?, machine))
}

/// See [`check_document`](crate::resources::check_document).
pub(crate) fn check_document(document: catalog::Document) -> Result<(), Error> {
    // The host's own only say that an account has figures.
    match document.key.tenant.is_empty() {
        true => document.read::<serde_json::Value>().map(drop),
        false => document.read::<Body>().map(drop),
    }
}

/// Pages of the documents of an account whose steps began in a time, in the order of their times.
pub(super) struct Pages<'a> {
    catalog: &'a dyn Catalog,
    tenant: &'a str,
    length: i64,
    until: i64,
    after: Option<String>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(
        catalog: &'a dyn Catalog,
        tenant: &'a str,
        length: i64,
        from: i64,
        until: i64,
    ) -> Self {
        // Behind all names of the second before.
        let after = Some(name(length, from.max(1) - 1, "\u{10ffff}"));
        Self { catalog, tenant, length, until, after }
    }

    /// The next; none where there is no more. What has no name of a step's is not in it.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<catalog::Document>>, Error> {
        let Some(last) = self.after.take() else { return Ok(None) };
        let prefix = prefix(self.length);
        let mut page =
            self.catalog.scan(self.tenant, Kind::Statistics, prefix, Some(&last), PAGE).await?;
        self.after = page.next;
        let mut over = false;
        page.items.retain(|document| {
            let at = read_name(self.length, &document.key.name).map(|(at, _)| at);
            over |= at.is_some_and(|at| at >= self.until);
            at.is_some_and(|at| at < self.until)
        });
        if over {
            self.after = None;
        }
        Ok(Some(page.items))
    }
}

/// What steps are put together to as they are read, of which only some are in memory at once.
pub trait Fold: Send + 'static {
    /// Takes in a step.
    fn add(&mut self, step: Step);

    /// Whether no more is wanted.
    fn is_full(&self) -> bool {
        false
    }
}

/// All of them: of a short time.
impl Fold for Vec<Step> {
    fn add(&mut self, step: Step) {
        self.push(step);
    }
}

/// What an account did in a time: all steps that have a part in it.
pub(super) async fn read<F: Fold>(
    catalog: &dyn Catalog,
    tenant: &str,
    from: i64,
    until: i64,
    mut fold: F,
) -> Result<F, Error> {
    for length in [HOUR, STEP] {
        let first = from.div_euclid(length) * length;
        let mut pages = Pages::new(catalog, tenant, length, first, until);
        while let Some(page) = pages.next().await? {
            let folding = tokio::task::spawn_blocking(move || {
                for document in page {
                    let name = document.key.name.clone();
                    let Some((at, machine)) = read_name(length, &name) else { continue };
                    let Some(body) = document.read_or_warn::<Body>() else { continue };
                    fold.add(Step { at, machine: machine.to_owned(), figures: body.figures });
                }
                fold
            });
            fold = folding.await.map_err(|_| Error::Stopped)?;
            if fold.is_full() {
                return Ok(fold);
            }
        }
    }
    Ok(fold)
}
