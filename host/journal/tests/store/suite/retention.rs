//! What is deleted after its time.

use stepwell_interpreter::Occurrence;
use stepwell_journal::{Direction, MapRunStatus, Start, Store};

use super::lists::{map_run, names, of_machine};
use crate::sample::{Subject, at, key, one, start_of};

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

pub(crate) async fn the_children_of_a_map_run_are_kept_with_it<S: Store>(store: &S) {
    let arn = "arn:aws:states:eu-west-1:1:mapRun:machine/map:1";
    let mut parent = Subject::new(store, start_of(key("run")), at(0)).await;
    let mut delta = parent.starting();
    delta.map_runs = vec![map_run(1, arn)];
    parent.seq = one(store, delta).await.unwrap();
    let start = Start { map_run: Some(arn.into()), ..start_of(key("child")) };
    let mut child = Subject::new(store, start, at(0)).await;
    child.begin(store).await;
    child.wake(store).await;
    child.succeed(store, at(100)).await;
    assert_eq!(store.retain(at(1_000), 10).await, Ok(0), "its Map Run is open");

    let mut delta = parent.step(at(2_000), Occurrence::Stop { error: None, cause: None });
    delta.map_runs = vec![map_run(1, arn)];
    delta.map_runs[0].ended = Some((at(2_000), MapRunStatus::Aborted));
    one(store, delta).await.unwrap();
    assert_eq!(store.retain(at(2_000), 10).await, Ok(0), "and has ended just now");
    assert_eq!(store.retain(at(2_001), 10).await, Ok(2));
    assert!(store.map_run(arn).await.unwrap().is_none());
}
