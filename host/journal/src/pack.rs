//! Deltas as they are stored: checked and encoded by whoever commits, so that the one writer has
//! nothing left to do but to write.

use serde::Serialize;
use stepwell_asl::Json;
use stepwell_interpreter::{Timestamp, map_run::MapRunId};

use crate::{
    CommitId, Delta, Error, ExecutionId, Lease, MapRunStatus, MessageId, Seq, Start, Status,
    codec::{self, Payloads},
    store,
};

/// A time as it is stored: microseconds since 1970.
pub(crate) fn time(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A time that was stored.
pub(crate) fn timestamp(time: i64) -> Timestamp {
    // What is out of range was not stored by this crate, and is as good as the end of time.
    Timestamp::from_microsecond(time).unwrap_or(Timestamp::MAX)
}

/// A timer's time as it is stored: nanoseconds since 1970. One that fires early is set again, so
/// the last time that can be stored stands for all that are later.
pub(crate) fn due(at: Timestamp) -> i64 {
    i64::try_from(at.as_nanosecond()).unwrap_or(if at < Timestamp::UNIX_EPOCH {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// A timer's time that was stored.
pub(crate) fn due_at(due: i64) -> Timestamp {
    Timestamp::from_nanosecond(due.into()).unwrap_or(Timestamp::MAX)
}

#[derive(Debug, Clone)]
pub(crate) enum After {
    Start(Box<Start>, i64),
    Commit(Seq),
    Redrive(Seq, i64),
}

impl After {
    pub(crate) fn seq(&self) -> Seq {
        match self {
            Self::Start(..) => Seq(0),
            Self::Commit(seq) | Self::Redrive(seq, _) => *seq,
        }
    }
}

/// A step's events.
#[derive(Debug, Clone)]
pub(crate) struct Events {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) bytes: Vec<u8>,
}

/// What becomes of the state.
#[derive(Debug, Clone)]
pub(crate) enum Fold {
    Same,
    Open(Vec<u8>),
    Closed {
        status: Status,
        at: i64,
        outcome: Vec<u8>,
        /// What a redrive begins with.
        state: Option<Vec<u8>>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct MapRun {
    pub(crate) id: MapRunId,
    pub(crate) arn: String,
    pub(crate) started_at: i64,
    pub(crate) ended: Option<(i64, MapRunStatus)>,
    pub(crate) state: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Packed {
    pub(crate) lease: Lease,
    pub(crate) commit: CommitId,
    pub(crate) execution: ExecutionId,
    pub(crate) after: After,
    pub(crate) events: Option<Events>,
    pub(crate) fold: Fold,
    /// By when timers that were due are over.
    pub(crate) fired: Option<i64>,
    pub(crate) set: Vec<(u64, i64)>,
    pub(crate) cancel: Vec<u64>,
    pub(crate) send: Vec<(ExecutionId, Vec<u8>)>,
    pub(crate) applied: Vec<MessageId>,
    pub(crate) map_runs: Vec<MapRun>,
    pub(crate) notices: Vec<(String, Vec<u8>)>,
    pub(crate) payloads: Payloads,
}

impl Packed {
    pub(crate) fn new(delta: Delta) -> Result<Self, Error> {
        let execution = delta.execution;
        let refuse = |problem| Error::Refused { execution, problem };
        if delta.lease.shard != execution.shard() {
            return Err(refuse("the lease is of another shard"));
        }
        let ends = delta.state.as_ref().is_some_and(|state| state.outcome().is_some());
        if ends && !delta.set.is_empty() {
            return Err(refuse("it ends the execution, and sets a timer"));
        }
        let fired = match &delta.state {
            Some(state) if delta.fired => Some(due(state.now())),
            None if delta.fired => return Err(refuse("its timers fired, and it has no state")),
            _ => None,
        };
        let contiguous =
            delta.events.windows(2).all(|pair| Some(pair[1].id) == pair[0].id.checked_add(1));
        if !contiguous {
            return Err(refuse("its events do not follow each other"));
        }
        let mut payloads = Payloads::new();
        let mut encode = Encoder { execution, payloads: &mut payloads };
        let events = match (delta.events.first(), delta.events.last()) {
            (Some(first), Some(last)) => Some(Events {
                first: first.id,
                last: last.id,
                bytes: encode.encode(&*delta.events)?,
            }),
            _ => None,
        };
        let at = delta.events.last().map(|event| time(event.timestamp));
        let fold = match &delta.state {
            None => Fold::Same,
            Some(state) => match state.outcome() {
                None => Fold::Open(encode.encode(&**state)?),
                Some(outcome) => {
                    let status = Status::from(outcome);
                    Fold::Closed {
                        status,
                        at: at.ok_or_else(|| {
                            refuse("it ends the execution, and has no event that says so")
                        })?,
                        outcome: encode.encode(outcome)?,
                        state: (status != Status::Succeeded)
                            .then(|| encode.encode(&**state))
                            .transpose()?,
                    }
                }
            },
        };
        let after = match delta.after {
            store::After::Start(start) => {
                if start.key.id() != execution {
                    return Err(refuse("its id is not that of its key"));
                }
                let Some(state) = &delta.state else {
                    return Err(refuse("it starts an execution, and has no state"));
                };
                if delta.events.first().map(|event| event.id) != Some(1) {
                    return Err(refuse("it starts an execution, and lacks its first event"));
                }
                After::Start(start, time(state.started_at()))
            }
            store::After::Commit(seq) => After::Commit(seq),
            store::After::Redrive(seq) => {
                if delta.state.is_none() {
                    return Err(refuse("it redrives an execution, and has no state"));
                }
                let first = delta.events.first();
                let at = first.map(|event| time(event.timestamp));
                After::Redrive(
                    seq,
                    at.ok_or_else(|| refuse("it redrives an execution, and has no event"))?,
                )
            }
        };
        let map_runs = delta
            .map_runs
            .iter()
            .map(|map_run| {
                Ok(MapRun {
                    id: map_run.id,
                    arn: map_run.arn.clone(),
                    started_at: time(map_run.started_at),
                    ended: map_run.ended.map(|(at, status)| (time(at), status)),
                    state: encode.encode(&map_run.state)?,
                })
            })
            .collect::<Result<_, Error>>()?;
        let send = delta
            .send
            .iter()
            .map(|message| Ok((message.to, encode.whole(&message.body)?)))
            .collect::<Result<_, Error>>()?;
        let notices = delta
            .notices
            .iter()
            .map(|notice| Ok((notice.destination.clone(), encode.whole(&notice.body)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            lease: delta.lease,
            commit: delta.commit,
            execution,
            after,
            events,
            fold,
            fired,
            set: delta.set.iter().map(|(timer, at)| (timer.0, due(*at))).collect(),
            cancel: delta.cancel.iter().map(|timer| timer.0).collect(),
            send,
            applied: delta.applied,
            map_runs,
            notices,
            payloads,
        })
    }
}

struct Encoder<'a> {
    execution: ExecutionId,
    payloads: &'a mut Payloads,
}

impl Encoder<'_> {
    fn refuse(&self) -> Error {
        Error::Refused { execution: self.execution, problem: "it cannot be encoded" }
    }

    fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Vec<u8>, Error> {
        codec::encode(&value, self.payloads).map_err(|_| self.refuse())
    }

    /// A message belongs to another execution, and a notice to nobody who has an execution's
    /// payloads: theirs stay in them.
    fn whole(&self, body: &Json) -> Result<Vec<u8>, Error> {
        codec::encode_whole(body).map_err(|_| self.refuse())
    }
}
