//! What watchers are told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde_json::json;
use stepwell_engine::host::{Change, Changes, Next};
use stepwell_journal::{Around, Delta, Error, Memory, Seq, Status, Store as _};

use crate::{
    map_runs::map,
    world::{TENANT, World, id, open, work},
};

/// The next change of which `is` says so.
async fn change(changes: &mut Changes, is: impl Fn(&Change) -> bool) -> Arc<Change> {
    let found = async {
        loop {
            match changes.next().await {
                Next::Change(change) if is(&change) => return change,
                Next::Change(_) => {}
                Next::Missed => panic!("changes were missed"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.expect("no such change is told")
}

/// A store that once commits the end of an execution, and says that another commit came first.
#[derive(Default)]
struct Mistaken {
    store: Memory,
    was: AtomicBool,
}

#[async_trait]
impl Around for Mistaken {
    type Inner = Memory;

    fn inner(&self) -> Result<&Memory, Error> {
        Ok(&self.store)
    }

    async fn commit_around(&self, batch: Vec<Delta>) -> Vec<Result<Seq, Error>> {
        let first = batch.first().map(|delta| (delta.execution, delta.state.clone()));
        let answers = self.store.commit(batch).await;
        match first {
            Some((execution, Some(state)))
                if state.outcome().is_some() && !self.was.swap(true, Ordering::Relaxed) =>
            {
                vec![Err(Error::Conflict { execution, expected: Seq(1), actual: Some(Seq(2)) })]
            }
            _ => answers,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_that_was_taken_for_refused() {
    let mut world = World::new().await;
    let store = Arc::new(Mistaken::default());
    world.host.stop(std::future::ready(())).await;
    world.host =
        open(&store, &world.store, &world.clock, &world.tasks, &world.directory, |_| {}).await;
    let target = world.create("m", work("wasm:pure/echo")).await;
    let mut changes = world.host.watch(TENANT).unwrap();
    world.start(&target, "e", json!({})).await.unwrap();
    let told = change(&mut changes, |it| it.listing.status == Status::Succeeded).await;
    assert!(store.was.load(Ordering::Relaxed));
    assert!(told.status_changed);
    assert_eq!(told.listing, world.ended(&target, "e").await.listing);
    assert_eq!(Some(told.last_event_id), told.listing.last_event_id);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_redriven_child_is_told_whatever_its_type() {
    for execution_type in ["STANDARD", "EXPRESS"] {
        let world = World::new().await;
        let target = world.create("m", map(execution_type, "wasm:pure/mend", json!({}))).await;
        world.run(&target, "e", json!([0])).await;
        let mut changes = world.host.watch(TENANT).unwrap();
        world.host.redrive_execution(id(&target, "e"), None).await.unwrap();
        let ends = |it: &Change| it.listing.map_run.is_some() && it.listing.stopped_at.is_some();
        let told = change(&mut changes, ends).await;
        assert!(told.status_changed);
        let (listing, last) = (&told.listing, Some(told.last_event_id));
        assert_eq!((listing.status, listing.redrive_count), (Status::Succeeded, 1));
        let kept = world.store.describe(listing.id).await.unwrap().unwrap().listing;
        assert_eq!((listing, last), (&kept, kept.last_event_id), "{execution_type}");
    }
}
