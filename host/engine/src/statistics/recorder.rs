//! What has come and is not written yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use stepwell_interpreter::{AttemptEnd, EndedAttempt, Identity, Outcome, Timestamp};
use stepwell_journal::{
    Catalog, Error,
    catalog::{Document, Key, Kind, Write},
};
use tokio::sync::{Notify, RwLock, Semaphore, SemaphorePermit};
use uuid::Uuid;

use super::{
    Called, Fold, MachineFigures, READS, STEP, Step,
    store::{self, Body, name},
    upkeep::told_apart,
};
use crate::Clock;

/// How many documents are written at once.
const AT_ONCE: usize = 100;
/// How often a write is tried that another one, whose answer was lost, has come before.
const ATTEMPTS: usize = 5;

/// The end of what never ran, which is no attempt to count.
const NOT_BEGUN: AttemptEnd = AttemptEnd::GivenUp { begun: false };

/// Counts what is done, and keeps it.
pub struct Recorder {
    pub(super) catalog: Arc<dyn Catalog>,
    clock: Clock,
    pending: Mutex<Pending>,
    /// Told when something has come.
    came: Notify,
    /// What is being written. Whoever reads figures waits for that, and keeps what is in the catalog
    /// from being changed meanwhile.
    pub(super) unsent: RwLock<Unsent>,
    reads: Semaphore,
}

/// Account, step and state machine.
type Place = (String, i64, String);

#[derive(Default)]
struct Pending {
    figures: BTreeMap<Place, MachineFigures>,
    /// The state machines of a step that are told from each other, by their accounts.
    known: BTreeMap<String, (i64, BTreeSet<String>)>,
}

#[derive(Default)]
pub(super) struct Unsent {
    /// With the id of their flush, which they keep until they are known to be written.
    batches: Vec<(String, Vec<(Place, MachineFigures)>)>,
    /// Accounts that are known to have figures.
    marked: BTreeSet<String>,
}

impl Pending {
    fn machine(&mut self, tenant: &str, at: i64, machine: &str) -> &mut MachineFigures {
        // Children of a Map are their machine's.
        let machine = machine.split('/').next().unwrap_or(machine);
        let (step, known) = self.known.entry(tenant.to_owned()).or_default();
        if *step != at {
            (*step, *known) = (at, BTreeSet::new());
        }
        let machine = told_apart(known, machine);
        self.figures.entry((tenant.to_owned(), at, machine.to_owned())).or_default()
    }
}

impl Recorder {
    /// Keeps figures in a catalog.
    pub fn new(catalog: Arc<dyn Catalog>, clock: Clock) -> Self {
        Self {
            catalog,
            clock,
            pending: Mutex::default(),
            came: Notify::new(),
            unsent: RwLock::default(),
            reads: Semaphore::new(READS),
        }
    }

    /// Takes note of the state machines that have figures in this step already, so that it goes on as
    /// if the host had not stopped.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn resume(&self) -> Result<(), Error> {
        let at = self.step();
        for tenant in self.tenants().await? {
            let there = self.machines(&tenant, STEP, at).await?;
            let mut pending = self.pending();
            let (step, known) = pending.known.entry(tenant).or_insert((at, BTreeSet::new()));
            if *step == at {
                known.extend(there);
            }
        }
        Ok(())
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self) -> i64 {
        self.clock.now().as_second().div_euclid(STEP) * STEP
    }

    /// Counts attempts of an execution that are over, as run by what their resources name.
    pub fn attempts(&self, tenant: &str, identity: &Identity, ended: &[EndedAttempt]) {
        self.attempts_run_by(tenant, identity, ended, |_| None);
    }

    /// The same, where it may be known which plugin ran each.
    pub(crate) fn attempts_run_by(
        &self,
        tenant: &str,
        identity: &Identity,
        ended: &[EndedAttempt],
        plugin: impl Fn(&EndedAttempt) -> Option<String>,
    ) {
        let begun = ended.iter().filter(|it| it.end != NOT_BEGUN);
        let begun: Vec<_> = begun.map(|it| (it, Called::by(it, &plugin))).collect();
        if begun.is_empty() {
            return;
        }
        let mut pending = self.pending();
        let figures = pending.machine(tenant, self.step(), &identity.state_machine_name);
        begun.into_iter().for_each(|(attempt, called)| figures.add(attempt, called));
        drop(pending);
        self.came.notify_one();
    }

    /// Counts the start of an execution.
    pub fn started(&self, tenant: &str, machine: &str) {
        self.pending().machine(tenant, self.step(), machine).executions.started += 1;
        self.came.notify_one();
    }

    /// Counts the end of an execution that was started at a time.
    pub fn ended(&self, tenant: &str, machine: &str, started_at: Timestamp, outcome: &Outcome) {
        let took = self.clock.now().duration_since(started_at).as_millis();
        let took = u64::try_from(took).unwrap_or(0);
        let mut pending = self.pending();
        pending.machine(tenant, self.step(), machine).executions.ended(outcome, took);
        drop(pending);
        self.came.notify_one();
    }

    /// Waits until there is something to write.
    pub(crate) async fn came(&self) {
        self.came.notified().await;
    }

    /// Writes what has come.
    ///
    /// # Errors
    /// Where the catalog fails: it is written the next time.
    pub async fn flush(&self) -> Result<(), Error> {
        let mut unsent = self.unsent.write().await;
        self.write(&mut unsent).await
    }

    async fn write(&self, unsent: &mut Unsent) -> Result<(), Error> {
        // What cannot be written for long grows by what is new only.
        if unsent.batches.is_empty() {
            let figures: Vec<_> = std::mem::take(&mut self.pending().figures).into_iter().collect();
            unsent.batches.extend(
                figures.chunks(AT_ONCE).map(|some| (Uuid::new_v4().to_string(), some.to_vec())),
            );
        }
        while let Some((flush, figures)) = unsent.batches.last() {
            for ((tenant, ..), _) in figures {
                if !unsent.marked.contains(tenant) {
                    self.mark(tenant).await?;
                    unsent.marked.insert(tenant.clone());
                }
            }
            self.write_batch(flush, figures).await?;
            unsent.batches.pop();
        }
        Ok(())
    }

    async fn write_batch(
        &self,
        flush: &str,
        figures: &[(Place, MachineFigures)],
    ) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            let mut writes = Vec::with_capacity(figures.len());
            for ((tenant, at, machine), figures) in figures {
                let key = Key::new(tenant, Kind::Statistics, name(STEP, *at, machine));
                let there = self.catalog.get(&key).await?;
                let replaces = there.as_ref().map(|document| document.revision);
                // What is damaged is of no use to anybody, and must not keep others from being written.
                let body = there.and_then(Document::read_or_warn::<Body>).unwrap_or_default();
                if body.flush == flush {
                    // All of a flush are written together: the answer was lost.
                    return Ok(());
                }
                let mut body = Body { flush: flush.to_owned(), ..body };
                body.figures.merge(figures);
                writes.push(put(key, replaces, &body));
            }
            tries += 1;
            match self.catalog.apply(writes).await {
                Err(Error::CatalogConflict { .. }) if tries < ATTEMPTS => {}
                done => return done,
            }
        }
    }

    /// Notes that an account has figures.
    async fn mark(&self, tenant: &str) -> Result<(), Error> {
        let key = marker(tenant);
        if self.catalog.get(&key).await?.is_some() {
            return Ok(());
        }
        let body = serde_json::Value::Bool(true);
        self.catalog.apply(vec![Write::Put { key, replaces: None, body }]).await
    }

    /// The accounts that have figures, with those whose figures are not written yet.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn tenants(&self) -> Result<Vec<String>, Error> {
        let unsent = self.unsent.read().await;
        let mut tenants = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let page =
                self.catalog.scan("", Kind::Statistics, "", after.as_deref(), AT_ONCE).await?;
            tenants.extend(page.items.into_iter().map(|document| document.key.name));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let batches = unsent.batches.iter().flat_map(|(_, figures)| figures);
        tenants.extend(batches.map(|((tenant, ..), _)| tenant.clone()));
        tenants.extend(self.pending().figures.keys().map(|(tenant, ..)| tenant.clone()));
        Ok(tenants.into_iter().collect())
    }

    /// Waits for its turn to read much: what it returns is to be kept as long as that takes.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.reads.acquire().await.ok()
    }

    /// What an account did in a time, from one second since 1970 until before another: all steps
    /// that have a part in it, with what has come until now. Nothing is written for that.
    ///
    /// # Errors
    /// Where the catalog fails.
    pub async fn read<F: Fold>(
        &self,
        tenant: &str,
        from: i64,
        until: i64,
        fold: F,
    ) -> Result<F, Error> {
        let unsent = self.unsent.read().await;
        let mut fold = store::read(&*self.catalog, tenant, from, until, fold).await?;
        let first = from.div_euclid(STEP) * STEP;
        let mut add = |((of, at, machine), figures): (&Place, &MachineFigures)| {
            if of == tenant && (first..until).contains(at) {
                fold.add(Step { at: *at, machine: machine.clone(), figures: figures.clone() });
            }
        };
        for (flush, figures) in &unsent.batches {
            if !self.is_written(flush, figures).await? {
                figures.iter().for_each(|(place, figures)| add((place, figures)));
            }
        }
        self.pending().figures.iter().for_each(add);
        Ok(fold)
    }

    /// Whether a batch was written, and its answer lost: all of it was, or nothing.
    async fn is_written(
        &self,
        flush: &str,
        figures: &[(Place, MachineFigures)],
    ) -> Result<bool, Error> {
        let Some(((tenant, at, machine), _)) = figures.first() else { return Ok(true) };
        let key = Key::new(tenant, Kind::Statistics, name(STEP, *at, machine));
        let there = self.catalog.get(&key).await?.and_then(Document::read_or_warn::<Body>);
        Ok(there.is_some_and(|body| body.flush == flush))
    }
}

fn marker(tenant: &str) -> Key {
    Key::new("", Kind::Statistics, tenant)
}

pub(super) fn put(key: Key, replaces: Option<u64>, body: &Body) -> Write {
    // What is made of texts and numbers can be written.
    Write::Put { key, replaces, body: serde_json::to_value(body).unwrap_or_default() }
}
