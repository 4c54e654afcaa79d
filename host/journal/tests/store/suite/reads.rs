//! What is read of one execution.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use stepwell_interpreter::{Event, Outcome};
use stepwell_journal::{Direction, Page, Seq, Shard, Store, codec::MAX_INLINE};

use crate::sample::{Subject, at, form, key, machine, start_of};

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

    let all = store.history(subject.id, 1, Direction::Forward, 100).await.unwrap().items;
    let some = [2, last, last + 7, 0].into();
    let found = store.events(subject.id, some).await.unwrap();
    let expected = vec![all[1].clone(), all[all.len() - 1].clone()];
    assert_eq!(found, Page { items: expected, next: None });
    let found = store.events(key("none").id(), [1].into()).await.unwrap();
    assert_eq!(found, Page { items: Vec::new(), next: None });

    let outlines: Vec<_> = all.iter().map(Event::outline).collect();
    for limit in [1, 2, 100] {
        let mut read = Vec::new();
        let mut from = Some(1);
        while let Some(next) = from {
            let page = store.outline(subject.id, next, limit).await.unwrap();
            read.extend(page.items);
            from = page.next;
        }
        assert_eq!(read, outlines, "in pages of {limit}");
    }
    let beyond = store.history(subject.id, last + 1, Direction::Forward, 2).await.unwrap();
    assert_eq!(beyond, Page { items: Vec::new(), next: None });
    let none = store.history(key("none").id(), 1, Direction::Forward, 2).await.unwrap();
    assert_eq!(none, Page { items: Vec::new(), next: None });
}

/// One that hands its input through so many states until it waits, and through one more after that.
async fn handing_on<S: Store>(store: &S, input: &Value, states: usize) -> Subject {
    let mut all: Map<_, _> = (1..=states)
        .map(|it| (format!("P{it}"), json!({ "Type": "Pass", "Next": format!("P{}", it + 1) })))
        .collect();
    all[&format!("P{states}")]["Next"] = "W".into();
    all.insert("W".into(), json!({ "Type": "Wait", "Seconds": 60, "Next": "Last" }));
    all.insert("Last".into(), json!({ "Type": "Pass", "End": true }));
    let states = machine(&json!({ "StartAt": "P1", "States": all }));
    let start = start_of(key("run"));
    let mut subject = Subject::of(store, states, start, input.clone(), at(0)).await;
    subject.begin(store).await;
    subject
}

pub(crate) async fn a_page_of_events_ends_where_its_data_are_enough<S: Store>(store: &S) {
    // 26 of these are more than 4 MiB, and 25 are less.
    let input = json!("x".repeat(165_000));
    let mut subject = handing_on(store, &input, 12).await;
    assert_eq!(subject.first.events.len(), 26);
    subject.wake(store).await;
    let ids = |page: &Page<Event, u64>| page.items.iter().map(|it| it.id).collect::<Vec<_>>();
    for (direction, from, expected, next) in [
        (Direction::Forward, 1, (1..=26).collect::<Vec<_>>(), Some(27)),
        (Direction::Forward, 2, (2..=27).collect(), Some(28)),
        (Direction::Forward, 27, (27..=30).collect(), None),
        (Direction::Backward, u64::MAX, (5..=30).rev().collect(), Some(4)),
        (Direction::Backward, 26, (1..=26).rev().collect(), None),
    ] {
        let page = store.history(subject.id, from, direction, 100).await.unwrap();
        assert_eq!((ids(&page), page.next), (expected, next), "{direction:?} {from}");
    }
    let page = store.events(subject.id, (1..=30).collect()).await.unwrap();
    assert_eq!((ids(&page), page.next), ((1..=26).collect(), Some(27)));
    // An outline has no data.
    let outline = store.outline(subject.id, 1, 100).await.unwrap();
    assert_eq!((outline.items.len(), outline.next), (30, None));
}

pub(crate) async fn stores_long_payloads_once_and_gives_them_back<S: Store>(store: &S) {
    let input = json!({ "long": "abc".repeat(MAX_INLINE), "marked": "\0" });
    let mut subject = handing_on(store, &input, 1).await;
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
