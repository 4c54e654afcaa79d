//! The one writer: it collects deltas of all executions, and commits them in one transaction.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::{commit, failure::Place};
use crate::{Error, Seq, Shard, pack::Packed};

/// How long the writer waits for more at most, once it has something to write.
const COLLECT: Duration = Duration::from_millis(2);
/// How many deltas one transaction has at most, unless one batch alone has more.
const MAX_DELTAS: usize = 512;
/// How many deltas wait at most. Who comes with more waits before the door.
const MAX_QUEUED: usize = 4 * MAX_DELTAS;

type Answers = Vec<Result<Seq, Error>>;

enum Job {
    Commit(Batch),
    Other(Box<dyn FnOnce(&mut Writer) + Send>),
}

struct Batch {
    deltas: Vec<Packed>,
    answer: oneshot::Sender<Answers>,
    /// Given back with the answer.
    _room: OwnedSemaphorePermit,
}

/// What the writer's thread works with.
pub(super) struct Writer {
    pub(super) connection: Connection,
    /// The epoch of each shard, as the table has it: nobody else writes it.
    pub(super) epochs: Vec<u64>,
    pub(super) place: Place,
    /// How many deltas the last transaction had: so many are likely to come again at once.
    last: usize,
    /// How many transactions of deltas were made.
    transactions: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn new(connection: Connection, place: Place) -> rusqlite::Result<Self> {
        let mut epochs = vec![0; usize::from(Shard::COUNT)];
        {
            let mut statement = connection.prepare("SELECT shard, epoch FROM shard")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(epoch) = epochs.get_mut(usize::from(row.get::<_, u16>(0)?)) {
                    *epoch = row.get::<_, i64>(1)?.cast_unsigned();
                }
            }
        }
        Ok(Self { connection, epochs, place, last: 1, transactions: Arc::default() })
    }

    fn run(mut self, jobs: &Receiver<Job>) {
        let mut next = jobs.recv().ok();
        while let Some(job) = next.take() {
            match job {
                Job::Other(work) => work(&mut self),
                Job::Commit(first) => {
                    let (batches, other) = self.collect(first, jobs);
                    self.commit(batches);
                    next = other;
                }
            }
            next = next.or_else(|| jobs.recv().ok());
        }
    }

    /// What is there, and what comes soon: up to as many deltas as last time, which are those whose
    /// executions were just answered, and no longer than 2 ms. One that comes alone does not wait.
    fn collect(&self, first: Batch, jobs: &Receiver<Job>) -> (Vec<Batch>, Option<Job>) {
        let until = Instant::now() + COLLECT;
        let mut count = first.deltas.len();
        let mut batches = vec![first];
        while count < MAX_DELTAS {
            let job = if count < self.last {
                jobs.recv_timeout(until.saturating_duration_since(Instant::now()))
            } else {
                jobs.try_recv().map_err(|_| RecvTimeoutError::Timeout)
            };
            match job {
                Ok(Job::Commit(batch)) => {
                    count += batch.deltas.len();
                    batches.push(batch);
                }
                Ok(other) => return (batches, Some(other)),
                Err(_) => break,
            }
        }
        (batches, None)
    }

    fn commit(&mut self, batches: Vec<Batch>) {
        self.last = batches.iter().map(|batch| batch.deltas.len()).sum();
        let all: Vec<_> = batches.iter().flat_map(|batch| &batch.deltas).collect();
        let mut answers = self.write(&all).into_iter();
        for Batch { deltas, answer, _room } in batches {
            // Who no longer waits for the answer asks for it by the commit id.
            let _ = answer.send(answers.by_ref().take(deltas.len()).collect());
        }
    }

    fn write(&mut self, deltas: &[&Packed]) -> Answers {
        match self.transact(deltas) {
            Ok(answers) => answers,
            // One breaks the rules of the tables: the others do not suffer for it.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
                    && deltas.len() > 1 =>
            {
                deltas.iter().flat_map(|delta| self.write(&[delta])).collect()
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let problem = "what it adds is there already";
                let refused =
                    |delta: &&Packed| Err(Error::Refused { execution: delta.execution, problem });
                deltas.iter().map(refused).collect()
            }
            Err(error) => {
                let error = self.place.failed("written", error);
                deltas.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    fn transact(&mut self, deltas: &[&Packed]) -> rusqlite::Result<Answers> {
        // Dropped without a commit, it is rolled back.
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answers = deltas
            .iter()
            .map(|delta| {
                let shard = usize::from(delta.lease.shard.number());
                let epoch = self.epochs.get(shard).copied().unwrap_or_default();
                commit::apply(&transaction, epoch, delta)
            })
            .collect::<rusqlite::Result<_>>()?;
        transaction.commit()?;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        Ok(answers)
    }
}

/// The way to the writer's thread. Dropping it lets the thread finish what it was given.
pub(super) struct Queue {
    jobs: Option<Sender<Job>>,
    room: Arc<Semaphore>,
    transactions: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(super) fn start(writer: Writer) -> std::io::Result<Self> {
        let (jobs, receiver) = channel();
        let transactions = writer.transactions.clone();
        let thread = std::thread::Builder::new()
            .name("journal".into())
            .spawn(move || writer.run(&receiver))?;
        Ok(Self {
            jobs: Some(jobs),
            room: Arc::new(Semaphore::new(MAX_QUEUED)),
            transactions,
            thread: Some(thread),
        })
    }

    /// How many transactions of deltas were made.
    pub(super) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    fn give(&self, job: Job) -> Result<(), Error> {
        let jobs = self.jobs.as_ref().ok_or(Error::Stopped)?;
        jobs.send(job).map_err(|_| Error::Stopped)
    }

    pub(super) async fn commit(&self, deltas: Vec<Packed>) -> Result<Answers, Error> {
        let wanted = u32::try_from(deltas.len().min(MAX_QUEUED)).map_err(|_| Error::Stopped)?;
        let room = self.room.clone().acquire_many_owned(wanted).await;
        let (answer, answered) = oneshot::channel();
        self.give(Job::Commit(Batch { deltas, answer, _room: room.map_err(|_| Error::Stopped)? }))?;
        answered.await.map_err(|_| Error::Stopped)
    }

    /// Does something else on the writer's connection, between two transactions.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.give(Job::Other(Box::new(move |writer| {
            let _ = answer.send(work(writer));
        })))?;
        answered.await.map_err(|_| Error::Stopped)?
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It panics on nothing; were it to, there is nobody left to tell.
            let _ = thread.join();
        }
    }
}
