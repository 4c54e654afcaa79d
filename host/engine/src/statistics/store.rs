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

/// How many documents are read at once.
const PAGE: usize = 1_000;

/// A plugin and its task, as a resource names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Called {
    /// The plugin: that of the resource, the function, or the service.
    pub plugin: String,
    /// `PLUGIN/TASK`. A function or a container is called by its name alone.
    pub task: String,
}

impl Called {
    /// What an attempt called; none where that was an activity's worker, an execution, or is not
    /// known.
    pub(super) fn by(attempt: &EndedAttempt) -> Option<Self> {
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

/// What a state machine did in a step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineFigures {
    /// Its executions.
    pub executions: Executions,
    /// What its states called.
    #[serde(with = "rows")]
    pub states: BTreeMap<(String, Option<Called>), Figures>,
}

impl MachineFigures {
    /// The figures of a state, or those of all others where there are too many.
    fn row(&mut self, key: (String, Option<Called>)) -> &mut Figures {
        let known = self.states.contains_key(&key) || self.states.len() < ROWS;
        self.states.entry(if known { key } else { (OTHER.to_owned(), None) }).or_default()
    }

    pub(super) fn add(&mut self, attempt: &EndedAttempt) {
        let key = (attempt.state.to_string(), Called::by(attempt));
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
    use super::{BTreeMap, Called, Deserialize, Figures, Serialize};
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
        rows: &BTreeMap<(String, Option<Called>), Figures>,
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
    ) -> Result<BTreeMap<(String, Option<Called>), Figures>, D::Error> {
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

pub(super) fn decode(document: catalog::Document) -> Result<Body, Error> {
    serde_json::from_value(document.body).map_err(|error| Error::Corrupt {
        what: "document",
        place: document.key.to_string(),
        cause: error.to_string(),
    })
}

/// The documents of an account whose steps began in a time, in the order of their times.
pub(super) async fn documents(
    catalog: &dyn Catalog,
    tenant: &str,
    length: i64,
    from: i64,
    until: i64,
) -> Result<Vec<catalog::Document>, Error> {
    let mut documents = Vec::new();
    // Behind all names of the second before.
    let mut after = Some(name(length, from.max(1) - 1, "\u{10ffff}"));
    while let Some(last) = after {
        let page =
            catalog.scan(tenant, Kind::Statistics, prefix(length), Some(&last), PAGE).await?;
        after = page.next;
        for document in page.items {
            match read_name(length, &document.key.name) {
                Some((at, _)) if at >= until => return Ok(documents),
                _ => documents.push(document),
            }
        }
    }
    Ok(documents)
}

/// What an account did in a time: all steps that have a part in it.
pub(super) async fn read(
    catalog: &dyn Catalog,
    tenant: &str,
    from: i64,
    until: i64,
) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    for length in [HOUR, STEP] {
        let first = from.div_euclid(length) * length;
        for document in documents(catalog, tenant, length, first, until).await? {
            let Some((at, machine)) = read_name(length, &document.key.name) else { continue };
            let machine = machine.to_owned();
            steps.push(Step { at, machine, figures: decode(document)?.figures });
        }
    }
    Ok(steps)
}
