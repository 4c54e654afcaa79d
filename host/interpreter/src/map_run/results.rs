//! What the children of a Map Run returned.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stepwell_asl::{
    Json,
    definition::{ResultWriter, Transformation},
};

use crate::{Failure, Identity, MAX_PAYLOAD, Outcome, errors, event::iso8601};

/// How a child of a Map Run ended, or that it was never started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Status {
    /// `PENDING`.
    Pending,
    /// `SUCCEEDED`.
    Succeeded {
        /// What it returned.
        output: Json,
    },
    /// `FAILED`.
    Failed(Failure),
    /// `TIMED_OUT`.
    TimedOut(Failure),
    /// `ABORTED`.
    Aborted(Failure),
}

impl Status {
    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { output } => Self::Succeeded { output },
            Outcome::Failed(failure) => Self::Failed(failure),
            Outcome::TimedOut(failure) => Self::TimedOut(failure),
            Outcome::Aborted(failure) => Self::Aborted(failure),
        }
    }

    /// As AWS writes it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Succeeded { .. } => "SUCCEEDED",
            Self::Failed(_) => "FAILED",
            Self::TimedOut(_) => "TIMED_OUT",
            Self::Aborted(_) => "ABORTED",
        }
    }
}

/// What is known of a child execution once it has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Who it is.
    pub identity: Identity,
    /// Its input.
    pub input: Json,
    /// How it ended.
    pub status: Status,
    /// When it was started; none where it was not.
    pub started_at: Option<Timestamp>,
    /// When it ended; none where it was not started.
    pub stopped_at: Option<Timestamp>,
    /// How often it was redriven.
    #[serde(default)]
    pub redrive_count: u64,
}

impl Record {
    /// As a result file of AWS has it, with its members in their alphabetical order.
    pub fn to_aws(&self) -> Value {
        let included = json!({ "Included": true });
        let mut members = Map::new();
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        let output = match &self.status {
            Status::Succeeded { output } => Some(output),
            Status::Pending => None,
            Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => {
                for (name, text) in [("Cause", &failure.cause), ("Error", &failure.error)] {
                    if let Some(text) = text {
                        add(name, text.as_str().into());
                    }
                }
                None
            }
        };
        add("ExecutionArn", self.identity.execution_arn.as_str().into());
        add("Input", self.input.text().into());
        add("InputDetails", included.clone());
        add("Name", self.identity.execution_name.as_str().into());
        if let Some(output) = output {
            add("Output", output.text().into());
            add("OutputDetails", included);
        }
        add("RedriveCount", self.redrive_count.into());
        if output.is_some() {
            add("RedriveStatus", "NOT_REDRIVABLE".into());
            let reason = "Execution is SUCCEEDED and cannot be redriven";
            add("RedriveStatusReason", reason.into());
        } else {
            // Only with its Map Run, never by itself.
            add("RedriveStatus", "REDRIVABLE_BY_MAP_RUN".into());
        }
        if let Some(at) = self.started_at {
            add("StartDate", iso8601(at).into());
        }
        add("StateMachineArn", self.identity.state_machine_arn.as_str().into());
        add("Status", self.status.as_str().into());
        if let Some(at) = self.stopped_at {
            add("StopDate", iso8601(at).into());
        }
        members.into()
    }

    /// What a result writer with this `Transformation` writes of it. Of what has no output, all
    /// that is known is written.
    pub fn transform(self, transformation: Transformation) -> Vec<Value> {
        match (transformation, self.status) {
            (Transformation::Compact, Status::Succeeded { output }) => vec![output.into_value()],
            (Transformation::Flatten, Status::Succeeded { output }) => match output.into_value() {
                Value::Array(elements) => elements,
                output => vec![output],
            },
            (_, status) => vec![Self { status, ..self }.to_aws()],
        }
    }
}

/// The results that are the state's own, in the order of the children.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Results {
    kept: BTreeMap<u64, Vec<Value>>,
    /// Bytes of what is kept, and of what would be if it were not too much.
    size: usize,
}

impl Results {
    /// Keeps what a child returned, unless there is more already than a state may return.
    ///
    /// Without a `ResultWriter` these are the outputs of those that succeeded.
    pub(super) fn keep(&mut self, child: u64, record: Record, writer: Option<&ResultWriter>) {
        let transformation = writer.map(|writer| writer.transformation);
        let succeeded = matches!(record.status, Status::Succeeded { .. });
        if !succeeded && transformation != Some(Transformation::None) {
            return;
        }
        let results = record.transform(transformation.unwrap_or(Transformation::Compact));
        self.size += size(&results);
        if self.size < MAX_PAYLOAD {
            self.kept.insert(child, results);
        } else {
            self.kept.clear();
        }
    }

    /// Drops what is kept of children that are to run again.
    pub(super) fn forget<'a>(&mut self, children: impl IntoIterator<Item = &'a u64>) {
        for child in children {
            if let Some(results) = self.kept.remove(child) {
                self.size = self.size.saturating_sub(size(&results));
            }
        }
    }

    /// All of them.
    pub(super) fn take(&mut self, state: &str) -> Result<Json, Failure> {
        if self.size >= MAX_PAYLOAD {
            return Err(errors::data_limit_exceeded(state));
        }
        let results = std::mem::take(&mut self.kept).into_values().flatten();
        Ok(Value::Array(results.collect()).into())
    }
}

/// Bytes of results, with a comma or bracket for each.
fn size(results: &[Value]) -> usize {
    results.iter().map(|result| result.to_string().len() + 1).sum()
}
