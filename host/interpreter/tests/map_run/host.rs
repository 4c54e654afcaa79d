//! A host that does nothing by itself: the test says what happens.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stepwell_asl::{Json, StateMachine};
use stepwell_interpreter::{
    Effect, Execution, Failure, Identity, Outcome, Timestamp,
    map_run::{
        self, EndedChild, MapRun, Occurrence, Order, ReadItem, Record, RedriveChild, StartChild,
        StartMapRun, Step,
    },
    token::Key,
};

pub(crate) struct Host {
    pub(crate) machine: StateMachine,
    pub(crate) map_run: MapRun,
    start: StartMapRun,
    /// Children that were started and neither ended nor stopped.
    pub(crate) children: BTreeMap<u64, StartChild>,
    /// The inputs of all that were ever started.
    known: BTreeMap<u64, StartChild>,
    /// Those of them that were redriven, and how often.
    pub(crate) redriven: Vec<(u64, u64)>,
    pub(crate) stopped: Vec<u64>,
    /// How many items were asked for, each time, and the first of the last.
    pub(crate) asked: Vec<usize>,
    pub(crate) from: u64,
    /// How many children were started with the last step that started any.
    pub(crate) at_once: usize,
    pub(crate) written: Vec<Record>,
    pub(crate) finishes: bool,
    pub(crate) end: Option<Result<Json, Failure>>,
}

pub(crate) fn key() -> Key {
    Key::new([7; 32])
}

pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// A distributed Map with these fields.
pub(crate) fn map(fields: Value) -> Value {
    let mut state = json!({
        "Type": "Map",
        "Label": "L",
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "P",
            "States": { "P": { "Type": "Pass", "End": true } },
        },
        "End": true,
    });
    for (key, value) in fields.as_object().unwrap() {
        state[key] = value.clone();
    }
    state
}

/// Fields of a Map that reads its items.
pub(crate) fn reader() -> Value {
    json!({
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": { "InputType": "JSON" },
        "Parameters": { "Bucket": "b", "Key": "k" },
    })
}

/// What an execution of a machine with this one state starts.
pub(crate) fn start(state: Value, input: &str) -> (StateMachine, StartMapRun) {
    let definition = json!({ "StartAt": "S", "States": { "S": state } });
    let machine = StateMachine::parse(&definition.to_string()).unwrap().machine;
    let identity = Identity {
        execution_arn: "arn:aws:states:eu-west-1:1:execution:machine:run".into(),
        execution_name: "run".into(),
        state_machine_arn: "arn:aws:states:eu-west-1:1:stateMachine:machine".into(),
        state_machine_name: "machine".into(),
        role_arn: "arn:aws:iam::1:role/role".into(),
    };
    let (_, step) =
        Execution::start(&machine, identity, &key(), Json::parse(input).unwrap(), now());
    let start = step.effects.into_iter().find_map(|effect| match effect {
        Effect::StartMapRun(start) => Some(*start),
        _ => None,
    });
    (machine, start.unwrap())
}

impl Host {
    /// Starts the Map Run of a distributed Map with these fields.
    pub(crate) fn start(fields: Value, input: &str) -> Self {
        let (machine, start) = start(map(fields), input);
        let (map_run, step) = MapRun::start(&machine, start.clone(), now());
        let mut host = Self {
            machine,
            map_run,
            start,
            children: BTreeMap::new(),
            known: BTreeMap::new(),
            redriven: Vec::new(),
            stopped: Vec::new(),
            asked: Vec::new(),
            from: 0,
            at_once: 0,
            written: Vec::new(),
            finishes: false,
            end: None,
        };
        host.take(step);
        host
    }

    /// Tells the Map Run what happened: a copy of it, as after a restart of the host.
    pub(crate) fn on(&mut self, occurrence: Occurrence) {
        let stored = serde_json::to_string(&self.map_run).unwrap();
        let mut copy: MapRun = serde_json::from_str(&stored).unwrap();
        let step = copy.on(&self.machine, now(), occurrence.clone());
        let same = self.map_run.on(&self.machine, now(), occurrence);
        assert_eq!(step, same, "a copy goes on as the original does");
        self.map_run = copy;
        self.take(step);
    }

    /// Redrives it, as its execution asks for.
    pub(crate) fn redrive(&mut self) {
        assert!(self.end.take().is_some_and(|end| end.is_err()));
        self.start.order.redrive_count += 1;
        self.finishes = false;
        self.written.clear();
        let step = self.map_run.redrive(&self.machine, self.start.clone(), now());
        self.take(step);
        let again = self.map_run.redrive(&self.machine, self.start.clone(), now());
        assert_eq!(again, Step::default(), "once");
    }

    /// Stops it.
    pub(crate) fn stop(&mut self) {
        let step = self.map_run.stop();
        self.take(step);
        self.end = Some(Err(Failure::default()));
    }

    /// The host is lost, and another goes on with what was stored.
    pub(crate) fn restart(&mut self) {
        let stored = serde_json::to_string(&self.map_run.checkpoint()).unwrap();
        self.map_run = serde_json::from_str(&stored).unwrap();
        if self.end.is_none() {
            self.finishes = false;
            self.written.retain(|record| record.status != map_run::Status::Pending);
        }
        let step = self.map_run.resume(&self.machine, now());
        self.take(step);
    }

    fn take(&mut self, step: Step) {
        let mut reported = Vec::new();
        let mut at_once = 0;
        for effect in step.effects {
            match effect {
                map_run::Effect::ReadItems { from, count } => {
                    self.asked.push(count);
                    self.from = from;
                }
                map_run::Effect::StartChild(child) => {
                    at_once += 1;
                    self.known.insert(child.child, (*child).clone());
                    self.children.insert(child.child, *child);
                }
                map_run::Effect::RedriveChild(redrive) => {
                    at_once += 1;
                    let RedriveChild { child, redrive_count, .. } = *redrive;
                    self.redriven.push((child, redrive_count));
                    self.children.insert(child, self.known[&child].clone());
                }
                map_run::Effect::StartMore => reported.push(Occurrence::StartMore),
                map_run::Effect::StopChild(child) => {
                    assert!(self.children.remove(&child).is_some());
                    self.stopped.push(child);
                    let outcome = Outcome::Aborted(Failure::default());
                    reported.push(self.end_of(child, outcome));
                }
                map_run::Effect::WriteResult(record) => self.written.push(*record),
                map_run::Effect::FinishResults => self.finishes = true,
            }
        }
        if at_once > 0 {
            self.at_once = at_once;
        }
        assert!(step.end.is_none() || self.end.is_none(), "a Map Run ends once");
        self.end = step.end.or(self.end.take());
        for occurrence in reported {
            self.on(occurrence);
        }
        if self.end.is_some() {
            assert!(self.children.is_empty(), "nothing outlives it");
        }
    }

    /// The end of a child that was started.
    pub(crate) fn end_of(&self, child: u64, outcome: Outcome) -> Occurrence {
        let input = self.known.get(&child).map_or(Json::empty(), |child| child.input.clone());
        Occurrence::ChildEnded(Box::new(EndedChild { child, input, started_at: now(), outcome }))
    }

    pub(crate) fn order(&self) -> &Order {
        self.map_run.order()
    }

    /// The inputs of the children that run.
    pub(crate) fn inputs(&self) -> Vec<&str> {
        self.children.values().map(|child| child.input.text()).collect()
    }

    pub(crate) fn ended(&mut self, child: u64, outcome: Outcome) {
        self.children.remove(&child);
        self.on(self.end_of(child, outcome));
    }

    pub(crate) fn succeed(&mut self, child: u64, output: &str) {
        let output = Json::parse(output).unwrap();
        self.ended(child, Outcome::Succeeded { output });
    }

    pub(crate) fn fail(&mut self, child: u64) {
        self.ended(child, Outcome::Failed(Failure::new("E", "why")));
    }

    /// Reports items that were read.
    pub(crate) fn read(&mut self, items: impl IntoIterator<Item = Value>, last: bool) {
        let items = items.into_iter().map(|value| ReadItem {
            value: value.into(),
            key: None,
            source: "S3://b/k".into(),
        });
        let from = self.from;
        self.on(Occurrence::ItemsRead { from, items: items.collect(), last });
    }

    /// The state's result.
    pub(crate) fn output(&self) -> &str {
        match &self.end {
            Some(Ok(output)) => output.text(),
            other => panic!("{other:?}"),
        }
    }

    /// Error and cause of a Map Run that has failed.
    pub(crate) fn failure(&self) -> (&str, &str) {
        match &self.end {
            Some(Err(failure)) => (
                failure.error.as_deref().unwrap_or("(none)"),
                failure.cause.as_deref().unwrap_or("(none)"),
            ),
            other => panic!("{other:?}"),
        }
    }
}
