//! What a Map Run is started with.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stepwell_asl::{
    Json,
    definition::{Name, Type},
};

use crate::{
    Execution, Identity,
    map_run::is_zero,
    strand::{Item, StrandId},
};

/// A Map Run, unique in its execution: the id of the event that says it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MapRunId(pub u64);

/// The type of a Map Run's child executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ChildType {
    Standard,
    Express,
}

impl From<Type> for ChildType {
    fn from(type_: Type) -> Self {
        match type_ {
            Type::Standard => Self::Standard,
            Type::Express => Self::Express,
        }
    }
}

/// Where a Map Run's items come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Items {
    /// The data of the state: an array, or an object whose members are the items.
    State(Json),
    /// A store, as `ItemReader` says.
    Reader {
        /// `Parameters` or `Arguments`, evaluated.
        arguments: Json,
        /// How many at most; none for all.
        max_items: Option<u64>,
    },
}

/// `ItemBatcher`, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// `MaxItemsPerBatch`.
    pub max_items: Option<u64>,
    /// `MaxInputBytesPerBatch`.
    pub max_bytes: Option<u64>,
    /// `BatchInput`.
    pub input: Option<Json>,
}

/// A Map Run that is to be started.
#[derive(Debug, Clone)]
pub struct StartMapRun {
    /// What it is to do.
    pub order: Order,
    /// The execution, as far as the state's expressions see it.
    pub(crate) scope: Execution,
}

impl StartMapRun {
    /// The execution whose Map Run it is.
    pub fn parent(&self) -> &Identity {
        &self.scope.identity
    }
}

impl PartialEq for StartMapRun {
    fn eq(&self, other: &Self) -> bool {
        // The scope follows from the execution, and the ARN says which that is.
        self.order == other.order
    }
}

/// What a Map Run is to do: the fields of its state, evaluated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Which.
    pub map_run: MapRunId,
    /// Its ARN.
    pub map_run_arn: String,
    /// The Map state.
    pub state: Name,
    /// The type of its child executions.
    pub child_type: ChildType,
    /// Where the items come from.
    pub items: Items,
    /// `MaxConcurrency`; 0 where the host decides.
    pub max_concurrency: u64,
    /// `ToleratedFailureCount`.
    pub tolerated_failure_count: Option<u64>,
    /// `ToleratedFailurePercentage`.
    pub tolerated_failure_percentage: Option<f64>,
    /// `ItemBatcher`.
    pub batch: Option<Batch>,
    /// `Parameters` or `Arguments` of `ResultWriter`, evaluated; none where the results are the
    /// state's.
    pub destination: Option<Json>,
    /// The state's strand in its execution.
    pub(crate) strand: StrandId,
    /// How often the execution has had its Map Run redriven. A host that has a record of the Map
    /// Run tells by it whether to [redrive](super::MapRun::redrive) that, or to
    /// [go on](super::MapRun::resume) with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redrive_count: u64,
}

impl Order {
    /// Who a child of this name is.
    pub(super) fn identify(&self, name: &str, role_arn: &str) -> Identity {
        // arn:PARTITION:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:UUID
        let mut parts = self.map_run_arn.splitn(7, ':');
        let prefix: Vec<_> = parts.by_ref().take(5).collect();
        let prefix = prefix.join(":");
        let machine =
            parts.nth(1).and_then(|rest| rest.rsplit_once(':')).map_or("", |(machine, _)| machine);
        let execution_arn = match self.child_type {
            ChildType::Standard => format!("{prefix}:execution:{machine}:{name}"),
            ChildType::Express => format!("{prefix}:express:{machine}:{name}:{name}"),
        };
        Identity {
            execution_arn,
            execution_name: name.to_owned(),
            state_machine_arn: format!("{prefix}:stateMachine:{machine}"),
            state_machine_name: machine.to_owned(),
            role_arn: role_arn.to_owned(),
        }
    }
}

/// How many items there are.
pub(crate) fn length(items: &Json) -> u64 {
    match items.value() {
        Value::Array(items) => items.len() as u64,
        Value::Object(members) => members.len() as u64,
        _ => 0,
    }
}

/// So many items from an index on.
pub(crate) fn items(data: &Json, from: u64, count: usize) -> Vec<Item> {
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    let item = |index, value: &Value, key: Option<&String>| Item {
        index,
        value: value.clone().into(),
        key: key.cloned(),
        source: None,
    };
    let indices = from..;
    match data.value() {
        Value::Array(items) => {
            let items = items.iter().skip(skip).take(count);
            indices.zip(items).map(|(index, value)| item(index, value, None)).collect()
        }
        Value::Object(members) => {
            let members = members.iter().skip(skip).take(count);
            indices
                .zip(members)
                .map(|(index, (key, value))| item(index, value, Some(key)))
                .collect()
        }
        _ => Vec::new(),
    }
}
