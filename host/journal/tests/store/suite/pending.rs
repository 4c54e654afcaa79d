//! Timers, messages and notices: what is kept until it is done.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::json;
use stepwell_asl::Json;
use stepwell_interpreter::{Occurrence, TimerId};
use stepwell_journal::{After, CommitId, Notice, Outgoing, Seq, Shard, Store, codec::MAX_INLINE};

use crate::sample::{Subject, at, key, lease, one, start_of};

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
