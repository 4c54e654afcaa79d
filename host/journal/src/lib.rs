//! Where executions are kept: durable history, state, timers, messages and lists.
//!
//! - [`Store`] is the one trait. [`Sqlite`] is the store of one machine; [`Memory`] keeps nothing;
//!   [`Simulated`] is a store in which things go wrong by a seed, for tests of what is built on it.
//! - [`Catalog`] is what else a host keeps: documents about state machines, tenants and the like.
//!   Each of the stores is one.
//! - A [`Delta`] is one commit of one execution: a step's events, the folded state, and all that
//!   must hold together with them. Commits follow each other by sequence number; a [`CommitId`]
//!   tells whether one whose answer was lost was made.
//! - [`codec`] is how events and states are written as bytes.
//!
//! # Commit, then act
//!
//! A host makes a step, commits it, and performs the step's effects once it is committed:
//!
//! ```
//! # use stepwell_asl::{Json, StateMachine};
//! # use stepwell_interpreter::{Effect, Execution, Identity, Occurrence, Timestamp, token};
//! use stepwell_journal::{After, Delta, Key, Memory, Seq, Shard, Start, Store};
//!
//! # let identity = Identity {
//! #     execution_arn: "arn".into(), execution_name: "run".into(),
//! #     state_machine_arn: "arn".into(), state_machine_name: "machine".into(),
//! #     role_arn: "arn".into(),
//! # };
//! # let definition = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}"#;
//! # let machine = StateMachine::parse(definition).unwrap().machine;
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let store = Memory::default();
//! // Once for a process: the lease on every shard. On one machine it gets them all.
//! let leases = store.claim("host-1", &Shard::all()).await?;
//!
//! let key = Key { tenant: "1".into(), machine: "machine".into(), name: "run".into() };
//! let id = key.id();
//! let lease = leases[usize::from(id.shard().number())];
//! let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
//! // What task tokens are signed with; a host keeps it.
//! let key_of_tokens = token::Key::new([7; 32]);
//! let (mut execution, step) =
//!     Execution::start(&machine, identity, &key_of_tokens, Json::empty(), now);
//! let start = Start {
//!     key, version: None, alias: None, map_run: None, item_count: None,
//!     attributes: Json::empty(),
//! };
//! let delta = Delta::new(lease, id, After::Start(Box::new(start)), &step, execution.clone());
//! let seq = store.commit(vec![delta]).await.remove(0)?;
//! // Committed: now `step.effects` are performed. The execution waits, and can be forgotten.
//!
//! // Later: what is due, is due to an execution that may have to be loaded.
//! let later = now + std::time::Duration::from_secs(60);
//! for timer in store.due(&Shard::all(), later, 100).await? {
//!     let Some(mut state) = store.state(timer.execution).await? else { continue };
//!     let fired = Occurrence::TimerFired { timer: timer.id };
//!     let step = state.execution.on(&machine, later, fired);
//!     let after = After::Commit(state.position.seq);
//!     let mut delta = Delta::new(lease, state.id, after, &step, state.execution);
//!     delta.fired = true;
//!     assert_eq!(store.commit(vec![delta]).await, [Ok(Seq(2))]);
//! }
//! assert!(store.describe(id).await?.unwrap().outcome.is_some());
//! # Ok::<_, stepwell_journal::Error>(())
//! # }).unwrap();
//! ```
//!
//! What to do about an [`Error`] of a commit:
//!
//! | error | |
//! |---|---|
//! | [uncertain](Error::is_uncertain) | commit the same delta again: it is made once |
//! | [`Conflict`](Error::Conflict), [`Closed`](Error::Closed) | forget the step and load the execution again: somebody was faster |
//! | [`NameTaken`](Error::NameTaken) | `ExecutionAlreadyExists`, or the answer of the first start where input and machine are the same |
//! | [`Fenced`](Error::Fenced) | stop working on the shard |
//! | [`Full`](Error::Full), [`ReadOnly`](Error::ReadOnly) | nothing was written: take no more work, and tell the operator |
//!
//! # On start
//!
//! [`Store::claim`] all shards under a name that no process had before, [`Store::load`] what is
//! open, shard by shard, and carry out what [`Execution::pending`] says; timers need no
//! execution in memory, [`Store::due`] names those of the next minute. Messages that lie in the
//! [`Store::inbox`] are taken in by a delta that names them in [`Delta::applied`]; those whose
//! execution is gone are [discarded](Store::discard).
//!
//! # What is told outside
//!
//! [`Delta::notices`] go into an outbox together with the commit that gives rise to them. Whoever
//! delivers them reads the [`Store::outbox`] of a destination and says what was
//! [delivered](Store::delivered): after a crash in between, a notice is delivered again.
//!
//! # What is decided here
//!
//! - **Executions are counted as they change**, by triggers, in the transaction that changes them:
//!   how many there are of each status costs the same for ten as for millions.
//! - **An execution's id is the hash of tenant, machine and name**, and its first bits are the
//!   shard. A name is taken where its id is; nobody has to look up where an execution is.
//! - **Payloads of more than 8 kB belong to their execution**, in which they are stored once under
//!   their hash. What repeats is the document that goes from state to state of one execution; across
//!   executions little would be gained, and much lost: no references have to be counted at every
//!   commit, no sweep races with a commit that has just found its payload there, and what is
//!   deleted with an execution or a tenant is really gone.
//! - **A checked and encoded delta is all that the writer sees.** Encoding, compression and hashing
//!   are done by whoever commits, on as many threads as there are.
//! - **The writer waits for those it has just answered**: at most 2 ms, until as many deltas are
//!   there as in the last transaction. One execution alone never waits.
//!
//! [`Execution::pending`]: stepwell_interpreter::Execution::pending

mod around;
pub mod catalog;
pub mod codec;
mod error;
mod id;
mod judge;
mod listing;
mod memory;
mod pack;
mod read;
mod simulated;
pub mod sqlite;
mod store;

pub use around::Around;
pub use catalog::Catalog;
pub use error::Error;
pub use id::{CommitId, ExecutionId, Key, Lease, MessageId, NoticeId, Seq, Shard};
pub use listing::{Counts, Filter, Listing, Of, Page, Status, Token};
pub use memory::Memory;
pub use simulated::{Faults, Simulated};
pub use sqlite::Sqlite;
pub use store::{
    After, Delta, Description, Direction, MapRunRecord, MapRunStatus, Message, Notice, Outgoing,
    Pending, Position, Start, State, Store, Timer,
};
