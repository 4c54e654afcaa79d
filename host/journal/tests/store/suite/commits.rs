//! What is committed, and what is refused.

use std::sync::Arc;

use stepwell_interpreter::{Occurrence, TimerId};
use stepwell_journal::{After, CommitId, Delta, Error, Key, Seq, Shard, Status, Store};

use super::lists::map_run;
use crate::sample::{Subject, at, form, key, lease, one, start_of};

async fn status<S: Store>(store: &S, subject: &Subject) -> Status {
    store.describe(subject.id).await.unwrap().unwrap().listing.status
}

pub(crate) async fn commits_one_step_after_another<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    assert_eq!(subject.seq, Seq::FIRST);
    let state = store.state(subject.id).await.unwrap().unwrap();
    assert_eq!(state.position.seq, Seq(1));
    assert_eq!(state.start, subject.start);
    assert_eq!(form(&state.execution), form(&subject.execution));

    subject.wake(store).await;
    assert_eq!(subject.seq, Seq(2));
    subject.succeed(store, at(61)).await;
    assert_eq!(store.position(subject.id).await.unwrap().unwrap().seq, Seq(3));
    assert_eq!(status(store, &subject).await, Status::Succeeded);
    assert!(store.state(subject.id).await.unwrap().is_none(), "nothing is left to be done");
}

pub(crate) async fn refuses_what_does_not_follow<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    let id = subject.id;
    let stop = Occurrence::Stop { error: None, cause: None };
    let good = subject.step(at(1), stop);

    let mut ahead = good.clone();
    ahead.after = After::Commit(Seq(7));
    let error = one(store, ahead).await.unwrap_err();
    assert_eq!(error, Error::Conflict { execution: id, expected: Seq(7), actual: Some(Seq(1)) });
    assert_eq!(error.to_string(), format!("The execution {id} is at commit 1, not at 7."));

    let mut gap = good.clone();
    let events = Arc::make_mut(&mut gap.events);
    events.remove(0).id += 1;
    events.push(good.events[0].clone());
    for event in events {
        event.id += 5;
    }
    assert_eq!(
        one(store, gap).await.unwrap_err().to_string(),
        format!("The commit to {id} is refused: its events do not follow the last.")
    );

    let mut holes = good.clone();
    Arc::make_mut(&mut holes.events).push(good.events[0].clone());
    assert_eq!(
        one(store, holes).await.unwrap_err().to_string(),
        format!("The commit to {id} is refused: its events do not follow each other.")
    );

    let mut other_shard = good.clone();
    other_shard.lease.shard = Shard::new((id.shard().number() + 1) % Shard::COUNT).unwrap();
    assert_eq!(
        one(store, other_shard).await.unwrap_err().to_string(),
        format!("The commit to {id} is refused: the lease is of another shard.")
    );

    let mut timer = good.clone();
    timer.set.push((TimerId(9), at(9)));
    assert_eq!(
        one(store, timer).await.unwrap_err().to_string(),
        format!("The commit to {id} is refused: it ends the execution, and sets a timer.")
    );

    let unknown = Subject::new(store, start_of(key("unknown")), at(0)).await;
    let mut delta = unknown.starting();
    delta.after = After::Commit(Seq(1));
    assert_eq!(
        one(store, delta).await.unwrap_err().to_string(),
        format!("The execution {} is at commit none, not at 1.", unknown.id)
    );

    assert_eq!(one(store, good.clone()).await, Ok(Seq(2)), "nothing of that was written");
    let late = Delta { commit: CommitId::random(), after: After::Commit(Seq(2)), ..good };
    let error = one(store, late).await.unwrap_err();
    assert_eq!(error.to_string(), format!("The execution {id} has ended."));
}

pub(crate) async fn a_delta_that_is_committed_again_is_answered_as_it_was<S: Store>(store: &S) {
    let mut subject = Subject::new(store, start_of(key("run")), at(0)).await;
    let start = subject.starting();
    assert_eq!(one(store, start.clone()).await, Ok(Seq(1)));
    assert_eq!(one(store, start.clone()).await, Ok(Seq(1)));
    let position = store.position(subject.id).await.unwrap().unwrap();
    assert_eq!((position.seq, position.commit), (Seq(1), start.commit));

    subject.seq = Seq(1);
    let end = subject.step(at(1), Occurrence::Stop { error: None, cause: None });
    assert_eq!(one(store, end.clone()).await, Ok(Seq(2)));
    assert_eq!(one(store, end).await, Ok(Seq(2)));
    assert!(matches!(one(store, start).await, Err(Error::NameTaken { .. })));
}

pub(crate) async fn a_name_is_taken_until_the_execution_is_deleted<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    let again = Subject::new(store, start_of(key("run")), at(5)).await;
    let error = one(store, again.starting()).await.unwrap_err();
    assert_eq!(error, Error::NameTaken { execution: subject.id });
    assert_eq!(
        error.to_string(),
        format!("There is an execution of this name already: {}.", subject.id)
    );

    for other in [
        Key { tenant: "1".into(), ..key("run") },
        Key { machine: "other".into(), ..key("run") },
        key("other"),
    ] {
        Subject::new(store, start_of(other), at(0)).await.begin(store).await;
    }

    subject.wake(store).await;
    subject.succeed(store, at(61)).await;
    assert!(one(store, again.starting()).await.is_err(), "it is kept, and so is its name");
    assert_eq!(store.retain(at(100), 10).await, Ok(1));
    assert_eq!(one(store, again.starting()).await, Ok(Seq(1)));
}

pub(crate) async fn a_lease_that_is_over_commits_nothing<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    let shard = subject.id.shard();
    assert_eq!(lease(store, shard).await, subject.lease, "the same owner keeps its lease");

    let stolen = store.claim("another", &[shard]).await.unwrap()[0];
    assert!(stolen.epoch > subject.lease.epoch);
    let mut delta = subject.step(at(1), Occurrence::Stop { error: None, cause: None });
    let error = one(store, delta.clone()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "The lease on shard {} of epoch {} is over: another host has claimed it.",
            shard.number(),
            subject.lease.epoch
        )
    );
    let fenced = store.discard(subject.lease, Vec::new()).await;
    assert!(matches!(fenced, Err(Error::Fenced { .. })));
    delta.lease = stolen;
    assert_eq!(one(store, delta).await, Ok(Seq(2)));
}

pub(crate) async fn one_delta_that_is_refused_takes_no_other_with_it<S: Store>(store: &S) {
    let first = Subject::started(store, "first").await;
    let taken = Subject::new(store, start_of(key("first")), at(0)).await;
    let second = Subject::new(store, start_of(key("second")), at(0)).await;
    let mut wrong = second.starting();
    Arc::make_mut(&mut wrong.events).clear();
    // Two Map Runs of one ARN: only the tables know.
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let mut one_map = Subject::new(store, start_of(key("one-map")), at(0)).await.starting();
    let mut two_map = Subject::new(store, start_of(key("two-map")), at(0)).await.starting();
    one_map.map_runs.push(map_run(1, arn));
    two_map.map_runs.push(map_run(1, arn));
    let two = two_map.execution;

    let answers =
        store.commit(vec![taken.starting(), wrong, one_map, two_map, second.starting()]).await;
    assert_eq!(answers[0], Err(Error::NameTaken { execution: first.id }));
    assert!(matches!(answers[1], Err(Error::Refused { .. })), "{answers:?}");
    assert_eq!(answers[2], Ok(Seq(1)));
    assert_eq!(
        answers[3].as_ref().unwrap_err().to_string(),
        format!("The commit to {two} is refused: what it adds is there already.")
    );
    assert_eq!(answers[4], Ok(Seq(1)));
    assert_eq!(store.position(two).await, Ok(None));
    assert_eq!(store.commit(Vec::new()).await, []);
}

pub(crate) async fn deltas_of_one_execution_apply_in_their_order<S: Store>(store: &S) {
    let mut subject = Subject::new(store, start_of(key("run")), at(0)).await;
    let start = subject.starting();
    subject.seq = Seq(1);
    let stop = subject.step(at(1), Occurrence::Stop { error: None, cause: None });
    assert_eq!(store.commit(vec![start, stop]).await, [Ok(Seq(1)), Ok(Seq(2))]);
    assert_eq!(status(store, &subject).await, Status::Aborted);
}

pub(crate) async fn keeps_the_state_of_what_may_be_redriven<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    subject.wake(store).await;
    subject.fail(store, at(61)).await;
    let state = store.state(subject.id).await.unwrap().unwrap();
    assert_eq!(state.position.seq, Seq(3));
    assert_eq!(form(&state.execution), form(&subject.execution));
    let shard = subject.id.shard();
    assert!(store.load(shard, None, 10).await.unwrap().is_empty(), "it is not open");
}

pub(crate) async fn redrives_what_failed_and_nothing_else<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    subject.wake(store).await;
    subject.fail(store, at(61)).await;
    let ended = store.describe(subject.id).await.unwrap().unwrap().listing;
    assert_eq!(ended.last_event_id, Some(subject.execution.last_event_id()));

    let step = subject.execution.redrive(&subject.machine, None, at(100)).unwrap();
    let after = After::Redrive(Seq(3));
    let mut redrive =
        Delta::new(subject.lease, subject.id, after, &step, subject.execution.clone());
    assert_eq!(one(store, redrive.clone()).await, Ok(Seq(4)));
    let listing = store.describe(subject.id).await.unwrap().unwrap().listing;
    assert_eq!(listing.status, Status::Running);
    assert_eq!((listing.redrive_count, listing.redriven_at), (1, Some(at(100))));
    assert_eq!(listing.stopped_at, None);
    assert_eq!(store.load(subject.id.shard(), None, 10).await.unwrap().len(), 1);

    redrive.commit = CommitId::random();
    redrive.after = After::Redrive(Seq(4));
    assert_eq!(
        one(store, redrive).await.unwrap_err().to_string(),
        format!("The execution {} cannot be redriven: it has not failed.", subject.id)
    );
}
