//! Whether a commit may be made: the rules every store shares.

use crate::{
    CommitId, Error, Seq, Status,
    pack::{After, Packed},
};

/// How far an execution is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Current {
    pub(crate) seq: Seq,
    pub(crate) commit: CommitId,
    pub(crate) last_event: u64,
    pub(crate) status: Status,
}

/// What is to be done about a delta that is not refused.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Write it.
    Write(Seq),
    /// It was written before, and its answer was lost.
    Written(Seq),
}

/// Judges a delta. `epoch` is that of its shard.
pub(crate) fn judge(
    delta: &Packed,
    epoch: u64,
    current: Option<&Current>,
) -> Result<Verdict, Error> {
    let execution = delta.execution;
    let expected = delta.after.seq();
    if let Some(current) = current
        && current.commit == delta.commit
        && current.seq == expected.next()
    {
        return Ok(Verdict::Written(current.seq));
    }
    if delta.lease.epoch != epoch {
        return Err(Error::Fenced { shard: delta.lease.shard, epoch: delta.lease.epoch });
    }
    let last_event = match (&delta.after, current) {
        (After::Start(..), None) => 0,
        (After::Start(..), Some(_)) => return Err(Error::NameTaken { execution }),
        (_, None) => return Err(Error::Conflict { execution, expected, actual: None }),
        (_, Some(current)) if current.seq != expected => {
            return Err(Error::Conflict { execution, expected, actual: Some(current.seq) });
        }
        (After::Commit(_), Some(current)) if current.status != Status::Running => {
            return Err(Error::Closed { execution });
        }
        (After::Redrive(..), Some(current))
            if matches!(current.status, Status::Running | Status::Succeeded) =>
        {
            return Err(Error::NotRedrivable { execution });
        }
        (_, Some(current)) => current.last_event,
    };
    match &delta.events {
        Some(events) if events.first.checked_sub(1) != Some(last_event) => {
            Err(Error::Refused { execution, problem: "its events do not follow the last" })
        }
        _ => Ok(Verdict::Write(expected.next())),
    }
}
