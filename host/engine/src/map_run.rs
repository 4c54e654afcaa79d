//! A Map Run under way in memory: items are read, child executions run, their results are written.
//! How items are read and results written is the same for the Map Runs of the durable host.

mod items;
mod results;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use jiff::Timestamp;
use stepwell_asl::{
    Json, StateMachine,
    definition::{Distributed, Kind, Mode},
};
use stepwell_interpreter::{
    Execution, Failure, Identity, Outcome,
    map_run::{Effect, EndedChild, MapRun, Occurrence, StartChild, StartMapRun, Step},
};
use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle, JoinSet},
    time::Instant,
};

pub(crate) use items::Reader;
pub(crate) use results::Results;

use crate::{
    ChildFailed, Engine, Generation, Machine, MapRunProgress, Update, clock::Busy, run::Run,
};

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

/// The execution whose Map Run it is.
pub(crate) struct Parent {
    pub(crate) machine: Arc<Machine>,
    /// The runner's when it was started: its children have the same.
    pub(crate) generation: Option<Generation>,
    /// Whoever follows it.
    pub(crate) updates: Option<mpsc::Sender<Update>>,
}

/// Starts a Map Run, and reports its end.
pub(crate) fn start(
    engine: Engine,
    parent: Parent,
    start: StartMapRun,
    ended: impl FnOnce(Result<Json, Failure>, Busy) + Send + 'static,
) -> Handle {
    let busy = engine.clock.busy();
    Handle(tokio::spawn(async move {
        let (definition, now) = (&parent.machine.definition, engine.clock.now());
        let (results, (map_run, step)) =
            match Results::open(&engine.buckets, definition, &start.order) {
                Ok(results) => (results, MapRun::start(definition, start, now)),
                Err(failure) => (None, MapRun::refuse(definition, start, failure, now)),
            };
        let shell = Shell {
            engine,
            parent,
            map_run,
            source: Source::Idle(None),
            results,
            children: JoinSet::new(),
            running: HashMap::new(),
            told: Instant::now(),
            untold: false,
            failures: 0,
        };
        let (result, busy) = shell.drive(step, busy).await;
        ended(result, busy);
    }))
}

/// Items that are being read, and then what came of it.
type Reading = BoxFuture<'static, (Reader, Occurrence)>;

enum Source {
    /// Nobody reads. There is no reader before the first time.
    Idle(Option<Reader>),
    Reading(Reading),
}

/// A child that runs.
struct Child {
    handle: AbortHandle,
    identity: Identity,
    input: Json,
    started_at: Timestamp,
}

impl Child {
    fn ended(self, child: u64, outcome: Outcome) -> Occurrence {
        let Self { input, started_at, .. } = self;
        Occurrence::ChildEnded(Box::new(EndedChild { child, input, started_at, outcome }))
    }
}

struct Shell {
    engine: Engine,
    parent: Parent,
    map_run: MapRun,
    source: Source,
    results: Option<Results>,
    children: JoinSet<(u64, Outcome, Busy)>,
    running: HashMap<u64, Child>,
    told: Instant,
    /// Whether something has changed since.
    untold: bool,
    failures: usize,
}

impl Shell {
    async fn drive(mut self, first: Step, mut busy: Busy) -> (Result<Json, Failure>, Busy) {
        let mut step = first;
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
        self.map_run.on(&self.parent.machine.definition, self.engine.clock.now(), occurrence)
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
                    let Some(Ok((number, outcome, busy))) = ended else { continue };
                    let Some(child) = self.running.remove(&number) else { continue };
                    self.tell_failure(&child.identity, &outcome).await;
                    return (child.ended(number, outcome), busy);
                }
                () = tokio::time::sleep_until(self.told + TELL_EVERY), if self.untold => {
                    self.tell(false).await;
                }
            }
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Occurrence> {
        match effect {
            Effect::ReadItems { from, count } => {
                self.read(from, count);
                None
            }
            Effect::StartChild(child) => self.start_child(*child),
            Effect::StartMore => Some(Occurrence::StartMore),
            // What is only in memory is never redriven.
            Effect::RedriveChild(_) => None,
            Effect::StopChild(number) => {
                let child = self.running.remove(&number)?;
                child.handle.abort();
                Some(child.ended(number, Outcome::Aborted(Failure::default())))
            }
            Effect::WriteResult(record) => match self.results.take()?.write(*record).await {
                Ok(results) => {
                    self.results = Some(results);
                    None
                }
                Err(failure) => Some(Occurrence::WriteFailed(failure)),
            },
            Effect::FinishResults => Some(match self.results.take()?.finish().await {
                Ok(details) => Occurrence::ResultsWritten(details),
                Err(failure) => Occurrence::WriteFailed(failure),
            }),
        }
    }

    fn start_child(&mut self, child: StartChild) -> Option<Occurrence> {
        let (number, identity, input) = (child.child, child.identity.clone(), child.input.clone());
        let now = self.engine.clock.now();
        let started = match Execution::start_child(
            &self.parent.machine.definition,
            child,
            &self.engine.key,
            now,
        ) {
            Ok(started) => started,
            Err(failure) => {
                let outcome = Outcome::Failed(failure);
                let ended = EndedChild { child: number, input, started_at: now, outcome };
                return Some(Occurrence::ChildEnded(Box::new(ended)));
            }
        };
        let Parent { machine, generation, .. } = &self.parent;
        let (machine, tenant) = (machine.clone(), machine.tenant.clone());
        let run = Run::new(self.engine.clone(), tenant, identity.clone(), *generation, None);
        let busy = self.engine.clock.busy();
        let handle = self.children.spawn(async move {
            // Nobody stops a child by its own name.
            let ended = run.drive(machine, started, busy, None).await;
            (number, ended.outcome, ended.busy)
        });
        self.running.insert(number, Child { handle, identity, input, started_at: now });
        None
    }

    /// Begins to read items.
    fn read(&mut self, from: u64, count: usize) {
        let opened = match &mut self.source {
            Source::Idle(reader) => reader.take(),
            // It asks for more once it has what it asked for.
            Source::Reading(_) => return,
        };
        let open = || {
            Reader::open(
                &self.engine.buckets,
                &self.parent.machine.definition,
                self.map_run.order(),
            )
        };
        let Some(reader) = opened.or_else(open) else { return };
        self.source = Source::Reading(Box::pin(reader.read(from, count)));
    }

    /// Tells whoever follows how far it is.
    async fn tell(&mut self, ended: bool) {
        let Some(updates) = &self.parent.updates else { return };
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

    async fn tell_failure(&mut self, child: &Identity, outcome: &Outcome) {
        let (Outcome::Failed(failure) | Outcome::TimedOut(failure) | Outcome::Aborted(failure)) =
            outcome
        else {
            return;
        };
        if self.failures < TELL_FAILURES
            && let Some(updates) = &self.parent.updates
        {
            self.failures += 1;
            let child = ChildFailed {
                map_run: self.map_run.order().map_run,
                identity: child.clone(),
                failure: failure.clone(),
            };
            let _ = updates.send(Update::ChildFailed(Box::new(child))).await;
        }
    }
}

/// The fields of the distributed Map that a state is.
fn distributed<'a>(machine: &'a StateMachine, state: &str) -> Option<&'a Distributed> {
    match &machine.states.get(state)?.kind {
        Kind::Map(map) => match &map.mode {
            Mode::Distributed(distributed) => Some(distributed),
            Mode::Inline => None,
        },
        _ => None,
    }
}
