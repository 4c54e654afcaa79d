//! What is known of a child execution that is over, or never began.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use stepwell_asl::Json;

/// A child execution of a Map Run.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// `ExecutionArn`.
    pub execution_arn: String,
    /// `StateMachineArn`: that of the Map's item processor.
    pub state_machine_arn: String,
    /// `Name`.
    pub name: String,
    /// `Input`.
    pub input: Json,
    /// `StartDate`, if it began.
    pub start: Option<Timestamp>,
    /// `StopDate`, if it is over.
    pub stop: Option<Timestamp>,
    /// `RedriveCount`.
    pub redrive_count: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a child execution. It decides in which file the record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It succeeded.
    Succeeded {
        /// Its output.
        output: Json,
    },
    /// It did not.
    Failed {
        /// How it ended.
        end: End,
        /// `Error`.
        error: Option<String>,
        /// `Cause`.
        cause: Option<String>,
    },
    /// It had not ended, or not begun, when its Map Run did.
    Pending,
}

/// How a child execution ended that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It failed.
    Failed,
    /// It took too long.
    TimedOut,
    /// It was stopped.
    Aborted,
}

impl Record {
    /// As AWS writes it, with its members in their alphabetical order.
    pub(super) fn to_json(&self) -> Json {
        let included = json!({"Included": true});
        let mut members = Map::new();
        let mut add = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if let Outcome::Failed { cause: Some(cause), .. } = &self.outcome {
            add("Cause", cause.as_str().into());
        }
        if let Outcome::Failed { error: Some(error), .. } = &self.outcome {
            add("Error", error.as_str().into());
        }
        add("ExecutionArn", self.execution_arn.as_str().into());
        add("Input", self.input.text().into());
        add("InputDetails", included.clone());
        add("Name", self.name.as_str().into());
        if let Outcome::Succeeded { output } = &self.outcome {
            add("Output", output.text().into());
            add("OutputDetails", included);
        }
        add("RedriveCount", self.redrive_count.into());
        match &self.outcome {
            Outcome::Succeeded { .. } => {
                add("RedriveStatus", "NOT_REDRIVABLE".into());
                let reason = "Execution is SUCCEEDED and cannot be redriven";
                add("RedriveStatusReason", reason.into());
            }
            // Only with its Map Run, never by itself.
            _ => drop(add("RedriveStatus", "REDRIVABLE_BY_MAP_RUN".into())),
        }
        if let Some(start) = self.start {
            add("StartDate", date(start).into());
        }
        add("StateMachineArn", self.state_machine_arn.as_str().into());
        add("Status", self.outcome.status().into());
        if let Some(stop) = self.stop {
            add("StopDate", date(stop).into());
        }
        Value::Object(members).into()
    }
}

impl Outcome {
    fn status(&self) -> &'static str {
        match self {
            Self::Succeeded { .. } => "SUCCEEDED",
            Self::Failed { end: End::Failed, .. } => "FAILED",
            Self::Failed { end: End::TimedOut, .. } => "TIMED_OUT",
            Self::Failed { end: End::Aborted, .. } => "ABORTED",
            Self::Pending => "PENDING",
        }
    }
}

fn date(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
