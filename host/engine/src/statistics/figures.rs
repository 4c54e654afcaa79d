//! Figures, and how they come together.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sketches_ddsketch::DDSketch;
use stepwell_interpreter::{AttemptEnd, EndedAttempt, Outcome};

use super::{ERRORS, OTHER};

/// How much of an error's name is kept, in bytes: as much as AWS allows.
const ERROR_NAME: usize = 256;

/// Durations in milliseconds. What is asked of them is a hundredth off at most.
///
/// They stay as they were read until they are put together with others: most are only passed by, and
/// a sketch is some times as large as its text.
#[derive(Clone, Default)]
pub struct Durations {
    text: Option<Box<str>>,
    /// What the text said, and more. There is no text where there is one.
    sketch: Option<Box<DDSketch>>,
}

/// None where the text is damaged: it tells of no durations.
fn decode(text: &str) -> Option<DDSketch> {
    DDSketch::from_java_bytes(&BASE64_STANDARD_NO_PAD.decode(text).ok()?).ok()
}

impl Durations {
    fn own(&mut self) -> &mut DDSketch {
        let text = self.text.take();
        let read = || Box::new(text.as_deref().and_then(decode).unwrap_or_default());
        self.sketch.get_or_insert_with(read)
    }

    fn sketch(&self) -> Option<Cow<'_, DDSketch>> {
        match &self.sketch {
            Some(sketch) => Some(Cow::Borrowed(sketch)),
            None => decode(self.text.as_deref()?).map(Cow::Owned),
        }
    }

    fn add(&mut self, milliseconds: u64) {
        self.own().add(milliseconds as f64);
    }

    fn merge(&mut self, other: &Self) {
        if self.text.is_none() && self.sketch.is_none() {
            self.clone_from(other);
        } else if let Some(other) = other.sketch() {
            // They have the same configuration.
            drop(self.own().merge(&other));
        }
    }

    /// What this share of them, from 0 to 1, does not exceed; none where there are none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let sketch = self.sketch()?;
        let count = sketch.count() as f64;
        // The sketch takes its rank from 0 to the last and rounds down, so that of few the longest
        // would never show. This is the nearest rank, aimed at from its middle.
        let rank = (share * count).ceil().max(1.0) - 1.0;
        sketch.quantile(((rank + 0.5) / (count - 1.0)).min(1.0)).ok().flatten()
    }

    /// The longest; none where there are none.
    pub fn max(&self) -> Option<f64> {
        self.sketch()?.max()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sketch().map_or(0, |sketch| sketch.count())
    }
}

impl std::fmt::Debug for Durations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} durations up to {:?} ms", self.count(), self.max())
    }
}

impl Serialize for Durations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.sketch {
            Some(sketch) => {
                BASE64_STANDARD_NO_PAD.encode(sketch.to_java_bytes()).serialize(serializer)
            }
            None => self.text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Durations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { text: Option::deserialize(deserializer)?, sketch: None })
    }
}

/// What was done and used.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Figures {
    /// Attempts of tasks that are over.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// Those of them that were given up, whose end nobody saw.
    pub cancelled: u64,
    /// Those of them that were not the first of their visit of the state.
    pub retries: u64,
    /// Those of them that were the second of their visit: visits that were tried again at all.
    pub retried: u64,
    /// How long they took.
    pub durations: Durations,
    /// How long the longest took, in milliseconds.
    pub duration_max: u64,
    /// Fuel of all of them: about one unit for each Wasm instruction.
    pub fuel: u64,
    /// The most fuel of one.
    pub fuel_max: u64,
    /// The most memory that one held at once, in bytes.
    pub peak_memory_max: u64,
    /// Calls to the host.
    pub host_calls: u64,
    /// How often each error occurred. One without a name has an empty one.
    pub error_names: BTreeMap<String, u64>,
    /// Executions; none where figures are not of executions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executions: Option<Executions>,
}

/// How executions began and ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Executions {
    pub started: u64,
    pub succeeded: u64,
    pub failed: u64,
    pub timed_out: u64,
    pub aborted: u64,
    /// From the start to the end, of those that ended.
    pub durations: Durations,
}

impl Executions {
    pub(super) fn ended(&mut self, outcome: &Outcome, milliseconds: u64) {
        let count = match outcome {
            Outcome::Succeeded { .. } => &mut self.succeeded,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::TimedOut(_) => &mut self.timed_out,
            Outcome::Aborted(_) => &mut self.aborted,
        };
        *count += 1;
        self.durations.add(milliseconds);
    }

    /// All that ended.
    pub fn ends(&self) -> u64 {
        self.succeeded + self.failed + self.timed_out + self.aborted
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.merge_but_durations(other);
        self.durations.merge(&other.durations);
    }

    /// Adds others, but not how long they took.
    pub fn merge_but_durations(&mut self, other: &Self) {
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.aborted += other.aborted;
    }
}

impl Figures {
    /// Counts an attempt.
    pub(super) fn add(&mut self, attempt: &EndedAttempt) {
        match &attempt.end {
            AttemptEnd::Returned => {}
            AttemptEnd::Failed { error } => {
                self.errors += 1;
                let name = &error[..error.floor_char_boundary(ERROR_NAME)];
                self.count_error(name, 1);
            }
            AttemptEnd::GivenUp { .. } => self.cancelled += 1,
        }
        self.calls += 1;
        self.retries += u64::from(attempt.attempt > 0);
        self.retried += u64::from(attempt.attempt == 1);
        if let Some(milliseconds) = attempt.took_ms {
            self.duration_max = self.duration_max.max(milliseconds);
            self.durations.add(milliseconds);
        }
        if let Some(usage) = &attempt.usage {
            self.fuel = self.fuel.saturating_add(usage.fuel);
            self.fuel_max = self.fuel_max.max(usage.fuel);
            self.peak_memory_max = self.peak_memory_max.max(usage.peak_memory);
            self.host_calls = self.host_calls.saturating_add(usage.host_calls);
        }
    }

    fn count_error(&mut self, name: &str, count: u64) {
        let known = self.error_names.contains_key(name) || self.error_names.len() < ERRORS;
        *self.error_names.entry(if known { name } else { OTHER }.to_owned()).or_default() += count;
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.merge_but_durations(other);
        self.durations.merge(&other.durations);
        if let Some(executions) = &other.executions {
            self.executions.get_or_insert_default().merge(executions);
        }
    }

    /// Adds others, but neither their [`durations`](Self::durations) nor their executions: what takes
    /// little.
    pub fn merge_but_durations(&mut self, other: &Self) {
        self.calls += other.calls;
        self.errors += other.errors;
        self.cancelled += other.cancelled;
        self.retries += other.retries;
        self.retried += other.retried;
        self.duration_max = self.duration_max.max(other.duration_max);
        self.fuel = self.fuel.saturating_add(other.fuel);
        self.fuel_max = self.fuel_max.max(other.fuel_max);
        self.peak_memory_max = self.peak_memory_max.max(other.peak_memory_max);
        self.host_calls = self.host_calls.saturating_add(other.host_calls);
        for (name, count) in &other.error_names {
            self.count_error(name, *count);
        }
    }
}
