//! A store and a clock that go wrong, the same way for the same seed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use stepwell_interpreter::Timestamp;

use crate::{
    After, Delta, Error, Memory, Page, Seq, Store,
    around::Around,
    catalog::{self, Catalog, Document, Kind, Write},
};

/// How often what goes wrong, of a thousand times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Deltas that are not committed, and writes to the catalog that are not made, as if another commit had come first.
    pub conflicts: u32,
    /// Deltas that are committed, and whose answer is lost.
    pub lost_answers: u32,
    /// Commits in which the store crashes: some of their deltas are committed, the others are
    /// gone, and it answers nothing until it is [restarted](Simulated::restart).
    pub crashes: u32,
    /// Readings of the clock before which it jumps, by up to an hour ahead or a minute back.
    pub clock_jumps: u32,
}

/// A store around another one, by default in memory, in which things go wrong.
#[derive(Debug)]
pub struct Simulated<S = Memory> {
    store: S,
    faults: Faults,
    fate: Mutex<Fate>,
}

#[derive(Debug)]
struct Fate {
    random: u64,
    crashed: bool,
    now: Timestamp,
}

impl Fate {
    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit.max(1)
    }

    fn strikes(&mut self, of_a_thousand: u32) -> bool {
        self.below(1000) < u64::from(of_a_thousand)
    }

    /// What becomes of what is to be written; none where the store is down.
    fn lots(&mut self, faults: Faults, count: usize) -> Option<Vec<Lot>> {
        if self.crashed {
            return None;
        }
        let crashes = self.strikes(faults.crashes);
        let kept = self.below(count as u64 + 1);
        self.crashed = crashes;
        let lots = (0..count as u64).map(|at| match (crashes, at < kept) {
            (true, true) => Lot::Lost,
            (true, false) => Lot::Gone,
            _ if self.strikes(faults.conflicts) => Lot::Conflict,
            _ if self.strikes(faults.lost_answers) => Lot::Lost,
            _ => Lot::Committed,
        });
        Some(lots.collect())
    }
}

impl Simulated {
    /// An empty store in memory, and a clock that shows this time.
    pub fn new(seed: u64, faults: Faults, now: Timestamp) -> Self {
        Self::around(Memory::default(), seed, faults, now)
    }
}

impl<S> Simulated<S> {
    /// Lets things go wrong in a store.
    pub fn around(store: S, seed: u64, faults: Faults, now: Timestamp) -> Self {
        let fate = Mutex::new(Fate { random: seed, crashed: false, now });
        Self { store, faults, fate }
    }

    fn fate(&self) -> MutexGuard<'_, Fate> {
        self.fate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time. It passes only by [`pass`](Self::pass), and by jumps.
    pub fn now(&self) -> Timestamp {
        let mut fate = self.fate();
        if fate.strikes(self.faults.clock_jumps) {
            let seconds = fate.below(3600 + 60).cast_signed() - 60;
            let jump = std::time::Duration::from_secs(seconds.unsigned_abs());
            let there =
                if seconds < 0 { fate.now.checked_sub(jump) } else { fate.now.checked_add(jump) };
            fate.now = there.unwrap_or(fate.now);
        }
        fate.now
    }

    /// Lets time pass.
    pub fn pass(&self, time: std::time::Duration) {
        let mut fate = self.fate();
        fate.now = fate.now.checked_add(time).unwrap_or(Timestamp::MAX);
    }

    /// Whether it has crashed.
    pub fn is_crashed(&self) -> bool {
        self.fate().crashed
    }

    /// Goes on after a crash, with what was committed.
    pub fn restart(&self) {
        self.fate().crashed = false;
    }

    /// The store, unless it has crashed.
    fn up(&self) -> Result<&S, Error> {
        if self.is_crashed() { Err(Error::Stopped) } else { Ok(&self.store) }
    }
}

/// What becomes of a delta, or of writes to the catalog.
#[derive(Clone, Copy, PartialEq)]
enum Lot {
    Committed,
    Lost,
    Conflict,
    Gone,
}

#[async_trait]
impl<S: Store> Around for Simulated<S> {
    type Inner = S;

    fn inner(&self) -> Result<&S, Error> {
        self.up()
    }

    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        let Some(lots) = self.fate().lots(self.faults, batch.len()) else {
            return batch.iter().map(|_| Err(Error::Stopped)).collect();
        };
        let mut committed = Vec::new();
        let mut answers = Vec::new();
        for (delta, lot) in batch.into_iter().zip(&lots) {
            answers.push(match lot {
                Lot::Committed | Lot::Lost => {
                    committed.push(delta);
                    Err(Error::Stopped)
                }
                Lot::Gone => Err(Error::Stopped),
                Lot::Conflict => Err(conflict(&delta)),
            });
        }
        let mut results = self.store.commit(committed).await.into_iter();
        for (answer, lot) in answers.iter_mut().zip(lots) {
            if matches!(lot, Lot::Committed | Lot::Lost) {
                let result = results.next();
                if lot == Lot::Committed {
                    *answer = result.unwrap_or(Err(Error::Stopped));
                }
            }
        }
        answers
    }
}

#[async_trait]
impl<S: Catalog> Catalog for Simulated<S> {
    async fn get(&self, key: &catalog::Key) -> Result<Option<Document>, Error> {
        self.up()?.get(key).await
    }

    async fn apply(&self, writes: Vec<Write>) -> Result<(), Error> {
        let lots = self.fate().lots(self.faults, 1);
        match lots.as_deref() {
            Some([Lot::Committed]) => self.store.apply(writes).await,
            Some([Lot::Lost]) => self.store.apply(writes).await.and(Err(Error::Stopped)),
            Some([Lot::Conflict]) => writes.first().map_or(Ok(()), |write| Err(write.conflict())),
            _ => Err(Error::Stopped),
        }
    }

    async fn scan(
        &self,
        tenant: &str,
        kind: Kind,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Document, String>, Error> {
        self.up()?.scan(tenant, kind, prefix, after, limit).await
    }

    async fn count(&self, tenant: &str, kind: Kind) -> Result<usize, Error> {
        self.up()?.count(tenant, kind).await
    }
}

fn conflict(delta: &Delta) -> Error {
    let expected = match &delta.after {
        After::Start(_) => Seq(0),
        After::Commit(seq) | After::Redrive(seq) => *seq,
    };
    Error::Conflict { execution: delta.execution, expected, actual: Some(expected.next()) }
}
