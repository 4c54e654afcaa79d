//! What holds of every store: each test is given an empty one.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use stepwell_asl::Json;
use stepwell_interpreter::{Occurrence, Outcome, TimerId};
use stepwell_journal::{
    After, CommitId, Delta, Direction, Error, Filter, Key, Listing, MapRunRecord, MapRunStatus,
    Notice, Of, Outgoing, Page, Seq, Shard, Start, Status, Store, Token, codec::MAX_INLINE,
};

use crate::sample::{Subject, at, form, key, lease, machine, one, start_of};

/// Makes one test of each, for a store that an expression opens.
macro_rules! suite {
    ($open:expr) => {
        crate::suite::suite!($open;
            commits_one_step_after_another
            refuses_what_does_not_follow
            a_delta_that_is_committed_again_is_answered_as_it_was
            a_name_is_taken_until_the_execution_is_deleted
            a_lease_that_is_over_commits_nothing
            one_delta_that_is_refused_takes_no_other_with_it
            deltas_of_one_execution_apply_in_their_order
            keeps_the_state_of_what_may_be_redriven
            redrives_what_failed_and_nothing_else
            timers_are_due_and_gone_with_their_execution
            messages_stay_until_they_are_applied
            notices_stay_until_they_are_delivered
            reads_a_history_in_pages_and_both_directions
            stores_long_payloads_once_and_gives_them_back
            loads_the_open_executions_of_a_shard
            lists_the_newest_first_in_stable_pages
            lists_by_status_version_alias_redrive_and_map_run
            keeps_map_runs
            deletes_what_ended_long_ago
            describes_what_there_is
        );
    };
    ($open:expr; $($test:ident)*) => {
        $(
            #[tokio::test]
            async fn $test() {
                let (store, _directory) = $open;
                crate::suite::$test(&store).await;
            }
        )*
    };
}
pub(crate) use suite;

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

pub(crate) async fn timers_are_due_and_gone_with_their_execution<S: Store>(store: &S) {
    let mut first = Subject::started(store, "first").await;
    let second = Subject::started(store, "second").await;
    let all = Shard::all();
    assert!(store.due(&all, at(59), 10).await.unwrap().is_empty());
    let due = store.due(&all, at(60), 10).await.unwrap();
    let whose: BTreeSet<_> = due.iter().map(|timer| timer.execution).collect();
    assert_eq!(whose, BTreeSet::from([first.id, second.id]));
    assert!(due.iter().all(|timer| timer.due == at(60)));
    assert_eq!(store.due(&[first.id.shard()], at(60), 10).await.unwrap().len(), 1);

    first.wake(store).await;
    let due = store.due(&all, at(60), 10).await.unwrap();
    assert_eq!(due.iter().map(|timer| timer.execution).collect::<Vec<_>>(), [second.id]);

    let precise = at(90) + std::time::Duration::from_nanos(1);
    let mut set = first.starting();
    set.after = After::Commit(Seq(2));
    Arc::make_mut(&mut set.events).clear();
    set.state = None;
    set.set = vec![(TimerId(70), precise), (TimerId(71), at(80))];
    first.seq = one(store, set).await.unwrap();
    let mine = [first.id.shard()];
    let due = store.due(&mine, at(91), 1).await.unwrap();
    assert_eq!((due.len(), due[0].id), (1, TimerId(71)), "the first is the first due");
    let due = store.due(&mine, at(91), 10).await.unwrap();
    assert_eq!(due[1].due, precise);

    first.succeed(store, at(61)).await;
    let left = store.due(&all, at(1000), 10).await.unwrap();
    assert!(left.iter().all(|timer| timer.execution == second.id), "{left:?}");
}

pub(crate) async fn messages_stay_until_they_are_applied<S: Store>(store: &S) {
    let mut sender = Subject::new(store, start_of(key("sender")), at(0)).await;
    let mut receiver = Subject::started(store, "receiver").await;
    let (mine, shard) = (lease(store, receiver.id.shard()).await, receiver.id.shard());
    let long = Json::from(json!("a".repeat(2 * MAX_INLINE)));
    let body = Json::parse("{ \"n\" : 1.0 }").unwrap();
    let mut delta = sender.starting();
    for body in [&body, &long, &body] {
        delta.send.push(Outgoing { to: receiver.id, body: body.clone() });
    }
    sender.seq = one(store, delta).await.unwrap();

    let inbox = store.inbox(&Shard::all(), 10).await.unwrap();
    assert_eq!(inbox.len(), 3);
    assert!(inbox.iter().all(|message| message.to == receiver.id));
    assert!(inbox.is_sorted_by_key(|message| message.id));
    assert_eq!(inbox[0].body.text(), "{ \"n\" : 1.0 }");
    assert_eq!(inbox[1].body, long);
    assert_eq!(store.inbox(&[shard], 2).await.unwrap().len(), 2);

    let mut taken = receiver.step(at(1), Occurrence::Stop { error: None, cause: None });
    taken.applied = vec![inbox[0].id, inbox[1].id];
    let mut conflict = taken.clone();
    conflict.after = After::Commit(Seq(9));
    one(store, conflict).await.unwrap_err();
    assert_eq!(store.inbox(&[shard], 10).await.unwrap().len(), 3, "what is refused takes none");
    one(store, taken).await.unwrap();
    assert_eq!(store.inbox(&[shard], 10).await.unwrap(), inbox[2..]);

    store.discard(mine, vec![inbox[2].id]).await.unwrap();
    assert!(store.inbox(&[shard], 10).await.unwrap().is_empty());

    let mut again = sender.step(at(1), Occurrence::Stop { error: None, cause: None });
    again.send.push(Outgoing { to: receiver.id, body });
    one(store, again).await.unwrap();
    let inbox_now = store.inbox(&[shard], 10).await.unwrap();
    assert!(inbox_now[0].id > inbox[2].id, "an id is never used again");
}

pub(crate) async fn notices_stay_until_they_are_delivered<S: Store>(store: &S) {
    let mut subject = Subject::new(store, start_of(key("run")), at(0)).await;
    let long = Json::from(json!("a".repeat(2 * MAX_INLINE)));
    let body = Json::parse("{ \"n\" : 1.0 }").unwrap();
    let notice = |destination: &str, body: &Json| Notice {
        destination: destination.into(),
        body: body.clone(),
    };
    let mut delta = subject.starting();
    delta.notices = vec![notice("a", &body), notice("b", &body), notice("a", &long)];
    subject.seq = one(store, delta.clone()).await.unwrap();
    one(store, delta).await.unwrap();

    let outbox = store.outbox("a", 10).await.unwrap();
    assert_eq!(outbox.len(), 2, "what is committed again is noted once");
    assert!(outbox.iter().all(|pending| pending.execution == subject.id));
    assert_eq!(outbox[0].body.text(), "{ \"n\" : 1.0 }");
    assert_eq!(outbox[1].body, long);
    assert!(outbox.is_sorted_by_key(|pending| pending.id));
    assert_eq!(store.outbox("a", 1).await.unwrap(), outbox[..1]);
    assert_eq!(store.destinations().await.unwrap(), ["a", "b"]);

    store.delivered(vec![outbox[0].id]).await.unwrap();
    assert_eq!(store.outbox("a", 10).await.unwrap(), outbox[1..]);
    assert_eq!(store.outbox("b", 10).await.unwrap().len(), 1, "each destination has its own");

    let mut refused = subject.step(at(1), Occurrence::Stop { error: None, cause: None });
    refused.notices = vec![notice("b", &body)];
    let mut stop = refused.clone();
    refused.after = After::Commit(Seq(9));
    one(store, refused).await.unwrap_err();
    assert_eq!(store.outbox("b", 10).await.unwrap().len(), 1, "what is refused notes nothing");
    stop.commit = CommitId::random();
    one(store, stop).await.unwrap();
    assert_eq!(store.outbox("b", 10).await.unwrap().len(), 2);

    assert_eq!(store.retain(at(100), 10).await, Ok(1));
    assert!(store.destinations().await.unwrap().is_empty(), "they go with their execution");
}

pub(crate) async fn reads_a_history_in_pages_and_both_directions<S: Store>(store: &S) {
    let mut subject = Subject::started(store, "run").await;
    subject.wake(store).await;
    subject.succeed(store, at(61)).await;
    let last = subject.execution.last_event_id();
    assert!(last > 6);

    for limit in [1, 2, 3, 100] {
        let mut ids = Vec::new();
        let mut from = Some(1);
        while let Some(next) = from {
            let direction = Direction::Forward;
            let page = store.history(subject.id, next, direction, limit).await.unwrap();
            assert!(page.items.len() <= limit);
            ids.extend(page.items.iter().map(|event| event.id));
            from = page.next;
        }
        assert_eq!(ids, (1..=last).collect::<Vec<_>>(), "in pages of {limit}");

        let mut ids = Vec::new();
        let mut from = Some(u64::MAX);
        while let Some(next) = from {
            let direction = Direction::Backward;
            let page = store.history(subject.id, next, direction, limit).await.unwrap();
            ids.extend(page.items.iter().map(|event| event.id));
            from = page.next;
        }
        assert_eq!(ids, (1..=last).rev().collect::<Vec<_>>(), "back in pages of {limit}");
    }
    let page = store.history(subject.id, 1, Direction::Forward, 2).await.unwrap();
    assert_eq!(page.items, subject.first.events[..2]);
    let beyond = store.history(subject.id, last + 1, Direction::Forward, 2).await.unwrap();
    assert_eq!(beyond, Page { items: Vec::new(), next: None });
    let none = store.history(key("none").id(), 1, Direction::Forward, 2).await.unwrap();
    assert_eq!(none, Page { items: Vec::new(), next: None });
}

pub(crate) async fn stores_long_payloads_once_and_gives_them_back<S: Store>(store: &S) {
    let states = machine(&json!({
        "StartAt": "A",
        "States": {
            "A": { "Type": "Pass", "Next": "B" },
            "B": { "Type": "Wait", "Seconds": 60, "Next": "C" },
            "C": { "Type": "Pass", "End": true },
        },
    }));
    let input = json!({ "long": "abc".repeat(MAX_INLINE), "marked": "\0" });
    let start = start_of(key("run"));
    let mut subject = Subject::of(store, states, start, input.clone(), at(0)).await;
    subject.begin(store).await;
    let state = store.state(subject.id).await.unwrap().unwrap();
    assert_eq!(form(&state.execution), form(&subject.execution));
    subject.wake(store).await;

    let page = store.history(subject.id, 1, Direction::Forward, 100).await.unwrap();
    assert_eq!(page.items[..subject.first.events.len()], subject.first.events);
    let described = store.describe(subject.id).await.unwrap().unwrap();
    assert_eq!(described.input.value(), &input);
    let Some(Outcome::Succeeded { output }) = described.outcome else {
        panic!("{:?}", described.outcome);
    };
    assert_eq!(output.value(), &input);
}

pub(crate) async fn loads_the_open_executions_of_a_shard<S: Store>(store: &S) {
    let mut open = BTreeSet::new();
    for number in 0..40 {
        let mut subject = Subject::started(store, &format!("run-{number}")).await;
        if number % 4 == 0 {
            subject.wake(store).await;
            subject.succeed(store, at(61)).await;
        } else {
            open.insert(subject.id);
        }
    }
    let mut loaded = Vec::new();
    for shard in Shard::all() {
        let mut after = None;
        loop {
            let some = store.load(shard, after, 1).await.unwrap();
            let Some(state) = some.into_iter().next() else { break };
            assert_eq!(state.id.shard(), shard);
            assert_eq!(state.id, state.start.key.id());
            after = Some(state.id);
            loaded.push(state.id);
        }
    }
    assert_eq!(loaded, open.into_iter().collect::<Vec<_>>());
}

fn filter(of: Of) -> Filter {
    Filter { tenant: "000000000000".into(), of, status: None, redriven: None }
}

fn of_machine() -> Filter {
    filter(Of::Machine("machine".into()))
}

async fn names<S: Store>(store: &S, filter: Filter) -> Vec<String> {
    let page = store.list(filter, 100, None).await.unwrap();
    page.items.into_iter().map(|listing| listing.key.name).collect()
}

pub(crate) async fn lists_the_newest_first_in_stable_pages<S: Store>(store: &S) {
    for number in 0..9 {
        let start = start_of(key(&format!("run-{number}")));
        // Some at the same time.
        let mut subject = Subject::new(store, start, at(number / 2)).await;
        subject.begin(store).await;
        if number % 3 == 0 {
            subject.wake(store).await;
            subject.succeed(store, at(100)).await;
        }
    }
    let whole = store.list(of_machine(), 100, None).await.unwrap();
    assert_eq!((whole.items.len(), &whole.next), (9, &None));
    let order = |listing: &Listing| std::cmp::Reverse((listing.started_at, listing.id));
    assert!(whole.items.is_sorted_by_key(order));

    let mut items = Vec::new();
    let mut token: Option<Token> = None;
    for page in 0.. {
        let found = store.list(of_machine(), 2, token.clone()).await.unwrap();
        items.extend(found.items);
        let start = start_of(key(&format!("later-{page}")));
        Subject::new(store, start, at(50)).await.begin(store).await;
        let Some(next) = found.next else { break };
        token = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(items, whole.items, "what is started meanwhile is on no later page");

    let other = Filter { status: Some(Status::Running), ..of_machine() };
    let error = store.list(other, 2, token).await.unwrap_err();
    assert_eq!(error.to_string(), "The token is not one of this listing.");
    assert_eq!("no token".parse::<Token>(), Err(Error::Token));
}

pub(crate) async fn lists_by_status_version_alias_redrive_and_map_run<S: Store>(store: &S) {
    let start = |name: &str| start_of(key(name));
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let versioned = Start { version: Some("1".into()), ..start("versioned") };
    let aliased =
        Start { version: Some("1".into()), alias: Some("live".into()), ..start("aliased") };
    let child = Start {
        map_run: Some(arn.into()),
        item_count: Some(3),
        ..start_of(Key { machine: "machine/map".into(), ..key("child") })
    };
    for start in [versioned, aliased, child] {
        Subject::new(store, start, at(0)).await.begin(store).await;
    }
    let foreign = Key { tenant: "1".into(), ..key("foreign") };
    Subject::new(store, start_of(foreign), at(0)).await.begin(store).await;
    let mut failed = Subject::new(store, start("failed"), at(1)).await;
    failed.begin(store).await;
    failed.wake(store).await;
    failed.fail(store, at(70)).await;

    let machine = || "machine".to_owned();
    assert_eq!(names(store, of_machine()).await.len(), 3, "neither foreign ones nor children");
    let version = |version: &str| filter(Of::Version(machine(), version.into()));
    let found = names(store, version("1")).await;
    assert_eq!(BTreeSet::from_iter(found), ["aliased".into(), "versioned".into()].into());
    assert!(names(store, version("2")).await.is_empty());
    let alias = filter(Of::Alias(machine(), "live".into()));
    assert_eq!(names(store, alias).await, ["aliased"]);
    assert_eq!(names(store, filter(Of::MapRun(arn.into()))).await, ["child"]);
    let foreign = Filter { tenant: "1".into(), ..filter(Of::MapRun(arn.into())) };
    assert!(names(store, foreign).await.is_empty(), "an ARN opens no other tenant's list");
    let with = |status| Filter { status: Some(status), ..of_machine() };
    assert_eq!(names(store, with(Status::Failed)).await, ["failed"]);
    assert_eq!(names(store, with(Status::Running)).await.len(), 2);
    assert!(names(store, with(Status::TimedOut)).await.is_empty());
    let redriven = |redriven| Filter { redriven: Some(redriven), ..of_machine() };
    assert!(names(store, redriven(true)).await.is_empty());
    assert_eq!(names(store, redriven(false)).await.len(), 3);
}

/// A Map Run whose state is that of a distributed Map over three items.
fn map_run(id: u64, arn: &str) -> MapRunRecord {
    let state = crate::sample::map_run();
    let id = stepwell_interpreter::map_run::MapRunId(id);
    MapRunRecord { id, arn: arn.into(), started_at: at(0), ended: None, state }
}

pub(crate) async fn keeps_map_runs<S: Store>(store: &S) {
    let arn = |number| format!("arn:aws:states:eu-west-1:1:mapRun:machine/map:{number}");
    let subject = Subject::new(store, start_of(key("run")), at(0)).await;
    let mut delta = subject.starting();
    delta.map_runs = vec![map_run(3, &arn(3)), map_run(12, &arn(12))];
    one(store, delta.clone()).await.unwrap();

    let (whose, record) = store.map_run(&arn(12)).await.unwrap().unwrap();
    assert_eq!((whose, record.id.0, record.ended), (subject.id, 12, None));
    assert!(store.map_run("arn").await.unwrap().is_none());

    delta.commit = CommitId::random();
    delta.after = After::Commit(Seq(1));
    Arc::make_mut(&mut delta.events).clear();
    delta.state = None;
    delta.set.clear();
    delta.map_runs.truncate(1);
    delta.map_runs[0].ended = Some((at(9), MapRunStatus::Failed));
    one(store, delta).await.unwrap();
    let records = store.map_runs(subject.id).await.unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].arn, arn(3));
    assert_eq!(records[0].started_at, at(0));
    assert_eq!(records[0].ended, Some((at(9), MapRunStatus::Failed)));
    let form = |record: &MapRunRecord| serde_json::to_value(&record.state).unwrap();
    assert_eq!(form(&records[0]), form(&map_run(3, "")));
    assert_eq!(records[1].ended, None);
}

pub(crate) async fn deletes_what_ended_long_ago<S: Store>(store: &S) {
    let mut ids = Vec::new();
    for number in 0..5 {
        let mut subject = Subject::started(store, &format!("run-{number}")).await;
        ids.push(subject.id);
        if number < 4 {
            subject.wake(store).await;
            subject.succeed(store, at(100 + number)).await;
        }
    }
    assert_eq!(store.retain(at(100), 10).await, Ok(0));
    assert_eq!(store.retain(at(103), 2).await, Ok(2), "no more than asked for");
    assert_eq!(store.retain(at(103), 2).await, Ok(1));
    for id in &ids[..3] {
        assert!(store.describe(*id).await.unwrap().is_none());
        let page = store.history(*id, 1, Direction::Forward, 9).await.unwrap();
        assert!(page.items.is_empty());
    }
    assert_eq!(store.retain(at(1_000_000), 10).await, Ok(1), "one that is open is kept");
    assert!(store.describe(ids[4]).await.unwrap().is_some());
    assert_eq!(names(store, of_machine()).await, ["run-4"]);
}

pub(crate) async fn describes_what_there_is<S: Store>(store: &S) {
    assert!(store.describe(key("none").id()).await.unwrap().is_none());
    let mut subject = Subject::started(store, "run").await;
    let described = store.describe(subject.id).await.unwrap().unwrap();
    assert_eq!(described.listing.key, key("run"));
    assert_eq!(described.listing.started_at, at(0));
    assert_eq!(described.input.text(), r#"{"a":1}"#);
    assert_eq!(described.attributes, subject.start.attributes);
    assert_eq!(described.outcome, None);

    subject.wake(store).await;
    let described = store.describe(subject.id).await.unwrap().unwrap();
    assert_eq!(described.position.seq, Seq(2));
    subject.succeed(store, at(61)).await;
    let described = store.describe(subject.id).await.unwrap().unwrap();
    assert_eq!(described.listing.stopped_at, Some(at(61)));
    assert_eq!(described.position.seq, Seq(3));
    assert_eq!(described.outcome.as_ref(), subject.execution.outcome());
}
