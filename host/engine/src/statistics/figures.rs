//! Figures, and how they come together.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sketches_ddsketch::{Config, DDSketch};
use stepwell_interpreter::{EndedAttempt, Outcome};

use super::{ERRORS, OTHER};

/// How much of an error's name is kept, in bytes: as much as AWS allows.
const ERROR_NAME: usize = 256;

/// Durations in milliseconds. What is asked of them is a hundredth off at most.
#[derive(Clone, Default)]
pub struct Durations(Option<Box<DDSketch>>);

impl Durations {
    fn add(&mut self, milliseconds: u64) {
        let new = || Box::new(DDSketch::new(Config::defaults()));
        self.0.get_or_insert_with(new).add(milliseconds as f64);
    }

    fn merge(&mut self, other: &Self) {
        match (&mut self.0, &other.0) {
            // They have the same configuration.
            (Some(own), Some(other)) => drop(own.merge(other)),
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// What this share of them, from 0 to 1, does not exceed; none where there are none.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let sketch = self.0.as_ref()?;
        let count = sketch.count() as f64;
        // The sketch takes its rank from 0 to the last and rounds down, so that of few the longest
        // would never show. This is the nearest rank, aimed at from its middle.
        let rank = (share * count).ceil().max(1.0) - 1.0;
        sketch.quantile(((rank + 0.5) / (count - 1.0)).min(1.0)).ok().flatten()
    }

    /// The longest; none where there are none.
    pub fn max(&self) -> Option<f64> {
        self.0.as_ref()?.max()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |sketch| sketch.count())
    }
}

impl std::fmt::Debug for Durations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} durations up to {:?} ms", self.count(), self.max())
    }
}

impl Serialize for Durations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.as_ref().map(|it| BASE64_STANDARD_NO_PAD.encode(it.to_java_bytes()));
        text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Durations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(Self::default());
        };
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).map_err(D::Error::custom)?;
        let sketch = DDSketch::from_java_bytes(&bytes)
            .map_err(|error| D::Error::custom(format!("{error:?}")))?;
        Ok(Self(Some(Box::new(sketch))))
    }
}

/// What was done and used.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Figures {
    /// Attempts of tasks that have ended.
    pub calls: u64,
    /// Those of them that failed.
    pub errors: u64,
    /// Those of them that were not the first of their visit of the state.
    pub retries: u64,
    /// How long they took.
    pub durations: Durations,
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
        self.started += other.started;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.timed_out += other.timed_out;
        self.aborted += other.aborted;
        self.durations.merge(&other.durations);
    }
}

impl Figures {
    /// Counts an attempt.
    pub(super) fn add(&mut self, attempt: &EndedAttempt) {
        self.calls += 1;
        self.retries += u64::from(attempt.attempt > 0);
        if let Some(milliseconds) = attempt.took_ms {
            self.durations.add(milliseconds);
        }
        if let Some(error) = &attempt.error {
            self.errors += 1;
            let name = &error[..error.floor_char_boundary(ERROR_NAME)];
            self.count_error(name, 1);
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
        self.calls += other.calls;
        self.errors += other.errors;
        self.retries += other.retries;
        self.durations.merge(&other.durations);
        self.fuel = self.fuel.saturating_add(other.fuel);
        self.fuel_max = self.fuel_max.max(other.fuel_max);
        self.peak_memory_max = self.peak_memory_max.max(other.peak_memory_max);
        self.host_calls = self.host_calls.saturating_add(other.host_calls);
        for (name, count) in &other.error_names {
            self.count_error(name, *count);
        }
        if let Some(executions) = &other.executions {
            self.executions.get_or_insert_default().merge(executions);
        }
    }
}
