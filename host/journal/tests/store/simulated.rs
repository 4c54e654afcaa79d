//! The stores in memory: the plain one, and one in which things go wrong.

use std::time::Duration;

use serde_json::json;
use stepwell_interpreter::Occurrence;
use stepwell_journal::{
    Catalog as _, CommitId, Delta, Direction, Error, Faults, Memory, Seq, Shard, Simulated, Status,
    Store,
    catalog::{Key, Kind, Write},
};

use crate::sample::{Subject, at, form, key, one, start_of};

mod plain {
    use super::*;

    crate::suite::suite!((Memory::default(), ()));
    crate::catalog::suite!((Memory::default(), ()));
}

mod without_faults {
    use super::*;

    crate::suite::suite!((Simulated::new(1, Faults::default(), at(0)), ()));
    crate::catalog::suite!((Simulated::new(1, Faults::default(), at(0)), ()));
}

/// Commits as a host does: what is not known is tried again, what was in conflict is looked up,
/// and a store that crashed is started again.
async fn insist(store: &Simulated, delta: Delta) -> Seq {
    for _ in 0..100 {
        match one(store, delta.clone()).await {
            Ok(seq) => return seq,
            Err(Error::Conflict { .. }) => {}
            Err(error) => assert!(error.is_uncertain(), "{error}"),
        }
        if store.is_crashed() {
            assert_eq!(store.position(delta.execution).await, Err(Error::Stopped));
            store.restart();
        }
        let position = store.position(delta.execution).await.unwrap();
        if let Some(position) = position.filter(|position| position.commit == delta.commit) {
            return position.seq;
        }
    }
    panic!("nothing is committed any more");
}

#[tokio::test]
async fn whatever_goes_wrong_each_step_is_committed_once() {
    let faults = Faults { conflicts: 200, lost_answers: 200, crashes: 100, clock_jumps: 0 };
    for seed in 0..50 {
        let store = Simulated::new(seed, faults, at(0));
        let mut subject = Subject::new(&store, start_of(key("run")), at(0)).await;
        subject.seq = insist(&store, subject.starting()).await;
        let stored = store.state(subject.id).await.unwrap().unwrap();
        assert_eq!(form(&stored.execution), form(&subject.execution));
        let stop = subject.step(at(1), Occurrence::Stop { error: None, cause: None });
        assert_eq!(insist(&store, stop).await, Seq(2), "seed {seed}");
        let listing = store.describe(subject.id).await.unwrap().unwrap().listing;
        assert_eq!(listing.status, Status::Aborted);
        let page = store.history(subject.id, 1, Direction::Forward, 100).await.unwrap();
        assert_eq!(page.items.len() as u64, subject.execution.last_event_id());
    }
}

#[tokio::test]
async fn a_crash_keeps_what_was_committed_before() {
    let faults = Faults { crashes: 1000, ..Faults::default() };
    let mut kept = Vec::new();
    for seed in 0..20 {
        let store = Simulated::new(seed, faults, at(0));
        let mut batch = Vec::new();
        for name in 0..8 {
            let start = start_of(key(&name.to_string()));
            batch.push(Subject::new(&store, start, at(0)).await.starting());
        }
        let ids: Vec<_> = batch.iter().map(|delta| delta.execution).collect();
        let answers = store.commit(batch.clone()).await;
        assert!(answers.iter().all(|answer| *answer == Err(Error::Stopped)));
        assert_eq!(store.commit(batch).await, answers, "it is down");
        assert_eq!(store.claim("test", &Shard::all()).await, Err(Error::Stopped));
        store.restart();
        let mut there = Vec::new();
        for id in ids {
            there.push(store.position(id).await.unwrap().is_some());
        }
        assert!(there.is_sorted_by(|a, b| a >= b), "the first are kept: {there:?}");
        kept.push(there.iter().filter(|there| **there).count());
    }
    assert!(kept.contains(&0) && kept.iter().any(|&kept| kept > 4), "{kept:?}");
}

#[tokio::test]
async fn the_same_seed_goes_wrong_the_same_way() {
    let faults = Faults { conflicts: 300, lost_answers: 300, crashes: 0, clock_jumps: 500 };
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let store = Simulated::new(seed, faults, at(0));
        let mut seen = Vec::new();
        for name in 0..20 {
            let start = start_of(key(&name.to_string()));
            let mut delta = Subject::new(&store, start, at(0)).await.starting();
            delta.commit = CommitId(name);
            let answer = one(&store, delta).await;
            store.pass(Duration::from_secs(1));
            seen.push((answer, store.now()));
        }
        runs.push(seen);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[test]
fn the_clock_jumps_both_ways() {
    let faults = Faults { clock_jumps: 1000, ..Faults::default() };
    let store = Simulated::new(1, faults, at(0));
    let times: Vec<_> = (0..500).map(|_| store.now()).collect();
    assert!(times.windows(2).any(|pair| pair[1] < pair[0]), "back");
    assert!(times.windows(2).any(|pair| pair[1] > pair[0] + Duration::from_secs(600)), "ahead");
    let steady = Simulated::new(1, Faults::default(), at(0));
    steady.pass(Duration::from_secs(5));
    assert_eq!(steady.now(), at(5));
}

#[tokio::test]
async fn writes_to_the_catalog_are_made_once_or_not_at_all() {
    let faults = Faults { conflicts: 200, lost_answers: 200, crashes: 200, clock_jumps: 0 };
    let key = Key::new("1", Kind::Machine, "m");
    let (mut conflicts, mut lost, mut gone) = (0, 0, 0);
    for seed in 0..100 {
        let store = Simulated::new(seed, faults, at(0));
        let put = Write::Put { key: key.clone(), replaces: None, body: json!(seed) };
        let answer = store.apply(vec![put]).await;
        if store.is_crashed() {
            assert_eq!(store.get(&key).await, Err(Error::Stopped));
            assert_eq!(store.scan("1", Kind::Machine, "", None, 9).await, Err(Error::Stopped));
            assert_eq!(store.apply(Vec::new()).await, Err(Error::Stopped));
            store.restart();
        }
        let there = store.get(&key).await.unwrap();
        match (answer, there) {
            (Ok(()), Some(document)) => assert_eq!(document.body, Ok(json!(seed))),
            (Err(Error::CatalogConflict { .. }), None) => conflicts += 1,
            (Err(Error::Stopped), Some(_)) => lost += 1,
            (Err(Error::Stopped), None) => gone += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(conflicts > 0 && lost > 0 && gone > 0, "{conflicts} {lost} {gone}");
}
