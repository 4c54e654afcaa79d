//! Whatever the Map, its items and what its host reports: a Map Run ends once, what it counts adds
//! up, and each item is in one child.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use stepwell_asl::Json;
use stepwell_interpreter::{
    Failure, Outcome,
    map_run::{Counts, Occurrence, ReadItem, Status},
};

use crate::host::{Host, reader};

/// What happens next, as far as it can.
#[derive(Debug, Clone)]
enum What {
    /// So many more items are read.
    Read(usize),
    ReadFails,
    Ends(prop::sample::Index, Ending),
    /// A child ends that is not known, or not any more.
    UnknownEnds,
    /// The host is lost.
    Restarts,
    Written,
    WriteFails,
    Updated(Option<u64>, Option<u64>, Option<f64>),
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

fn what() -> impl Strategy<Value = What> {
    use Ending::{Aborted, Failed, Succeeded, TimedOut};
    let ending =
        prop::sample::select(&[Succeeded, Succeeded, Succeeded, Failed, TimedOut, Aborted]);
    prop_oneof![
        6 => (0..5usize).prop_map(What::Read),
        1 => Just(What::ReadFails),
        12 => (any::<prop::sample::Index>(), ending).prop_map(|(which, how)| What::Ends(which, how)),
        1 => Just(What::UnknownEnds),
        2 => Just(What::Restarts),
        1 => Just(What::Written),
        1 => Just(What::WriteFails),
        1 => (prop::option::of(0..4u64), prop::option::of(0..9u64), prop::option::of(0.0..100.0))
            .prop_map(|(concurrency, count, share)| What::Updated(concurrency, count, share)),
    ]
}

#[derive(Debug, Clone)]
struct Fields {
    reads: bool,
    writes: bool,
    selects: bool,
    batch: Option<Value>,
    concurrency: u64,
    count: Option<u64>,
    percentage: Option<f64>,
}

fn fields() -> impl Strategy<Value = Fields> {
    let batch = prop_oneof![
        Just(json!({ "MaxItemsPerBatch": 1 })),
        Just(json!({ "MaxItemsPerBatch": 3, "BatchInput": { "x": 1 } })),
        Just(json!({ "MaxInputBytesPerBatch": 40 })),
        Just(json!({ "MaxItemsPerBatch": 2, "MaxInputBytesPerBatch": 14 })),
    ];
    (
        any::<[bool; 3]>(),
        prop::option::of(batch),
        0..4u64,
        prop::option::of(0..6u64),
        prop::option::of(0.0..100.0),
    )
        .prop_map(|([reads, writes, selects], batch, concurrency, count, percentage)| Fields {
            reads,
            writes,
            selects,
            batch,
            concurrency,
            count,
            percentage,
        })
}

impl Fields {
    fn state(&self) -> Value {
        let mut state = json!({ "ItemsPath": "$.items", "MaxConcurrency": self.concurrency });
        if self.reads {
            state = json!({ "ItemReader": reader(), "MaxConcurrency": self.concurrency });
        }
        if self.writes {
            state["ResultWriter"] = json!({
                "Resource": "arn:aws:states:::s3:putObject", "Parameters": { "Bucket": "out" },
            });
        }
        if self.selects {
            state["ItemSelector"] = json!({ "n.$": "$$.Map.Item.Value.n" });
        }
        for (name, value) in [
            ("ItemBatcher", self.batch.clone()),
            ("ToleratedFailureCount", self.count.map(Value::from)),
            ("ToleratedFailurePercentage", self.percentage.map(Value::from)),
        ] {
            if let Some(value) = value {
                state[name] = value;
            }
        }
        state
    }
}

/// The items, of which some lack what `ItemSelector` looks for.
fn items() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop::bool::weighted(0.98), 0..24).prop_map(|whole| {
        let item =
            |(number, whole)| if whole { json!({ "n": number }) } else { json!({ "m": number }) };
        (0..).zip(whole).map(|(number, whole): (u64, bool)| item((number, whole))).collect()
    })
}

/// A host with what it has seen so far.
struct Watched {
    host: Host,
    fields: Fields,
    items: Vec<Value>,
    read: usize,
    /// How many were ever read.
    known: usize,
    /// How often items were asked for and reported.
    answered: usize,
    restarted: bool,
    concurrency: u64,
    /// The numbers of the items in each child that was ever started.
    started: BTreeMap<u64, Vec<u64>>,
}

fn numbers(input: &Json) -> Vec<u64> {
    let input = input.value();
    let items = input.get("Items").and_then(Value::as_array).cloned();
    let items = items.unwrap_or_else(|| vec![input.clone()]);
    let number = |item: &Value| item.get("n").or(item.get("m")).and_then(Value::as_u64).unwrap();
    items.iter().map(number).collect()
}

fn sum(counts: Counts) -> u64 {
    let Counts { pending, running, succeeded, failed, timed_out, aborted, .. } = counts;
    pending + running + succeeded + failed + timed_out + aborted + counts.pending_redrive
}

impl Watched {
    fn new(fields: Fields, items: Vec<Value>) -> Self {
        let input = if fields.reads { json!({}) } else { json!({ "items": items }) };
        let host = Host::start(fields.state(), &input.to_string());
        let concurrency = fields.concurrency;
        let started = BTreeMap::new();
        let mut watched = Self {
            host,
            fields,
            items,
            read: 0,
            known: 0,
            answered: 0,
            restarted: false,
            concurrency,
            started,
        };
        watched.look();
        watched
    }

    fn is_asked(&self) -> bool {
        let runs = self.host.end.is_none() && !self.host.finishes;
        runs && self.host.asked.len() > self.answered
    }

    fn read(&mut self, count: usize) {
        let from = self.read;
        if self.is_asked() {
            self.answered += 1;
            self.read = self.items.len().min(from + count);
            self.known = self.known.max(self.read);
        }
        let items = self.items[from..].iter().take(count).map(|item| ReadItem {
            value: item.clone().into(),
            key: None,
            source: "S3://b/k".into(),
        });
        let items = items.collect::<Vec<_>>();
        let last = from + items.len() == self.items.len();
        self.host.on(Occurrence::ItemsRead { from: from as u64, items, last });
    }

    fn happen(&mut self, what: &What) {
        let failure = |error| Failure::new(error, "why");
        match what {
            What::Read(count) => self.read(*count),
            What::ReadFails => {
                self.host.on(Occurrence::ReadFailed(failure("States.ItemReaderFailed")));
            }
            What::Ends(which, how) => {
                let running: Vec<_> = self.host.children.keys().copied().collect();
                if !running.is_empty() {
                    let outcome = match how {
                        Ending::Succeeded => Outcome::Succeeded { output: Json::empty() },
                        Ending::Failed => Outcome::Failed(failure("E")),
                        Ending::TimedOut => Outcome::TimedOut(failure("States.Timeout")),
                        Ending::Aborted => Outcome::Aborted(Failure::default()),
                    };
                    self.host.ended(*which.get(&running), outcome);
                }
            }
            What::UnknownEnds => {
                let running = &self.host.children;
                let child = (0..).find(|child| !running.contains_key(child)).unwrap_or_default();
                let outcome = Outcome::Succeeded { output: Json::empty() };
                self.host.on(self.host.end_of(child, outcome));
            }
            What::Restarts => {
                // What was asked for is asked for again.
                self.answered = self.host.asked.len();
                self.host.restart();
                self.restarted = true;
                self.read = usize::try_from(self.host.map_run.items_read()).unwrap();
            }
            What::Written => self.host.on(Occurrence::ResultsWritten(Json::empty())),
            What::WriteFails => {
                self.host.on(Occurrence::WriteFailed(failure("States.ResultWriterFailed")));
            }
            What::Updated(concurrency, count, percentage) => {
                self.concurrency = concurrency.unwrap_or(self.concurrency);
                self.host.on(Occurrence::Updated {
                    max_concurrency: *concurrency,
                    tolerated_failure_count: *count,
                    tolerated_failure_percentage: *percentage,
                });
            }
        }
        self.look();
    }

    /// What must hold after each step.
    fn look(&mut self) {
        let before = self.started.len();
        for (number, child) in &self.host.children {
            self.started.entry(*number).or_insert_with(|| numbers(&child.input));
        }
        let running = self.host.children.len();
        if self.concurrency > 0 && self.started.len() > before {
            assert!(running as u64 <= self.concurrency, "no more run than may");
        }
        let (items, executions) =
            (self.host.map_run.item_counts(), self.host.map_run.execution_counts());
        assert_eq!(sum(items), items.total);
        assert_eq!(sum(executions), executions.total);
        assert_eq!(executions.running, running as u64);
        let in_running: usize =
            self.host.children.keys().map(|number| self.started[number].len()).sum();
        assert_eq!(items.running, in_running as u64);
        assert_eq!(executions.total, self.started.len() as u64);
        let known = if self.fields.reads { self.known } else { self.items.len() };
        assert_eq!(items.total, known as u64);
        if !self.fields.reads {
            assert!(self.host.asked.is_empty(), "nobody reads the state's own items");
        }
    }

    /// What ends it for certain.
    fn whatever_is_open(&mut self) {
        if self.is_asked() {
            self.read(7);
        } else if let Some((&child, _)) = self.host.children.first_key_value() {
            self.host.succeed(child, "1");
        } else {
            assert!(self.host.finishes, "it waits for something");
            self.host.on(Occurrence::ResultsWritten(Json::empty()));
        }
        self.look();
    }

    /// Redriven, with children that now succeed, it ends as if none had failed.
    fn redrive(&mut self) {
        let before = self.host.map_run.item_counts();
        let read_before = self.host.asked.len();
        self.host.redrive();
        // What was updated after its end was not.
        self.concurrency = self.host.map_run.limits().max_concurrency;
        self.answered = read_before;
        self.read = usize::try_from(self.host.map_run.items_read()).unwrap();
        self.look();
        for _ in 0..1_000 {
            if self.host.end.is_some() {
                break;
            }
            self.whatever_is_open();
        }
        let counts = self.host.map_run.item_counts();
        assert!(counts.succeeded >= before.succeeded);
        assert_eq!((counts.failed, counts.timed_out, counts.pending_redrive), (0, 0, 0));
        match self.host.end.as_ref().unwrap() {
            Ok(_) => {
                assert_eq!(counts.succeeded, counts.total);
                assert_eq!(counts.total, self.items.len() as u64);
                let mut all: Vec<_> = self.started.values().flatten().copied().collect();
                all.sort_unstable();
                assert_eq!(all, (0..counts.total).collect::<Vec<_>>(), "each item is in one child");
            }
            // What makes no input makes none again.
            Err(failure) => {
                let error = failure.error.as_deref().unwrap();
                assert!(["States.Runtime", "States.DataLimitExceeded"].contains(&error), "{error}");
            }
        }
    }

    /// What must hold at the end.
    fn ended(&self) {
        let written = &self.host.written;
        let pending = written.iter().filter(|record| record.status == Status::Pending);
        let pending: Vec<_> = pending.flat_map(|record| numbers(&record.input)).collect();
        let mut all: Vec<_> = self.started.values().flatten().copied().collect();
        all.extend(&pending);
        let in_order = all.clone();
        all.sort_unstable();
        all.dedup();
        assert_eq!(in_order, all, "each item is in one child, and in order");
        let counts = self.host.map_run.item_counts();
        let writer_failed = match &self.host.end {
            Some(Err(failure)) => failure.error.as_deref() == Some("States.ResultWriterFailed"),
            Some(Ok(_)) => {
                assert_eq!(counts.pending, 0);
                assert_eq!(all.len(), self.items.len());
                false
            }
            None => panic!("it has not ended"),
        };
        if self.fields.writes && !writer_failed {
            // What was read ahead is not known after a restart until it is read again.
            let unknown = counts.pending - pending.len() as u64;
            assert!(unknown == 0 || self.fields.reads && self.restarted);
            assert_eq!(counts.results_written + counts.pending, counts.total);
            assert_eq!(all.len() as u64 + unknown, counts.total);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_map_run_ends_once_and_adds_up(
        fields in fields(),
        items in items(),
        happenings in prop::collection::vec(what(), 0..40),
    ) {
        let mut watched = Watched::new(fields, items);
        for what in &happenings {
            watched.happen(what);
        }
        for _ in 0..1_000 {
            if watched.host.end.is_some() {
                break;
            }
            watched.whatever_is_open();
        }
        watched.ended();
        if watched.host.end.as_ref().is_some_and(Result::is_err) {
            watched.redrive();
        }
        // Nothing happens to it any more.
        for what in &happenings {
            watched.happen(what);
        }
    }
}
