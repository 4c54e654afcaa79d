//! A Map Run under way: items are read, child executions run, their results are written.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt as _, future::BoxFuture};
use serde_json::json;
use stepwell_asl::{
    Json,
    definition::{Distributed, Kind, Mode},
};
use stepwell_interpreter::{
    Execution, Failure, Identity, Outcome,
    map_run::{
        Effect, Items, MapRun, Occurrence, READ_AHEAD_BYTES, ReadItem, StartChild, StartMapRun,
        Status, Step,
    },
};
use stepwell_storage::{self as storage, read, write};
use tokio::{
    sync::{mpsc, watch},
    task::{AbortHandle, JoinHandle, JoinSet},
    time::Instant,
};

use crate::{ChildFailed, Engine, Machine, MapRunProgress, Update, clock::Busy, run::Run};

/// How often whoever follows is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Of how many child executions that did not succeed whoever follows is told.
const TELL_FAILURES: usize = 5;

/// A Map Run that runs; dropping it stops the Map Run with its children.
#[derive(Debug)]
pub(crate) struct Handle(JoinHandle<()>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a Map Run, and reports its end.
pub(crate) fn start(
    engine: Engine,
    machine: Arc<Machine>,
    start: StartMapRun,
    updates: Option<mpsc::Sender<Update>>,
    ended: impl FnOnce(Result<Json, Failure>, Busy) + Send + 'static,
) -> Handle {
    let busy = engine.clock.busy();
    Handle(tokio::spawn(async move {
        let (map_run, step) = MapRun::start(&machine.definition, start, engine.clock.now());
        let shell = Shell {
            engine,
            machine,
            map_run,
            source: Source::Idle(None),
            writer: None,
            children: JoinSet::new(),
            running: HashMap::new(),
            updates,
            told: Instant::now(),
            untold: false,
            failures: 0,
        };
        let (result, busy) = shell.drive(step, busy).await;
        ended(result, busy);
    }))
}

/// Items that are being read, and then what came of it.
type Reading = BoxFuture<'static, (storage::Items, Occurrence)>;

enum Source {
    /// Nobody reads. There is no reader before the first time.
    Idle(Option<storage::Items>),
    Reading(Reading),
}

struct Shell {
    engine: Engine,
    machine: Arc<Machine>,
    map_run: MapRun,
    source: Source,
    writer: Option<storage::Writer>,
    children: JoinSet<(u64, Outcome, Busy)>,
    running: HashMap<u64, (AbortHandle, Identity)>,
    updates: Option<mpsc::Sender<Update>>,
    told: Instant,
    /// Whether something has changed since.
    untold: bool,
    failures: usize,
}

impl Shell {
    async fn drive(mut self, first: Step, mut busy: Busy) -> (Result<Json, Failure>, Busy) {
        let mut step = match self.open_writer() {
            Ok(()) => first,
            // Nothing of the first step is carried out; what it would have started is given up.
            Err(failure) => self.on(Occurrence::WriteFailed(failure)),
        };
        let mut reported = VecDeque::new();
        loop {
            for effect in step.effects {
                reported.extend(self.carry_out(effect).await);
            }
            self.tell(step.end.is_some()).await;
            if let Some(result) = step.end {
                return (result, busy);
            }
            let occurrence = match reported.pop_front() {
                Some(occurrence) => occurrence,
                None => {
                    let occurrence;
                    (occurrence, busy) = self.wait(busy).await;
                    occurrence
                }
            };
            step = self.on(occurrence);
        }
    }

    fn on(&mut self, occurrence: Occurrence) -> Step {
        self.map_run.on(&self.machine.definition, self.engine.clock.now(), occurrence)
    }

    /// Waits until items were read or a child has ended.
    async fn wait(&mut self, busy: Busy) -> (Occurrence, Busy) {
        // Reading takes its time, which is not skipped. Waiting for children may be.
        let mut busy = match self.source {
            Source::Reading(_) => Some(busy),
            Source::Idle(_) => {
                drop(busy);
                None
            }
        };
        loop {
            let reading = async {
                match &mut self.source {
                    Source::Reading(reading) => reading.await,
                    Source::Idle(_) => std::future::pending().await,
                }
            };
            tokio::select! {
                (items, occurrence) = reading => {
                    self.source = Source::Idle(Some(items));
                    let busy = busy.take().unwrap_or_else(|| self.engine.clock.busy());
                    return (occurrence, busy);
                }
                ended = self.children.join_next(), if !self.children.is_empty() => {
                    // One that was stopped is not waited for.
                    let Some(Ok((child, outcome, busy))) = ended else { continue };
                    if let Some((_, identity)) = self.running.remove(&child) {
                        self.tell_failure(identity, &outcome).await;
                    }
                    return (Occurrence::ChildEnded { child, outcome }, busy);
                }
                () = tokio::time::sleep_until(self.told + TELL_EVERY), if self.untold => {
                    self.tell(false).await;
                }
            }
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Occurrence> {
        match effect {
            Effect::ReadItems(count) => {
                self.read(count);
                None
            }
            Effect::StartChild(child) => self.start_child(*child),
            // What is only in memory is never redriven.
            Effect::RedriveChild(_) => None,
            Effect::StopChild(child) => {
                if let Some((handle, _)) = self.running.remove(&child) {
                    handle.abort();
                }
                None
            }
            Effect::WriteResult(record) => {
                let kind = match record.status {
                    Status::Succeeded { .. } => write::Kind::Succeeded,
                    Status::Failed(_) | Status::TimedOut(_) | Status::Aborted(_) => {
                        write::Kind::Failed
                    }
                    Status::Pending => write::Kind::Pending,
                };
                let writer = self.distributed()?.result_writer.as_ref()?;
                let results = record.transform(writer.transformation);
                let mut writer = self.writer.take()?;
                if let Err(error) = writer.write(kind, &results).await {
                    writer.abort().await;
                    return Some(Occurrence::WriteFailed(write_failed(&error)));
                }
                self.writer = Some(writer);
                None
            }
            Effect::FinishResults => {
                let map_run_arn = self.map_run.order().map_run_arn.clone();
                Some(match self.writer.take()?.finish().await {
                    Ok(manifest) => Occurrence::ResultsWritten(
                        json!({
                            "MapRunArn": map_run_arn,
                            "ResultWriterDetails": {
                                "Bucket": manifest.bucket, "Key": manifest.key,
                            },
                        })
                        .into(),
                    ),
                    Err(error) => Occurrence::WriteFailed(write_failed(&error)),
                })
            }
        }
    }

    fn start_child(&mut self, child: StartChild) -> Option<Occurrence> {
        let (number, identity) = (child.child, child.identity.clone());
        let now = self.engine.clock.now();
        let order = self.map_run.order();
        let started = match Execution::start_child(
            &self.machine.definition,
            order,
            child,
            &self.engine.key,
            now,
        ) {
            Ok(started) => started,
            Err(failure) => {
                let outcome = Outcome::Failed(failure);
                return Some(Occurrence::ChildEnded { child: number, outcome });
            }
        };
        let machine = self.machine.clone();
        let run = Run::new(self.engine.clone(), machine.tenant.clone(), identity.clone(), None);
        let busy = self.engine.clock.busy();
        let handle = self.children.spawn(async move {
            // Nobody stops a child by its own name.
            let (_never, stop) = watch::channel(None);
            let (outcome, busy) = run.drive(machine, started, busy, stop).await;
            (number, outcome, busy)
        });
        self.running.insert(number, (handle, identity));
        None
    }

    /// The fields of the state that this is the Map Run of.
    fn distributed(&self) -> Option<&Distributed> {
        match &self.machine.definition.states.get(&self.map_run.order().state)?.kind {
            Kind::Map(map) => match &map.mode {
                Mode::Distributed(distributed) => Some(distributed),
                Mode::Inline => None,
            },
            _ => None,
        }
    }

    /// Begins to read up to so many items.
    fn read(&mut self, count: usize) {
        let opened = match &mut self.source {
            Source::Idle(items) => items.take(),
            // It asks for more once it has what it asked for.
            Source::Reading(_) => return,
        };
        let Some(items) = opened.or_else(|| self.open_reader()) else { return };
        self.source = Source::Reading(Box::pin(read(items, count)));
    }

    fn open_reader(&self) -> Option<storage::Items> {
        let Items::Reader { arguments, max_items } = &self.map_run.order().items else {
            return None;
        };
        let reader = self.distributed()?.item_reader.as_ref()?;
        Some(self.engine.buckets.read(&reader.reads, arguments.value(), *max_items))
    }

    /// Opens the writer, if there is one.
    fn open_writer(&mut self) -> Result<(), Failure> {
        let order = self.map_run.order();
        let writer = self.distributed().and_then(|distributed| distributed.result_writer.as_ref());
        if let (Some(destination), Some(settings)) = (&order.destination, writer) {
            let arn = &order.map_run_arn;
            let uuid = arn.rsplit(':').next().unwrap_or(arn);
            let writer =
                self.engine.buckets.writer(settings.output, destination.value(), arn, uuid);
            self.writer = Some(writer.map_err(|error| write_failed(&error))?);
        }
        Ok(())
    }

    /// Tells whoever follows how far it is.
    async fn tell(&mut self, ended: bool) {
        let Some(updates) = &self.updates else { return };
        self.untold = self.told.elapsed() < TELL_EVERY && !ended;
        if self.untold {
            return;
        }
        self.told = Instant::now();
        let order = self.map_run.order();
        let progress = MapRunProgress {
            map_run: order.map_run,
            map_run_arn: order.map_run_arn.clone(),
            state: order.state.clone(),
            items: self.map_run.item_counts(),
            executions: self.map_run.execution_counts(),
            ended,
        };
        // Nobody needs to follow an execution.
        let _ = updates.send(Update::MapRun(Box::new(progress))).await;
    }

    async fn tell_failure(&mut self, child: Identity, outcome: &Outcome) {
        let (Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure)) =
            outcome
        else {
            return;
        };
        if self.failures < TELL_FAILURES
            && let Some(updates) = &self.updates
        {
            self.failures += 1;
            let child = ChildFailed {
                map_run: self.map_run.order().map_run,
                identity: child,
                failure: failure.clone(),
            };
            let _ = updates.send(Update::ChildFailed(Box::new(child))).await;
        }
    }
}

/// Reads up to so many items, and fewer where they are large.
async fn read(mut items: storage::Items, count: usize) -> (storage::Items, Occurrence) {
    let mut read = Vec::new();
    let mut last = false;
    let mut bytes = 0;
    while read.len() < count && bytes < READ_AHEAD_BYTES {
        match items.next().await {
            Some(Ok(item)) => {
                bytes += item.value.text().len();
                read.push(ReadItem {
                    value: item.value,
                    key: item.key,
                    source: item.source.as_str().to_owned(),
                });
            }
            Some(Err(error)) => {
                let failure = Failure::new(read::FAILED, error.to_string());
                return (items, Occurrence::ReadFailed(failure));
            }
            None => {
                last = true;
                break;
            }
        }
    }
    (items, Occurrence::ItemsRead { items: read, last })
}

fn write_failed(error: &storage::Error) -> Failure {
    Failure::new(write::FAILED, error.to_string())
}
