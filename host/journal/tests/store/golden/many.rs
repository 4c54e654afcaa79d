//! Executions of several state machines and accounts: what lists and counts are of.

use std::collections::BTreeMap;

use serde_json::json;
use stepwell_asl::StateMachine;
use stepwell_interpreter::{Effect, Occurrence};
use stepwell_journal::{
    After, Counts, Delta, Direction, Filter, Key, Of, Sqlite, Start, Status, Store,
};

use crate::sample::{Subject, at, form, key, lease, machine, one, start_of, wait_and_task};
use crate::suite::lists::names;

const TENANT: &str = "000000000000";

const MAP_RUN: &str = "arn:aws:states:eu-west-1:1:mapRun:orders/map:1";

fn of(machine: &str, name: &str) -> Start {
    start_of(Key { machine: machine.into(), ..key(name) })
}

/// Ends after half a minute, whatever it does.
fn hurried() -> StateMachine {
    machine(&json!({
        "StartAt": "Wait",
        "TimeoutSeconds": 30,
        "States": { "Wait": { "Type": "Wait", "Seconds": 60, "End": true } },
    }))
}

/// Stores them. Those that are started later have later times.
pub(super) async fn fill(store: &Sqlite) {
    let version = |number: &str| Some(number.to_owned());
    let live = || Some("live".to_owned());
    let starts = [
        Start { version: version("1"), ..of("orders", "order-1") },
        Start { version: version("2"), alias: live(), ..of("orders", "order-2") },
        Start { version: version("2"), alias: live(), ..of("orders", "order-3") },
        Start { version: version("2"), ..of("orders", "other-4") },
        of("refunds", "order-5"),
        of("refunds", "order-6"),
        Start { map_run: Some(MAP_RUN.into()), ..of("orders/map", "order-7") },
        start_of(Key { tenant: "1".into(), machine: "orders".into(), ..key("order-8") }),
    ];
    for (number, start) in (1..).zip(starts) {
        let definition = if number == 5 { hurried() } else { wait_and_task() };
        let input = json!({ "number": number });
        let mut subject = Subject::of(store, definition, start, input, at(number)).await;
        subject.begin(store).await;
        match number {
            1 | 8 => {
                subject.wake(store).await;
                subject.succeed(store, at(100)).await;
            }
            2 | 6 | 7 => {
                subject.wake(store).await;
                subject.fail(store, at(100)).await;
            }
            4 => subject.on(store, at(100), Occurrence::Stop { error: None, cause: None }).await,
            5 => {
                let pending = subject.execution.pending(&subject.machine);
                let timers = pending.iter().filter_map(|effect| match effect {
                    Effect::SetTimer { timer, at } => Some((*at, *timer)),
                    _ => None,
                });
                let (due, timer) = timers.min().unwrap();
                subject.on(store, due, Occurrence::TimerFired { timer }).await;
            }
            _ => {}
        }
        if number == 6 {
            let step = subject.execution.redrive(&subject.machine, None, at(200)).unwrap();
            let after = After::Redrive(subject.seq);
            let state = subject.execution.clone();
            one(store, Delta::new(subject.lease, subject.id, after, &step, state)).await.unwrap();
        }
    }
}

/// Lists and counts of what [`fill`] stored, beside what else the golden databases have.
pub(super) async fn check(store: &Sqlite) {
    let counts = |of: &[Status]| -> Counts { of.iter().map(|status| (*status, 1)).collect() };
    let mine = [
        ("machine", counts(&[Status::Running, Status::Succeeded])),
        ("orders", counts(&[Status::Running, Status::Succeeded, Status::Failed, Status::Aborted])),
        ("refunds", counts(&[Status::Running, Status::TimedOut])),
    ];
    let mine = mine.map(|(machine, counts)| (machine.to_owned(), counts));
    assert_eq!(store.counts(TENANT, None).await, Ok(mine.into()), "without children");
    let foreign = [("orders".to_owned(), counts(&[Status::Succeeded]))];
    assert_eq!(store.counts("1", None).await, Ok(foreign.into()));

    let all = Filter::all(TENANT, Of::Account);
    let everything =
        ["order-6", "order-5", "other-4", "order-3", "order-2", "order-1", "open", "succeeded"];
    let mut found = names(store, all.clone()).await;
    // Those two were started at the same time.
    found[6..].sort();
    assert_eq!(found, everything);
    let begins = |prefix: &str| Filter { name_prefix: prefix.into(), ..all.clone() };
    assert_eq!(names(store, begins("other")).await, ["other-4"]);
    assert_eq!(
        names(store, begins("order-")).await,
        ["order-6", "order-5", "order-3", "order-2", "order-1"]
    );
    for (status, expected) in [
        (Status::Running, &["order-6", "order-3"][..]),
        (Status::Succeeded, &["order-1"]),
        (Status::Failed, &["order-2"]),
        (Status::TimedOut, &["order-5"]),
        (Status::Aborted, &["other-4"]),
    ] {
        let filter = Filter { statuses: [status].into(), ..begins("o") };
        let found = names(store, filter).await.into_iter().filter(|name| name != "open");
        assert_eq!(found.collect::<Vec<_>>(), expected, "{}", status.as_str());
    }
    let orders = || "orders".to_owned();
    for (of, expected) in [
        (Of::Machine(orders()), &["other-4", "order-3", "order-2", "order-1"][..]),
        (Of::Version(orders(), "1".into()), &["order-1"]),
        (Of::Version(orders(), "2".into()), &["other-4", "order-3", "order-2"]),
        (Of::Version(orders(), "3".into()), &[]),
        (Of::Alias(orders(), "live".into()), &["order-3", "order-2"]),
        (Of::Alias("refunds".into(), "live".into()), &[]),
        (Of::MapRun(MAP_RUN.into()), &["order-7"]),
    ] {
        assert_eq!(names(store, Filter::all(TENANT, of.clone())).await, expected, "{of:?}");
    }
    let redriven = Filter { redriven: Some(true), ..all };
    assert_eq!(names(store, redriven).await, ["order-6"]);
}

/// Lets one that runs go on to its end, redrives one that failed, and deletes those that ended long
/// ago: each is counted.
pub(super) async fn go_on(store: &Sqlite) {
    let definition = wait_and_task();
    let id = of("orders", "order-3").key.id();
    let mut loaded = store.load(id.shard(), None, 100).await.unwrap();
    loaded.retain(|state| state.id == id);
    let state = loaded.pop().expect("it is open");
    let mut running = Subject {
        lease: lease(store, id.shard()).await,
        seq: state.position.seq,
        execution: state.execution,
        ..Subject::of(store, definition.clone(), of("orders", "order-3"), json!({}), at(3)).await
    };
    running.wake(store).await;
    let again = store.state(id).await.unwrap().unwrap();
    assert_eq!(form(&again.execution), form(&running.execution));
    running.succeed(store, at(500)).await;
    let events = store.history(id, 1, Direction::Forward, 100).await.unwrap().items;
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, (1..=running.execution.last_event_id()).collect::<Vec<_>>());
    assert_eq!(events.last().unwrap().details.type_name(), "ExecutionSucceeded");

    for (machine, name) in [("orders", "order-2"), ("orders/map", "order-7")] {
        let id = of(machine, name).key.id();
        let mut failed = store.state(id).await.unwrap().unwrap();
        let step = failed.execution.redrive(&definition, None, at(500)).unwrap();
        let after = After::Redrive(failed.position.seq);
        let lease = lease(store, id.shard()).await;
        one(store, Delta::new(lease, id, after, &step, failed.execution)).await.unwrap();
    }
    // All that ended before: with one of `machine`, and a child whose Map Run has ended.
    assert_eq!(store.retain(at(400), 100).await, Ok(6));

    let mine = [
        ("machine", Counts::from([(Status::Running, 1)])),
        ("orders", Counts::from([(Status::Running, 1), (Status::Succeeded, 1)])),
        ("refunds", Counts::from([(Status::Running, 1)])),
    ];
    let mine = mine.map(|(machine, counts)| (machine.to_owned(), counts));
    assert_eq!(store.counts(TENANT, None).await, Ok(mine.into()));
    assert_eq!(store.counts("1", None).await, Ok(BTreeMap::new()));
}
